"""Points in the space of moods (arousal, tension, valence), and the mood that tone words mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.spotting.vocabulary import VOCABULARY

_TONES = {tone.word: tone for tone in VOCABULARY}


@dataclass(frozen=True, slots=True)
class MoodPoint:
    """Arousal 0-1, tension 0-1 and valence -1..1."""

    arousal: float
    tension: float
    valence: float


MIDDLE_MOOD = MoodPoint(0.45, 0.4, 0.0)  # of a cue without tone words, when themes are chosen and developed


def mood_of_words(words: Sequence[str]) -> MoodPoint | None:
    """Mean mood of tone words, the first counting most; None where none of them is in the vocabulary."""
    tones = [_TONES[word] for word in words if word in _TONES]
    if not tones:
        return None
    weights = [1.0 / (k + 1) for k in range(len(tones))]
    total = sum(weights)

    def mean(values: Sequence[float]) -> float:
        return sum(w * v for w, v in zip(weights, values, strict=True)) / total

    return MoodPoint(
        mean([t.arousal for t in tones]), mean([t.tension for t in tones]), mean([t.valence for t in tones])
    )
