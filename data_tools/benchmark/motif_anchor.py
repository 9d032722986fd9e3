"""The anchor of the theme matcher: plain Smith-Waterman alignment on (interval, IOI ratio), note by note.

Local alignment, normalised by the shorter melody, the best of the theme as it is, inverted (x 0.95), backwards and
backwards inverted (x 0.9). Its tolerances were chosen on the same movements as ours, for the most ornamented themes
recognised at about five false alarms in a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from model.motifs.language import ThemeNote

# All chosen on Bach and Beethoven, as the matcher's own numbers were (see above).
_PITCH_SHARE = 0.6  # of the likeness of two steps; the rest is rhythm
_PITCH_TOLERANCE_SEMITONES = 3.0
_RHYTHM_TOLERANCE = 2.0  # in octaves of duration: one step waits four times as long as the other
_NEUTRAL = 0.5  # the likeness that neither helps nor harms an alignment
_GAP_COST = 0.3  # of leaving out a note, in units of a perfect match
_INVERTED_FACTOR = 0.95
_BACKWARDS_FACTOR = 0.9
Steps = list[tuple[int, float]]


def plain_similarity(a: Sequence[ThemeNote], b: Sequence[ThemeNote]) -> float:
    """Similarity of two melodies, 0-1, by plain local alignment."""
    first, second = _steps(a), _steps(b)
    if not first or not second:
        return 0.0
    back = [(-interval, -ratio) for interval, ratio in reversed(first)]
    forms = (
        (first, 1.0),
        (_mirror(first), _INVERTED_FACTOR),
        (back, _BACKWARDS_FACTOR),
        (_mirror(back), _BACKWARDS_FACTOR),
    )
    return max(worth * _align(form, second) for form, worth in forms) / min(len(first), len(second))


def _mirror(steps: Steps) -> Steps:
    return [(-interval, ratio) for interval, ratio in steps]


def _steps(notes: Sequence[ThemeNote]) -> Steps:
    """Interval to the next note, and log2 of the ratio of its inter-onset interval to the one before."""
    waits = [float(y.onset - x.onset) for x, y in pairwise(notes)]
    ratios = [0.0, *(float(np.log2(now / before)) for before, now in pairwise(waits))]
    return [(y.pitch - x.pitch, ratio) for (x, y), ratio in zip(pairwise(notes), ratios, strict=True)]


def _align(a: Steps, b: Steps) -> float:
    one, two = np.array(a), np.array(b)
    off, late = (np.abs(one[:, None, k] - two[None, :, k]) for k in (0, 1))
    alike = _PITCH_SHARE * np.maximum(0, 1 - off / _PITCH_TOLERANCE_SEMITONES) + (1 - _PITCH_SHARE) * np.maximum(
        0, 1 - late / _RHYTHM_TOLERANCE
    )
    gains = ((alike - _NEUTRAL) / (1 - _NEUTRAL)).tolist()
    above = [0.0] * (len(b) + 1)
    best = 0.0
    for gained in gains:
        row = [0.0]
        for column, gain in enumerate(gained):
            row.append(max(0.0, above[column] + gain, above[column + 1] - _GAP_COST, row[-1] - _GAP_COST))
        above = row
        best = max(best, *row)
    return best
