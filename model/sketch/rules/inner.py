"""Inner harmony and pads: smoothly led chords, held where the music is still, struck where it moves.

What roughens them as the tension rises is added afterwards, by ``model.sketch.shade``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from model.sketch.rules.slots import Desk, Slot, tied
from model.sketch.rules.voicing import Pitches, voiced
from model.sketch.sketch_types import Note, Role

_MOVING, _SYNCOPATED, _STRIKING = 0.52, 0.68, 0.84
_THIN = 0.24
_BITE = 0.7
_HELD_LONGEST = Fraction(8)
_TALK_HIGH, _TALK_LOW = 59, 43
_LOWEST_CEILING, _SPAN = 60, 14
_PADDED = frozenset({"intro", "tension", "tail", "release"})
_PAD_BELOW, _PAD_ABOVE = 0.5, 0.66
_PATTERNS = {
    _MOVING: (Fraction(0), Fraction(2)),
    _SYNCOPATED: (Fraction(0), Fraction(3, 2), Fraction(5, 2)),
    _STRIKING: (Fraction(0), Fraction(1), Fraction(3, 2), Fraction(5, 2), Fraction(3)),
}


def write_harmony(desk: Desk, bass: Sequence[Note], melody: Sequence[Note]) -> list[Note]:
    """Write the chords of the inner voices between a finished bass and melody."""
    held: list[Note] = []
    struck: list[Note] = []
    before: Pitches = ()
    under: int | None = None
    for slot in desk.slots:
        low, high = _under(melody, slot, *_register(slot))
        voices = 2 if slot.bar.arousal < _THIN else 3 if slot.bar.arousal < _STRIKING else 4
        now = _bass_at(bass, slot)
        pair = (under, now) if under is not None and now is not None else None
        voicing = voiced(slot.chord, before if len(before) == voices else (), low, high, voices, pair)
        for onset, duration in _strikes(slot):
            into = struck if slot.bar.arousal >= _MOVING else held
            extra = 2.0 if not onset else -2.0
            into += [desk.note(Role.HARMONY, slot.start + onset, duration, p, extra) for p in voicing]
        before, under = voicing, now
    return [*tied(held, _HELD_LONGEST), *struck]


def write_pads(desk: Desk, melody: Sequence[Note]) -> list[Note]:
    """Write long notes around the harmony: above it as a sheen, below 200 Hz where people talk."""
    notes: list[Note] = []
    before: Pitches = ()
    for slot in desk.slots:
        if not _wants_pad(slot):
            before = ()
            continue
        low, high = (_TALK_LOW, _TALK_HIGH) if slot.talked_over else _under(melody, slot, 60, 76)
        voicing = voiced(slot.chord, before, low, high, 2)
        notes += [desk.note(Role.PAD, slot.start, slot.length, pitch) for pitch in voicing]
        before = voicing
    return tied(notes, _HELD_LONGEST)


def _register(slot: Slot) -> tuple[int, int]:
    """Range of the inner voices: higher with arousal, out of the voice's way under talk."""
    if slot.talked_over:
        return _TALK_LOW, _TALK_HIGH
    lift = round(6 * (slot.bar.arousal - 0.4))
    return 50 + lift, 67 + lift


def _under(melody: Sequence[Note], slot: Slot, low: int, high: int) -> tuple[int, int]:
    """Stay below a melody that sounds in the slot."""
    top = min((n.pitch for n in melody if n.onset < slot.end and n.end > slot.start), default=high + 1)
    ceiling = min(high, max(top - 1, _LOWEST_CEILING))
    return min(low, ceiling - _SPAN), ceiling


def _strikes(slot: Slot) -> list[tuple[Fraction, Fraction]]:
    """Onsets and durations of the chord inside its slot."""
    patterns = [p for level, p in _PATTERNS.items() if slot.bar.arousal >= level]
    if not patterns or slot.talked_over or slot.bar.function == "tail":
        return [(Fraction(0), slot.length)]
    into = slot.start - slot.grid.start
    onsets = sorted({Fraction(0), *(p - into for p in patterns[-1] if 0 <= p - into < slot.length)})
    return [(a, b - a) for a, b in zip(onsets, [*onsets[1:], slot.length], strict=True)]


def _wants_pad(slot: Slot) -> bool:
    arousal = slot.bar.arousal
    return slot.bar.function in _PADDED or not _PAD_BELOW < arousal < _PAD_ABOVE or slot.bar.tension > _BITE


def _bass_at(bass: Sequence[Note], slot: Slot) -> int | None:
    return next((n.pitch for n in bass if n.onset == slot.start), None)
