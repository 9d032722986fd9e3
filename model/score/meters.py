"""How a bar is felt: the weight of every place in it, in twelfths of a quarter note ("ticks").

Weights, strongest first: 0 the bar line, 1 the middle of the bar, 2 a beat, 3 an eighth, 4 a sixteenth, 5 the rest.
A note may hide a weak place but not a strong one: that is what splitting and beaming go by.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from model.timing.tempo_map import Meter

TICKS = 12
"""Ticks a quarter note: the finest grid that holds both sixteenths and triplets of sixteenths."""
_MIDDLES = {(4, 4): 24, (5, 4): 36, (6, 4): 36, (7, 4): 48, (2, 2): 24, (12, 8): 36}
_IRREGULAR = {5: (3, 2), 7: (2, 2, 3), 8: (3, 3, 2), 10: (3, 3, 2, 2), 11: (3, 3, 3, 2)}


@dataclass(frozen=True, slots=True)
class MeterBar:
    """The shape of a bar.

    Attributes
    ----------
    ticks: its length
    groups: ticks at which beats begin, with the length appended
    weights: of each tick from 0 to the length, both bar lines included
    cell: length of the stretch that divides into a triplet
    compound: whether beats are dotted
    """

    ticks: int
    groups: tuple[int, ...]
    weights: tuple[int, ...]
    cell: int
    compound: bool


def snap(quarters: Fraction) -> int:
    """Round a musical length to ticks, halves up."""
    return int((quarters * TICKS + Fraction(1, 2)) // 1)


@cache
def bar_of(beats: int, unit: int) -> MeterBar:
    """Describe a bar of ``beats`` of ``unit`` (4 = quarter, 8 = eighth, 16 = sixteenth)."""
    step = 4 * TICKS // unit
    total = beats * step
    compound = unit >= 8 and beats % 3 == 0 and beats > 3  # noqa: PLR2004 - 6/8, 9/8, 12/8
    groups = _groups(beats, unit, step, compound)
    middle = _MIDDLES.get((beats, unit), 0)
    weights = tuple(_weight(tick, total, middle, groups) for tick in range(total + 1))
    return MeterBar(total, groups, weights, min(TICKS, step), compound)


def bar_in(meter: Meter) -> MeterBar:
    """Describe a bar of a meter."""
    return bar_of(meter.beats, meter.unit)


def _groups(beats: int, unit: int, step: int, compound: bool) -> tuple[int, ...]:
    if compound:
        sizes: tuple[int, ...] = (3,) * (beats // 3)
    elif unit >= 8:  # noqa: PLR2004 - eighths and shorter are felt in groups
        sizes = _IRREGULAR.get(beats, (beats,) if beats <= 3 else (2,) * (beats // 2) + (1,) * (beats % 2))  # noqa: PLR2004
    else:
        sizes = (1,) * beats
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size * step)
    return tuple(edges)


def _weight(tick: int, total: int, middle: int, groups: tuple[int, ...]) -> int:
    if tick in {0, total}:
        return 0
    if tick == middle:
        return 1
    if tick in groups or (tick % TICKS == 0 and all(g % TICKS == 0 for g in groups)):
        return 2
    return 3 if tick % 6 == 0 else 4 if tick % 3 == 0 else 5
