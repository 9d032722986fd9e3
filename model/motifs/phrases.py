"""Rhythm and melodic line of a theme: a cell, the phrase made of it, and a random walk along the scale.

A theme of four bars is a sentence (cell, the cell a few steps away, fragments of it, cadence), one of eight a period
(antecedent to a half cadence, consequent to the tonic). Pitches are degrees of the scale counted from the tonic, 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.motifs.characters import CALM, DRIVEN, MOVING
from model.motifs.degrees import DEGREES

Rhythm = tuple[Fraction, ...]  # durations in quarter notes
_CELLS: dict[tuple[int, int], dict[str, tuple[str, ...]]] = {  # one-bar rhythms in quarters, by meter and energy
    (4, 4): {
        CALM: ("2 1 1", "3 1", "2 3/2 1/2", "1 2 1", "3/2 1/2 2", "2 2"),
        MOVING: ("3/2 1/2 1 1", "1 1 2", "1/2 1/2 1 2", "1 1/2 1/2 2", "3/2 1/2 3/2 1/2", "1 3/2 1/2 1"),
        DRIVEN: ("3/4 1/4 1 1 1", "1/2 1/2 1/2 1/2 1 1", "3/2 3/2 1", "1/2 1 1/2 1 1", "1/2 1/2 1 3/2 1/2"),
    },
    (3, 4): {
        CALM: ("2 1", "3/2 1/2 1", "1 2"),
        MOVING: ("1 1/2 1/2 1", "3/2 1/2 1", "1 1 1", "1/2 1/2 2"),
        DRIVEN: ("1/2 1/2 1 1", "3/4 1/4 1 1", "1/2 1/2 1/2 1/2 1"),
    },
    (6, 8): {
        CALM: ("1 1/2 3/2", "3/2 1 1/2"),
        MOVING: ("1 1/2 1 1/2", "3/2 1/2 1/2 1/2", "1 1/2 1/2 1/2 1/2"),
        DRIVEN: ("1/2 1/2 1/2 1 1/2", "3/4 1/4 1/2 1 1/2", "1/2 1/2 1/2 1/2 1/2 1/2"),
    },
}
_CONTOURS: dict[str, Callable[[float], float]] = {  # the degree aimed at, by share of the theme played (0-1)
    "arch": lambda t: 6.0 * math.sin(math.pi * min(1.0, t / 1.05) ** 1.2),
    "rising": lambda t: 7.5 * t,
    "falling": lambda t: 7.0 * (1.0 - t) ** 0.8,
    "wave": lambda t: 2.0 + 2.6 * math.sin(3.5 * math.pi * t),
    "valley": lambda t: 4.0 - 5.0 * math.sin(math.pi * t),
    "plateau": lambda t: 3.0 + (2.0 if 0.55 < t < 0.8 else 0.0) - (3.0 if t > 0.9 else 0.0),  # noqa: PLR2004 - its shape
}
_MOVE_WEIGHTS = {  # how often a melody moves by so many degrees: mostly by step, upward leaps more than downward ones
    -5: 0.03,
    -4: 0.05,
    -3: 0.06,
    -2: 0.2,
    -1: 1.0,
    0: 0.16,
    1: 1.0,
    2: 0.26,
    3: 0.11,
    4: 0.11,
    5: 0.07,
    7: 0.03,
}
_CONTOUR_SPREAD = 2.2  # degrees; how far the line may stray from the contour
_CHORD_DEGREES = (0, 2, 4)

_PERIOD_BARS = 8
_SMALLEST_LEAP = 3  # degrees: a fourth and more
_LARGEST_RECOVERY = 2  # degrees by which a line turns back after a leap
_AFTER_LEAP_FACTOR = 0.05  # on the weight of every other move after a leap
_CALM_LONG_SHARE = 0.6  # of the groups in irregular meters that calm cells hold as one note
_LONG_SHARE = 0.25  # the same for livelier cells


@dataclass(frozen=True, slots=True)
class NoteSlot:
    """A note without its pitch: onset from the theme's beginning, and duration, in quarter notes."""

    onset: Fraction
    duration: Fraction


def draw_cell(meter: tuple[int, int], energy: str, rng: np.random.Generator) -> Rhythm:
    """Draw a rhythm of one bar; in meters without cells of their own it is put together from groups of 3 and 2."""
    cells = _CELLS.get(meter, {}).get(energy)
    if cells:
        return tuple(Fraction(d) for d in cells[int(rng.integers(len(cells)))].split())
    unit = Fraction(4, meter[1])
    left, found = meter[0], list[Fraction]()
    while left:
        group = min(left, 3 if left % 2 or left == 3 else 2)  # noqa: PLR2004 - threes first in odd bars
        held = rng.random() < (_CALM_LONG_SHARE if energy == CALM else _LONG_SHARE)
        found += [group * unit] if held else [unit] * group
        left -= group
    return tuple(found)


def break_cell(cell: Rhythm) -> Rhythm:
    """Break a cell into fragments: its first half twice, or the cell backwards where no note begins at the half."""
    bar, half, taken = sum(cell, Fraction(0)), Fraction(0), list[Fraction]()
    for duration in cell:
        if half + duration > bar / 2:
            break
        half, taken = half + duration, [*taken, duration]
    return (*taken, *taken) if half == bar / 2 else cell[::-1]


def closing_rhythm(bar: Fraction, energy: str) -> Rhythm:
    """Rhythm of a cadence bar: one or two short notes, then one at least half the bar long."""
    if bar < 2:  # noqa: PLR2004 - too short for more than one note
        return (bar,)
    if energy == CALM:
        return (bar / 4, bar * 3 / 4) if bar % 2 == 0 else (bar / 3, bar * 2 / 3)
    return (bar / 4, bar / 4, bar / 2) if bar % 2 == 0 else (bar / 6, bar / 6, bar * 2 / 3)


def plan_bars(bars: int) -> tuple[str, ...]:
    """Plan what each bar is.

    ``cell``, ``answer`` (the cell moved along the scale), ``other`` (a second cell), ``break`` (fragments), ``half``
    (a half cadence) or ``close`` (the cadence on the tonic).
    """
    if bars >= _PERIOD_BARS:
        inner = ("cell", "other", "answer", "half", "cell", "other", *("break",) * (bars - 7), "close")
        return inner[:bars]
    middle = ("answer", *("break",) * (bars - 3)) if bars > 2 else ()  # noqa: PLR2004 - cell and close
    return ("cell", *middle, "close") if bars > 1 else ("close",)


def lay_rhythm(plan: tuple[str, ...], cell: Rhythm, other: Rhythm, energy: str) -> list[list[NoteSlot]]:
    """Lay out the note slots of every bar of a plan."""
    bar = sum(cell, Fraction(0))
    close = closing_rhythm(bar, energy)
    rhythms = {"cell": cell, "answer": cell, "other": other, "break": break_cell(cell), "half": close}
    bars: list[list[NoteSlot]] = []
    for index, kind in enumerate(plan):
        onset, slots = index * bar, list[NoteSlot]()
        for duration in rhythms.get(kind, close):
            slots.append(NoteSlot(onset, duration))
            onset += duration
        bars.append(slots)
    return bars


def draw_line(
    plan: tuple[str, ...], bars: list[list[NoteSlot]], contour: str, rng: np.random.Generator
) -> list[list[int]]:
    """Draw a degree for every slot, by bar: a random walk towards the contour, mostly by step.

    Bars called ``cell`` repeat the first; an ``answer`` is the cell moved along the scale towards the contour;
    a ``half`` bar ends on the second or fifth degree, a ``close`` on the tonic, approached by step.
    """
    curve, quarters = _CONTOURS[contour], float(bars[-1][-1].onset + bars[-1][-1].duration)
    lines: list[list[int]] = []
    at = _CHORD_DEGREES[int(rng.integers(3))] + (0 if contour != "falling" else 4)
    for kind, slots in zip(plan, bars, strict=True):
        targets = [curve(float(s.onset) / quarters) for s in slots]
        if lines and kind == "cell":
            line = list(lines[0])
        elif lines and kind == "answer":
            line = _answer_cell(lines[0], at, targets[0], rng)
        else:
            line = _walk_scale(at, targets, rng, first=not lines)
        if kind in {"half", "close"}:
            line = _end_line(line, (0,) if kind == "close" else (1, 4))
        lines.append(line)
        at = line[-1]
    return lines


def _answer_cell(cell: list[int], at: int, target: float, rng: np.random.Generator) -> list[int]:
    """Move the cell by one to three steps along the scale, towards the contour."""
    wanted = round(target - cell[0] + rng.normal(0, 1))
    steps = int(np.clip(wanted, -3, 3)) or (1 if at >= cell[0] else -1)
    return [degree + steps for degree in cell]


def _walk_scale(at: int, targets: list[float], rng: np.random.Generator, *, first: bool) -> list[int]:
    """Walk from degree ``at``, one move a target; the first bar begins on ``at`` itself."""
    moves = np.array(list(_MOVE_WEIGHTS))
    usual = np.array(list(_MOVE_WEIGHTS.values()))
    line, leap = [at] if first else list[int](), 0
    for target in targets[len(line) :]:
        here = line[-1] if line else at
        weight = usual * np.exp(-np.abs(here + moves - target) / _CONTOUR_SPREAD)
        if leap:
            turns_back = (np.sign(moves) == -np.sign(leap)) & (np.abs(moves) <= _LARGEST_RECOVERY)
            weight = np.where(turns_back, weight, weight * _AFTER_LEAP_FACTOR)
        move = int(rng.choice(moves, p=weight / weight.sum()))
        leap = move if abs(move) >= _SMALLEST_LEAP else 0
        line.append(here + move)
    return line


def _end_line(line: list[int], ends: tuple[int, ...]) -> list[int]:
    """End a line on the nearest of the scale degrees ``ends``, in any octave, approached by step."""
    goals = [DEGREES * octave + degree for octave in (-1, 0, 1, 2) for degree in ends]
    goal = min(goals, key=lambda g: (abs(g - line[-1]), g))
    if len(line) == 1:
        return [goal]
    side = 1 if line[-2] >= goal else -1
    return [*line[:-2], goal + side, goal]
