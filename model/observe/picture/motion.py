"""Motion: how much the picture changes from frame to frame, with and without the camera's own move.

Works on the tiny frames of the single decode pass, a block at a time. The camera's move is modelled as a whole-pixel
shift found by phase correlation (Kuglin & Hines 1975) and a least-squares refinement of shift, zoom and light
(Lucas & Kanade 1981, one step over the whole frame); what the model does not explain moves inside the picture.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import fft

from model.media.reel import TINY_SIZE, Feed, Floats, PictureBlock, Pixels
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Cuts, Motion

LUMA_709 = np.array([0.2126 / 255, 0.7152 / 255, 0.0722 / 255], np.float32)
FURTHEST = (8, 14)  # rows, columns: a larger shift within one frame is a cut, not a camera move
LOCAL_PERCENT = 98  # of the picture moves less than this: a fist, a falling cup
STIFFNESS = 1e-4  # keeps the fit still where a flat picture says nothing about the camera


def luma(tiny: Pixels) -> Floats:
    """Luma 0-1 of tiny frames: uint8 [n, rows, columns, 3] to float32 [n, rows, columns], BT.709 weights."""
    light: Floats = tiny.astype(np.float32) @ LUMA_709
    return light


def whole_shifts(frames: Floats) -> npt.NDArray[np.intp]:
    """Whole-pixel camera shift between neighbours: luma [n + 1, rows, columns] to intp [n, 2] (rows, columns).

    ``now[y, x]`` is best explained by ``before[y - shift_y, x - shift_x]``.
    """
    rows, columns = frames.shape[1:]
    window = np.outer(np.hanning(rows + 2)[1:-1], np.hanning(columns + 2)[1:-1]).astype(np.float32)
    centred = (frames - frames.mean(axis=(1, 2), keepdims=True)) * window
    spectrum = fft.rfft2(centred)
    cross = spectrum[1:] * np.conj(spectrum[:-1])
    peaks = fft.irfft2(cross / (np.abs(cross) + 1e-3), s=(rows, columns))
    peaks[:, FURTHEST[0] + 1 : rows - FURTHEST[0]] = -np.inf
    peaks[:, :, FURTHEST[1] + 1 : columns - FURTHEST[1]] = -np.inf
    y, x = np.unravel_index(peaks.reshape(len(peaks), -1).argmax(axis=1), (rows, columns))
    return np.stack([np.where(y > rows // 2, y - rows, y), np.where(x > columns // 2, x - columns, x)], axis=1)


def shift_frames(frames: Floats, shifts: npt.NDArray[np.intp]) -> Floats:
    """Move each frame by its own whole-pixel shift, repeating the border: float32 [n, rows, columns]."""
    n, rows, columns = frames.shape
    y = np.clip(np.arange(rows)[None, :] - shifts[:, :1], 0, rows - 1)
    x = np.clip(np.arange(columns)[None, :] - shifts[:, 1:], 0, columns - 1)
    moved: Floats = frames[np.arange(n)[:, None, None], y[:, :, None], x[:, None, :]]
    return moved


def measure_unexplained_change(before: Floats, now: Floats) -> tuple[Floats, Floats]:
    """Change that small shift, zoom and light cannot explain: its mean, and its 98th percentile, float32 [n] each.

    One Gauss-Newton step over the inside of the frame for (dx, dy, zoom, gain, offset).
    """
    n, rows, columns = before.shape
    inside = (slice(None), slice(1, -1), slice(1, -1))
    middle = (before + now) / 2
    gx = (middle[:, 1:-1, 2:] - middle[:, 1:-1, :-2]) / 2
    gy = (middle[:, 2:, 1:-1] - middle[:, :-2, 1:-1]) / 2
    y, x = np.mgrid[1 : rows - 1, 1 : columns - 1].astype(np.float32)
    zoom = gx * ((x - columns / 2) / columns) + gy * ((y - rows / 2) / columns)
    change = (now - before)[inside].reshape(n, -1)
    model = np.stack([gx, gy, zoom, before[inside], np.ones_like(gx)], axis=1).reshape(n, 5, -1)
    normal = model @ model.transpose(0, 2, 1) + STIFFNESS * np.eye(5, dtype=np.float32)
    answer = np.linalg.solve(normal, model @ change[:, :, None])
    residual = np.abs(change - (answer.transpose(0, 2, 1) @ model)[:, 0])
    most = residual.shape[1] * LOCAL_PERCENT // 100
    # a copy: a view of one column would keep the whole table of every block alive, 400 MB an hour
    return residual.mean(axis=1), np.partition(residual, most, axis=1)[:, most].copy()


def measure_actions(frames: Floats) -> tuple[Floats, Floats]:
    """Change inside the picture between neighbours: luma [n + 1, rows, columns] to mean and 98th percentile [n], 0-1.

    The camera's whole-pixel shift is used only where it explains more than standing still.
    """
    before, now = frames[:-1], frames[1:]
    still, peak = measure_unexplained_change(before, now)
    moves = whole_shifts(frames)
    moved = np.flatnonzero(moves.any(axis=1))
    if len(moved):
        followed, farthest = measure_unexplained_change(shift_frames(before[moved], moves[moved]), now[moved])
        still[moved], peak[moved] = np.minimum(still[moved], followed), np.minimum(peak[moved], farthest)
    return still, peak


class MotionDetector(Detector):
    """Keeps four numbers a frame: all change with and without cuts, change inside the picture and where it is most."""

    name: ClassVar[str] = "motion"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.PICTURE})
    after: ClassVar[tuple[str, ...]] = ("cuts",)

    def __init__(self, context: Context) -> None:
        """Start without a previous frame."""
        super().__init__(context)
        self._energy: list[Floats] = []
        self._action: list[Floats] = []
        self._peak: list[Floats] = []
        self._last: Floats = np.zeros((0, *TINY_SIZE), np.float32)

    def process_picture(self, block: PictureBlock) -> None:
        """Measure each frame of the block against the one before it; the reel's first frame changes nothing."""
        if not len(block.tiny):
            return
        frames = luma(block.tiny)
        frames = np.concatenate([self._last if len(self._last) else frames[:1], frames])
        energy = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
        self._energy.append(energy)
        action, peak = measure_actions(frames)
        self._action.append(np.minimum(action, energy))
        self._peak.append(peak)
        self._last = frames[-1:].copy()

    def finish(self, found: Findings) -> Motion:
        """Join the curves and silence the cuts: a new shot is not motion."""
        energy, action, peak = _join_blocks(self._energy), _join_blocks(self._action), _join_blocks(self._peak)
        change = energy.copy()
        cuts = found.get("cuts", Cuts)
        for frame in cuts.hard() if cuts else ():
            if frame.index < len(energy):
                energy[frame.index] = action[frame.index] = peak[frame.index] = 0
        return Motion(energy, action, change, peak)


def _join_blocks(parts: list[Floats]) -> Floats:
    """One float32 curve from the blocks' parts."""
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
