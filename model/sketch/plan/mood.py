"""The mood of a cue over its time: read off the picture where it was observed, else off the notes.

Arousal can be trusted; valence and tension are weakly observed and lean on the cue's tone words as far as the
observation is unsure of itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.observe.observations import Affect, Feeling
from model.sketch.plan.tone import Feel, feel_of
from model.spotting.notes import Cue
from model.time import Timebase

HOP_S = 0.5
_NEUTRAL = Feel(0.4, 0.4, 0.0)
_TURN = 0.12
_UP = ("lift", "rise", "build", "more", "up", "open", "push", "grow")
_DOWN = ("drop", "fall", "down", "thin", "less", "settle", "calm", "pull back", "release")
_Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CueMood:
    """Feeling over a cue, one value each ``hop_s`` from ``start_s`` (seconds from the reel's first frame).

    ``arousal`` and ``tension`` 0-1, ``valence`` -1..1, all of one length, at least one value.
    """

    start_s: float
    arousal: tuple[float, ...]
    tension: tuple[float, ...]
    valence: tuple[float, ...]
    hop_s: float = HOP_S

    def between(self, start_s: float, end_s: float) -> Feel:
        """Average from ``start_s`` to ``end_s``; outside the cue its first or last value holds."""
        last = len(self.arousal) - 1
        low = min(max(int((start_s - self.start_s) / self.hop_s), 0), last)
        high = min(max(int(np.ceil((end_s - self.start_s) / self.hop_s)), low + 1), last + 1)
        return Feel(*(float(np.mean(c[low:high])) for c in (self.arousal, self.tension, self.valence)))

    @property
    def mean(self) -> Feel:
        """Average over the whole cue."""
        return Feel(*(float(np.mean(curve)) for curve in (self.arousal, self.tension, self.valence)))


def observed_mood(affect: Affect, cue: Cue, timebase: Timebase) -> CueMood:
    """Sample the affect curves over the cue; what is unsure leans on the tone words of the notes."""
    written = written_mood(cue, timebase)
    times = written.start_s + HOP_S * np.arange(len(written.arousal))
    at = np.clip((times / affect.hop_s).astype(int), 0, max(len(affect.arousal.value) - 1, 0))
    curves = (
        _leaning(affect.arousal, at, np.array(written.arousal), floor=0.7),
        _leaning(affect.tension, at, np.array(written.tension)),
        _leaning(affect.valence, at, np.array(written.valence)),
    )
    arousal, tension, valence = (tuple(float(v) for v in curve) for curve in curves)
    return CueMood(written.start_s, arousal, tension, valence)


def written_mood(cue: Cue, timebase: Timebase) -> CueMood:
    """Draw the mood from the notes alone: tone words and intensity set the level, changes turn it.

    Without changes the music grows gently to two thirds of the cue and settles to its out.
    """
    start, end = float(timebase.seconds(cue.span.start)), float(timebase.seconds(cue.span.end))
    count = max(1, int(np.ceil((end - start) / HOP_S)))
    words = feel_of(cue.tone) or _NEUTRAL
    level = 0.5 * words.arousal + 0.5 * cue.intensity / 5.0 if cue.tone else cue.intensity / 5.0
    share = (np.arange(count) + 0.5) / count
    arch = np.interp(share, [0.0, 0.65, 1.0], [-0.08, 0.08, -0.04])
    turns = _turns(cue, timebase, start, count)
    arousal = np.clip(level + arch + turns, 0.02, 1.0)
    tension = np.clip(words.tension + 0.7 * arch + 0.7 * turns, 0.02, 1.0)
    return CueMood(start, tuple(arousal.tolist()), tuple(tension.tolist()), (words.valence,) * count)


def recoloured(mood: CueMood, words: Sequence[str]) -> CueMood:
    """Move the mood to what other tone words ask for, keeping its rises and falls; unknown words change nothing."""
    wanted = feel_of(words)
    if wanted is None:
        return mood
    mean = mood.mean
    return CueMood(
        mood.start_s,
        tuple(min(max(v - mean.arousal + wanted.arousal, 0.0), 1.0) for v in mood.arousal),
        tuple(min(max(v - mean.tension + wanted.tension, 0.0), 1.0) for v in mood.tension),
        tuple(min(max(v - mean.valence + wanted.valence, -1.0), 1.0) for v in mood.valence),
        mood.hop_s,
    )


def _leaning(feeling: Feeling, at: npt.NDArray[np.int_], written: _Samples, floor: float = 0.0) -> _Samples:
    """Mix observation and notes by the observation's own confidence, at least ``floor``."""
    if not len(feeling.value):
        return written
    seen = feeling.value[at].astype(np.float64)
    trust = np.clip(feeling.confidence[at].astype(np.float64), floor, 1.0)
    trust = np.where(np.isfinite(seen), trust, 0.0)
    return trust * np.nan_to_num(seen) + (1.0 - trust) * written


def _turns(cue: Cue, timebase: Timebase, start_s: float, count: int) -> _Samples:
    """Draw steps up and down at the cue's changes, read off their wording."""
    steps = np.zeros(count)
    for change in cue.changes:
        text = change.text.lower()
        way = any(w in text for w in _UP) - any(w in text for w in _DOWN)
        at = int((float(timebase.seconds(change.frame)) - start_s) / HOP_S)
        steps[max(at, 0) :] += _TURN * way
    return steps
