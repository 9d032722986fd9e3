"""Exact labels, computed from the clean stems before they are mixed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

CELL = 160  # samples in 10 ms at 16 kHz
PAUSE_CELLS = 20  # a gap shorter than 200 ms belongs to the speech around it
SPEECH_RANGE_DB = 32.0  # quieter than this under the clip's loud parts is no longer speech
REST_CELLS = 200
MUSIC_FLOOR_DB = -62.0
RISE_DB = 10.0
NEAR_PEAK_DB = 12.0
APART_CELLS = 15

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def measure_cell_levels_db(samples: Floats, width: int = 400) -> npt.NDArray[np.float64]:
    """Level of each 10 ms cell in dBFS over a window of ``width`` samples centred on it: [ceil(n / 160)]."""
    cells = -(-len(samples) // CELL)
    padded = np.concatenate([np.zeros(width), np.square(samples, dtype=np.float64), np.zeros(width + CELL)])
    total = np.concatenate([[0.0], np.cumsum(padded)])
    left = np.arange(cells) * CELL + CELL // 2 + width - width // 2
    return np.asarray(10 * np.log10(np.maximum(total[left + width] - total[left], 0) / width + 1e-12))


def speech_cells(samples: Floats) -> Mask:
    """Cells of a clean clip in which somebody speaks: bool [cells].

    Within 32 dB of the clip's loud parts (its 95th percentile), gaps under 200 ms closed.
    """
    level = measure_cell_levels_db(samples)
    if not len(level):
        return np.zeros(0, np.bool_)
    return close_gaps(level > max(float(np.percentile(level, 95)) - SPEECH_RANGE_DB, -65.0), PAUSE_CELLS)


def music_cells(samples: Floats) -> Mask:
    """Cells of a clean music stem in which music plays: above -62 dBFS over 100 ms, rests under 2 s closed."""
    return close_gaps(measure_cell_levels_db(samples, 1600) > MUSIC_FLOOR_DB, REST_CELLS)


def onset_cells(samples: Floats) -> npt.NDArray[np.intp]:
    """Cells in which a clean effect strikes: its level rises by 10 dB within 30 ms to near the clip's peak.

    The cell returned is the steepest of the rise. A clip that only swells has none; a burst has at most one per 150 ms.
    """
    level = np.maximum(measure_cell_levels_db(samples, CELL), -80)
    if len(level) < 2:
        return np.zeros(0, np.intp)
    start = np.full(4, -80.0)  # silence before the clip
    padded = np.concatenate([start, level])
    before = ndimage.minimum_filter1d(padded, 3, origin=1)[3:-1]  # lowest of the three cells before
    soon = ndimage.maximum_filter1d(level, 3, origin=-1)  # loudest of this cell and the next two
    rise = soon - before
    strikes = (rise >= RISE_DB) & (soon >= level.max() - NEAR_PEAK_DB)
    steep = np.diff(np.concatenate([[-80.0], level]))
    found: list[int] = []
    for cell in np.flatnonzero(strikes):
        if not found or cell - found[-1] >= APART_CELLS:
            found.append(int(cell) + int(np.argmax(steep[cell : cell + 3])))
    return np.array(found, dtype=np.intp)


def close_gaps(mask: Mask, gap: int) -> Mask:
    """Fill gaps of fewer than ``gap`` cells between true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], mask, [True]]).astype(np.int8)))
    filled = mask.copy()
    for start, end in edges.reshape(-1, 2):
        if end - start < gap and start > 0 and end < len(mask):
            filled[start:end] = True
    return filled
