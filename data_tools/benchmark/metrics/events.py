"""Events: points in time, matched one to one within a tolerance.

Conventions
-----------
``match_events`` finds a matching with the most pairs. On a line with one tolerance for all, walking both sorted lists
and pairing the earliest that fit is already optimal (the graph is convex), so no search is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

GRADUAL_MARGIN = 5  # frames either side of a gradual transition in which a claimed cut is neither right nor wrong


@dataclass(frozen=True, slots=True)
class MatchScore:
    """Counts of a comparison; precision, recall and F1 follow from them.

    ``matched_reference`` and ``matched_estimate`` differ only where one estimate may cover two references.
    """

    reference: int
    estimated: int
    matched_reference: int
    matched_estimate: int

    @property
    def precision(self) -> float:
        """Share of the estimates that are right."""
        return self.matched_estimate / self.estimated if self.estimated else float(not self.reference)

    @property
    def recall(self) -> float:
        """Share of the reference that was found."""
        return self.matched_reference / self.reference if self.reference else float(not self.estimated)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pool_scores(scores: Iterable[MatchScore]) -> MatchScore:
    """Add the counts of several comparisons: the score over all films together, not the mean of their scores."""
    every = list(scores)
    return MatchScore(
        sum(s.reference for s in every),
        sum(s.estimated for s in every),
        sum(s.matched_reference for s in every),
        sum(s.matched_estimate for s in every),
    )


def checked_events(events: Sequence[float], name: str) -> list[float]:
    """Return the events sorted; raises ValueError unless every one is finite."""
    values = sorted(float(e) for e in events)
    if not all(np.isfinite(v) for v in values):
        msg = f"{name} holds an event that is not finite."
        raise ValueError(msg)
    return values


def checked_tolerance(tolerance: float) -> float:
    """Return the tolerance; raises ValueError if it is negative or not finite."""
    if not np.isfinite(tolerance) or tolerance < 0:
        msg = f"A tolerance of {tolerance} makes no sense."
        raise ValueError(msg)
    return float(tolerance)


def match_events(reference: Sequence[float], estimate: Sequence[float], tolerance: float) -> list[tuple[float, float]]:
    """Pair reference and estimated events at most ``tolerance`` apart, one to one, as many pairs as possible.

    Returns (reference, estimate) pairs in order of time.
    """
    wide = checked_tolerance(tolerance)
    left, right = checked_events(reference, "reference"), checked_events(estimate, "estimate")
    pairs, i, j = list[tuple[float, float]](), 0, 0
    while i < len(left) and j < len(right):
        if abs(left[i] - right[j]) <= wide:
            pairs.append((left[i], right[j]))
            i, j = i + 1, j + 1
        elif right[j] < left[i]:
            j += 1
        else:
            i += 1
    return pairs


def event_score(reference: Sequence[float], estimate: Sequence[float], tolerance: float) -> MatchScore:
    """Score events at ``tolerance`` (same unit as the events)."""
    found = len(match_events(reference, estimate, tolerance))
    return MatchScore(len(reference), len(estimate), found, found)


def cut_score(
    reference: Sequence[int],
    estimate: Sequence[int],
    *,
    tolerance: int = 0,
    gradual: Sequence[tuple[int, int]] = (),
    ignore: Sequence[tuple[int, int]] = (),
) -> MatchScore:
    """Score hard cuts by their first new frame.

    Repeated estimates count once. Estimates inside an ``ignore`` zone (both ends inclusive) are left out; unmatched
    ones within five frames of a ``gradual`` transition are neither right nor wrong. These are the rules of the real
    films' ``truth_score.py``.
    """
    counted = [e for e in sorted(set(estimate)) if not any(a <= e <= b for a, b in ignore)]
    right = {int(e) for _, e in match_events(reference, counted, tolerance)}
    neutral = sum(
        1 for e in counted if e not in right and any(a - GRADUAL_MARGIN <= e <= b + GRADUAL_MARGIN for a, b in gradual)
    )
    return MatchScore(len(reference), len(counted) - neutral, len(right), len(right))


def recall_at(reference: Sequence[float], ranked: Sequence[tuple[float, float]], count: int, tolerance: float) -> float:
    """Recall among the ``count`` estimates of highest weight: the share of the reference that they match.

    ``ranked`` holds (event, weight) in any order; equal weights are taken earliest first.
    """
    best = sorted(ranked, key=lambda r: (-r[1], r[0]))[: max(0, count)]
    if not reference:
        return 1.0
    return len(match_events(reference, [event for event, _ in best], tolerance)) / len(reference)
