"""Play the hits and the out: chords struck on the hits, silence after a stop, and every note ended at the out.

Only free notes are changed. This is applied to the notes of both engines, so both play hits alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from model.sketch.plan.ending import Ending
from model.sketch.plan.hits import PlannedHit
from model.sketch.plan.progression import chord_at
from model.sketch.rules.slots import LOUDEST_VELOCITY, SlotPlan
from model.sketch.rules.voicing import nearest_tone, voice_chord
from model.sketch.sketch_types import Note, VoiceRole
from model.time import Beat

_SHORTEST_QUARTERS = Fraction(1, 12)
_BREATH_QUARTERS = Fraction(1, 4)
_DEAD_HIT_QUARTERS = Fraction(1, 2)
_STING_QUARTERS = Fraction(1)
_POINT_QUARTERS = Fraction(1, 2)
_HIT_VELOCITY = {  # added by treatment
    "accent": 4.0,
    "dead hit": 11.0,
    "sting": 11.0,
    "change": 4.0,
    "hold": 4.0,
    "soft": -2.0,
}
_WEIGHT_VELOCITY = 3.0  # added for each unit of weight: a film has many small hits, and only heavy ones stand out
_NEARBY_QUARTERS = 4
_ABOVE_NEARBY_VELOCITY = 2.5  # for each unit of weight, above the loudest note nearby
_HEAVIEST = 5.0  # weight of a hit; larger ones count as much
_ENDING_VELOCITY = {"button": 14.0, "cut": 8.0, "segue": 2.0}  # added to the last chord
_RESUMED_VELOCITY = -4.0  # added to notes that come back after a short hit
_BASS_NEAR_PITCH = 40  # MIDI, where no bass was written
_BASS_LOWEST_PITCH = 31  # MIDI
_BASS_HIGHEST_PITCH = 48  # MIDI
_MELODY_REACH_QUARTERS = Fraction(4)
_STRUCK = frozenset({"accent", "dead hit", "sting", "change"})
_SINGLE_LINES = frozenset({VoiceRole.MELODY, VoiceRole.COUNTER, VoiceRole.BASS})
_CHORD_ROLES = (VoiceRole.BASS, VoiceRole.HARMONY)
_SUSTAINED = frozenset({VoiceRole.BASS, VoiceRole.HARMONY, VoiceRole.PAD})


def finish_notes(slot_plan: SlotPlan, notes: Sequence[Note]) -> list[Note]:
    """Play hits, silences and the ending; returns all notes in order of onset, none of them past the out."""
    found = [n for n in notes if n.onset < slot_plan.plan.end]
    last_chord = slot_plan.plan.ending.onset
    for hit in slot_plan.plan.hits:
        if hit.beat < last_chord:
            found = _play_hit(slot_plan, found, hit)
    found = _play_ending(slot_plan, found, slot_plan.plan.ending)
    for hit in slot_plan.plan.hits:
        if hit.beat >= last_chord:
            found = _strike_chord(slot_plan, found, hit, (*_CHORD_ROLES, VoiceRole.PAD))
    found = [n.cut_at(slot_plan.plan.end) for n in found]
    found = _separate_lines(n for n in found if n.duration >= _SHORTEST_QUARTERS or n.locked)
    order = list(VoiceRole)
    return sorted(found, key=lambda n: (n.onset, order.index(n.role), n.pitch, n.duration))


def _play_hit(slot_plan: SlotPlan, notes: list[Note], hit: PlannedHit) -> list[Note]:
    """Play one hit before the last chord by its treatment."""
    if hit.treatment == "stop":
        return _silence_notes(notes, hit.beat, hit.until)
    found = _strike_chord(slot_plan, notes, hit, _CHORD_ROLES)
    if hit.treatment in _STRUCK and not any(n.role is VoiceRole.RHYTHM and n.onset == hit.beat for n in found):
        low = nearest_tone(chord_at(slot_plan.plan.chords, hit.beat), 50, 43, 57)
        found.append(slot_plan.note(VoiceRole.RHYTHM, hit.beat, _POINT_QUARTERS, low, _added_velocity(hit)))
    if hit.treatment in {"dead hit", "sting"}:
        length = _DEAD_HIT_QUARTERS if hit.treatment == "dead hit" else _STING_QUARTERS
        resumed = _resumed_notes(slot_plan, found, hit)
        silenced = _silence_notes(found, hit.beat, hit.until, after=True)
        cut = [n if n.locked or n.onset != hit.beat else n.cut_at(hit.beat + length) for n in silenced]
        return cut + resumed
    if hit.treatment == "hold":
        return [n.cut_at(hit.until) if n.onset == hit.beat else n for n in _hold_chord(found, hit)]
    return found


def _added_velocity(hit: PlannedHit) -> float:
    """Velocity that a hit adds to the dynamic of its bar."""
    added = _HIT_VELOCITY.get(hit.treatment, _HIT_VELOCITY["accent"])
    return added + (_WEIGHT_VELOCITY * min(hit.weight, _HEAVIEST) if hit.treatment in _STRUCK else 0.0)


def _least_velocity(notes: Sequence[Note], hit: PlannedHit) -> int:
    """Least velocity at which a hit stands out of the notes nearby; 1 for a treatment that need not stand out."""
    if hit.treatment not in _STRUCK:
        return 1
    nearby = [n.velocity for n in notes if abs(n.onset - hit.beat) <= _NEARBY_QUARTERS and n.onset != hit.beat]
    above = round(_ABOVE_NEARBY_VELOCITY * min(hit.weight, _HEAVIEST))
    return min(max(nearby, default=0) + above, LOUDEST_VELOCITY)


def _strike_chord(slot_plan: SlotPlan, notes: list[Note], hit: PlannedHit, roles: Sequence[VoiceRole]) -> list[Note]:
    """Begin the notes of some roles anew on a hit.

    Notes that begin there become louder, notes that sound are struck again, and roles without any get new ones.
    """
    beat, added, least = hit.beat, _added_velocity(hit), _least_velocity(notes, hit)
    found: list[Note] = []
    present: set[VoiceRole] = set()
    for note in notes:
        if note.locked or note.role not in roles or not note.onset <= beat < note.end:
            found.append(note)
            continue
        present.add(note.role)
        velocity = max(slot_plan.velocity(beat, note.role, added), least)
        if note.onset < beat:
            found.append(note.cut_at(beat))
        found.append(replace(note, onset=beat, duration=note.end - beat, velocity=velocity))
    for role in roles:
        if role not in present:
            new = _new_notes(slot_plan, found, beat, role, added)
            found += [replace(n, velocity=max(n.velocity, least)) for n in new]
    return found


def _new_notes(slot_plan: SlotPlan, notes: Sequence[Note], beat: Beat, role: VoiceRole, added: float) -> list[Note]:
    """Write a chord (or its bass) on a beat, up to the role's next note or the bar line."""
    chord = chord_at(slot_plan.plan.chords, beat)
    bar_line = next((b.end for b in slot_plan.plan.grid if b.start <= beat < b.end), slot_plan.plan.end)
    following = min([n.onset for n in notes if n.role is role and n.onset > beat], default=bar_line)
    length = max(min(following, bar_line) - beat, _SHORTEST_QUARTERS)
    pitches = (
        (nearest_pitch(chord.root, _BASS_NEAR_PITCH),) if role is VoiceRole.BASS else voice_chord(chord, (), 52, 69, 3)
    )
    return [slot_plan.note(role, beat, length, pitch, added) for pitch in pitches]


def nearest_pitch(root: int, near: int) -> int:
    """Pitch of a pitch class that is nearest to another pitch."""
    return near + (root - near + 6) % 12 - 6


def _silence_notes(notes: Sequence[Note], start: Beat, until: Beat, *, after: bool = False) -> list[Note]:
    """Remove or cut the free notes in a stretch; with ``after`` those that begin on ``start`` itself are kept."""
    found: list[Note] = []
    for note in notes:
        inside = start < note.onset < until or (note.onset == start and not after)
        if note.locked or not (inside or (note.onset < start < note.end)):
            found.append(note)
        elif not inside:
            found.append(note.cut_at(start))
    return found


def _resumed_notes(slot_plan: SlotPlan, notes: Sequence[Note], hit: PlannedHit) -> list[Note]:
    """Let notes that sounded under a short hit begin again after its silence."""
    return [
        replace(
            n,
            onset=hit.until,
            duration=n.end - hit.until,
            velocity=slot_plan.velocity(hit.until, n.role, _RESUMED_VELOCITY),
        )
        for n in notes
        if not n.locked and n.role in _SUSTAINED and n.onset <= hit.beat and n.end > hit.until
    ]


def _hold_chord(notes: Sequence[Note], hit: PlannedHit) -> list[Note]:
    """Let the chord on a hold ring to its end, without free notes beginning meanwhile."""
    reach = hit.until - hit.beat
    kept = [n for n in notes if n.locked or not hit.beat < n.onset < hit.until]
    return [
        replace(n, duration=reach) if n.onset == hit.beat and not n.locked and n.role is not VoiceRole.RHYTHM else n
        for n in kept
    ]


def _play_ending(slot_plan: SlotPlan, notes: list[Note], ending: Ending) -> list[Note]:
    """Write the last chord, held by all roles to the out; before a cut the rhythm continues to the out."""
    driving = {VoiceRole.RHYTHM} if ending.style == "cut" else set[VoiceRole]()
    kept = [n for n in notes if n.locked or n.onset <= ending.onset or n.role in driving]
    if ending.style == "button":
        kept = [n if n.onset >= ending.onset else _end_before_button(n, ending.onset) for n in kept]
    else:
        kept = [n if n.locked or n.onset >= ending.onset else n.cut_at(ending.onset) for n in kept]
    kept = [n for n in kept if n.locked or n.onset < ending.onset or n.role in driving]
    return kept + _last_chord(slot_plan, kept, ending, _ENDING_VELOCITY.get(ending.style, 0.0))


def _last_chord(slot_plan: SlotPlan, notes: Sequence[Note], ending: Ending, added: float) -> list[Note]:
    """Write the last chord, led from the harmony, bass and melody before it."""
    chord = chord_at(slot_plan.plan.chords, ending.onset)
    length = slot_plan.plan.end - ending.onset
    before = _last_voicing(notes, ending.onset)
    bass = max((n for n in notes if n.role is VoiceRole.BASS), key=lambda n: n.onset, default=None)
    low = nearest_pitch(chord.root, bass.pitch if bass else _BASS_NEAR_PITCH)
    low = low + 12 if low < _BASS_LOWEST_PITCH else low - 12 if low > _BASS_HIGHEST_PITCH else low
    inner = voice_chord(chord, before, 50, 69, len(before) or 3)
    found = [slot_plan.note(VoiceRole.BASS, ending.onset, length, low, added)]
    found += [slot_plan.note(VoiceRole.HARMONY, ending.onset, length, p, added) for p in inner]
    melody = [n for n in notes if n.role is VoiceRole.MELODY and n.end + _MELODY_REACH_QUARTERS >= ending.onset]
    locked = any(n.locked and n.end > ending.onset for n in melody)
    if melody and not locked:
        last = max(melody, key=lambda n: n.onset)
        top = nearest_tone(chord, last.pitch, 60, 86)
        found.append(slot_plan.note(VoiceRole.MELODY, ending.onset, length, top, added))
    if ending.soft or not melody:
        found += [
            slot_plan.note(VoiceRole.PAD, ending.onset, length, p, added) for p in voice_chord(chord, (), 62, 76, 2)
        ]
    return found


def _last_voicing(notes: Sequence[Note], at: Beat) -> tuple[int, ...]:
    """Pitches of the last chord of the harmony before a beat."""
    before = [n for n in notes if n.role is VoiceRole.HARMONY and n.onset < at]
    last = max((n.onset for n in before), default=at)
    return tuple(sorted({n.pitch for n in before if n.onset == last}))[:4]


def _end_before_button(note: Note, at: Beat) -> Note:
    """End a note a breath before the button at ``at``."""
    if note.locked or note.end + _BREATH_QUARTERS <= at:
        return note
    return note.cut_at(at if note.onset + _BREATH_QUARTERS >= at else Beat(at.quarters - _BREATH_QUARTERS))


def _separate_lines(notes: Iterable[Note]) -> list[Note]:
    """End notes so that single lines sound one at a time and no pitch of a role overlaps itself; locked notes stay."""
    found: list[Note] = []
    by_line: dict[tuple[VoiceRole, int], list[Note]] = {}
    for note in notes:
        by_line.setdefault((note.role, 0 if note.role in _SINGLE_LINES else note.pitch), []).append(note)
    for line in by_line.values():
        line.sort(key=lambda n: (n.onset, not n.locked, -n.velocity, n.pitch))
        kept: list[Note] = []
        for note in line:
            locked_here = any(k.locked and k.onset <= note.onset < k.end for k in kept[-4:])
            if not note.locked and (locked_here or (kept and kept[-1].onset == note.onset)):
                continue
            if kept and not kept[-1].locked:
                kept[-1] = kept[-1].cut_at(note.onset)
            kept.append(note)
        found += kept
    return [n for n in found if n.duration >= _SHORTEST_QUARTERS or n.locked]
