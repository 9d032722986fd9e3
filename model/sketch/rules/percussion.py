"""Percussion and points: what strikes on the hits, what drives a climax, and the small sound that marks a soft hit.

Unpitched parts are not in the short score; they follow from its plan. Numbers of the drum kit are General MIDI's.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from model.sketch.orchestra.ranges import Seat, in_range
from model.sketch.plan.bars import Bar
from model.sketch.plan.progression import chord_at
from model.sketch.plan.strokes import Stroke
from model.sketch.rules.slots import Desk
from model.sketch.sketch_types import PartNote, Role
from model.time import Beat

BASS_DRUM, CYMBAL, SNARE, TAM = 36, 49, 38, 52
_TAIKO = (48, 43)
_DRIVING, _POUNDING = 0.6, 0.8
_BIG = 3.0
_ONE, _HALF = Fraction(1), Fraction(1, 2)
_POINTS = ("harp", "celesta", "piano", "pizzicato", "glockenspiel", "guitar")
_LOUD_STROKES = frozenset({"accent", "dead hit", "sting", "change"})


def strike(desk: Desk, seats: Mapping[str, Seat]) -> None:
    """Write percussion and points into the seats that are there."""
    for stroke in desk.plan.strokes:
        if stroke.treatment in _LOUD_STROKES:
            _hit(desk, seats, stroke)
        elif stroke.treatment in {"soft", "hold"}:
            _point(desk, seats, stroke.beat)
    for bar in desk.plan.grid:
        wanted = desk.plan.bars[bar.index]
        if wanted.arousal >= _DRIVING and not wanted.talk and wanted.function not in {"tail", "silence", "intro"}:
            _drive(desk, seats, bar, pounding=wanted.arousal >= _POUNDING)
    if desk.plan.ending.style == "button":
        _hit(desk, seats, Stroke("", desk.plan.ending.onset, "accent", 2.0, desk.plan.ending.onset))


def _hit(desk: Desk, seats: Mapping[str, Seat], stroke: Stroke) -> None:
    root = chord_at(desk.plan.chords, stroke.beat).root
    extra = 2.0 + 4.0 * min(stroke.weight, 5.0)
    mark = "marcato" if stroke.treatment == "dead hit" else "accent"
    _give(desk, seats, "timpani", stroke.beat, _ONE, 41 + (root - 41) % 12, extra, mark)
    _give(desk, seats, "taiko", stroke.beat, _ONE, _TAIKO[0], extra, mark)
    _give(desk, seats, "drums", stroke.beat, _ONE, BASS_DRUM, extra, mark)
    if stroke.weight >= _BIG or stroke.treatment == "sting":
        crash = TAM if stroke.treatment == "sting" else CYMBAL
        _give(desk, seats, "drums", stroke.beat, _ONE, crash, extra - 6.0, mark)
    if not any(name in seats for name in ("timpani", "taiko", "drums")):
        _point(desk, seats, stroke.beat, extra)


def _point(desk: Desk, seats: Mapping[str, Seat], beat: Beat, extra: float = 4.0) -> None:
    """Mark a beat with one plucked or struck note where somebody can."""
    root = chord_at(desk.plan.chords, beat).root
    for name in _POINTS:
        if name in seats and _give(desk, seats, name, beat, _ONE, 60 + (root - 60) % 12, extra):
            return


def _drive(desk: Desk, seats: Mapping[str, Seat], bar: Bar, *, pounding: bool) -> None:
    """Lay the drums of a driving bar: the strong beats, with eighths before them where it pounds."""
    fill = bar.index % 4 == 3  # noqa: PLR2004 - the last bar of a phrase
    root = chord_at(desk.plan.chords, bar.start).root
    _give(desk, seats, "timpani", bar.start, _ONE, 41 + (root - 41) % 12, 0.0)
    strong = [Fraction(0), *([bar.half] if bar.half and bar.half < bar.length else [])]
    for position in strong:
        _give(desk, seats, "taiko", bar.start + position, _HALF, _TAIKO[0], 4.0 if not position else -4.0)
    if pounding or fill:
        pattern = (
            (Fraction(3, 2), Fraction(5, 2), Fraction(3), Fraction(7, 2)) if fill else (Fraction(3, 2), Fraction(3))
        )
        for position in pattern:
            if position < bar.length:
                _give(desk, seats, "taiko", bar.start + position, _HALF, _TAIKO[1], -12.0)
    if pounding:
        for position in strong:
            _give(desk, seats, "drums", bar.start + position, _HALF, BASS_DRUM, 0.0)


def _give(
    desk: Desk,
    seats: Mapping[str, Seat],
    name: str,
    beat: Beat,
    length: Fraction,
    pitch: int,
    extra: float,
    mark: str = "",
) -> bool:
    """Write one note if the seat is there and free, cut at the music's end and inside no silence."""
    seat = seats.get(name)
    if seat is None or any(s.treatment == "stop" and s.beat <= beat < s.until for s in desk.plan.strokes):
        return False
    duration = min(length, desk.plan.end - beat)
    placed = in_range(pitch, seat.instrument) if name != "drums" else pitch
    if placed is None or duration <= 0 or not seat.takes(beat, duration, placed):
        return False
    velocity = desk.velocity(beat, Role.RHYTHM, extra)
    seat.give(PartNote(beat, duration, placed, velocity, Role.RHYTHM, mark))
    return True
