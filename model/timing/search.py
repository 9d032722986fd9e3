"""The search for beats and tempi: one dynamic programme over (time, tempo), exact in its time.

A state is "a beat falls into this bin of time, and the next one comes at this tempo". From every state either the
tempo holds, or it changes to a neighbour for a price. The best way into each state is kept together with its exact
time inside the bin, so nothing drifts. Beats are at least one fastest period apart: all bins within that period are
independent of each other and worked out at once.

Scores are integers (``scoring.UNIT``), and the tempo a state came from rides in their low bits: the larger number is
the better way, and names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from model.timing.grid import TempoGrid
from model.timing.scoring import TICKS, UNIT, Rewards, Scoring

FINE: Final = Fraction(1, 100)
COARSE: Final = Fraction(1, 50)
LONG_S: Final = 300.0
NEVER: Final = -(1 << 50)
BITS: Final = 10
STARTS: Final = 2
THIN: Final = 4
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
    score: worth in weights of hits, prices subtracted
    """

    start: Fraction
    tempi: tuple[tuple[int, Fraction], ...]
    beats: int
    score: float

    def seconds(self, count: int) -> Floats:
        """Seconds of the first ``count`` beats from the cue's in, (count,) float64."""
        edges = [*(beat for beat, _ in self.tempi[1:]), max(count, self.tempi[-1][0] + 1)]
        out, at = list[Floats](), self.start
        for (beat, bpm), end in zip(self.tempi, edges, strict=True):
            out.append(float(at) + np.arange(end - beat, dtype=np.float64) * float(60 / bpm))
            at += (end - beat) * 60 / bpm
        return np.concatenate(out)[:count]


@dataclass(frozen=True, slots=True)
class Task:
    """What the search has to solve: seconds are counted from the cue's in.

    ``bin_s`` is how far apart two beats are before both are followed up; finer finds a little more and takes longer.
    """

    grid: TempoGrid
    rewards: Rewards
    end_s: float
    latest_start_s: float
    target: float
    scoring: Scoring
    bin_s: Fraction = FINE


def best_path(task: Task) -> BeatPath:
    """Find the most valuable beats and tempi; ties go the same way on every machine."""
    return _Sweep(task).run()


class _Sweep:
    """The tables of one search; rows are bins of time, columns tempi."""

    def __init__(self, task: Task) -> None:
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
        self.prices = _prices(task)
        self.per_beat = _per_beat(task)
        total = self.blocks * self.block
        self.previous = np.tile(np.arange(self.k, dtype=np.int16), (total, 1))
        self.carried = np.zeros((total, self.k), np.uint8)
        self.best = (NEVER, 0, 0)

    def run(self) -> BeatPath:
        """Sweep through time block by block, then walk back from the best end."""
        shape = (self.history + self.block, self.k)
        value = np.full(shape, NEVER, np.int64)
        inside = np.zeros(shape)
        for number in range(self.blocks):
            value[: self.history] = value[self.block :].copy()
            inside[: self.history] = inside[self.block :].copy()
            first = number * self.block
            arrived, offset, caught = self._arrive(value, inside, first)
            self._end(arrived, offset, first)
            value[self.history :], inside[self.history :] = self._change(arrived, offset, caught, first)
        return self._walk_back()

    def _arrive(self, value: Ints, inside: Floats, first: int) -> tuple[Ints, Floats, npt.NDArray[np.bool_]]:
        """Step one beat into the block at every tempo.

        Returns values, times inside their bins, and which beats catch something, all (rows, tempi).
        """
        same, same_at = value.take(self.source), inside.take(self.source) + self.rest
        older = self.source - self.k
        next_, next_at = value.take(older), inside.take(older) + (self.rest - self.bin)
        same[same_at >= self.bin] = NEVER
        next_[next_at < 0] = NEVER
        carried = next_ > same
        arrived = np.where(carried, next_, same) - self.per_beat
        offset = np.where(carried, next_at, same_at)
        source = carried.astype(np.uint8)
        self._start(arrived, offset, source, first)
        self.carried[first : first + self.block] = source
        offset = np.clip(offset, 0.0, self.bin)
        paid, caught = self._reward(offset, first)
        return arrived + paid, offset, caught

    def _start(self, arrived: Ints, offset: Floats, source: npt.NDArray[np.uint8], first: int) -> None:
        """Let the music begin in the rows where it may."""
        rows = int(self.task.latest_start_s / self.bin) + 1 - first
        if rows <= 0:
            return
        late_s = (first + np.arange(min(rows, self.block))) * self.bin
        worth = -np.rint(late_s * self.task.scoring.start * UNIT).astype(np.int64)[:, None]
        head = slice(0, len(late_s))
        starts = worth > arrived[head]
        arrived[head] = np.where(starts, worth, arrived[head])
        offset[head][starts] = 0.0
        source[head][starts] = STARTS

    def _reward(self, offset: Floats, first: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
        ticks = (offset + ((first + np.arange(self.block)) * self.bin)[:, None]) * TICKS + 1e-6
        paid: Ints = self.task.rewards.beat.take(ticks.astype(np.int64), mode="clip")
        caught = paid > 0
        if self.task.rewards.eighth is not None:
            middle = ticks - self.task.grid.periods_s * (TICKS / 2)
            paid += self.task.rewards.eighth.take(np.maximum(middle, 0).astype(np.int64), mode="clip")
        return paid, caught

    def _end(self, arrived: Ints, offset: Floats, first: int) -> None:
        """Note the best beat at or past the out, and go no further from any such beat."""
        if (first + self.block) * self.bin < self.task.end_s:
            return
        at = offset + ((first + np.arange(self.block)) * self.bin)[:, None]
        over = at >= self.task.end_s - 1e-9
        ends = np.where(over, arrived, NEVER)
        place = int(ends.argmax())
        if int(ends.flat[place]) > self.best[0]:
            self.best = (int(ends.flat[place]), first + place // self.k, place % self.k)
        arrived[over] = NEVER

    def _change(self, arrived: Ints, offset: Floats, caught: npt.NDArray[np.bool_], first: int) -> tuple[Ints, Floats]:
        """Let states change their tempo; returns the values and times of the states after that.

        Changes are weighed wherever a beat of the row catches something, and in every ``THIN``-th row besides.
        """
        rows = np.flatnonzero(caught.any(axis=1) | (np.arange(first, first + self.block) % THIN == 0))
        packed = (arrived[rows] << BITS) + np.arange(self.k)
        best = packed.copy()
        packed -= np.where(caught[rows], 0, round(self.task.scoring.unanchored * UNIT) << BITS)
        for step, low, price in self.prices:
            slow, fast = slice(low, self.k - step), slice(low + step, self.k)
            np.maximum(best[:, fast], packed[:, slow] - price, out=best[:, fast])
            np.maximum(best[:, slow], packed[:, fast] - price, out=best[:, slow])
        came = best & ((1 << BITS) - 1)
        self.previous[first + rows] = came
        arrived[rows] = best >> BITS
        offset[rows] = offset.take(came + rows[:, None] * self.k)
        return arrived, offset

    def _walk_back(self) -> BeatPath:
        score, row, tempo = self.best
        taken = list[int]()
        while self.carried[row, tempo] != STARTS:
            row -= int(self.whole[tempo]) + int(self.carried[row, tempo])
            taken.append(tempo)
            tempo = int(self.previous[row, tempo])
        taken.reverse()
        bpms = self.task.grid.tempi
        turns = [n for n, t in enumerate(taken) if n == 0 or t != taken[n - 1]]
        tempi = tuple((n, bpms[taken[n]]) for n in turns)
        return BeatPath(row * self.task.bin_s, tempi, len(taken), score / UNIT)


def _prices(task: Task) -> list[tuple[int, int, Ints]]:
    """List the allowed steps: (columns apart, first column that may take it, price per column, packed)."""
    scoring, bpms = task.scoring, np.array([float(t) for t in task.grid.tempi])
    out = list[tuple[int, int, Ints]]()
    for step in range(1, len(bpms)):
        low = task.grid.first_to_step(step)
        if low is None:
            break
        apart = np.log(bpms[low + step :] / bpms[low : len(bpms) - step])
        price = np.rint((scoring.change + scoring.slope * apart) * UNIT).astype(np.int64)
        out.append((step, low, price << BITS))
    return out


def _per_beat(task: Task) -> Ints:
    """Price one beat at each tempo for being far from the target."""
    far = np.abs(np.log(np.array([float(t) for t in task.grid.tempi]) / task.target))
    share = task.grid.periods_s / max(task.end_s, 1e-3)
    return np.rint(far * share * task.scoring.target * UNIT).astype(np.int64)
