"""Rhythm: a figure over the chord that thickens with arousal, the same through a section but never quite mechanical.

Each section draws an order in which the positions of a bar fill up, strong beats first, and a melodic cell; a bar takes
as many positions as its arousal wants, so that the figure grows and thins without changing its face.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from model.motifs.harmony import chord_tones
from model.sketch.plan.bars import Bar
from model.sketch.rules.slots import Desk, Slot
from model.sketch.sketch_types import Note, Role

_FROM = 0.44
_SIXTEENTHS = 0.8
_CELLS = ((0, 2, 1, 2), (0, 1, 2, 1), (0, 0, 2, 1), (2, 1, 0, 1), (0, 2, 3, 2), (0, 1, 2, 3, 2, 1))
_RATES = ((0.4, 0.5), (0.6, 1.3), (0.8, 2.0), (0.9, 2.9), (1.0, 3.6))
_TURN = 4
_LOW, _HIGH = 48, 66
_TALK_LOW, _TALK_HIGH = 40, 54
_LIMIT_UNDER_TALK = 1.0


def write_rhythm(desk: Desk, rng: np.random.Generator) -> list[Note]:
    """Write the figure wherever arousal asks for one."""
    notes: list[Note] = []
    figure = _Figure(rng)
    key = None
    done = -1
    for slot in desk.slots:
        if slot.bar.key != key:
            figure, key = _Figure(rng), slot.bar.key
        if slot.bar.arousal < _FROM or slot.bar.function in {"tail", "silence"} or slot.bar.bar == done:
            continue
        done = slot.bar.bar
        chords = [s for s in desk.slots if s.bar.bar == done]
        notes += _bar(desk, chords, figure)
    return notes


class _Figure:
    """One section's face: the order positions fill up in, the cell, and how it turns in the fourth bar."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.cell = _CELLS[int(rng.integers(len(_CELLS)))]
        self.order = rng.random(64)
        self.turn = int(rng.integers(1, 4))

    def positions(self, bar: Bar, rate: float, step: Fraction) -> list[Fraction]:
        """Choose about ``rate`` positions a quarter: beats first, then the section's own order."""
        grid = [k * step for k in range(int(bar.length / step))]
        rank = sorted(grid, key=lambda q: (q % 1 != 0, q % Fraction(1, 2) != 0, self.order[int(q / step) % 64]))
        if rate > 1.0:  # syncopate: let the section's order decide between eighths
            rank = sorted(grid, key=lambda q: (q != 0, self.order[int(q * 4) % 64] + 0.35 * float(q % 1 != 0)))
        return sorted(rank[: max(1, round(rate * float(bar.length)))])


def _bar(desk: Desk, slots: list[Slot], figure: _Figure) -> list[Note]:
    bar, wanted = slots[0].grid, slots[0].bar
    rate = float(np.interp(wanted.arousal, [a for a, _ in _RATES], [r for _, r in _RATES]))
    if slots[0].talked_over:
        rate = min(rate, _LIMIT_UNDER_TALK)
    step = Fraction(1, 4) if wanted.arousal > _SIXTEENTHS and not slots[0].talked_over else Fraction(1, 2)
    positions = figure.positions(bar, rate, step)
    notes: list[Note] = []
    for index, position in enumerate(positions):
        at = bar.start + position
        slot = next(s for s in reversed(slots) if s.start <= at)
        until = positions[index + 1] if index + 1 < len(positions) else bar.length
        turn = figure.turn if wanted.bar % _TURN == _TURN - 1 and position >= bar.length / 2 else 0
        pitch = _pitch(slot, figure.cell[(index + turn) % len(figure.cell)])
        accent = 7.0 if not position else 2.0 if position % 1 == 0 else -4.0
        length = min(until - position, Fraction(1, 2))
        notes.append(desk.note(Role.RHYTHM, at, length, pitch, accent))
    return notes


def _pitch(slot: Slot, degree: int) -> int:
    """Chord tone counted from the root upward, inside the figure's register."""
    low, high = (_TALK_LOW, _TALK_HIGH) if slot.talked_over else (_LOW, _HIGH)
    tones = chord_tones(slot.chord)
    pitch = low + (tones[0] - low) % 12
    octave, index = divmod(degree, len(tones))
    pitch += (tones[index] - tones[0]) % 12 + 12 * octave
    return pitch if pitch <= high else pitch - 12
