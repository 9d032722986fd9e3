"""The search for beats and tempi: one dynamic programme over (time, tempo), exact in its time.

A state is "a beat falls into this bin of time, and the next one comes at this tempo". From every state the tempo
either holds or changes to a neighbour at a cost. The best way into each state is kept together with its exact time
inside the bin, so rounding errors do not add up. Beats are at least one fastest period apart, so all bins within that
period are independent of each other and are computed at once, as a block.

Scores are integers (``costs.UNITS_PER_WEIGHT``). While the best tempo change is chosen, the index of the tempo that a
state came from is packed into the low bits of its score: one maximum then gives the best score and where it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from model.timing.costs import TICKS_PER_S, UNITS_PER_WEIGHT, FitCosts, Rewards
from model.timing.grid import TempoGrid

FINE_BIN_S: Final = Fraction(1, 100)
COARSE_BIN_S: Final = Fraction(1, 50)
LONG_CUE_S: Final = 300.0
IMPOSSIBLE: Final = -(1 << 50)  # below every real score, and still no overflow when packed with TEMPO_BITS
TEMPO_BITS: Final = 10  # of a packed score; enough for grid.MOST_TEMPI
STARTS: Final = 2  # in ``_BeatSearch.carried``: the music begins in this state
CHANGE_EVERY_BINS: Final = 4
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BeatPath:
    """Beats and tempi before there are bars.

    Attributes
    ----------
    start: exact seconds of beat 0 from the cue's in
    tempi: (beat, bpm) from beat 0 on, each until the next
    beats: number of the beat at or after the cue's out
    score: value in weights of hits, costs subtracted
    """

    start: Fraction
    tempi: tuple[tuple[int, Fraction], ...]
    beats: int
    score: float

    def seconds(self, count: int) -> Floats:
        """Seconds of the first ``count`` beats from the cue's in, (count,) float64."""
        ends = [*(beat for beat, _ in self.tempi[1:]), max(count, self.tempi[-1][0] + 1)]
        out, at = list[Floats](), self.start
        for (beat, bpm), end in zip(self.tempi, ends, strict=True):
            out.append(float(at) + np.arange(end - beat, dtype=np.float64) * float(60 / bpm))
            at += (end - beat) * 60 / bpm
        return np.concatenate(out)[:count]


@dataclass(frozen=True, slots=True)
class SearchTask:
    """What the search has to solve; seconds are counted from the cue's in.

    Of two beats less than ``bin_s`` apart only the better is followed up; smaller bins find a little more and take
    longer. ``target`` is the preferred tempo in bpm.
    """

    grid: TempoGrid
    rewards: Rewards
    end_s: float
    latest_start_s: float
    target: float
    costs: FitCosts
    bin_s: Fraction = FINE_BIN_S


def find_best_path(task: SearchTask) -> BeatPath:
    """Find the beats and tempi of the highest score; ties are resolved the same way on every machine."""
    return _BeatSearch(task).run()


class _BeatSearch:
    """The tables of one search; rows are bins of time, columns the K tempi.

    Attributes
    ----------
    whole, rest: (K,) a beat's length in whole bins, and the seconds left over
    block: rows computed at once, the shortest beat in bins; ``blocks`` of them cover the cue
    history: rows kept from before the block, a little more than the longest beat
    source: (block, K) flat index, into history and block, of the state one beat earlier
    previous: (rows, K) index of the tempo before a change in this state, its own index where the tempo holds
    carried: (rows, K) 1 where the seconds left over push the beat into the next bin, ``STARTS`` where music begins
    best: score, row and tempo of the best beat at or after the out so far
    """

    def __init__(self, task: SearchTask) -> None:
        self.task = task
        self.k = len(task.grid.tempi)
        self.bin = float(task.bin_s)
        periods = task.grid.periods_s
        self.whole = np.floor(periods / self.bin).astype(np.int64)
        self.rest = periods - self.whole * self.bin
        self.block = int(self.whole.min())
        self.history = int(self.whole.max()) + 1
        rows = self.history + np.arange(self.block)[:, None] - self.whole[None, :]
        self.source = rows * self.k + np.arange(self.k)[None, :]
        self.blocks = int((task.end_s + float(periods.max())) / self.bin / self.block) + 2
        self.change_costs = _change_costs(task)
        self.beat_costs = _beat_costs(task)
        total = self.blocks * self.block
        self.previous = np.tile(np.arange(self.k, dtype=np.int16), (total, 1))
        self.carried = np.zeros((total, self.k), np.uint8)
        self.best = (IMPOSSIBLE, 0, 0)

    def run(self) -> BeatPath:
        """Compute the states block by block through time, then walk back from the best end."""
        shape = (self.history + self.block, self.k)
        score = np.full(shape, IMPOSSIBLE, np.int64)
        offset = np.zeros(shape)
        for number in range(self.blocks):
            score[: self.history] = score[self.block :].copy()
            offset[: self.history] = offset[self.block :].copy()
            first = number * self.block
            arrived, arrived_at, caught = self._step_one_beat(score, offset, first)
            self._note_ends(arrived, arrived_at, first)
            score[self.history :], offset[self.history :] = self._change_tempi(arrived, arrived_at, caught, first)
        return self._walk_back()

    def _step_one_beat(self, score: Ints, offset: Floats, first: int) -> tuple[Ints, Floats, npt.NDArray[np.bool_]]:
        """Step one beat into the block at every tempo.

        Returns scores, seconds inside their bins, and which beats catch something, all (block, K).
        """
        same, same_at = score.take(self.source), offset.take(self.source) + self.rest
        older = self.source - self.k
        next_, next_at = score.take(older), offset.take(older) + (self.rest - self.bin)
        same[same_at >= self.bin] = IMPOSSIBLE
        next_[next_at < 0] = IMPOSSIBLE
        carried = next_ > same
        arrived = np.where(carried, next_, same) - self.beat_costs
        arrived_at = np.where(carried, next_at, same_at)
        came_from = carried.astype(np.uint8)
        self._begin_music(arrived, arrived_at, came_from, first)
        self.carried[first : first + self.block] = came_from
        arrived_at = np.clip(arrived_at, 0.0, self.bin)
        paid, caught = self._reward_beats(arrived_at, first)
        return arrived + paid, arrived_at, caught

    def _begin_music(self, arrived: Ints, arrived_at: Floats, came_from: npt.NDArray[np.uint8], first: int) -> None:
        """Let the music begin in the rows where it may; changes the three arrays in place."""
        rows = int(self.task.latest_start_s / self.bin) + 1 - first
        if rows <= 0:
            return
        late_s = (first + np.arange(min(rows, self.block))) * self.bin
        score = -np.rint(late_s * self.task.costs.start * UNITS_PER_WEIGHT).astype(np.int64)[:, None]
        head = slice(0, len(late_s))
        starts = score > arrived[head]
        arrived[head] = np.where(starts, score, arrived[head])
        arrived_at[head][starts] = 0.0
        came_from[head][starts] = STARTS

    def _reward_beats(self, arrived_at: Floats, first: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Look up what each beat, and the eighth before it, earns; and which beats catch something."""
        ticks = (arrived_at + ((first + np.arange(self.block)) * self.bin)[:, None]) * TICKS_PER_S + 1e-6
        paid: Ints = self.task.rewards.beat.take(ticks.astype(np.int64), mode="clip")
        caught = paid > 0
        if self.task.rewards.eighth is not None:
            middle = ticks - self.task.grid.periods_s * (TICKS_PER_S / 2)
            paid += self.task.rewards.eighth.take(np.maximum(middle, 0).astype(np.int64), mode="clip")
        return paid, caught

    def _note_ends(self, arrived: Ints, arrived_at: Floats, first: int) -> None:
        """Keep the best beat at or past the out, and go no further from any such beat."""
        if (first + self.block) * self.bin < self.task.end_s:
            return
        at = arrived_at + ((first + np.arange(self.block)) * self.bin)[:, None]
        over = at >= self.task.end_s - 1e-9
        ends = np.where(over, arrived, IMPOSSIBLE)
        place = int(ends.argmax())
        if int(ends.flat[place]) > self.best[0]:
            self.best = (int(ends.flat[place]), first + place // self.k, place % self.k)
        arrived[over] = IMPOSSIBLE

    def _change_tempi(
        self, arrived: Ints, arrived_at: Floats, caught: npt.NDArray[np.bool_], first: int
    ) -> tuple[Ints, Floats]:
        """Let states change their tempo; returns the scores and seconds of the states after that.

        Changes are tried in every row where a beat catches something, and in every ``CHANGE_EVERY_BINS``-th row.
        """
        on_grid = np.arange(first, first + self.block) % CHANGE_EVERY_BINS == 0
        rows = np.flatnonzero(caught.any(axis=1) | on_grid)
        packed = (arrived[rows] << TEMPO_BITS) + np.arange(self.k)
        best = packed.copy()
        unanchored = round(self.task.costs.unanchored * UNITS_PER_WEIGHT)
        packed -= np.where(caught[rows], 0, unanchored << TEMPO_BITS)
        for step, low, cost in self.change_costs:
            slow, fast = slice(low, self.k - step), slice(low + step, self.k)
            np.maximum(best[:, fast], packed[:, slow] - cost, out=best[:, fast])
            np.maximum(best[:, slow], packed[:, fast] - cost, out=best[:, slow])
        came_from = best & ((1 << TEMPO_BITS) - 1)
        self.previous[first + rows] = came_from
        arrived[rows] = best >> TEMPO_BITS
        arrived_at[rows] = arrived_at.take(came_from + rows[:, None] * self.k)
        return arrived, arrived_at

    def _walk_back(self) -> BeatPath:
        """Follow the best way from its last beat to where the music begins."""
        score, row, tempo = self.best
        taken = list[int]()
        while self.carried[row, tempo] != STARTS:
            row -= int(self.whole[tempo]) + int(self.carried[row, tempo])
            taken.append(tempo)
            tempo = int(self.previous[row, tempo])
        taken.reverse()
        bpms = self.task.grid.tempi
        changes = [n for n, t in enumerate(taken) if n == 0 or t != taken[n - 1]]
        tempi = tuple((n, bpms[taken[n]]) for n in changes)
        return BeatPath(row * self.task.bin_s, tempi, len(taken), score / UNITS_PER_WEIGHT)


def _change_costs(task: SearchTask) -> list[tuple[int, int, Ints]]:
    """List the allowed steps: (columns apart, first column that may take it, cost per column, packed)."""
    costs, bpms = task.costs, np.array([float(t) for t in task.grid.tempi])
    out = list[tuple[int, int, Ints]]()
    for step in range(1, len(bpms)):
        low = task.grid.find_slowest_to_step(step)
        if low is None:
            break
        apart = np.log(bpms[low + step :] / bpms[low : len(bpms) - step])
        cost = np.rint((costs.change + costs.slope * apart) * UNITS_PER_WEIGHT).astype(np.int64)
        out.append((step, low, cost << TEMPO_BITS))
    return out


def _beat_costs(task: SearchTask) -> Ints:
    """Cost of one beat at each tempo for being far from the target, (K,)."""
    far = np.abs(np.log(np.array([float(t) for t in task.grid.tempi]) / task.target))
    share = task.grid.periods_s / max(task.end_s, 1e-3)
    return np.rint(far * share * task.costs.target * UNITS_PER_WEIGHT).astype(np.int64)
