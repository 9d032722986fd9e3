"""To the frame: when text came and went, from the tiny frames between two stills.

Two stills half a second apart say that text came between them. Where exactly is read off the place it covers: how
far the patch there has gone from what it was before to what it is with the text, against what surrounds it.
"""

from __future__ import annotations

import numpy as np

from model.media.reel import TINY_SIZE, Floats

Box = tuple[float, float, float, float]
VISIBLE = 0.12  # part of the way at which text can be seen
CUT = 0.06  # mean luma change of a whole frame that is a cut ...
OUTSTANDING = 4.0  # ... if it is so much more than the frames around change
ARRIVED = 0.35  # left to go right after a cut, below which the text came with it


def box_region(box: Box) -> tuple[slice, slice]:
    """Rows and columns of the tiny frame that a box covers, at least one of each."""
    rows, columns = TINY_SIZE
    top, left = int(box[1] * rows), int(box[0] * columns)
    bottom, right = int(np.ceil((box[1] + box[3]) * rows)), int(np.ceil((box[0] + box[2]) * columns))
    return slice(min(top, rows - 1), max(top + 1, bottom)), slice(min(left, columns - 1), max(left + 1, right))


def cut_patches(frames: Floats, box: Box) -> Floats:
    """Take what lies under the box, less the mean of what lies around it: luma [n, 27, 48] to float32 [n, pixels]."""
    rows, columns = box_region(box)
    inside = frames[:, rows, columns].reshape(len(frames), -1)
    around = frames[:, max(0, rows.start - 3) : rows.stop + 3, max(0, columns.start - 3) : columns.stop + 3]
    total = around.sum(axis=(1, 2)) - inside.sum(axis=1)
    count = max(1, around[0].size - inside.shape[1])
    return np.asarray(inside - (total / count)[:, None], np.float32)


def first_showing(frames: Floats, box: Box) -> int:
    """Index of the first frame showing the text: luma 0-1 [n, 27, 48], the first without it, the last with it.

    A cut in between resets the comparison; text that is there right after a cut came with it.
    """
    start = 0
    change = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    if len(change) and change.max() > max(CUT, OUTSTANDING * float(np.median(change))):
        start = int(change.argmax()) + 1
        left = np.abs(frames[start] - frames[-1]).mean()
        if left < ARRIVED * np.abs(frames[start - 1] - frames[-1]).mean() and _same_text(frames[start:], box):
            return start
    seen = cut_patches(frames[start:], box)
    way = seen[-1] - seen[0]
    strength = float(way @ way)
    if strength <= 0 or len(seen) == 1:
        return len(frames) - 1
    gone = (seen - seen[0]) @ way / strength
    short = np.flatnonzero(gone <= VISIBLE)
    return start + min(int(short[-1]) + 1 if len(short) else 0, len(seen) - 1)


def _same_text(frames: Floats, box: Box) -> bool:
    """Whether the patch right after a cut already looks as it does at the end."""
    seen = cut_patches(frames, box)
    return float(np.abs(seen[0] - seen[-1]).mean()) < ARRIVED * max(float(np.abs(seen[-1]).mean()), 1e-3)


def first_without(frames: Floats, box: Box) -> int:
    """Index of the first frame without the text: the first shows it, the last does not."""
    return len(frames) - first_showing(frames[::-1], box)
