"""What an excerpt of music is like in eighteen numbers, and how far two sets of excerpts lie apart.

Pitch-class entropy, scale and groove consistency follow the definitions of muspy (Dong et al. 2020): entropy in bits of
the pitch classes of all notes; the largest share of notes in one of the 24 major and minor scales; one minus the mean
Hamming distance between the onset grids of neighbouring bars. The Fréchet distance is that between two Gaussians fitted
to the features, each feature in units of its spread over real music.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.sketch.measures import measure_bars

GRID = 12  # cells a quarter: sixteenths and triplets both fall on it
NAMES = (
    "pitch-class entropy", "scale consistency", "groove consistency", "polyphony", "onsets a quarter",
    "notes an onset", "mean pitch", "pitch spread", "mean length", "length spread", "empty quarters", "pitch classes",
    "top interval", "top steps", "top repeats", "bass pitch", "tension", "off the beat",
)  # fmt: skip
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_RIDGE = 1e-3  # added to the diagonal of both covariances, so that a feature that never varies has a root
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Notes of a few bars: onset and duration in quarters and MIDI pitch, float64 [notes]; bar lines [bars + 1]."""

    onset: Floats
    duration: Floats
    pitch: Floats
    lines: Floats


def features(excerpt: Excerpt) -> Floats:
    """Describe an excerpt by the features of ``NAMES``, float64 [18]; zeros for silence."""
    if not len(excerpt.onset):
        return np.zeros(len(NAMES))
    classes = np.bincount(excerpt.pitch.astype(int) % 12, minlength=12) / len(excerpt.pitch)
    sounding, top, bass = _cells(excerpt)
    quarters = float(excerpt.lines[-1] - excerpt.lines[0])
    moments = len(np.unique(np.round(excerpt.onset * GRID)))
    moves = np.abs(np.diff(top)) if len(top) > 1 else np.zeros(1)
    by_quarter = sounding[: len(sounding) // GRID * GRID].reshape(-1, GRID)
    lengths = np.log2(np.maximum(excerpt.duration, 1 / GRID))
    ones = np.full(len(excerpt.onset), 64.0)
    measured = measure_bars(excerpt.onset, excerpt.duration, excerpt.pitch.astype(np.int64), ones, excerpt.lines)
    return np.array(
        [
            entropy(classes), scale_consistency(classes), groove_consistency(excerpt),
            sounding[sounding > 0].mean() if (sounding > 0).any() else 0.0, moments / quarters,
            len(excerpt.onset) / moments, excerpt.pitch.mean(), excerpt.pitch.std(), lengths.mean(), lengths.std(),
            (by_quarter.sum(axis=1) == 0).mean() if len(by_quarter) else 0.0, (classes > 0).sum(), moves.mean(),
            ((moves > 0) & (moves <= 2)).mean(), (moves == 0).mean(), bass, measured.tension.mean(),
            (np.round(excerpt.onset * GRID) % GRID > 0).mean(),
        ]
    )  # fmt: skip


def entropy(classes: Floats) -> float:
    """Entropy in bits of a pitch-class histogram."""
    known = classes[classes > 0]
    return float(-(known * np.log2(known)).sum())


def scale_consistency(classes: Floats) -> float:
    """Largest share of the notes inside one major or minor scale."""
    scales = [[(root + step) % 12 for step in steps] for steps in (_MAJOR, _MINOR) for root in range(12)]
    return max(float(classes[scale].sum()) for scale in scales)


def groove_consistency(excerpt: Excerpt) -> float:
    """Consistency of the groove: one minus the mean share of grid cells in which neighbouring bars differ."""
    bars: list[npt.NDArray[np.bool_]] = []
    for start, end in zip(excerpt.lines[:-1], excerpt.lines[1:], strict=True):
        grid = np.zeros(round(float(end - start) * GRID), bool)
        inside = excerpt.onset[(excerpt.onset >= start) & (excerpt.onset < end)]
        grid[np.minimum(np.round((inside - start) * GRID).astype(int), len(grid) - 1)] = True
        bars.append(grid)
    pairs = [(a, b) for a, b in pairwise(bars) if len(a) == len(b)]
    return float(1.0 - np.mean([(a != b).mean() for a, b in pairs])) if pairs else 1.0


def frechet_distance(one: Sequence[Floats], other: Sequence[Floats], spread: Floats) -> float:
    """Fréchet distance between two sets of feature vectors, each in units of ``spread`` [features]."""
    a, b = np.stack(list(one)) / spread, np.stack(list(other)) / spread
    gap = a.mean(0) - b.mean(0)
    ridge = _RIDGE * np.eye(a.shape[1])
    ca, cb = np.cov(a.T) + ridge, np.cov(b.T) + ridge
    values, vectors = np.linalg.eigh(ca)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    middle = np.linalg.eigvalsh(root @ cb @ root)
    return float(gap @ gap + np.trace(ca) + np.trace(cb) - 2 * np.sqrt(np.maximum(middle, 0)).sum())


def _cells(excerpt: Excerpt) -> tuple[Floats, Floats, float]:
    """Return the notes sounding in each cell of the grid, the top line by onset, and the mean of the lowest pitch."""
    first = excerpt.lines[0]
    count = round(float(excerpt.lines[-1] - first) * GRID)
    begin = np.clip(np.round((excerpt.onset - first) * GRID).astype(int), 0, count - 1)
    end = np.clip(np.round((excerpt.onset + excerpt.duration - first) * GRID).astype(int), begin + 1, count)
    sounding = np.zeros(count)
    lowest = np.full(count, np.inf)
    for start, stop, pitch in zip(begin, end, excerpt.pitch, strict=True):
        sounding[start:stop] += 1
        lowest[start:stop] = np.minimum(lowest[start:stop], pitch)
    top = [excerpt.pitch[begin == cell].max() for cell in np.unique(begin)]
    heard = lowest[np.isfinite(lowest)]
    return sounding, np.array(top), float(heard.mean()) if len(heard) else 0.0
