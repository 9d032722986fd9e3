"""``play``: one instrument's notes as sound, every note heard where it was meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from model.render.attack import HIT_DB, attack
from model.render.engine import BLOCK, RATE, Floats, Press, engine
from model.render.humanise import Played
from model.render.patches import Chair, chair_of, key_of
from model.render.strokes import ACCENTS, stroke_blocks
from model.sketch.sketch_types import PartNote
from model.time import Beat
from model.timing.tempo_map import TempoMap

_BITE_VELOCITY = 1.2
_BITE_S = 0.5
_SHORTEST = RATE // 25  # a key is held at least 40 ms after it is heard


def play(notes: Sequence[PartNote], instrument: str, tempo_map: TempoMap, *, tail_s: float = 2.0) -> Floats:
    """Play a few notes as written, dry, in their seat: float32 [n, 2] at 48 kHz from the first beat of the map.

    Attacks that begin before the first beat are cut; :func:`model.render.stems.perform` leaves them room.
    Raises AssetMissing without soundfont or synthesizer, InstrumentUnknown for an instrument we do not know.
    """
    played = [
        Played(
            start=_sample(tempo_map, note.onset),
            end=_sample(tempo_map, note.onset + note.duration),
            pitch=note.pitch,
            velocity=note.velocity,
            articulation=note.articulation,
        )
        for note in notes
    ]
    samples = max((p.end for p in played), default=0) + round(tail_s * RATE)
    return np.concatenate(list(sound(played, instrument, samples)))


def sound(played: Sequence[Played], instrument: str, samples: int, block: int = BLOCK) -> Iterator[Floats]:
    """Sound played notes over ``samples`` samples; yields float32 [up to ``block``, 2], trimmed and panned."""
    chair = chair_of(instrument)
    gains = _sides(chair)
    presses = [press for note in played for press in _presses(chair, note)]
    tones = engine(chair.patch.font).blocks(presses, samples, block)
    for tone, noise in zip(tones, stroke_blocks(played, instrument, samples, block), strict=True):
        yield (tone + noise) * gains


def _presses(chair: Chair, note: Played) -> Iterator[Press]:
    """Press early by what the sound takes to speak; let go where the note ends."""
    patch, key = key_of(chair, note.pitch)
    bitten = chair.bite is not None and note.articulation in ACCENTS
    early = attack(patch, key, HIT_DB) if note.exact and not bitten else attack(patch, key)
    press = Press(note.start - early, max(note.end, note.start + _SHORTEST), patch, key, note.velocity)
    yield press
    if chair.bite is not None and bitten:
        velocity = min(round(note.velocity * _BITE_VELOCITY) + 1, 127)
        start = note.start - attack(chair.bite, key)
        yield replace(press, start=start, end=start + round(_BITE_S * RATE), patch=chair.bite, velocity=velocity)


def _sides(chair: Chair) -> Floats:
    """Gains of left and right: constant power, unity in the middle."""
    angle = (chair.pan + 1) * np.pi / 4
    level = 10 ** (chair.trim_db / 20) * 2**0.5
    return np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(level)


def _sample(tempo_map: TempoMap, beat: Beat) -> int:
    return round((tempo_map.seconds(beat) - tempo_map.start_s) * RATE)
