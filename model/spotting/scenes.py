"""Scenes: neighbouring shots that belong together by look, by sound and by talk.

A dynamic programme over shots: every scene costs how much its shots differ from their common look, every scene
break costs a fixed amount less what speaks for a break there (fade, a pause in the talk, a turn in light or
sound). How many scenes there are follows from that balance, not from a number chosen beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.observe.observations import Observations, TransitionKind
from model.spotting.evidence import EvidenceSignals
from model.spotting.talk import Talk, place
from model.time import Span

Array = npt.NDArray[np.float64]

LONGEST_SHOTS = 120  # of a scene; bounds the search
REACH_S = 4.0


@dataclass(frozen=True, slots=True)
class SceneWeights:
    """How the balance is struck; chosen on the synthetic training films (``priors.card.md``).

    Attributes
    ----------
    break_cost: what a scene break costs, in units of summed embedding distance
    gradual: taken off for a fade, dissolve or wipe
    pause: taken off in full for a pause in the talk of 4 s or more
    light, sound: taken off per unit of change in luma and per 10 dB
    apart: taken off per unit of distance between the shots on both sides
    short: added for a scene shorter than ``short_s``
    """

    break_cost: float = 0.96
    gradual: float = 0.16
    pause: float = 0.3
    light: float = 0.4
    sound: float = 0.125
    apart: float = 0.5
    short: float = 1.28
    short_s: float = 15.0


def scene_spans(
    observations: Observations, signals: EvidenceSignals, talk: Talk, weights: SceneWeights
) -> list[tuple[Span, float]]:
    """Divide the reel into scenes; each comes with a confidence 0-1 in its first edge."""
    shots = observations.shots
    vectors = _vectors(observations, len(shots))
    seconds = np.array([observations.clock.seconds(s.start) for s in shots] + [observations.clock.end_s])
    worth = break_worth(observations, signals, talk, weights)
    starts, margins = _divide(vectors, seconds, worth, weights)
    edges = [*starts, len(shots)]
    return [
        (Span(shots[a].start, shots[b - 1].end), margin)
        for a, b, margin in zip(edges[:-1], edges[1:], margins, strict=True)
    ]


def break_worth(observations: Observations, signals: EvidenceSignals, talk: Talk, weights: SceneWeights) -> Array:
    """Weigh what speaks for a scene break before each shot, float64 [shots]; the first is 0."""
    shots, clock = observations.shots, observations.clock
    vectors = _vectors(observations, len(shots))
    at = np.array([clock.seconds(s.start) for s in shots])
    pauses = np.minimum(place(talk, at).gap, 4.0) / 4.0 if len(talk.starts_s) else np.zeros(len(at))
    gradual = {
        (t.start.index + t.end.index) // 2 for t in observations.cuts.transitions if t.kind is not TransitionKind.CUT
    }
    worth = np.zeros(len(shots))
    for number in range(1, len(shots)):
        time = at[number]
        apart = 1.0 - float(vectors[number - 1] @ vectors[number])
        worth[number] = (
            weights.gradual * (shots[number].start.index in gradual)
            + weights.pause * pauses[number]
            + weights.light * _turn(signals, "luma", time)
            + weights.sound * _turn(signals, "level_db", time) / 10.0
            + weights.apart * apart
        )
    return worth


def _turn(signals: EvidenceSignals, name: str, time: float) -> float:
    """How much a signal differs before and after a time; 0 when it was not observed."""
    change = signals.mean(name, time, time + REACH_S) - signals.mean(name, time - REACH_S, time)
    return abs(change) if np.isfinite(change) else 0.0


def _vectors(observations: Observations, shots: int) -> Array:
    """Give unit look vectors, one per shot; without embeddings, light and colour stand in."""
    vectors = observations.embeddings.vectors.astype(np.float64)
    if len(vectors) != shots or not vectors.size:
        colour = observations.colour
        vectors = np.stack(
            [
                [1.0, *(float(c[s.start.index : max(s.end.index, s.start.index + 1)].mean()) for c in curves)]
                for curves in [(colour.luma, colour.saturation, colour.warmth)]
                for s in observations.shots
            ]
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9), dtype=np.float64)


def _divide(vectors: Array, seconds: Array, worth: Array, weights: SceneWeights) -> tuple[list[int], list[float]]:
    """Find the first shot of each scene, and how much worse the division would be without that break.

    The cost of a scene is n - |sum of its unit vectors|: the summed distance from their mean direction.
    """
    n = len(vectors)
    sums = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0)])

    def cost(end: int, low: int) -> Array:
        first = np.arange(low, end)
        spread = (end - first) - np.linalg.norm(sums[end] - sums[first], axis=1)
        short = weights.short * np.maximum(0.0, 1.0 - (seconds[end] - seconds[first]) / weights.short_s)
        opening = np.where(first > 0, weights.break_cost - worth[first], 0.0)
        return np.asarray(spread + short + opening, dtype=np.float64)

    best, source = np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)
    for end in range(1, n + 1):
        low = max(0, end - LONGEST_SHOTS)
        total = best[low:end] + cost(end, low)
        source[end] = low + int(np.argmin(total))
        best[end] = float(total.min())
    starts: list[int] = []
    at = n
    while at > 0:
        at = int(source[at])
        starts.append(at)
    starts.reverse()
    edges = [*starts, n]
    margins = [1.0]
    for before, start, end in zip(edges[:-2], edges[1:-1], edges[2:], strict=True):
        low = max(0, end - LONGEST_SHOTS)
        apart = cost(start, before)[0] + cost(end, start)[0]
        joined = cost(end, before)[0] if before >= low else apart + 1.0
        margins.append(float(1.0 / (1.0 + np.exp(-2.0 * (joined - apart)))))
    return starts, margins
