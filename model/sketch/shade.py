"""Shade what was written until it feels as asked: roughness by the bar for tension, velocities for arousal.

The same measures judge a sketch in the benchmark, choose between candidates and lead here: write, measure, correct. A
bar too mild gets a held colour note in the pad (a second over a chord tone, then harsher ones); a bar too strong or too
weak gets other velocities. Locked notes stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.motifs.harmony import chord_tones
from model.sketch.finish import finished
from model.sketch.measures import BarMeasures, measure_bars
from model.sketch.rules.parallels import mended
from model.sketch.rules.slots import LOUD, QUIET, TALKED_OVER, Desk, Slot
from model.sketch.sketch_types import Note, Role

_ROUNDS = 3
_TENSION, _AROUSAL = (0.04, 0.7), (0.2, 0.66)  # what a bar measures when nothing and when everything is asked
_SLACK, _HARSH, _WHOLE = 0.03, 0.2, 0.2
_MOST_LOUDER = 16
_COLOURS = ((2, 9), (6, 8), (1, 6))  # semitones over the root, mild ones first
_LOW, _HIGH = 60, 74
_TALK_LOW, _TALK_HIGH = 45, 56
Floats = npt.NDArray[np.float64]


def settled(desk: Desk, free: Sequence[Note]) -> list[Note]:
    """Finish a candidate: shade its free notes, play hits and the out, mend its outer voices; in order of onset."""
    notes = list(free)
    for turn in range(_ROUNDS):
        seen = measured(desk, finished(desk, [*desk.plan.locked, *notes]))
        notes = _louder(desk, notes, seen)
        notes += _coloured(desk, notes, seen, turn)
    return mended(finished(desk, [*desk.plan.locked, *notes]), desk.plan.chords)


def measured(desk: Desk, notes: Sequence[Note]) -> BarMeasures:
    """Measure a short score bar by bar: arrays [bars that sound]."""
    grid = desk.plan.grid
    lines = [float(b.start.quarters) for b in grid] + [float(grid[-1].end.quarters)]
    bpm = [float(desk.plan.tempo_map.bpm(b.start)) for b in grid]
    columns = np.array(
        [(float(n.onset.quarters), float(n.duration), float(n.pitch), float(n.velocity)) for n in notes]
    ).reshape(-1, 4)
    onset, duration, pitch, velocity = columns.T
    return measure_bars(onset, duration, pitch.astype(np.int64), velocity, lines, bpm)


def _wanted(asked: Sequence[float], edges: tuple[float, float]) -> Floats:
    """Say what should be measured where so much is asked."""
    return np.asarray(edges[0] + (edges[1] - edges[0]) * np.asarray(asked), dtype=np.float64)


def _louder(desk: Desk, notes: Sequence[Note], seen: BarMeasures) -> list[Note]:
    """Raise or lower the free notes of each bar towards the arousal asked for, a little each time."""
    bars = desk.plan.bars[: len(desk.plan.grid)]
    missing = _wanted([b.arousal for b in bars], _AROUSAL) - seen.arousal
    steps = np.clip(missing * 80.0, -_MOST_LOUDER / _ROUNDS, _MOST_LOUDER / _ROUNDS)
    return [
        replace(note, velocity=int(min(max(note.velocity + round(step), QUIET), LOUD)))
        for note, step in zip(notes, steps[_bars_of(desk, notes)], strict=True)
    ]


def _bars_of(desk: Desk, notes: Sequence[Note]) -> npt.NDArray[np.intp]:
    """Find the bar each note begins in."""
    lines = np.array([float(b.start.quarters) for b in desk.plan.grid])
    onsets = np.array([float(n.onset.quarters) for n in notes])
    return np.maximum(np.searchsorted(lines, onsets + 1e-9, "right") - 1, 0)


def _coloured(desk: Desk, notes: Sequence[Note], seen: BarMeasures, turn: int) -> list[Note]:
    """Write one more colour note into every slot whose bar is milder than asked."""
    bars = desk.plan.bars[: len(desk.plan.grid)]
    missing = _wanted([b.tension for b in bars], _TENSION) - seen.tension
    found: list[Note] = []
    edges = np.array([(float(n.onset.quarters), float(n.end.quarters)) for n in notes]).reshape(-1, 2)
    for slot in desk.slots:
        lacks = float(missing[slot.bar.bar])
        length = _suspended(slot, lacks)
        if lacks <= _SLACK or not length or slot.start >= desk.plan.ending.onset:
            continue
        start, end = float(slot.start.quarters), float(slot.end.quarters)
        sounding = [notes[int(k)] for k in np.flatnonzero((edges[:, 0] < end - 1e-9) & (edges[:, 1] > start + 1e-9))]
        pitch = _colour(slot, sounding, turn + int(lacks / _HARSH))
        if pitch is not None:
            found.append(desk.note(Role.PAD, slot.start, length, pitch))
    return found


def _suspended(slot: Slot, lacks: float) -> Fraction:
    """Say how long a colour is held, in whole quarters of its slot: it resolves the sooner the less is lacking."""
    wanted = Fraction(round(float(slot.length) * min(lacks / _WHOLE, 1.0)))
    return min(wanted, slot.length)


def _colour(slot: Slot, sounding: Sequence[Note], boldness: int) -> int | None:
    """Find a colour note: none that is there already, none a semitone from a melody that sounds with it."""
    classes = {n.pitch % 12 for n in sounding}
    sung = {n.pitch % 12 for n in sounding if n.role is Role.MELODY}
    low, high = (_TALK_LOW, _TALK_HIGH) if slot.bar.talk >= TALKED_OVER else (_LOW, _HIGH)
    scale = set(slot.bar.key.scale) if boldness == 0 else set(range(12))
    for step in [c for group in _COLOURS[: boldness + 1] for c in group]:
        wanted = (slot.chord.root + step) % 12
        clashes = any((wanted - s) % 12 in {1, 11} for s in sung)
        if wanted in classes or wanted in chord_tones(slot.chord) or wanted not in scale or (clashes and slot.stated):
            continue
        return next((p for p in range(low, high + 1) if p % 12 == wanted), None)
    return None
