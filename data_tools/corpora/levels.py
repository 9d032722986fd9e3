"""Picking clips and setting their levels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data_tools.corpora.clips import RATE, clip
from data_tools.corpora.pools import Kind, Split, pool
from data_tools.corpora.truth import cell_levels_db

Floats = npt.NDArray[np.float32]


def gain(db: float) -> float:
    """Amplitude factor of a level in decibels."""
    return float(10 ** (db / 20))


def loud_part_db(samples: Floats) -> float:
    """RMS of the parts within 25 dB of the loudest 100 ms: what a mixer sets the fader by."""
    level = cell_levels_db(samples, 1600)
    loud = level[level > level.max() - 25]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def pick(split: Split, kind: Kind, rng: np.random.Generator, shortest_s: float = 0.1) -> Floats:
    """Take any clip that decodes and is not silent."""
    files = pool(split, kind)
    while True:
        samples = clip(files[int(rng.integers(len(files)))])
        if len(samples) > shortest_s * RATE and float(np.abs(samples).max()) > 0.005:
            return samples
