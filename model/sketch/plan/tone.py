"""Tone words as places in feeling, and the scale a feeling asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.spotting.vocabulary import VOCABULARY

_PLACES = {tone.word: (tone.arousal, tone.tension, tone.valence) for tone in VOCABULARY}
_BRIGHT, _SUNNY, _SHADE, _DARK = 0.35, 0.12, -0.12, -0.4
_CALM, _STRAINED = 0.3, 0.6


@dataclass(frozen=True, slots=True)
class Feel:
    """A place in feeling: ``arousal`` and ``tension`` 0-1, ``valence`` -1..1."""

    arousal: float
    tension: float
    valence: float


def feel_of(words: Sequence[str]) -> Feel | None:
    """Place tone words, the first one weighing most; None if none of them is in the vocabulary."""
    known = [_PLACES[word] for word in words if word in _PLACES]
    if not known:
        return None
    weights = 1.0 / np.arange(1, len(known) + 1)
    arousal, tension, valence = np.average(np.array(known), axis=0, weights=weights)
    return Feel(float(arousal), float(tension), float(valence))


def mode_for(feel: Feel) -> str:
    """Choose a scale of ``model.motifs.language.STEPS``: light ones for joy, dark ones for dread."""
    if feel.valence > _BRIGHT:
        return "lydian" if feel.tension < _CALM and feel.arousal < _CALM else "major"
    if feel.valence > _SUNNY:
        return "mixolydian" if feel.arousal > _STRAINED else "major"
    if feel.valence > _SHADE:
        return "harmonic minor" if feel.tension > _STRAINED else "dorian"
    if feel.tension > _STRAINED:
        return "phrygian" if feel.valence < _DARK else "harmonic minor"
    return "minor"
