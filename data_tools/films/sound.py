"""The sound track: dialogue, effects and beds mixed to stereo at the levels of a rough cut, without a score."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data_tools.films.effects import RATE_HZ, add_reverberation, synthesise_bed, synthesise_effect
from data_tools.films.plan import Bed, FilmPlan, SoundEvent

Stereo = npt.NDArray[np.float32]
_CEILING = 0.98  # of full scale: what AAC overshoots stays below it
_FADE_S = 0.12


def mix_film(plan: FilmPlan) -> Stereo:
    """Mix the whole film: float32 [samples, 2] at 48 kHz, as long as the picture to the sample."""
    length = round(float(plan.frames / plan.rate) * RATE_HZ)
    total = np.zeros((length, 2), np.float32)
    dialogue = np.zeros(length, np.float32)
    for spoken in plan.spoken:
        first = round(spoken.line.start_s * RATE_HZ)
        part = dialogue[first : first + len(spoken.samples)]
        part += (spoken.samples * np.float32(_amplitude(spoken.level_db)))[: len(part)]
    total += add_reverberation(np.random.default_rng((plan.seed, 11)), dialogue, 0.35, 0.28)[:, None]
    for number, bed in enumerate(plan.beds):
        _add_bed(total, bed, np.random.default_rng((plan.seed, 12, number)))
    for number, sound in enumerate(plan.sounds):
        _add_sound(total, sound, np.random.default_rng((plan.seed, 13, number)))
    over = np.abs(total) > 0.8
    total[over] = np.sign(total[over]) * (0.8 + 0.18 * np.tanh((np.abs(total[over]) - 0.8) / 0.18))
    return np.clip(total, -_CEILING, _CEILING)


def _amplitude(level_db: float) -> float:
    return float(10 ** (level_db / 20))


def _add_sound(total: Stereo, sound: SoundEvent, rng: np.random.Generator) -> None:
    samples = synthesise_effect(sound.kind, rng) * np.float32(_amplitude(sound.level_db))
    if sound.strength > 0:
        samples = add_reverberation(rng, np.pad(samples, (0, RATE_HZ // 2)), 0.6, 0.3)
    first = round(sound.time_s * RATE_HZ)
    part = total[first : first + len(samples)]
    part[:, 0] += samples[: len(part)] * np.float32(np.sqrt((1 - sound.pan) / 2) * 1.414)
    part[:, 1] += samples[: len(part)] * np.float32(np.sqrt((1 + sound.pan) / 2) * 1.414)


def _add_bed(total: Stereo, bed: Bed, rng: np.random.Generator) -> None:
    """Add a bed with short fades; all but the radio differ a little between left and right."""
    seconds = bed.end_s - bed.start_s
    samples = synthesise_bed(bed.kind, seconds, rng)
    first = round(bed.start_s * RATE_HZ)
    part = total[first : first + len(samples)]
    samples = samples[: len(part)]
    levels = 10 ** (np.linspace(bed.level_db, bed.end_level_db, len(samples), dtype=np.float32) / 20)
    fade = min(int(_FADE_S * RATE_HZ), len(samples) // 2)
    levels[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    levels[len(levels) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    part[:, 0] += samples * levels
    part[:, 1] += (samples if bed.kind == "radio" else np.roll(samples, 960)) * levels
