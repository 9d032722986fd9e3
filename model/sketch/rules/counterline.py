"""Write the counter-line: a tenor line that moves while the melody holds or rests, and against its direction."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

from model.sketch.rules.slots import ChordSlot, SlotPlan
from model.sketch.rules.voicing import nearest_tone
from model.sketch.sketch_types import Note, VoiceRole
from model.time import Beat

_LEAST_AROUSAL = 0.34  # of 0-1; in calmer bars there is no counter-line
_LOWEST_PITCH = 52  # MIDI
_HIGHEST_PITCH = 69  # MIDI
_FIRST_PITCH = 60  # MIDI; the first note moves on from here
_BELOW_MELODY_SEMITONES = 3
_MOVE_SEMITONES = 3
_MARGIN_SEMITONES = 2
_LEAST_RANGE_SEMITONES = 7


def write_counter(slot_plan: SlotPlan, melody: Sequence[Note]) -> list[Note]:
    """Write the counter-line under a finished melody, where there is one and no dialogue."""
    line = sorted((n for n in melody if n.role is VoiceRole.MELODY), key=lambda n: n.onset)
    taken = [n for n in melody if n.role is VoiceRole.COUNTER]
    notes: list[Note] = []
    pitch = _FIRST_PITCH
    for slot in slot_plan.slots:
        inside = [n for n in line if n.onset < slot.end and n.end > slot.start]
        busy = any(n.onset < slot.end and n.end > slot.start for n in taken)
        if slot.bar.arousal < _LEAST_AROUSAL or slot.talked_over or not inside or busy or slot.bar.function == "tail":
            continue
        for at, duration in _choose_onsets(slot, inside):
            pitch = _contrary_pitch(slot, pitch, line, at)
            notes.append(slot_plan.note(VoiceRole.COUNTER, at, duration, pitch))
    return notes


def _choose_onsets(slot: ChordSlot, melody: Sequence[Note]) -> list[tuple[Beat, Fraction]]:
    """Choose one or two (onset, duration): beats on which no melody note begins, else the slot's beginning."""
    melody_onsets = {n.onset for n in melody}
    beats = [slot.start + Fraction(k) for k in range(1, int(slot.length))]
    free = [b for b in beats if b not in melody_onsets]
    chosen = free[:1] if slot.length <= 2 else free[:: max(1, len(free) // 2)][:2]  # noqa: PLR2004 - half a bar
    onsets = chosen or [slot.start]
    return [(a, b - a) for a, b in zip(onsets, [*onsets[1:], slot.end], strict=True)]


def _contrary_pitch(slot: ChordSlot, pitch: int, melody: Sequence[Note], at: Beat) -> int:
    """Chord tone about a third away, against the melody's direction and below it."""
    index = bisect_right(melody, at, key=lambda n: n.onset) - 1
    rising = index > 0 and melody[index].pitch > melody[index - 1].pitch
    ceiling = min(_HIGHEST_PITCH, melody[max(index, 0)].pitch - _BELOW_MELODY_SEMITONES)
    lowest_free = _LOWEST_PITCH + _MARGIN_SEMITONES
    direction = -1 if rising else 1
    if not lowest_free < pitch < ceiling - _MARGIN_SEMITONES:
        direction = 1 if pitch <= lowest_free else -1
    top = max(ceiling, _LOWEST_PITCH + _LEAST_RANGE_SEMITONES)
    found = nearest_tone(slot.chord, pitch + _MOVE_SEMITONES * direction, _LOWEST_PITCH, top)
    if found != pitch:
        return found
    return nearest_tone(slot.chord, pitch - _MOVE_SEMITONES * direction, _LOWEST_PITCH, top)
