"""The mood of a cue over time: from the observed affect curves, or from the spotting notes alone.

Arousal can be trusted; valence and tension are weakly observed and mixed with the mood of the cue's tone words, the
more so the less confident the observation is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.motifs.mood import MoodPoint, mood_of_words
from model.observe.observations import Affect, Feeling
from model.spotting.notes import Cue
from model.time import Timebase

HOP_S = 0.5
_NEUTRAL = MoodPoint(0.4, 0.4, 0.0)  # of a cue without tone words
_CHANGE_STEP = 0.12  # of arousal, at a change that goes up or down
_AROUSAL_TRUST = 0.7  # the least confidence given to observed arousal
_LEAST_LEVEL = 0.02  # of arousal and tension; music is never quite without them
_TENSION_SHARE = 0.7  # of the arousal's rises and falls that tension follows
_ARCH_PLACES = (0.0, 0.65, 1.0)  # shares of the cue: it grows to two thirds and settles to its out
_ARCH_LEVELS = (-0.08, 0.08, -0.04)  # added to arousal at these places
_HIGHEST_INTENSITY = 5.0  # of a cue
_UP_WORDS = ("lift", "rise", "build", "more", "up", "open", "push", "grow")
_DOWN_WORDS = ("drop", "fall", "down", "thin", "less", "settle", "calm", "pull back", "release")
_Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CueMood:
    """Mood over a cue, one value every ``hop_s`` from ``start_s`` (seconds from the reel's first frame).

    ``arousal`` and ``tension`` 0-1, ``valence`` -1..1, all of one length, at least one value.
    """

    start_s: float
    arousal: tuple[float, ...]
    tension: tuple[float, ...]
    valence: tuple[float, ...]
    hop_s: float = HOP_S

    def mean_between(self, start_s: float, end_s: float) -> MoodPoint:
        """Mean between ``start_s`` and ``end_s``; outside the cue its first or last value holds."""
        last = len(self.arousal) - 1
        low = min(max(int((start_s - self.start_s) / self.hop_s), 0), last)
        high = min(max(int(np.ceil((end_s - self.start_s) / self.hop_s)), low + 1), last + 1)
        return MoodPoint(*(float(np.mean(c[low:high])) for c in (self.arousal, self.tension, self.valence)))

    @property
    def mean(self) -> MoodPoint:
        """Mean over the whole cue."""
        return MoodPoint(*(float(np.mean(curve)) for curve in (self.arousal, self.tension, self.valence)))


def observed_mood(affect: Affect, cue: Cue, timebase: Timebase) -> CueMood:
    """Mood of a cue from the affect curves, mixed with the tone words of the notes where they are uncertain."""
    written = written_mood(cue, timebase)
    times = written.start_s + HOP_S * np.arange(len(written.arousal))
    at = np.clip((times / affect.hop_s).astype(int), 0, max(len(affect.arousal.value) - 1, 0))
    curves = (
        _mix_with_notes(affect.arousal, at, np.array(written.arousal), least_trust=_AROUSAL_TRUST),
        _mix_with_notes(affect.tension, at, np.array(written.tension)),
        _mix_with_notes(affect.valence, at, np.array(written.valence)),
    )
    arousal, tension, valence = (tuple(float(v) for v in curve) for curve in curves)
    return CueMood(written.start_s, arousal, tension, valence)


def written_mood(cue: Cue, timebase: Timebase) -> CueMood:
    """Mood of a cue from the notes alone: tone words and intensity set its level, changes make it rise or fall.

    Besides, arousal grows gently to two thirds of the cue and falls a little to its out.
    """
    start, end = float(timebase.seconds(cue.span.start)), float(timebase.seconds(cue.span.end))
    count = max(1, int(np.ceil((end - start) / HOP_S)))
    words = mood_of_words(cue.tone) or _NEUTRAL
    level = (
        0.5 * words.arousal + 0.5 * cue.intensity / _HIGHEST_INTENSITY
        if cue.tone
        else cue.intensity / _HIGHEST_INTENSITY
    )
    share = (np.arange(count) + 0.5) / count
    arch = np.interp(share, _ARCH_PLACES, _ARCH_LEVELS)
    changes = _change_steps(cue, timebase, start, count)
    arousal = np.clip(level + arch + changes, _LEAST_LEVEL, 1.0)
    tension = np.clip(words.tension + _TENSION_SHARE * arch + _TENSION_SHARE * changes, _LEAST_LEVEL, 1.0)
    return CueMood(start, tuple(arousal.tolist()), tuple(tension.tolist()), (words.valence,) * count)


def move_mood(mood: CueMood, words: Sequence[str]) -> CueMood:
    """Move a mood to the level of other tone words, keeping its rises and falls; unknown words change nothing."""
    wanted = mood_of_words(words)
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


def _mix_with_notes(
    feeling: Feeling, at: npt.NDArray[np.int_], written: _Samples, least_trust: float = 0.0
) -> _Samples:
    """Mix an observed curve with the notes' by its confidence, at least ``least_trust``."""
    if not len(feeling.value):
        return written
    observed = feeling.value[at].astype(np.float64)
    trust = np.clip(feeling.confidence[at].astype(np.float64), least_trust, 1.0)
    trust = np.where(np.isfinite(observed), trust, 0.0)
    return trust * np.nan_to_num(observed) + (1.0 - trust) * written


def _change_steps(cue: Cue, timebase: Timebase, start_s: float, count: int) -> _Samples:
    """Arousal that the cue's changes add, up or down by the words of their text, [count]."""
    steps = np.zeros(count)
    for change in cue.changes:
        text = change.text.lower()
        direction = any(w in text for w in _UP_WORDS) - any(w in text for w in _DOWN_WORDS)
        at = int((float(timebase.seconds(change.frame)) - start_s) / HOP_S)
        steps[max(at, 0) :] += _CHANGE_STEP * direction
    return steps
