"""The bass: roots that move where the music moves, a pedal where it strains, quarters and eighths where it drives."""

from __future__ import annotations

from fractions import Fraction

from model.motifs.harmony import chord_tones
from model.sketch.rules.slots import Desk, Slot
from model.sketch.sketch_types import Note, Role

_LOW, _HIGH = 31, 48
_WALKING, _PULSING, _DRIVING = 0.42, 0.62, 0.82
_PEDAL, _MOVES, _LEADS = 0.6, 0.42, 0.34
_MOVING = frozenset({"release", "tail"})
_EIGHTH, _QUARTER = Fraction(1, 2), Fraction(1)


def write_bass(desk: Desk) -> list[Note]:
    """Write the bass of the whole cue."""
    notes: list[Note] = []
    pitch = 40
    for slot in desk.slots:
        fresh = _near(_root(slot), pitch)
        if fresh == pitch and slot.bar.tension < _MOVES and slot.start == slot.grid.start:
            fresh = _other_octave(fresh)
        pitch = fresh
        for onset, duration, step in _figure(slot, pitch):
            at = slot.start + onset
            notes.append(desk.note(Role.BASS, at, duration, step, 3.0 if not onset else -3.0))
    return notes


def _root(slot: Slot) -> int:
    """Pitch class of the bass: the tonic as a pedal in strained bars of our own, else the chord's root."""
    pedal = slot.bar.tension >= _PEDAL and slot.bar.function not in _MOVING and not slot.stated
    return slot.bar.key.tonic if pedal else slot.chord.root


def _near(root: int, before: int) -> int:
    inside = [p for p in range(_LOW, _HIGH + 1) if p % 12 == root]
    return min(inside, key=lambda p: (abs(p - before), p))


def _other_octave(pitch: int) -> int:
    """Keep a repeated bass from standing still where nothing strains."""
    return pitch - 12 if pitch - 12 >= _LOW - 3 else pitch + 12 if pitch + 12 <= _HIGH + 3 else pitch


def _figure(slot: Slot, pitch: int) -> list[tuple[Fraction, Fraction, int]]:
    """Lay (onset, duration, pitch) into the slot, livelier with arousal; still under talk."""
    arousal = slot.bar.arousal
    if slot.talked_over or arousal < _WALKING or slot.length <= _QUARTER:
        return [(Fraction(0), slot.length, pitch)]
    fifth = _fifth(slot, pitch)
    if arousal < _PULSING:
        turn = slot.length - _QUARTER
        leading = _leading(slot, pitch)
        return [(Fraction(0), turn, pitch), (turn, _QUARTER, leading)]
    if arousal < _DRIVING:
        count = int(slot.length / _QUARTER)
        line = [pitch, pitch, fifth, pitch]
        found = [(k * _QUARTER, _QUARTER, line[k % 4]) for k in range(count)]
    else:
        count = int(slot.length / _EIGHTH)
        line = [pitch, pitch, pitch + 12, pitch, fifth, pitch, pitch + 12, fifth]
        found = [(k * _EIGHTH, _EIGHTH, line[k % 8]) for k in range(count)]
    rest = slot.length - sum((d for _, d, _ in found), Fraction(0))
    if rest:
        found[-1] = (found[-1][0], found[-1][1] + rest, found[-1][2])
    return found


def _fifth(slot: Slot, pitch: int) -> int:
    """Take the chord's fifth below the root if it is there, else above."""
    fifth = chord_tones(slot.chord)[2] if len(chord_tones(slot.chord)) > 2 else slot.chord.root  # noqa: PLR2004
    below = pitch - (pitch - fifth) % 12
    return below if below >= _LOW else below + 12


def _leading(slot: Slot, pitch: int) -> int:
    """Step of the scale that leads to the next root; the fifth where the root stays."""
    target = _near(slot.following.root, pitch)
    if target == pitch or slot.bar.tension < _LEADS:
        return _fifth(slot, pitch)
    scale = slot.bar.key.scale
    side = 1 if target < pitch else -1
    for step in (2, 1):
        if (target + side * step) % 12 in scale and target + side * step != pitch:
            return target + side * step
    return _fifth(slot, pitch)
