"""What changes from frame to frame: the evidence about a change of shot that needs no network.

Every signal belongs to the step from frame ``t - 1`` to frame ``t``; a cut whose first new frame is ``t`` shows in
row ``t``. Signals look :data:`REACH` frames to either side. Differences are on a log scale, so that what counts is
how many times larger than its surroundings a change is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from model.media.reel import Floats, Pixels

BINS = 512
REACH = 16  # frames before and after over which a signal is compared
_SHIFTS = [(dy, dx) for dy in (-2, -1, 0, 1, 2) for dx in (-4, -2, -1, 0, 1, 2, 4)]
_ROWS = slice(2, 25)  # the rows and columns that every shift leaves inside the picture
_COLUMNS = slice(4, 44)
_GAPS = ((1, 1), (2, 1), (2, 2), (3, 3), (5, 5))  # frames before and after the step that are compared
_BLENDS = (2, 4, 8, 16)  # half lengths of the stretches tested for being a mix of their ends

SIGNALS = (  # noqa: SIM905 - a sentence reads better than thirty quoted words
    "step colour hist match light contrast low high "
    "gap21 gap22 gap33 gap55 like1 like2 like3 like5 "
    "blend2 blend4 blend8 blend16 span2 span4 span8 span16 "
    "rest matchrest histrest"
).split()


def colour_histograms(frames: Pixels) -> Floats:
    """Unit-length colour histograms, 8 levels per channel: float32 [n, 512]. Source: TransNet V2."""
    levels = (frames >> 5).astype(np.int64)
    index = (levels[..., 0] << 6) + (levels[..., 1] << 3) + levels[..., 2]
    count = len(frames)
    index = index.reshape(count, -1) + BINS * np.arange(count)[:, None]
    table = np.bincount(index.ravel(), minlength=BINS * count).reshape(count, BINS).astype(np.float32)
    unit: Floats = table / np.linalg.norm(table, axis=1, keepdims=True)
    return unit


def signals(frames: Pixels, histograms: Floats) -> Floats:
    """Measure every signal of ``frames`` uint8 [n, 27, 48, 3]: float32 [n, len(SIGNALS)].

    The first and last :data:`REACH` rows see the ends repeated.
    """
    luma = _luma(frames)
    patches = _patches(frames)
    flat = luma.reshape(len(luma), -1)
    columns: list[npt.NDArray[Any]] = [
        _log(_distance(luma, 1)),
        _log(_distance(patches, 1)),
        1 - _dot(histograms, 1, 0),
        _log(_match_shifted(luma)),
        flat.mean(1) / 255,
        _log(flat.std(1)),
        np.percentile(flat, 5, axis=1) / 255,
        np.percentile(flat, 98, axis=1) / 255,
        *(_log(_gap(patches, before, after)) for before, after in _GAPS[1:]),
        *_likeness(flat),
        *_blends(patches),
    ]
    rest = [_above_surroundings(columns[i]) for i in (0, 3, 2)]
    return np.stack([*columns, *rest], axis=1).astype(np.float32)


def _luma(frames: Pixels) -> Floats:
    """Rec. 601 luma, float32 [n, 27, 48], 0-255."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(frames.astype(np.float32) @ weights, np.float32)


def _patches(frames: Pixels) -> Floats:
    """Average 3 x 4 pixels: float32 [n, 9 * 12 * 3]; small shifts no longer count."""
    count = len(frames)
    sums = frames.reshape(count, 9, 3, 12, 4, 3).sum(axis=(2, 4), dtype=np.uint16)
    return np.asarray(sums.reshape(count, -1) / np.float32(12), np.float32)


def _shift_rows(values: npt.NDArray[Any], by: int) -> npt.NDArray[Any]:
    """Row ``t`` becomes row ``t + by``, the ends repeated."""
    return values[np.clip(np.arange(len(values)) + by, 0, len(values) - 1)]


def _distance(values: Floats, by: int) -> Floats:
    difference = np.abs(values - _shift_rows(values, -by))
    return np.asarray(difference.reshape(len(values), -1).mean(1), np.float32)


def _gap(values: Floats, before: int, after: int) -> Floats:
    """Distance between ``before`` frames ahead of the step and ``after`` - 1 frames past it."""
    difference = np.abs(_shift_rows(values, after - 1) - _shift_rows(values, -before))
    return np.asarray(difference.mean(1), np.float32)


def _dot(values: Floats, before: int, after: int) -> Floats:
    return np.asarray(np.einsum("nd,nd->n", _shift_rows(values, -before), _shift_rows(values, after)), np.float32)


def _log(values: Floats) -> Floats:
    return np.log1p(values)


def _match_shifted(luma: Floats) -> Floats:
    """Mean difference left after the best shift of the picture, in eight fields: what motion cannot explain."""
    whole = luma.astype(np.int16)
    now = whole[:, _ROWS, _COLUMNS]
    before = _shift_rows(whole, -1)
    best = np.full((len(luma), 8), np.iinfo(np.int32).max, np.int32)
    for dy, dx in _SHIFTS:
        moved = before[:, 2 + dy : 25 + dy, 4 + dx : 44 + dx]
        error = np.abs(now - moved)
        rows = np.add.reduceat(error, (0, 12), axis=1, dtype=np.int32)
        fields = np.add.reduceat(rows, (0, 10, 20, 30), axis=2).reshape(len(luma), -1)
        best = np.minimum(best, fields)
    return np.asarray(best.sum(1) / now[0].size, np.float32)


def _likeness(flat: Floats) -> list[Floats]:
    """Correlation of the pictures around the step, blind to brightness and contrast; 1 where both are plain."""
    centred = flat - flat.mean(1, keepdims=True)
    unit = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 36.0)  # one grey level rms counts as plain
    return [_dot(unit, before, after - 1) for before, after in _GAPS if (before, after) != (2, 1)]


def _blends(patches: Floats) -> list[Floats]:
    """For each length: how far a frame is from the mean of the stretch's ends, and how far the ends are apart."""
    residuals: list[Floats] = []
    spans: list[Floats] = []
    for half in _BLENDS:
        before, after = _shift_rows(patches, -half), _shift_rows(patches, half)
        apart = np.abs(after - before).mean(1)
        off = np.abs(patches - (before + after) / 2).mean(1)
        residuals.append((off / (apart + 1.0)).astype(np.float32))
        spans.append(_log(apart.astype(np.float32)))
    return residuals + spans


def _above_surroundings(values: Floats, reach: int = 6) -> Floats:
    """Subtract the largest and the typical of the neighbouring steps: a cut stands alone, motion does not."""
    around = np.stack([_shift_rows(values, by) for by in range(-reach, reach + 1) if by != 0])
    typical = np.sort(around, axis=0)[-4]
    return np.asarray(values - typical, np.float32)
