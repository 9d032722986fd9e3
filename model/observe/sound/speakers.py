"""Who speaks, as far as the height of the voice tells: "voice A", "voice B", ... or nobody's name.

Lines are parted into groups of similar pitch. Where the groups do not stand clearly apart, or a line has too little
clear voice in it (music and effects hide it), no speaker is named: a missing name is better than a wrong one.
"""

from __future__ import annotations

import string
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.observe.sound.pitch import EVERY, Pitches
from model.observe.sound.spans import Spans

FEWEST_VOICED = 10  # values of 20 ms
FEWEST_LINES = 2  # of a voice
MOST_VOICES = 3
APART_OCTAVES = 0.45  # between the middles of two voices; men and women lie about 0.8 apart
UNSURE_OCTAVES = 0.1  # a line this near the border between two voices is left unnamed

Octaves = npt.NDArray[np.float64]


def letter_voices(lines: Spans, pitch: Pitches) -> list[str]:
    """Name the voice of each line, "" where it cannot be told; voices are lettered as they first speak."""
    heights = np.array([height(pitch[a // EVERY : -(-b // EVERY)]) for a, b in lines])
    clear = np.flatnonzero(~np.isnan(heights))
    borders = split_heights(heights[clear])
    if not borders:
        return [""] * len(lines)
    order: dict[int, str] = {}
    names = [""] * len(lines)
    for line in clear:
        if min(abs(heights[line] - border) for border in borders) < UNSURE_OCTAVES:
            continue
        group = int(np.searchsorted(borders, heights[line]))
        letter = order.setdefault(group, string.ascii_uppercase[len(order)])
        names[int(line)] = f"voice {letter}"
    return names


def height(pitch: Pitches) -> float:
    """Height of a line: median of its clear pitches in octaves above 1 Hz; NaN when too few are clear."""
    clear = pitch[pitch > 0].astype(np.float64)
    return float(np.median(np.log2(clear))) if len(clear) >= FEWEST_VOICED else float("nan")


def split_heights(heights: Octaves) -> list[float]:
    """Borders between voices: the most voices that all stand apart, found by the best cuts of the sorted heights."""
    ordered = np.sort(heights)
    for voices in range(MOST_VOICES, 1, -1):
        cuts = _best_cuts(ordered, voices)
        if cuts is None:
            continue
        groups = np.split(ordered, cuts)
        middles = [float(np.median(g)) for g in groups]
        apart = all(b - a >= APART_OCTAVES for a, b in pairwise(middles))
        empty = all(_is_gap(a, b) for a, b in pairwise(groups))
        if apart and empty:
            return [(float(a[-1]) + float(b[0])) / 2 for a, b in pairwise(groups)]
    return []


def _is_gap(lower: Octaves, upper: Octaves) -> bool:
    """Whether the hole between two groups is wider than the groups are deep, by their quartiles."""
    depth = max(float(np.subtract(*np.percentile(g, [75, 25]))) for g in (lower, upper))
    return float(np.percentile(upper, 25) - np.percentile(lower, 75)) > max(depth, APART_OCTAVES / 2)


def _best_cuts(ordered: Octaves, groups: int) -> list[int] | None:
    """Cut points of a sorted list into ``groups`` with the least squared spread; None when there are too few lines."""
    n = len(ordered)
    if n < groups * FEWEST_LINES:
        return None
    total, square = (np.concatenate([[0.0], np.cumsum(v)]) for v in (ordered, ordered**2))
    least = np.full((groups + 1, n + 1), np.inf)
    came_from = np.zeros((groups + 1, n + 1), dtype=np.intp)
    least[0, 0] = 0
    for group in range(1, groups + 1):
        for b in range(group * FEWEST_LINES, n + 1):
            starts = np.arange(0, b - FEWEST_LINES + 1)
            spread = square[b] - square[starts] - (total[b] - total[starts]) ** 2 / (b - starts)
            cost = least[group - 1, starts] + spread
            came_from[group, b] = starts[np.argmin(cost)]
            least[group, b] = cost.min()
    cuts, b = list[int](), n
    for group in range(groups, 1, -1):
        b = int(came_from[group, b])
        cuts.insert(0, b)
    return cuts
