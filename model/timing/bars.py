"""Bar lines over found beats: which bars let the heavy hits fall on downbeats and the last one end on the out."""

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
STRONG_SHARE: Final = 0.5
ODD_BAR, METER_CHANGE = 0.45, 0.15
END_ON_BAR, OVERHANG = 2.0, 0.3
LONGEST_UNDIVIDED: Final = 4
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class BarTask:
    """What the bar lines should meet; positions are eighths from beat 0.

    Attributes
    ----------
    downbeat: (P,) worth of a bar line at each position, in weights; a strong beat earns half of it
    held: (P,) weight of the hits that lose their beat if the position is none in its bar
    meters: the palette, the usual one first
    out: positions from which on a bar line closes the cue
    on_out: positions at which a bar line counts as on the out
    """

    downbeat: Floats
    held: Floats
    meters: tuple[Meter, ...]
    out: int
    on_out: frozenset[int]


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars found: ``meters`` as a tempo map has them, ``count`` of them, and how many leave the usual meter."""

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
    """Quarter notes into the bar of its strong beats besides the downbeat: 4/4 has one, 3/4 none, 12/8 three."""
    unit = Fraction(4, meter.unit)
    if meter.unit >= 8 and meter.beats % 3 == 0:  # noqa: PLR2004 - compound time counts eighths in threes
        return tuple(unit * n for n in range(3, meter.beats, 3))
    return (unit * -(-meter.beats // 2),) if meter.beats >= LONGEST_UNDIVIDED else ()


def place_bars(task: BarTask) -> Bars:
    """Choose the bars worth most: a dynamic programme over (position, meter of the bar that ends there)."""
    kinds = _unique(task.meters)
    gains = [_gains(task, meter) for meter in kinds]
    lengths = [eighths(m) for m in kinds]
    best: list[list[tuple[float, int, int]]] = [[(-np.inf, -1, -1)] * len(kinds) for _ in range(len(task.downbeat))]
    for end in range(1, len(task.downbeat)):
        for kind, length in enumerate(lengths):
            begin = end - length
            if 0 <= begin < task.out:
                so_far, before = _entry(best, begin, kind)
                best[end][kind] = (so_far + float(gains[kind][begin]) - (ODD_BAR if kind else 0.0), begin, before)
    end, kind = _last(task, best, lengths)
    return _walk_back(best, end, kind, kinds)


def _unique(meters: Sequence[Meter]) -> list[Meter]:
    if not meters:
        raise TempoInvalid("Bars need at least one meter.")
    return list(dict.fromkeys(Meter(0, m.beats, m.unit) for m in meters))


def _gains(task: BarTask, meter: Meter) -> Floats:
    """Worth of a bar of this meter begun at each position, (P,)."""
    out = task.downbeat.copy()
    size = len(out)
    strong = {int(beat / EIGHTH) for beat in strong_beats(meter)}
    for offset in range(1, eighths(meter)):
        if offset in strong:
            out[: size - offset] += STRONG_SHARE * task.downbeat[offset:]
        elif (offset * EIGHTH * meter.unit / 4).denominator != 1:
            out[: size - offset] -= task.held[offset:]
    return out


def _entry(best: list[list[tuple[float, int, int]]], begin: int, kind: int) -> tuple[float, int]:
    """Best way to have reached a bar line before a bar of ``kind``, and the kind of the bar before it."""
    if begin == 0:
        return (-METER_CHANGE if kind else 0.0), -1
    ways = [(way[0] - (METER_CHANGE if before != kind else 0.0), -before) for before, way in enumerate(best[begin])]
    score, negative = max(ways)
    return score, -negative


def _last(task: BarTask, best: list[list[tuple[float, int, int]]], lengths: Sequence[int]) -> tuple[int, int]:
    chosen, top = (-1, -1), -np.inf
    for end in range(task.out, len(best)):
        for kind in range(len(lengths)):
            bonus = END_ON_BAR if end in task.on_out else -OVERHANG * (end - task.out) / lengths[0]
            if best[end][kind][0] + bonus > top:
                chosen, top = (end, kind), best[end][kind][0] + bonus
    return chosen


def _walk_back(best: list[list[tuple[float, int, int]]], end: int, kind: int, kinds: Sequence[Meter]) -> Bars:
    score, laid = best[end][kind][0], list[int]()
    while end > 0:
        laid.append(kind)
        _, end, kind = best[end][kind]
    laid.reverse()
    turns = [n for n, k in enumerate(laid) if n == 0 or k != laid[n - 1]]
    meters = tuple(Meter(n, kinds[laid[n]].beats, kinds[laid[n]].unit) for n in turns)
    return Bars(meters, len(laid), sum(k != 0 for k in laid), score)
