"""Whether a still shows anything new: what keeps the nets from looking at the same picture twice."""

from __future__ import annotations

import cv2
import numpy as np

from model.media.reel import Floats, Pixels, Still

SIGNATURE = (16, 9)  # columns, rows: coarse enough that grain and breathing do not count as news


def signature(rgb: Pixels) -> Floats:
    """Return a picture's signature, what it looks like from afar: float32 [9, 16, 3], code values."""
    return np.asarray(cv2.resize(rgb, SIGNATURE, interpolation=cv2.INTER_AREA), np.float32)


class Novelty:
    """Compares each still with the last one that was worth a look."""

    def __init__(self, threshold: float, patience_s: float, shortest_s: float = 0.0) -> None:
        """Set what counts as new.

        ``threshold`` is the mean absolute change in code values; after ``patience_s`` even the same picture is worth
        a look again; within ``shortest_s`` nothing is.
        """
        self._threshold = threshold
        self._patience_s = patience_s
        self._shortest_s = shortest_s
        self._seen: Floats | None = None
        self._when = 0.0

    def worth_a_look(self, still: Still) -> bool:
        """Whether to look at this still; if so, it is the one that later ones are compared with."""
        now = signature(still.rgb)
        if self._seen is not None:
            waited = still.time_s - self._when
            changed = float(np.abs(now - self._seen).mean())
            if waited < self._shortest_s or (changed < self._threshold and waited < self._patience_s):
                return False
        self._seen, self._when = now, still.time_s
        return True
