"""Spans: stretches of time, compared frame by frame, by overlap, or by their edges."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.metrics.events import MatchScore, checked_tolerance, match_events, pool_scores

Spans = Sequence[tuple[float, float]]
Mask = npt.NDArray[np.bool_]


def checked_spans(spans: Spans, name: str) -> list[tuple[float, float]]:
    """Return the spans sorted; raises ValueError if one is not finite or runs backwards."""
    values = sorted((float(a), float(b)) for a, b in spans)
    for a, b in values:
        if not (np.isfinite(a) and np.isfinite(b)) or b < a:
            msg = f"{name} holds a span from {a} to {b}."
            raise ValueError(msg)
    return values


def mask(spans: Spans, length: float, hop: float = 1.0) -> Mask:
    """Mark which hops of ``hop`` have their middle inside a span: bool [ceil(length / hop)]."""
    if not (np.isfinite(length) and length >= 0 and np.isfinite(hop) and hop > 0):
        msg = f"No grid of {hop} fits a length of {length}."
        raise ValueError(msg)
    marked = np.zeros(math.ceil(round(length / hop, 9)), np.bool_)
    for a, b in checked_spans(spans, "spans"):
        first = max(0, math.ceil(round(a / hop - 0.5, 9)))
        marked[first : max(first, math.ceil(round(b / hop - 0.5, 9)))] = True
    return marked


def _counts(reference: Mask, estimate: Mask) -> MatchScore:
    if reference.shape != estimate.shape or reference.ndim != 1:
        msg = f"Masks of shapes {reference.shape} and {estimate.shape} cannot be compared."
        raise ValueError(msg)
    both = int(np.count_nonzero(reference & estimate))
    return MatchScore(int(np.count_nonzero(reference)), int(np.count_nonzero(estimate)), both, both)


def frame_score(reference: Mask, estimate: Mask) -> MatchScore:
    """Score two masks hop by hop: how much of what is marked is marked in both."""
    return _counts(np.asarray(reference, np.bool_), np.asarray(estimate, np.bool_))


def macro_f1(reference: Mask, estimate: Mask) -> float:
    """Mean of the F1 of the marked and of the unmarked hops: music and silence weigh the same."""
    true, said = np.asarray(reference, np.bool_), np.asarray(estimate, np.bool_)
    return (_counts(true, said).f1 + _counts(~true, ~said).f1) / 2


def overlap_score(reference: Spans, estimate: Spans, *, groups: Sequence[object] | None = None) -> MatchScore:
    """Score gradual transitions: a pair needs one common frame (both ends count); best intersection over union first.

    References that share a value other than None in ``groups`` (a fade out and the fade in after a few black frames)
    may be covered together by one estimate.
    """
    true, said = [(float(a), float(b)) for a, b in reference], checked_spans(estimate, "estimate")
    checked_spans(true, "reference")
    pairs = sorted((-_iou(t, s), i, j) for i, t in enumerate(true) for j, s in enumerate(said) if _common(t, s) >= 1)
    taken: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in taken and j not in taken.values():
            taken[i] = j
    if groups is not None:
        _share(true, said, groups, taken)
    return MatchScore(len(true), len(said), len(taken), len(set(taken.values())))


def _share(
    true: list[tuple[float, float]], said: list[tuple[float, float]], groups: Sequence[object], taken: dict[int, int]
) -> None:
    if len(groups) != len(true):
        msg = f"{len(groups)} groups were given for {len(true)} references."
        raise ValueError(msg)
    for i, span in enumerate(true):
        if i in taken or groups[i] is None:
            continue
        for k, j in list(taken.items()):
            if groups[k] == groups[i] and _common(span, said[j]) >= 1:
                taken[i] = j


def _common(a: tuple[float, float], b: tuple[float, float]) -> float:
    return min(a[1], b[1]) - max(a[0], b[0]) + 1


def _iou(a: tuple[float, float], b: tuple[float, float]) -> float:
    return max(0.0, _common(a, b)) / (max(a[1], b[1]) - min(a[0], b[0]) + 1)


def boundary_score(
    reference: Spans, estimate: Spans, tolerance: float, *, cap: float | None = None, edge: str = "both"
) -> MatchScore:
    """Score where spans begin and end: ins against ins, outs against outs, counts added.

    Parameters
    ----------
    cap: take at most this many times the true number of spans from the estimate, in the order given (best first)
    edge: ``in``, ``out`` or ``both``
    """
    if edge not in {"in", "out", "both"}:
        msg = f"A span has no edge called {edge!r}."
        raise ValueError(msg)
    wide, allowed = checked_tolerance(tolerance), list(estimate)
    if cap is not None:
        allowed = allowed[: math.floor(cap * len(reference))]
    true, said = checked_spans(reference, "reference"), checked_spans(allowed, "estimate")
    sides = {"in": (0,), "out": (1,), "both": (0, 1)}[edge]
    scores = list[MatchScore]()
    for side in sides:
        found = len(match_events([t[side] for t in true], [s[side] for s in said], wide))
        scores.append(MatchScore(len(true), len(said), found, found))
    return pool_scores(scores)
