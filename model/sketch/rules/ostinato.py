"""Write the rhythm: an ostinato on the chord that becomes denser with arousal and varies in every fourth bar.

Each section draws an order in which the positions of a bar fill up, strong beats first, and a melodic cell. A bar takes
as many positions as its arousal asks for, so the figure stays recognisable as it grows and thins.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from model.motifs.harmony import chord_tones
from model.sketch.plan.bars import GridBar
from model.sketch.rules.slots import ChordSlot, SlotPlan
from model.sketch.sketch_types import Note, VoiceRole

_LEAST_AROUSAL = 0.44  # of 0-1; in calmer bars there is no ostinato
_SIXTEENTHS_AROUSAL = 0.8  # of 0-1; above it sixteenths, else eighths
_CELLS = ((0, 2, 1, 2), (0, 1, 2, 1), (0, 0, 2, 1), (2, 1, 0, 1), (0, 2, 3, 2), (0, 1, 2, 3, 2, 1))
_ONSET_RATES = ((0.4, 0.5), (0.6, 1.3), (0.8, 2.0), (0.9, 2.9), (1.0, 3.6))  # arousal, onsets a quarter
_SYNCOPATED_RATE = 1.0  # onsets a quarter; above it the section's order decides between beats and offbeats
_OFFBEAT_DELAY = 0.35  # added to the order of offbeats, so that most beats come first
_VARIED_EVERY_BARS = 4
_LOWEST_PITCH = 48  # MIDI
_HIGHEST_PITCH = 66  # MIDI
_TALK_LOWEST_PITCH = 40  # MIDI, under dialogue
_TALK_HIGHEST_PITCH = 54  # MIDI, under dialogue
_TALK_LARGEST_RATE = 1.0  # onsets a quarter, under dialogue
_LONGEST_QUARTERS = Fraction(1, 2)
_ORDER_POSITIONS = 64  # drawn for the order, more than a bar has; longer bars repeat them


def write_rhythm(slot_plan: SlotPlan, rng: np.random.Generator) -> list[Note]:
    """Write the ostinato of every bar that is lively enough for one."""
    notes: list[Note] = []
    figure = _Figure(rng)
    key = None
    done = -1
    for slot in slot_plan.slots:
        if slot.bar.key != key:
            figure, key = _Figure(rng), slot.bar.key
        if slot.bar.arousal < _LEAST_AROUSAL or slot.bar.function in {"tail", "silence"} or slot.bar.bar == done:
            continue
        done = slot.bar.bar
        chords = [s for s in slot_plan.slots if s.bar.bar == done]
        notes += _write_bar(slot_plan, chords, figure)
    return notes


class _Figure:
    """The ostinato of one section.

    ``cell``: its melodic cell; ``order``: in which positions fill up; ``shift``: of the cell in every fourth bar.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.cell = _CELLS[int(rng.integers(len(_CELLS)))]
        self.order = rng.random(_ORDER_POSITIONS)
        self.shift = int(rng.integers(1, 4))

    def positions(self, bar: GridBar, rate: float, step: Fraction) -> list[Fraction]:
        """Choose about ``rate`` positions a quarter: beats first, then the section's own order."""
        grid = [k * step for k in range(int(bar.length / step))]
        rank = sorted(
            grid, key=lambda q: (q % 1 != 0, q % Fraction(1, 2) != 0, self.order[int(q / step) % _ORDER_POSITIONS])
        )
        if rate > _SYNCOPATED_RATE:
            rank = sorted(
                grid,
                key=lambda q: (q != 0, self.order[int(q * 4) % _ORDER_POSITIONS] + _OFFBEAT_DELAY * float(q % 1 != 0)),
            )
        return sorted(rank[: max(1, round(rate * float(bar.length)))])


def _write_bar(slot_plan: SlotPlan, slots: list[ChordSlot], figure: _Figure) -> list[Note]:
    """Write one bar, given its slots."""
    bar, bar_plan = slots[0].grid, slots[0].bar
    rate = float(np.interp(bar_plan.arousal, [a for a, _ in _ONSET_RATES], [r for _, r in _ONSET_RATES]))
    if slots[0].talked_over:
        rate = min(rate, _TALK_LARGEST_RATE)
    step = Fraction(1, 4) if bar_plan.arousal > _SIXTEENTHS_AROUSAL and not slots[0].talked_over else Fraction(1, 2)
    positions = figure.positions(bar, rate, step)
    notes: list[Note] = []
    for index, position in enumerate(positions):
        at = bar.start + position
        slot = next(s for s in reversed(slots) if s.start <= at)
        until = positions[index + 1] if index + 1 < len(positions) else bar.length
        varied = bar_plan.bar % _VARIED_EVERY_BARS == _VARIED_EVERY_BARS - 1 and position >= bar.length / 2
        shift = figure.shift if varied else 0
        pitch = _pitch_of_step(slot, figure.cell[(index + shift) % len(figure.cell)])
        accent = 7.0 if not position else 2.0 if position % 1 == 0 else -4.0
        length = min(until - position, _LONGEST_QUARTERS)
        notes.append(slot_plan.note(VoiceRole.RHYTHM, at, length, pitch, accent))
    return notes


def _pitch_of_step(slot: ChordSlot, step: int) -> int:
    """Pitch of a chord tone, counted from the root upwards, in the register of the ostinato."""
    low, high = _LOWEST_PITCH, _HIGHEST_PITCH
    if slot.talked_over:
        low, high = _TALK_LOWEST_PITCH, _TALK_HIGHEST_PITCH
    tones = chord_tones(slot.chord)
    pitch = low + (tones[0] - low) % 12
    octave, index = divmod(step, len(tones))
    pitch += (tones[index] - tones[0]) % 12 + 12 * octave
    return pitch if pitch <= high else pitch - 12
