"""Correct a candidate until its bars measure as asked: velocities for arousal, dissonant notes for tension.

The measures are those of the benchmark and of the choice between candidates. A bar of too little tension gets a held
colour note in the pad (a second over a chord tone, then harsher ones); a bar of too much or too little arousal gets
other velocities. Locked notes are not changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.motifs.harmony import chord_tones
from model.sketch.finish import finish_notes
from model.sketch.measures import BarMeasures, measure_bars
from model.sketch.rules.parallels import remove_parallels
from model.sketch.rules.slots import LOUDEST_VELOCITY, SOFTEST_VELOCITY, ChordSlot, SlotPlan
from model.sketch.sketch_types import Note, VoiceRole

_ROUNDS = 3  # of measuring and correcting
_TENSION_RANGE = (0.04, 0.7)  # measured tension where 0 and where 1 is asked
_AROUSAL_RANGE = (0.2, 0.66)  # measured arousal where 0 and where 1 is asked
_TOLERANCE = 0.03  # of tension; less is not corrected
_BOLDER_STEP = 0.2  # of missing tension, for which harsher colours are allowed
_HELD_WHOLE_TENSION = 0.2  # missing, from which on a colour is held for its whole slot
_AROUSAL_VELOCITY = 80.0  # for a missing arousal of 1
_LARGEST_CHANGE_VELOCITY = 16
_COLOUR_SEMITONES = ((2, 9), (6, 8), (1, 6))  # over the root, mild ones first
_COLOUR_REGISTER = range(60, 75)  # MIDI pitches
_COLOUR_REGISTER_UNDER_TALK = range(45, 57)  # MIDI pitches
_CLASHES_SEMITONES = {1, 11}
Floats = npt.NDArray[np.float64]


def finish_candidate(slot_plan: SlotPlan, free: Sequence[Note]) -> list[Note]:
    """Finish a candidate: correct its free notes, play hits and the out, remove parallels; in order of onset."""
    notes = list(free)
    for number in range(_ROUNDS):
        measures = measure_notes(slot_plan, finish_notes(slot_plan, [*slot_plan.plan.locked, *notes]))
        notes = _correct_velocities(slot_plan, notes, measures)
        notes += _colour_notes(slot_plan, notes, measures, number)
    return remove_parallels(finish_notes(slot_plan, [*slot_plan.plan.locked, *notes]), slot_plan.plan.chords)


def measure_notes(slot_plan: SlotPlan, notes: Sequence[Note]) -> BarMeasures:
    """Measure a short score bar by bar: arrays [bars that sound]."""
    grid = slot_plan.plan.grid
    lines = [float(b.start.quarters) for b in grid] + [float(grid[-1].end.quarters)]
    bpm = [float(slot_plan.plan.tempo_map.bpm(b.start)) for b in grid]
    columns = np.array(
        [(float(n.onset.quarters), float(n.duration), float(n.pitch), float(n.velocity)) for n in notes]
    ).reshape(-1, 4)
    onset, duration, pitch, velocity = columns.T
    return measure_bars(onset, duration, pitch.astype(np.int64), velocity, lines, bpm)


def _target_measures(asked: Sequence[float], measured_range: tuple[float, float]) -> Floats:
    """Scale what is asked (0-1) to the range that bars measure."""
    low, high = measured_range
    return np.asarray(low + (high - low) * np.asarray(asked), dtype=np.float64)


def _correct_velocities(slot_plan: SlotPlan, notes: Sequence[Note], measures: BarMeasures) -> list[Note]:
    """Raise or lower the velocities of each bar's free notes towards the arousal asked for, a little each time."""
    bars = slot_plan.plan.bars[: len(slot_plan.plan.grid)]
    missing = _target_measures([b.arousal for b in bars], _AROUSAL_RANGE) - measures.arousal
    steps = np.clip(
        missing * _AROUSAL_VELOCITY, -_LARGEST_CHANGE_VELOCITY / _ROUNDS, _LARGEST_CHANGE_VELOCITY / _ROUNDS
    )
    return [
        replace(note, velocity=int(min(max(note.velocity + round(step), SOFTEST_VELOCITY), LOUDEST_VELOCITY)))
        for note, step in zip(notes, steps[_bar_indices(slot_plan, notes)], strict=True)
    ]


def _bar_indices(slot_plan: SlotPlan, notes: Sequence[Note]) -> npt.NDArray[np.intp]:
    """Index of the bar in which each note begins, [notes]."""
    lines = np.array([float(b.start.quarters) for b in slot_plan.plan.grid])
    onsets = np.array([float(n.onset.quarters) for n in notes])
    return np.maximum(np.searchsorted(lines, onsets + 1e-9, "right") - 1, 0)


def _colour_notes(slot_plan: SlotPlan, notes: Sequence[Note], measures: BarMeasures, number: int) -> list[Note]:
    """Write a colour note for every slot whose bar has less tension than asked; ``number`` counts the rounds."""
    bars = slot_plan.plan.bars[: len(slot_plan.plan.grid)]
    missing = _target_measures([b.tension for b in bars], _TENSION_RANGE) - measures.tension
    found: list[Note] = []
    edges = np.array([(float(n.onset.quarters), float(n.end.quarters)) for n in notes]).reshape(-1, 2)
    for slot in slot_plan.slots:
        lacking = float(missing[slot.bar.bar])
        held = Fraction(round(float(slot.length) * min(lacking / _HELD_WHOLE_TENSION, 1.0)))  # whole quarters
        length = min(held, slot.length)
        if lacking <= _TOLERANCE or not length or slot.start >= slot_plan.plan.ending.onset:
            continue
        start, end = float(slot.start.quarters), float(slot.end.quarters)
        sounding = [notes[int(k)] for k in np.flatnonzero((edges[:, 0] < end - 1e-9) & (edges[:, 1] > start + 1e-9))]
        pitch = _choose_colour(slot, sounding, number + int(lacking / _BOLDER_STEP))
        if pitch is not None:
            found.append(slot_plan.note(VoiceRole.PAD, slot.start, length, pitch))
    return found


def _choose_colour(slot: ChordSlot, sounding: Sequence[Note], boldness: int) -> int | None:
    """Choose the pitch of a colour note: none that sounds already, none a semitone from a theme's melody.

    ``boldness`` 0 keeps to the scale; larger values allow harsher colours. None where no colour is left.
    """
    classes = {n.pitch % 12 for n in sounding}
    melody = {n.pitch % 12 for n in sounding if n.role is VoiceRole.MELODY}
    register = _COLOUR_REGISTER_UNDER_TALK if slot.talked_over else _COLOUR_REGISTER
    scale = set(slot.bar.key.scale) if boldness == 0 else set(range(12))
    for step in [c for group in _COLOUR_SEMITONES[: boldness + 1] for c in group]:
        wanted = (slot.chord.root + step) % 12
        clashes = any((wanted - s) % 12 in _CLASHES_SEMITONES for s in melody)
        if wanted in classes or wanted in chord_tones(slot.chord) or wanted not in scale or (clashes and slot.stated):
            continue
        return next((p for p in register if p % 12 == wanted), None)
    return None
