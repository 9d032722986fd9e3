"""Stretches of seconds as pairs (from, to): what two have in common, and what one leaves of the other."""

from __future__ import annotations

from collections.abc import Sequence

Spans = Sequence[tuple[float, float]]


def intersect_spans(one: Spans, other: Spans) -> list[tuple[float, float]]:
    """Seconds in both, in order; overlapping stretches within one argument are joined first."""
    out = [(max(a, c), min(b, d)) for a, b in join_spans(one) for c, d in join_spans(other)]
    return sorted(span for span in out if span[0] < span[1])


def subtract_spans(one: Spans, taken: Spans) -> list[tuple[float, float]]:
    """Seconds of ``one`` outside every stretch of ``taken``, in order."""
    out: list[tuple[float, float]] = []
    for start, end in join_spans(one):
        at = start
        for first, last in join_spans(taken):
            if first >= end or last <= at:
                continue
            if first > at:
                out.append((at, first))
            at = last
        if at < end:
            out.append((at, end))
    return out


def join_spans(spans: Spans) -> list[tuple[float, float]]:
    """Sort, drop what is empty, and join what overlaps or touches."""
    out: list[tuple[float, float]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out
