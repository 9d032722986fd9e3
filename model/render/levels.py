"""Levels of the temp mix, found from what both buses measure: static gains, and the duck each line needs."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.observe.sound.loudness import MOMENTARY, SILENCE_LUFS, integrated_loudness, lufs
from model.render.automation import Automation, DuckedStretch, Fade, draw_duck
from model.render.seconds import Spans

Steps = npt.NDArray[np.float64]
_STEP_S = 0.1
_FAINT_LUFS = -60.0  # what is softer needs no room
_FILM_GAIN_DB = (-24.0, 12.0)
_LINES_DEEPER = 0.1  # share of lines that may need a deeper duck than usual
_DEEPEST_DB = 24.0
_MARGIN_LU = 0.3


@dataclass(frozen=True, slots=True)
class MixSettings:
    """What a person may choose about the mix.

    Attributes
    ----------
    dialogue_lufs, master_lufs, peak_dbtp: targets of the bounce
    below_speech_lu: how far under a line the music has to be
    duck_db: least and usual most depth
    fade: how the duck moves
    film_db: how far the film's own sound goes down under our music where its own music cannot be taken out
    """

    dialogue_lufs: float = -27.0
    master_lufs: float = -24.0
    peak_dbtp: float = -2.0
    below_speech_lu: float = 8.0
    duck_db: tuple[float, float] = (6.0, 9.0)
    fade: Fade = field(default_factory=Fade)
    film_db: float = 14.0


@dataclass(frozen=True, slots=True)
class BusLevels:
    """K-weighted power of both buses every 100 ms: the film's with its automation, the music as written."""

    film: Steps
    music: Steps

    def loudness_during(self, line: tuple[float, float]) -> tuple[float, float]:
        """Loudness of film and music in a line, LUFS."""
        return _line_lufs(self.film[_steps_of(line)]), _line_lufs(self.music[_steps_of(line)])


def _line_lufs(steps: Steps) -> float:
    """Gated loudness of a line; its mean if it is shorter than a block of 400 ms."""
    if len(steps) >= MOMENTARY:
        return integrated_loudness(steps)
    return float(lufs(np.array([steps.mean() if len(steps) else 0.0]))[0])


def _steps_of(line: tuple[float, float]) -> slice:
    first = int(line[0] / _STEP_S)
    return slice(first, max(int(np.ceil(line[1] / _STEP_S)), first + 1))


def gated_loudness(steps: Steps, spans: Spans) -> float:
    """Gated loudness of the stretches in ``spans``; -70 if there are none."""
    parts = [steps[_steps_of(span)] for span in spans]
    return integrated_loudness(np.concatenate(parts)) if parts else SILENCE_LUFS


def film_gain_for(heard: BusLevels, speech: float, settings: MixSettings) -> float:
    """Bring the lines, or a film without lines as a whole, to the level of dialogue."""
    level = speech if speech > SILENCE_LUFS else integrated_loudness(heard.film)
    if level <= SILENCE_LUFS:
        return 0.0
    return float(np.clip(settings.dialogue_lufs - level, *_FILM_GAIN_DB))


def find_music_gain(heard: BusLevels, spoken: Spans, settings: MixSettings) -> float:
    """Find the level at which the whole reaches its loudness, no louder than the lines can bear."""
    alone = integrated_loudness(heard.music)
    if alone <= SILENCE_LUFS:
        return 0.0
    low, high = settings.dialogue_lufs - alone - 3, settings.master_lufs - alone + 3
    for _ in range(24):
        middle = (low + high) / 2
        duck = duck_for(heard, spoken, middle, settings)
        total = integrated_loudness(heard.film + _ducked_steps(heard.music, duck) * 10 ** (middle / 10))
        low, high = (middle, high) if total < settings.master_lufs else (low, middle)
    room = settings.duck_db[1] - settings.below_speech_lu - _MARGIN_LU
    bearable = [speech - music + room for speech, music in _loud(heard, spoken)]
    return min(low, float(np.quantile(bearable, _LINES_DEEPER))) if bearable else low


def _loud(heard: BusLevels, spoken: Spans) -> list[tuple[float, float]]:
    """Loudness of speech and music in each line that has both."""
    pairs = [heard.loudness_during(line) for line in spoken]
    return [(speech, music) for speech, music in pairs if min(speech, music) > _FAINT_LUFS]


def _depth(speech: float, music: float, settings: MixSettings) -> float:
    """How far the music goes down for a line, in whole half decibels; 0 where there is none."""
    if music <= _FAINT_LUFS:
        return 0.0
    needed = np.ceil(2 * (music - speech + settings.below_speech_lu + _MARGIN_LU)) / 2
    return float(np.clip(needed, settings.duck_db[0], _DEEPEST_DB))


def duck_for(heard: BusLevels, spoken: Spans, music_gain: float, settings: MixSettings) -> Automation:
    """Draw the duck that the lines need at this level of the music."""
    levels = [heard.loudness_during(line) for line in spoken]
    depths = [_depth(speech, music + music_gain, settings) for speech, music in levels]
    return draw_duck(
        [DuckedStretch(*line, depth) for line, depth in zip(spoken, depths, strict=True) if depth], settings.fade
    )


def _ducked_steps(steps: Steps, duck: Automation) -> Steps:
    at = np.arange(len(steps), dtype=np.float64) * _STEP_S + _STEP_S / 2
    return np.asarray(steps * 10 ** (duck.levels(at) / 10))


def below_speech_of(heard: BusLevels, spoken: Spans, music_gain: float, settings: MixSettings) -> tuple[float, ...]:
    """Speech minus ducked music in each line that has both, in LU."""
    duck = duck_for(heard, spoken, music_gain, settings)
    ready = BusLevels(heard.film, _ducked_steps(heard.music, duck) * 10 ** (music_gain / 10))
    return tuple(round(speech - music, 2) for speech, music in _loud(ready, spoken))
