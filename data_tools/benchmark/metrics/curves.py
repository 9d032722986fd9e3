"""Curves: values over time on the same grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_FEWEST = 3  # values: two points always lie on a line


def pearson(
    reference: Sequence[float] | npt.NDArray[np.floating], estimate: Sequence[float] | npt.NDArray[np.floating]
) -> float:
    """Correlate two curves after Pearson, -1 to 1.

    Raises ValueError for different lengths, fewer than three values, values that are not finite, or a constant curve
    (whose correlation does not exist).
    """
    true, said = np.asarray(reference, np.float64), np.asarray(estimate, np.float64)
    if true.ndim != 1 or true.shape != said.shape or len(true) < _FEWEST:
        msg = f"Curves of shapes {true.shape} and {said.shape} cannot be correlated."
        raise ValueError(msg)
    if not (np.isfinite(true).all() and np.isfinite(said).all()):
        msg = "A curve holds a value that is not finite."
        raise ValueError(msg)
    a, b = true - true.mean(), said - said.mean()
    size = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    if size <= 1e-12 * len(true):
        msg = "A constant curve correlates with nothing."
        raise ValueError(msg)
    return float(np.clip(np.sum(a * b) / size, -1.0, 1.0))
