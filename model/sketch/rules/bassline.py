"""Write the bass: roots of the chords, a pedal in tense bars, quarters and eighths in lively ones."""

from __future__ import annotations

from fractions import Fraction

from model.motifs.harmony import chord_tones
from model.sketch.rules.slots import ChordSlot, SlotPlan
from model.sketch.sketch_types import Note, VoiceRole

_LOWEST_PITCH = 31  # MIDI
_HIGHEST_PITCH = 48  # MIDI
_FIRST_PITCH = 40  # MIDI; the first note is the nearest to it
_OCTAVE_REACH_SEMITONES = 3
_WALKING_AROUSAL = 0.42  # of 0-1; from it on a note leads to the next root
_PULSING_AROUSAL = 0.62  # of 0-1; from it on quarters
_DRIVING_AROUSAL = 0.82  # of 0-1; from it on eighths
_PEDAL_TENSION = 0.6  # of 0-1; from it on the tonic is a pedal
_REPEATED_TENSION = 0.42  # of 0-1; below it a repeated bass changes its octave
_LEADING_TENSION = 0.34  # of 0-1; from it on a walking bass leads by step
_NO_PEDAL_FUNCTIONS = frozenset({"release", "tail"})
_EIGHTH = Fraction(1, 2)
_QUARTER = Fraction(1)
_ACCENT_VELOCITY = 3.0  # added to the first note of a slot, taken from the others


def write_bass(slot_plan: SlotPlan) -> list[Note]:
    """Write the bass of the whole cue."""
    notes: list[Note] = []
    pitch = _FIRST_PITCH
    for slot in slot_plan.slots:
        following = _nearest_in_range(_root(slot), pitch)
        if following == pitch and slot.bar.tension < _REPEATED_TENSION and slot.start == slot.grid.start:
            following = _other_octave(following)
        pitch = following
        for onset, duration, step in _figure(slot, pitch):
            at = slot.start + onset
            notes.append(
                slot_plan.note(VoiceRole.BASS, at, duration, step, _ACCENT_VELOCITY if not onset else -_ACCENT_VELOCITY)
            )
    return notes


def _root(slot: ChordSlot) -> int:
    """Pitch class of the bass: the tonic as a pedal in tense bars without a theme, else the chord's root."""
    pedal = slot.bar.tension >= _PEDAL_TENSION and slot.bar.function not in _NO_PEDAL_FUNCTIONS and not slot.stated
    return slot.bar.key.tonic if pedal else slot.chord.root


def _nearest_in_range(root: int, before: int) -> int:
    inside = [p for p in range(_LOWEST_PITCH, _HIGHEST_PITCH + 1) if p % 12 == root]
    return min(inside, key=lambda p: (abs(p - before), p))


def _other_octave(pitch: int) -> int:
    """Pitch an octave away, or the same where neither octave is near the range."""
    if pitch - 12 >= _LOWEST_PITCH - _OCTAVE_REACH_SEMITONES:
        return pitch - 12
    return pitch + 12 if pitch + 12 <= _HIGHEST_PITCH + _OCTAVE_REACH_SEMITONES else pitch


def _figure(slot: ChordSlot, pitch: int) -> list[tuple[Fraction, Fraction, int]]:
    """Figure of a slot as (onset, duration, pitch): livelier with arousal, one long note under dialogue."""
    arousal = slot.bar.arousal
    if slot.talked_over or arousal < _WALKING_AROUSAL or slot.length <= _QUARTER:
        return [(Fraction(0), slot.length, pitch)]
    fifth = _fifth(slot, pitch)
    if arousal < _PULSING_AROUSAL:
        held = slot.length - _QUARTER
        return [(Fraction(0), held, pitch), (held, _QUARTER, _leading_note(slot, pitch))]
    if arousal < _DRIVING_AROUSAL:
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


def _fifth(slot: ChordSlot, pitch: int) -> int:
    """Fifth of the chord, below the root if it is in range, else above."""
    fifth = chord_tones(slot.chord)[2] if len(chord_tones(slot.chord)) > 2 else slot.chord.root  # noqa: PLR2004
    below = pitch - (pitch - fifth) % 12
    return below if below >= _LOWEST_PITCH else below + 12


def _leading_note(slot: ChordSlot, pitch: int) -> int:
    """Step of the scale that leads to the next root; the fifth where the root stays."""
    target = _nearest_in_range(slot.following.root, pitch)
    if target == pitch or slot.bar.tension < _LEADING_TENSION:
        return _fifth(slot, pitch)
    scale = slot.bar.key.scale
    side = 1 if target < pitch else -1
    for step in (2, 1):
        if (target + side * step) % 12 in scale and target + side * step != pitch:
            return target + side * step
    return _fifth(slot, pitch)
