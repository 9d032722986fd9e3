"""Learned tables: a small sum of decision trees, read from JSON and evaluated with numpy alone.

A tree is stored flat: for every node the column it asks about, its threshold, where to go, and its value. A value
that is NaN goes where most of the training data went (``missing_left``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.spotting.features import Features

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LEAF = -1  # stands for the feature in a node that asks nothing
_DEEPEST = 32  # levels of a tree that are walked


@dataclass(frozen=True, slots=True)
class Forest:
    """A sum of trees whose roots are listed; the answer is a log-odds.

    Attributes
    ----------
    names: the features it was trained on, in order
    baseline: the log-odds before any tree speaks
    roots: int64 [trees]; column, left, right: int64 [nodes], column is -1 at a leaf
    threshold, value: float64 [nodes]; missing_left: bool [nodes]
    """

    names: tuple[str, ...]
    baseline: float
    roots: Index
    column: Index
    left: Index
    right: Index
    threshold: Array
    value: Array
    missing_left: npt.NDArray[np.bool_]

    @classmethod
    def read(cls, record: dict[str, object]) -> Forest:
        """Build from the JSON object the training script wrote."""

        def array(name: str, kind: type) -> npt.NDArray[np.generic]:
            return np.asarray(record[name], dtype=kind)

        names = record["names"]
        baseline = record["baseline"]
        if not isinstance(names, list) or not isinstance(baseline, (int, float)):
            message = "A learned table names no features or has no baseline."
            raise TypeError(message)
        return cls(
            names=tuple(str(n) for n in names),
            baseline=float(baseline),
            roots=array("roots", np.int64).astype(np.int64),
            column=array("column", np.int64).astype(np.int64),
            left=array("left", np.int64).astype(np.int64),
            right=array("right", np.int64).astype(np.int64),
            threshold=array("threshold", np.float64).astype(np.float64),
            value=array("value", np.float64).astype(np.float64),
            missing_left=array("missing_left", np.bool_).astype(np.bool_),
        )

    def log_odds(self, features: Features) -> Array:
        """Evaluate every row: float64 [n]. Raises KeyError when a feature it needs is missing."""
        where = {name: k for k, name in enumerate(features.names)}
        columns = np.array([where[name] for name in self.names], dtype=np.int64)
        values = features.values[:, columns]
        rows = np.arange(len(values))[:, None]
        node = np.broadcast_to(self.roots[None, :], (len(values), len(self.roots))).copy()
        for _ in range(_DEEPEST):
            asks = self.column[node]
            if np.all(asks == LEAF):
                break
            seen = values[rows, np.maximum(asks, 0)]
            goes_left = np.where(np.isnan(seen), self.missing_left[node], seen <= self.threshold[node])
            following = np.where(goes_left, self.left[node], self.right[node])
            node = np.where(asks == LEAF, node, following)
        return np.asarray(self.baseline + self.value[node].sum(axis=1), dtype=np.float64)
