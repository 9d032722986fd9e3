"""Where bar lines go on given beats, so that heavy hits fall on downbeats and the last bar ends at the cue's out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from model.errors import TempoInvalid
from model.timing.tempo_map import Meter

EIGHTH: Final = Fraction(1, 2)
STRONG_SHARE: Final = 0.5  # of a downbeat's value that a hit on another strong beat earns
ODD_BAR_COST: Final = 0.45  # in weights of hits; with the changes to it and back 0.75, like a tempo change of 3 %
METER_CHANGE_COST: Final = 0.15  # in weights of hits; keeps odd bars of one kind together
OUT_ON_BAR_GAIN: Final = 2.0  # in weights of hits, for a last bar line that falls on the out
OVERHANG_COST: Final = 0.3  # in weights of hits, for a last bar that lasts a usual bar past the out
LONGEST_UNDIVIDED_BEATS: Final = 4  # bars of fewer beats have no strong beat but the first
Floats = npt.NDArray[np.float64]
Way = tuple[float, int, int]  # score, where the last bar begins, kind of the bar before it


@dataclass(frozen=True, slots=True)
class BarTask:
    """What the bar lines should meet; positions are eighths from beat 0.

    Attributes
    ----------
    downbeat: (P,) value of a bar line at each position, in weights of hits; a strong beat earns half of it
    beat_loss: (P,) weight lost if the position is between the beats of its bar (a hit there needs a beat)
    meters: the meters to choose from, the usual one first
    out: first position at which a bar line closes the cue
    on_out: positions at which a bar line counts as on the out
    """

    downbeat: Floats
    beat_loss: Floats
    meters: tuple[Meter, ...]
    out: int
    on_out: frozenset[int]


@dataclass(frozen=True, slots=True)
class BarLayout:
    """The bars chosen: ``meters`` as a tempo map has them, ``count`` bars, ``odd`` of them not in the usual meter."""

    meters: tuple[Meter, ...]
    count: int
    odd: int
    score: float


def eighths(meter: Meter) -> int:
    """Length of a bar in eighths; raises TempoInvalid for a meter that eighths cannot fill."""
    length = meter.quarters / EIGHTH if meter.unit > 0 else Fraction(0)
    if length.denominator != 1 or length < 1:
        message = f"{meter.beats}/{meter.unit} is no meter the bars can be laid in."
        raise TempoInvalid(message, hint="Use meters of halves, quarters or eighths, like 4/4, 3/2 or 7/8.")
    return int(length)


def strong_beats(meter: Meter) -> tuple[Fraction, ...]:
    """Strong beats of a bar besides its downbeat, in quarter notes into the bar: 4/4 has one, 3/4 none, 12/8 three."""
    unit = Fraction(4, meter.unit)
    if meter.is_compound:
        return tuple(unit * n for n in range(3, meter.beats, 3))
    return (unit * -(-meter.beats // 2),) if meter.beats >= LONGEST_UNDIVIDED_BEATS else ()


def place_bars(task: BarTask) -> BarLayout:
    """Choose the bars of the highest total value: dynamic programming over (position, meter of the bar ending there).

    Raises TempoInvalid where no meter is given or one cannot be filled with eighths.
    """
    if not task.meters:
        raise TempoInvalid("Bars need at least one meter.")
    kinds = list(dict.fromkeys(Meter(0, m.beats, m.unit) for m in task.meters))
    values = [_bar_values(task, meter) for meter in kinds]
    lengths = [eighths(m) for m in kinds]
    best: list[list[Way]] = [[(-np.inf, -1, -1)] * len(kinds) for _ in range(len(task.downbeat))]
    for end in range(1, len(task.downbeat)):
        for kind, length in enumerate(lengths):
            begin = end - length
            if 0 <= begin < task.out:
                so_far, before = _best_way_to(best, begin, kind)
                cost = ODD_BAR_COST if kind else 0.0
                best[end][kind] = (so_far + float(values[kind][begin]) - cost, begin, before)
    end, kind = _best_last_bar(task, best, lengths)
    return _walk_back(best, end, kind, kinds)


def _bar_values(task: BarTask, meter: Meter) -> Floats:
    """Value of a bar of this meter that begins at each position, (P,)."""
    out = task.downbeat.copy()
    size = len(out)
    strong = {int(beat / EIGHTH) for beat in strong_beats(meter)}
    for offset in range(1, eighths(meter)):
        if offset in strong:
            out[: size - offset] += STRONG_SHARE * task.downbeat[offset:]
        elif (offset * EIGHTH * meter.unit / 4).denominator != 1:
            out[: size - offset] -= task.beat_loss[offset:]
    return out


def _best_way_to(best: list[list[Way]], begin: int, kind: int) -> tuple[float, int]:
    """Best score of a bar line at ``begin`` before a bar of ``kind``, and the kind of the bar before it (-1: none)."""
    if begin == 0:
        return (-METER_CHANGE_COST if kind else 0.0), -1
    ways = [
        (way[0] - (METER_CHANGE_COST if before != kind else 0.0), -before) for before, way in enumerate(best[begin])
    ]
    score, negative = max(ways)
    return score, -negative


def _best_last_bar(task: BarTask, best: list[list[Way]], lengths: Sequence[int]) -> tuple[int, int]:
    """Choose where the last bar ends, at or after the out, and its kind."""
    chosen, top = (-1, -1), -np.inf
    for end in range(task.out, len(best)):
        for kind in range(len(lengths)):
            bonus = OUT_ON_BAR_GAIN if end in task.on_out else -OVERHANG_COST * (end - task.out) / lengths[0]
            if best[end][kind][0] + bonus > top:
                chosen, top = (end, kind), best[end][kind][0] + bonus
    return chosen


def _walk_back(best: list[list[Way]], end: int, kind: int, kinds: Sequence[Meter]) -> BarLayout:
    """Follow the best choices from the last bar to the first."""
    score, bars = best[end][kind][0], list[int]()
    while end > 0:
        bars.append(kind)
        _, end, kind = best[end][kind]
    bars.reverse()
    changes = [n for n, k in enumerate(bars) if n == 0 or k != bars[n - 1]]
    meters = tuple(Meter(n, kinds[bars[n]].beats, kinds[bars[n]].unit) for n in changes)
    return BarLayout(meters, len(bars), sum(k != 0 for k in bars), score)
