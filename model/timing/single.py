"""The best single tempo of a cue: every tempo of the grid from every start, scored as the search scores."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from model.timing.costs import TICKS_PER_S, UNITS_PER_WEIGHT
from model.timing.search import FINE_BIN_S, IMPOSSIBLE, BeatPath, Floats, Ints, SearchTask


def find_best_single_tempo(task: SearchTask) -> BeatPath:
    """Find the tempo that earns most when it is held from the first beat to the out."""
    starts = np.arange(int(task.latest_start_s / float(FINE_BIN_S)) + 1, dtype=np.float64) * float(FINE_BIN_S)
    best = (IMPOSSIBLE, 0, 0)
    for index, period in enumerate(task.grid.periods_s):
        scores = _scores_of_tempo(task, starts, float(period), index)
        place = int(scores.argmax())
        if int(scores[place]) > best[0]:
            best = (int(scores[place]), place, index)
    score, place, index = best
    start, bpm = place * FINE_BIN_S, task.grid.tempi[index]
    left = Fraction(task.end_s - 1e-9).limit_denominator(10**9) - start
    beats = max(1, -int(-left * bpm // 60))
    return BeatPath(start, ((0, bpm),), beats, score / UNITS_PER_WEIGHT)


def _scores_of_tempo(task: SearchTask, starts: Floats, period: float, index: int) -> Ints:
    """Score of one tempo from each start, (S,) thousandths of a weight; ``period`` and ``starts`` are seconds."""
    count = int((task.end_s - starts[0]) / period) + 2
    beats = starts[:, None] + np.arange(count) * period
    last = np.ceil((task.end_s - 1e-9 - starts) / period)
    counted = np.arange(count) <= last[:, None]
    ticks = beats * TICKS_PER_S + 1e-6
    paid = task.rewards.beat.take(ticks.astype(np.int64), mode="clip")
    if task.rewards.eighth is not None:
        middle = np.maximum(ticks - period * TICKS_PER_S / 2, 0).astype(np.int64)
        eighths = task.rewards.eighth.take(middle, mode="clip")
        eighths[:, 0] = 0
        paid += eighths
    far = abs(float(np.log(float(task.grid.tempi[index]) / task.target))) * task.costs.target
    spent = np.rint((starts * task.costs.start + far) * UNITS_PER_WEIGHT).astype(np.int64)
    total: Ints = np.where(counted, paid, 0).sum(axis=1) - spent
    return total
