"""Affect: how a film feels, as arousal, valence and tension, twice a second, and why.

Each curve is a neutral level plus what each signal adds or takes away, so that the reasons are the value itself and
no story told afterwards. Arousal follows Hanjalic & Xu (2005) and can be trusted; valence and tension are guesses
from light, colour and sound, and their confidence says so: pictures do not tell a wedding from a wake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from model.media.reel import Clock, Feed
from model.observe.affect.signals import HOP_S, OPPOSITES, SOUND_SIGNALS, Curve, Signals, signals
from model.observe.detector import Detector, Findings
from model.observe.observations import Affect, Feeling

NOTICEABLE = 0.04  # part of a curve's range a signal must move it by to be worth a word


@dataclass(frozen=True, slots=True)
class FeelingRecipe:
    """How signals make a feeling.

    Attributes
    ----------
    neutral: the value when every signal is at its usual level
    weights: what a signal adds as it goes from 0 to 1
    usual: where each signal lies in an average film
    range: least and greatest value of the curve
    trust: confidence when everything needed was observed and agrees
    """

    neutral: float
    weights: Mapping[str, float]
    usual: Mapping[str, float]
    trust: float
    range: tuple[float, float] = (0.0, 1.0)

    def drop_signals(self, missing: frozenset[str]) -> FeelingRecipe:
        """Drop signals that were not observed; those left carry more, as far as half again."""
        kept = {name: weight for name, weight in self.weights.items() if name not in missing}
        total, left = sum(map(abs, self.weights.values())), sum(map(abs, kept.values()))
        more = min(1.5, total / left) if left else 0.0
        kept = {name: weight * more for name, weight in kept.items()}
        return FeelingRecipe(self.neutral, kept, self.usual, self.trust * (left / total) ** 0.5, self.range)


# Usual levels and weights: least squares with weights >= 0 on synthetic films of training seeds, rounded
# (docs/affect.md); those of valence and tension partly by judgement. A feeling names the side of a signal that adds.
_LEVELS = {
    "motion": 0.28, "action": 0.24, "cutting": 0.4, "pace": 0.45, "closeness": 0.35, "light": 0.55, "warmth": 0.54,
    "saturation": 0.4, "loudness": 0.4, "swell": 0.2, "impacts": 0.05, "bass": 0.3, "speech": 0.25, "music": 0.3,
}  # fmt: skip
USUAL = _LEVELS | {other: 1 - _LEVELS[name] for name, other in OPPOSITES.items()}
AROUSAL = FeelingRecipe(
    neutral=0.4,
    weights={
        "motion": 0.22, "action": 0.04, "pace": 0.19, "loudness": 0.25, "bass": 0.29, "impacts": 0.24,
    },
    usual=USUAL,
    trust=0.8,
)  # fmt: skip
VALENCE = FeelingRecipe(
    neutral=-0.05,
    weights={"light": 0.3, "warmth": 0.3, "saturation": 0.1, "long shots": 0.5, "quiet": 0.3},
    usual=USUAL,
    trust=0.25,
    range=(-1.0, 1.0),
)
TENSION = FeelingRecipe(
    neutral=0.4,
    weights={
        "darkness": 0.4, "cold": 0.25, "cutting": 0.35, "action": 0.3, "closeness": 0.2,
        "loudness": 0.2, "impacts": 0.2, "bass": 0.1,
    },
    usual=USUAL,
    trust=0.35,
)  # fmt: skip


def compute_feeling(recipe: FeelingRecipe, observed: Signals, moments: int) -> Feeling:
    """Cook a feeling: value = clip(neutral + sum of ``because``), float32 [moments]."""
    chosen = recipe.drop_signals(frozenset(recipe.weights) - frozenset(observed))
    because = {
        name: np.asarray(weight * (observed[name] - chosen.usual[name]), np.float32)
        for name, weight in chosen.weights.items()
    }
    total = sum(because.values(), np.zeros(moments, np.float32)) + np.float32(recipe.neutral)
    value = np.clip(total, *recipe.range)
    return Feeling(np.asarray(value, np.float32), _confidence(chosen, because, total), because)


def _confidence(recipe: FeelingRecipe, because: Mapping[str, Curve], total: Curve) -> Curve:
    """Trust, less where picture and sound pull apart and where the value had to be clipped."""
    zero = np.zeros(len(total), np.float32)
    seen = sum((c for name, c in because.items() if name not in SOUND_SIGNALS), zero)
    heard = sum((c for name, c in because.items() if name in SOUND_SIGNALS), zero)
    span = recipe.range[1] - recipe.range[0]
    apart = np.clip(np.minimum(np.abs(seen), np.abs(heard)) * (seen * heard < 0) * 4 / span, 0, 0.5)
    beyond = np.clip(np.abs(total - np.clip(total, *recipe.range)) / span, 0, 0.5)
    return np.asarray(recipe.trust * (1 - apart) * (1 - beyond), np.float32)


class AffectDetector(Detector):
    """Watches nothing itself: feels what the others have found."""

    name: ClassVar[str] = "affect"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset()
    after: ClassVar[tuple[str, ...]] = (
        "cuts", "motion", "colour", "faces", "loudness", "dialogue", "music", "effects", "sound",
    )  # fmt: skip

    def finish(self, found: Findings) -> Affect:
        """Turn the findings into three curves; a reel without sound has less to go by, and less confidence."""
        clock = found.get("clock", Clock) or Clock(np.zeros(1), HOP_S)
        observed = signals(found, clock)
        moments = max(1, int(clock.end_s / HOP_S))
        arousal, valence, tension = (
            compute_feeling(recipe, observed, moments) for recipe in (AROUSAL, VALENCE, TENSION)
        )
        return Affect(arousal, valence, tension, HOP_S)


_GOES = {"motion": "motion", "action": "action", "cutting": "cutting rate", "pace": "cutting rate"}
_IS = {
    "loudness": ("loud", "quiet"),
    "quiet": ("quiet", "loud"),
    "swell": ("swelling", ""),
    "impacts": ("sudden sounds", ""),
    "closeness": ("close faces", "nobody near"),
    "light": ("bright", "dark"),
    "darkness": ("dark", "bright"),
    "warmth": ("warm colours", "cold colours"),
    "cold": ("cold colours", "warm colours"),
    "saturation": ("vivid", "pale"),
    "bass": ("low rumble", ""),
    "speech": ("talk", "no talk"),
    "music": ("music", "no music"),
    "stillness": ("little moves", "much moves"),
    "long shots": ("long shots", "short shots"),
}


def explain(feeling: Feeling, at_s: float, hop_s: float = HOP_S) -> str:
    """Say in a few words what moves a feeling at a moment: "motion and cutting rate up, loud"; empty if nothing does.

    The strongest comes first; a signal that moves the value by less than ``NOTICEABLE`` is not worth a word.
    """
    if not len(feeling.value):
        return ""
    moment = min(max(round(at_s / hop_s), 0), len(feeling.value) - 1)
    moved = {name: float(curve[moment]) for name, curve in feeling.because.items()}
    strongest = sorted((name for name in moved if abs(moved[name]) >= NOTICEABLE), key=lambda name: -abs(moved[name]))
    phrases = [
        f"{_join_words(names)} {way}"
        for way, sign in (("up", 1), ("down", -1))
        if (names := [_GOES[name] for name in strongest if name in _GOES and moved[name] * sign > 0])
    ]
    phrases += [_IS[name][0 if moved[name] > 0 else 1] for name in strongest if name in _IS]
    return ", ".join(phrase for phrase in phrases if phrase)


def _join_words(words: list[str]) -> str:
    """Join words as people do."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
