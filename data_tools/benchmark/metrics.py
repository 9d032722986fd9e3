"""Metrics for what Cuelight observes and spots, in the manner of mir_eval: pure functions with stated conventions.

Tasks
-----
events    points in time, as hits, ins and outs: ``match_events``, ``event_score``
spans     stretches, as dialogue and music: ``mask``, ``frame_score``, ``macro_f1``
curves    values over time, as arousal: ``pearson``

Conventions
-----------
* The reference comes first, the estimate second. Frames and seconds are both plain numbers; nothing mixes them.
* Spans are ``(start, end)`` with ``end`` exclusive.
* A reference is matched at most once and so is an estimate. A distance equal to the tolerance matches.
* Nothing to find and nothing claimed is perfect (1); nothing to find but something claimed, or the reverse, is 0.
* Invalid input (not finite, spans that run backwards, negative tolerance) raises ValueError; nothing is repaired.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Spans = Sequence[tuple[float, float]]
Mask = npt.NDArray[np.bool_]
_FEWEST = 3  # values of a curve: two points always lie on a line


@dataclass(frozen=True, slots=True)
class MatchScore:
    """Counts of a comparison; precision, recall and F1 follow from them."""

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


def match_events(reference: Sequence[float], estimate: Sequence[float], tolerance: float) -> list[tuple[float, float]]:
    """Pair reference and estimated events at most ``tolerance`` apart, one to one, as many pairs as possible.

    With one tolerance for all, walking both sorted lists and pairing the earliest that fit finds the most pairs (the
    graph is convex), so no search is needed. Returns (reference, estimate) pairs in order of time. Raises ValueError
    for events that are not finite and for a negative tolerance.
    """
    if not np.isfinite(tolerance) or tolerance < 0:
        raise ValueError(f"A tolerance of {tolerance} makes no sense.")
    left, right = _sort_events(reference, "reference"), _sort_events(estimate, "estimate")
    pairs, i, j = list[tuple[float, float]](), 0, 0
    while i < len(left) and j < len(right):
        if abs(left[i] - right[j]) <= tolerance:
            pairs.append((left[i], right[j]))
            i, j = i + 1, j + 1
        elif right[j] < left[i]:
            j += 1
        else:
            i += 1
    return pairs


def _sort_events(events: Sequence[float], name: str) -> list[float]:
    values = sorted(float(e) for e in events)
    if not all(np.isfinite(v) for v in values):
        raise ValueError(f"{name} holds an event that is not finite.")
    return values


def event_score(reference: Sequence[float], estimate: Sequence[float], tolerance: float) -> MatchScore:
    """Score events at ``tolerance`` (same unit as the events)."""
    found = len(match_events(reference, estimate, tolerance))
    return MatchScore(len(reference), len(estimate), found, found)


def mask(spans: Spans, length: float, hop: float = 1.0) -> Mask:
    """Mark which hops of ``hop`` have their middle inside a span: bool [ceil(length / hop)].

    Raises ValueError for a span that is not finite or runs backwards, and for a grid that cannot be.
    """
    if not (np.isfinite(length) and length >= 0 and np.isfinite(hop) and hop > 0):
        raise ValueError(f"No grid of {hop} fits a length of {length}.")
    marked = np.zeros(math.ceil(round(length / hop, 9)), np.bool_)
    for start, end in spans:
        if not (np.isfinite(start) and np.isfinite(end)) or end < start:
            raise ValueError(f"There is a span from {start} to {end}.")
        first = max(0, math.ceil(round(start / hop - 0.5, 9)))
        marked[first : max(first, math.ceil(round(end / hop - 0.5, 9)))] = True
    return marked


def frame_score(reference: Mask, estimate: Mask) -> MatchScore:
    """Score two masks hop by hop: how much of what is marked is marked in both.

    Raises ValueError for masks of different lengths.
    """
    true, said = np.asarray(reference, np.bool_), np.asarray(estimate, np.bool_)
    if true.shape != said.shape or true.ndim != 1:
        raise ValueError(f"Masks of shapes {true.shape} and {said.shape} cannot be compared.")
    both = int(np.count_nonzero(true & said))
    return MatchScore(int(np.count_nonzero(true)), int(np.count_nonzero(said)), both, both)


def macro_f1(reference: Mask, estimate: Mask) -> float:
    """Mean of the F1 of the marked and of the unmarked hops: music and silence weigh the same."""
    true, said = np.asarray(reference, np.bool_), np.asarray(estimate, np.bool_)
    return (frame_score(true, said).f1 + frame_score(~true, ~said).f1) / 2


def pearson(
    reference: Sequence[float] | npt.NDArray[np.floating], estimate: Sequence[float] | npt.NDArray[np.floating]
) -> float:
    """Correlate two curves after Pearson, -1 to 1.

    Raises ValueError for different lengths, fewer than three values, values that are not finite, or a constant curve
    (whose correlation does not exist).
    """
    true, said = np.asarray(reference, np.float64), np.asarray(estimate, np.float64)
    if true.ndim != 1 or true.shape != said.shape or len(true) < _FEWEST:
        raise ValueError(f"Curves of shapes {true.shape} and {said.shape} cannot be correlated.")
    if not (np.isfinite(true).all() and np.isfinite(said).all()):
        raise ValueError("A curve holds a value that is not finite.")
    a, b = true - true.mean(), said - said.mean()
    size = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    if size <= 1e-12 * len(true):
        raise ValueError("A constant curve correlates with nothing.")
    return float(np.clip(np.sum(a * b) / size, -1.0, 1.0))
