"""How sound is scored: cells of 10 ms for what lasts, one-to-one matches within a tolerance for what strikes.

Pure functions; inputs are checked; conventions as in ``mir_eval``: estimates never match twice, an empty estimate
has precision 0, an empty truth makes the score undefined and raises ValueError.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of a comparison; add several to pool them."""

    right: int
    found: int
    true: int

    def __add__(self, other: Score) -> Score:
        """Pool two comparisons."""
        return Score(self.right + other.right, self.found + other.found, self.true + other.true)

    @property
    def precision(self) -> float:
        """Share of what was found that is true."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what is true that was found."""
        return self.right / self.true

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.true)


def cell_score(found: Mask, truth: Mask) -> Score:
    """Compare cell by cell: bool [n] each; raises ValueError when the lengths differ or nothing is true."""
    if found.shape != truth.shape:
        message = f"{found.shape[0]} cells were found and {truth.shape[0]} are known"
        raise ValueError(message)
    _refuse_empty(int(truth.sum()))
    return Score(int((found & truth).sum()), int(found.sum()), int(truth.sum()))


def strike_score(found: Times, truth: Times, unclear: Times, tolerance_s: float) -> Score:
    """Match strikes one to one within ``tolerance_s``; found ones that only fit an unclear strike do not count.

    Both lists in ascending order: taking the earliest free match each time is then the largest matching.
    """
    _refuse_empty(len(truth))
    if np.any(np.diff(found) < 0) or np.any(np.diff(truth) < 0):
        raise ValueError("strikes must be in ascending order")
    right, counted, at = 0, 0, 0
    for time in found:
        while at < len(truth) and truth[at] < time - tolerance_s:
            at += 1
        if at < len(truth) and truth[at] <= time + tolerance_s:
            at, right, counted = at + 1, right + 1, counted + 1
        elif not np.any(np.abs(unclear - time) <= tolerance_s):
            counted += 1
    return Score(right, counted, len(truth))


def cells_of(spans_s: list[tuple[float, float]], cells: int, hop_s: float = 0.01) -> Mask:
    """Cells covered by spans of seconds: bool [cells]; a cell belongs to a span that covers its middle."""
    mask = np.zeros(cells, np.bool_)
    for start, end in spans_s:
        mask[max(0, round(start / hop_s)) : max(0, round(end / hop_s))] = True
    return mask


def _refuse_empty(true: int) -> None:
    if not true:
        raise ValueError("nothing is true here, so nothing can be scored")
