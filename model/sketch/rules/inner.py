"""Write the inner harmony and the pads: smoothly led chords, held in calm bars, struck in lively ones.

Dissonant notes for tension are added afterwards, by ``model.sketch.shade``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from model.sketch.rules.slots import ChordSlot, SlotPlan, tie_notes
from model.sketch.rules.voicing import Pitches, voice_chord
from model.sketch.sketch_types import Note, VoiceRole

_MOVING_AROUSAL = 0.52  # of 0-1; from it on chords are struck
_SYNCOPATED_AROUSAL = 0.68  # of 0-1; from it on between the beats too
_STRIKING_AROUSAL = 0.84  # of 0-1; from it on in four voices
_THIN_AROUSAL = 0.24  # of 0-1; below it in two voices
_PAD_TENSION = 0.7  # of 0-1; above it there is always a pad
_LONGEST_TIED_QUARTERS = Fraction(8)
_TALK_LOWEST_PITCH = 43  # MIDI, under dialogue
_TALK_HIGHEST_PITCH = 59  # MIDI, under dialogue
_PAD_LOWEST_PITCH = 60  # MIDI
_PAD_HIGHEST_PITCH = 76  # MIDI
_CHORD_LOWEST_PITCH = 50  # MIDI, at middling arousal
_CHORD_HIGHEST_PITCH = 67  # MIDI, at middling arousal
_MIDDLING_AROUSAL = 0.4  # of 0-1
_LIFT_SEMITONES = 6  # of the chords' register, for an arousal 1 above the middling
_LOWEST_CEILING_PITCH = 60  # MIDI; chords are not pressed below it by a low melody
_LEAST_SPAN_SEMITONES = 14
_ACCENT_VELOCITY = 2.0  # added to the first stroke of a slot, taken from the others
_PAD_FUNCTIONS = frozenset({"intro", "tension", "tail", "release"})
_NO_PAD_ABOVE_AROUSAL = 0.5  # of 0-1; between these two there is no pad elsewhere
_NO_PAD_BELOW_AROUSAL = 0.66  # of 0-1
_PATTERNS = {  # where chords are struck, in quarters into the bar, by arousal
    _MOVING_AROUSAL: (Fraction(0), Fraction(2)),
    _SYNCOPATED_AROUSAL: (Fraction(0), Fraction(3, 2), Fraction(5, 2)),
    _STRIKING_AROUSAL: (Fraction(0), Fraction(1), Fraction(3, 2), Fraction(5, 2), Fraction(3)),
}


def write_harmony(slot_plan: SlotPlan, bass: Sequence[Note], melody: Sequence[Note]) -> list[Note]:
    """Write the chords of the inner voices between a finished bass and melody."""
    held: list[Note] = []
    struck: list[Note] = []
    before: Pitches = ()
    bass_before: int | None = None
    for slot in slot_plan.slots:
        low, high = _below_melody(melody, slot, *_register_of(slot))
        voices = 2 if slot.bar.arousal < _THIN_AROUSAL else 3 if slot.bar.arousal < _STRIKING_AROUSAL else 4
        bass_now = next((n.pitch for n in bass if n.onset == slot.start), None)
        pair = (bass_before, bass_now) if bass_before is not None and bass_now is not None else None
        voicing = voice_chord(slot.chord, before if len(before) == voices else (), low, high, voices, pair)
        for onset, duration in _chord_onsets(slot):
            into = struck if slot.bar.arousal >= _MOVING_AROUSAL else held
            added = _ACCENT_VELOCITY if not onset else -_ACCENT_VELOCITY
            into += [slot_plan.note(VoiceRole.HARMONY, slot.start + onset, duration, p, added) for p in voicing]
        before, bass_before = voicing, bass_now
    return [*tie_notes(held, _LONGEST_TIED_QUARTERS), *struck]


def write_pads(slot_plan: SlotPlan, melody: Sequence[Note]) -> list[Note]:
    """Write long notes around the harmony: above it, or low under dialogue."""
    notes: list[Note] = []
    before: Pitches = ()
    for slot in slot_plan.slots:
        if not _has_pad(slot):
            before = ()
            continue
        low, high = (
            (_TALK_LOWEST_PITCH, _TALK_HIGHEST_PITCH)
            if slot.talked_over
            else _below_melody(melody, slot, _PAD_LOWEST_PITCH, _PAD_HIGHEST_PITCH)
        )
        voicing = voice_chord(slot.chord, before, low, high, 2)
        notes += [slot_plan.note(VoiceRole.PAD, slot.start, slot.length, pitch) for pitch in voicing]
        before = voicing
    return tie_notes(notes, _LONGEST_TIED_QUARTERS)


def _register_of(slot: ChordSlot) -> tuple[int, int]:
    """Register of the inner voices: higher with arousal, low under dialogue."""
    if slot.talked_over:
        return _TALK_LOWEST_PITCH, _TALK_HIGHEST_PITCH
    lift = round(_LIFT_SEMITONES * (slot.bar.arousal - _MIDDLING_AROUSAL))
    return _CHORD_LOWEST_PITCH + lift, _CHORD_HIGHEST_PITCH + lift


def _below_melody(melody: Sequence[Note], slot: ChordSlot, low: int, high: int) -> tuple[int, int]:
    """Lower a register below a melody that sounds in the slot."""
    top = min((n.pitch for n in melody if n.onset < slot.end and n.end > slot.start), default=high + 1)
    ceiling = min(high, max(top - 1, _LOWEST_CEILING_PITCH))
    return min(low, ceiling - _LEAST_SPAN_SEMITONES), ceiling


def _chord_onsets(slot: ChordSlot) -> list[tuple[Fraction, Fraction]]:
    """Onsets and durations of the chord inside its slot."""
    patterns = [p for level, p in _PATTERNS.items() if slot.bar.arousal >= level]
    if not patterns or slot.talked_over or slot.bar.function == "tail":
        return [(Fraction(0), slot.length)]
    into = slot.start - slot.grid.start
    onsets = sorted({Fraction(0), *(p - into for p in patterns[-1] if 0 <= p - into < slot.length)})
    return [(a, b - a) for a, b in zip(onsets, [*onsets[1:], slot.length], strict=True)]


def _has_pad(slot: ChordSlot) -> bool:
    arousal = slot.bar.arousal
    between = _NO_PAD_ABOVE_AROUSAL < arousal < _NO_PAD_BELOW_AROUSAL
    return slot.bar.function in _PAD_FUNCTIONS or not between or slot.bar.tension > _PAD_TENSION
