"""Rhythm and line of a theme: a cell, what a phrase does with it, and a walk along the scale.

A theme of four bars is a sentence (cell, the same a few steps away, fragments of it, cadence), one of eight a period
(antecedent to a half cadence, consequent home). Pitches are degrees of the scale counted from the tonic, 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.motifs.characters import CALM, DRIVEN, MOVING

Rhythm = tuple[Fraction, ...]
_CELLS: dict[tuple[int, int], dict[str, tuple[str, ...]]] = {
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
_CONTOURS: dict[str, Callable[[float], float]] = {
    "arch": lambda t: 6.0 * math.sin(math.pi * min(1.0, t / 1.05) ** 1.2),
    "rising": lambda t: 7.5 * t,
    "falling": lambda t: 7.0 * (1.0 - t) ** 0.8,
    "wave": lambda t: 2.0 + 2.6 * math.sin(3.5 * math.pi * t),
    "valley": lambda t: 4.0 - 5.0 * math.sin(math.pi * t),
    "plateau": lambda t: 3.0 + (2.0 if 0.55 < t < 0.8 else 0.0) - (3.0 if t > 0.9 else 0.0),  # noqa: PLR2004 - its shape
}
_BY_STEP = {
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
_SPREAD = 2.2
_CHORD_DEGREES = (0, 2, 4)
_LONG_PHRASE = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """A note without its pitch: quarter notes from the beginning, and length."""

    onset: Fraction
    duration: Fraction


def draw_cell(meter: tuple[int, int], energy: str, rng: np.random.Generator) -> Rhythm:
    """Draw a rhythm of one bar; meters without cells of their own are put together from threes and twos."""
    cells = _CELLS.get(meter, {}).get(energy)
    if cells:
        return tuple(Fraction(d) for d in cells[int(rng.integers(len(cells)))].split())
    unit = Fraction(4, meter[1])
    left, found = meter[0], list[Fraction]()
    while left:
        group = min(left, 3 if left % 2 or left == 3 else 2)  # noqa: PLR2004 - threes first in odd bars
        found += [group * unit] if rng.random() < (0.6 if energy == CALM else 0.25) else [unit] * group
        left -= group
    return tuple(found)


def broken(cell: Rhythm) -> Rhythm:
    """Fragment a cell: its first half twice, where it divides."""
    bar, half, taken = sum(cell, Fraction(0)), Fraction(0), list[Fraction]()
    for duration in cell:
        if half + duration > bar / 2:
            break
        half, taken = half + duration, [*taken, duration]
    return (*taken, *taken) if half == bar / 2 else cell[::-1]


def closing(bar: Fraction, energy: str) -> Rhythm:
    """Close: a step or two, then a note at least half the bar long."""
    if bar < 2:  # noqa: PLR2004 - bars of an eighth or three
        return (bar,)
    if energy == CALM:
        return (bar / 4, bar * 3 / 4) if bar % 2 == 0 else (bar / 3, bar * 2 / 3)
    return (bar / 4, bar / 4, bar / 2) if bar % 2 == 0 else (bar / 6, bar / 6, bar * 2 / 3)


def plan_bars(bars: int) -> tuple[str, ...]:
    """Say what each bar does: ``cell``, ``answer`` (the cell elsewhere), ``other``, ``break``, ``half``, ``close``."""
    if bars >= _LONG_PHRASE:
        inner = ("cell", "other", "answer", "half", "cell", "other", *("break",) * (bars - 7), "close")
        return inner[:bars]
    middle = ("answer", *("break",) * (bars - 3)) if bars > 2 else ()  # noqa: PLR2004 - cell and close
    return ("cell", *middle, "close") if bars > 1 else ("close",)


def rhythm(plan: tuple[str, ...], cell: Rhythm, other: Rhythm, energy: str) -> list[list[Slot]]:
    """Lay the slots of every bar."""
    bar = sum(cell, Fraction(0))
    shapes = {"cell": cell, "answer": cell, "other": other, "break": broken(cell), "half": closing(bar, energy)}
    laid: list[list[Slot]] = []
    for index, kind in enumerate(plan):
        onset, slots = index * bar, list[Slot]()
        for duration in shapes.get(kind, closing(bar, energy)):
            slots.append(Slot(onset, duration))
            onset += duration
        laid.append(slots)
    return laid


def walk(plan: tuple[str, ...], laid: list[list[Slot]], contour: str, rng: np.random.Generator) -> list[list[int]]:
    """Walk the scale through all slots: degrees by bar, drawn towards the contour, mostly by step.

    Bars called ``cell`` repeat the first; an ``answer`` is the cell moved along the scale towards the contour;
    a ``half`` bar ends on the second or fifth degree, a ``close`` on the tonic, approached by step.
    """
    curve, whole = _CONTOURS[contour], float(laid[-1][-1].onset + laid[-1][-1].duration)
    lines: list[list[int]] = []
    at = _CHORD_DEGREES[int(rng.integers(3))] + (0 if contour != "falling" else 4)
    for kind, slots in zip(plan, laid, strict=True):
        targets = [curve(float(s.onset) / whole) for s in slots]
        if lines and kind == "cell":
            line = list(lines[0])
        elif lines and kind == "answer":
            line = _answered(lines[0], at, targets, rng)
        else:
            line = _walked(at, targets, rng, first=not lines)
        if kind in {"half", "close"}:
            line = _ended(line, kind == "close", at)
        lines.append(line)
        at = line[-1]
    return lines


def _answered(cell: list[int], at: int, targets: list[float], rng: np.random.Generator) -> list[int]:
    wanted = round(targets[0] - cell[0] + rng.normal(0, 1))
    steps = int(np.clip(wanted, -3, 3)) or (1 if at >= cell[0] else -1)
    return [degree + steps for degree in cell]


def _walked(at: int, targets: list[float], rng: np.random.Generator, *, first: bool) -> list[int]:
    moves = np.array(list(_BY_STEP))
    usual = np.array(list(_BY_STEP.values()))
    line, leapt = [at] if first else list[int](), 0
    for target in targets[len(line) :]:
        here = line[-1] if line else at
        weight = usual * np.exp(-np.abs(here + moves - target) / _SPREAD)
        if leapt:  # a leap is answered by a step back
            weight = np.where((np.sign(moves) == -np.sign(leapt)) & (np.abs(moves) <= 2), weight, weight * 0.05)  # noqa: PLR2004
        move = int(rng.choice(moves, p=weight / weight.sum()))
        leapt = move if abs(move) >= 3 else 0  # noqa: PLR2004 - a fourth and more
        line.append(here + move)
    return line


def _ended(line: list[int], home: bool, at: int) -> list[int]:
    near = line[-1]
    goals = [7 * o + d for o in (-1, 0, 1, 2) for d in ((0,) if home else (1, 4))]
    goal = min(goals, key=lambda g: (abs(g - near), g))
    before = line[-2] if len(line) > 1 else at
    side = 1 if before >= goal else -1
    led = [*line[:-2], goal + side] if len(line) > 1 else []
    return [*led, goal]
