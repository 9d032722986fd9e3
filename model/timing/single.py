"""The best single tempo: every clean tempo from every start, scored as the search scores."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from model.timing.scoring import TICKS, UNIT
from model.timing.search import FINE, BeatPath, Floats, Ints, Task


def best_single(task: Task) -> BeatPath:
    """Find the tempo that, held from the first beat to the out, is worth most."""
    starts = np.arange(int(task.latest_start_s / float(FINE)) + 1, dtype=np.float64) * float(FINE)
    best = (-(1 << 60), 0, 0)
    for index, period in enumerate(task.grid.periods_s):
        worth = _worth(task, starts, float(period), index)
        place = int(worth.argmax())
        if int(worth[place]) > best[0]:
            best = (int(worth[place]), place, index)
    score, place, index = best
    start, bpm = place * FINE, task.grid.tempi[index]
    left = Fraction(task.end_s - 1e-9).limit_denominator(10**9) - start
    beats = max(1, -int(-left * bpm // 60))
    return BeatPath(start, ((0, bpm),), beats, score / UNIT)


def _worth(task: Task, starts: Floats, period: float, index: int) -> Ints:
    """Worth of one tempo from each start, (S,) thousandths of a weight."""
    count = int((task.end_s - starts[0]) / period) + 2
    beats = starts[:, None] + np.arange(count) * period
    last = np.ceil((task.end_s - 1e-9 - starts) / period)
    counted = np.arange(count) <= last[:, None]
    ticks = beats * TICKS + 1e-6
    paid = task.rewards.beat.take(ticks.astype(np.int64), mode="clip")
    if task.rewards.eighth is not None:
        middle = np.maximum(ticks - period * TICKS / 2, 0).astype(np.int64)
        eighths = task.rewards.eighth.take(middle, mode="clip")
        eighths[:, 0] = 0
        paid += eighths
    far = abs(float(np.log(float(task.grid.tempi[index]) / task.target))) * task.scoring.target
    spent = np.rint((starts * task.scoring.start + far) * UNIT).astype(np.int64)
    total: Ints = np.where(counted, paid, 0).sum(axis=1) - spent
    return total
