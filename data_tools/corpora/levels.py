"""Picking clips and setting their levels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data_tools.corpora.clips import RATE_HZ, read_clip
from data_tools.corpora.pools import ClipKind, Split, files_of_pool
from data_tools.corpora.truth import measure_cell_levels_db

Floats = npt.NDArray[np.float32]


def gain(db: float) -> float:
    """Gain as a factor of amplitude, from decibels."""
    return float(10 ** (db / 20))


def loud_part_db(samples: Floats) -> float:
    """RMS of the parts within 25 dB of the loudest 100 ms: what a mixer sets the fader by."""
    level = measure_cell_levels_db(samples, 1600)
    loud = level[level > level.max() - 25]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def pick_clip(split: Split, kind: ClipKind, rng: np.random.Generator, shortest_s: float = 0.1) -> Floats:
    """Take any clip that decodes and is not silent."""
    files = files_of_pool(split, kind)
    while True:
        samples = read_clip(files[int(rng.integers(len(files)))])
        if len(samples) > shortest_s * RATE_HZ and float(np.abs(samples).max()) > 0.005:
            return samples
