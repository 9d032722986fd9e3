"""From a curve of probabilities to spans of cells: hysteresis, gaps closed, blips dropped."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from model.observe.observations import Curve

Spans = npt.NDArray[np.intp]
"""Half-open spans of cells, intp [n, 2], in order and apart."""


def smooth_curve(curve: Curve, cells: int) -> Curve:
    """Mean over ``cells`` around each cell, the ends repeated: float32 [n]."""
    if cells <= 1 or not len(curve):
        return curve
    mean = ndimage.uniform_filter1d(curve.astype(np.float64), cells, mode="nearest")
    return np.asarray(mean, dtype=np.float32)


def find_runs(mask: npt.NDArray[np.bool_]) -> Spans:
    """Spans where ``mask`` bool [n] is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def find_hysteresis_spans(curve: Curve, start: float, stay: float) -> Spans:
    """Spans where the curve stays at or above ``stay`` and reaches ``start`` at least once."""
    spans = find_runs(curve >= stay)
    if not len(spans):
        return spans
    peaks = np.array([curve[a:b].max() for a, b in spans])
    return spans[peaks >= start]


def close_gaps(spans: Spans, gap: int) -> Spans:
    """Join spans with fewer than ``gap`` cells between them."""
    if len(spans) < 2:  # noqa: PLR2004 - one span has no neighbour
        return spans
    apart = spans[1:, 0] - spans[:-1, 1] >= gap
    starts = np.concatenate([[True], apart])
    ends = np.concatenate([apart, [True]])
    return np.stack([spans[starts, 0], spans[ends, 1]], axis=1)


def drop_short(spans: Spans, cells: int) -> Spans:
    """Drop spans shorter than ``cells``."""
    return spans[spans[:, 1] - spans[:, 0] >= cells] if len(spans) else spans


def make_mask(spans: Spans, n: int) -> npt.NDArray[np.bool_]:
    """Bool [n], true inside the spans: the inverse of :func:`runs`."""
    mask = np.zeros(n, dtype=np.bool_)
    for a, b in spans:
        mask[a:b] = True
    return mask


def pool_curve(curve: Curve, cells: int) -> Curve:
    """Mean of each ``cells`` values, the last group as long as it is: float32 [ceil(n / cells)]."""
    if not len(curve):
        return curve
    starts = np.arange(0, len(curve), cells)
    sums = np.add.reduceat(curve.astype(np.float64), starts)
    counts = np.diff(np.append(starts, len(curve)))
    return (sums / counts).astype(np.float32)
