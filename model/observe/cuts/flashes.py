"""Whether the picture after a change is the one from a few frames before it: a flash or a blur has gone, not a shot.

Two frames are compared blind to light and contrast and tolerant of movement, field by field. The measure is how far
the new frame is from the frames 2 to 5 earlier, over how far it is from the one just before: about 1 at a cut,
well under a half when something came between the camera and the same picture and went again.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from model.media.reel import Floats, Pixels

GAPS = (2, 3, 4, 5)  # a flash of one to four frames
DOWN = 6  # tiny pixels: furthest vertical move between the frames compared
ACROSS = 12  # tiny pixels: the furthest horizontal move
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_FLAT = 6.0  # grey levels added to the contrast, so that a plain picture stays plain
_FIELD_ROWS, _FIELD_COLUMNS = (0, 8), (0, 6, 12, 18)


def measure_returns(frames: Pixels, where: npt.NDArray[np.intp]) -> Floats:
    """Measure the changes into each frame of ``where``: float32 [len(where)]; 1 where the ends are too near.

    ``frames``: uint8 [n, 27, 48, 3].
    """
    return np.array([_measure_return(frames, int(t)) for t in where], np.float32)


def _measure_return(frames: Pixels, t: int) -> float:
    first, last = t - GAPS[-1], t + 1
    if first < 0 or last >= len(frames):
        return 1.0
    plain = {k: _plain(frames[k]) for k in range(first, last + 1)}
    nearest = min(_distance(plain[t - gap], plain[now]) for gap in GAPS for now in (t, t + 1))
    return nearest / max(_distance(plain[t - 1], plain[t]), 1e-6)


def _plain(frame: Pixels) -> Floats:
    """Luma of one frame without its light and contrast, float32 [27, 48]."""
    light = frame.astype(np.float32) @ _LUMA
    return np.asarray((light - light.mean()) / (light.std() + _FLAT), np.float32)


def _distance(before: Floats, now: Floats) -> float:
    """Mean difference after the best move of each of eight fields."""
    rows, columns = now.shape[0] - 2 * DOWN, now.shape[1] - 2 * ACROSS
    moved = sliding_window_view(now, (rows, columns))[::2, ::2]
    error = np.abs(moved - before[DOWN:-DOWN, ACROSS:-ACROSS])
    fields = np.add.reduceat(np.add.reduceat(error, _FIELD_ROWS, axis=2), _FIELD_COLUMNS, axis=3)
    return float(fields.min(axis=(0, 1)).sum() / (rows * columns))
