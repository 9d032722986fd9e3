"""Hits and the out, played: forced chords on the hits, silence after a stop, and every note ended at the out.

Only free notes are touched. What the hits ask for is added to whatever an engine wrote: both engines land alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from model.sketch.plan.ending import Ending
from model.sketch.plan.progression import chord_at
from model.sketch.plan.strokes import Stroke
from model.sketch.rules.slots import LOUD, Desk
from model.sketch.rules.voicing import nearest_tone, voiced
from model.sketch.sketch_types import Note, Role
from model.time import Beat

_SHORTEST = Fraction(1, 12)
_BREATH = Fraction(1, 4)
_SHORT, _STUNG = Fraction(1, 2), Fraction(1)
_LEANS = {"accent": 4.0, "dead hit": 11.0, "sting": 11.0, "change": 4.0, "hold": 4.0, "soft": -2.0}
_BY_WEIGHT = 3.0  # a film has many small hits: only the heavy ones are exclamation marks
_AROUND, _OUT = 4, 2.5
_HEAVIEST = 5.0
_STRUCK = frozenset({"accent", "dead hit", "sting", "change"})
_SINGLE = frozenset({Role.MELODY, Role.COUNTER, Role.BASS})
_BODY = (Role.BASS, Role.HARMONY)
_SUSTAINED = frozenset({Role.BASS, Role.HARMONY, Role.PAD})


def finished(desk: Desk, notes: Sequence[Note]) -> list[Note]:
    """Return the notes with hits, silences and the ending played, in order of onset; nothing sounds past the out."""
    found = [n for n in notes if n.onset < desk.plan.end]
    last_chord = desk.plan.ending.onset
    for stroke in desk.plan.strokes:
        if stroke.beat < last_chord:
            found = _played(desk, found, stroke)
    found = _ended(desk, found, desk.plan.ending)
    for stroke in desk.plan.strokes:
        if stroke.beat >= last_chord:
            found = _struck(desk, found, stroke.beat, _lean(stroke), _level(found, stroke), (*_BODY, Role.PAD))
    found = [_until(n, desk.plan.end) for n in found]
    return _ordered(_single(n for n in found if n.duration >= _SHORTEST or n.locked))


def _played(desk: Desk, notes: list[Note], stroke: Stroke) -> list[Note]:
    if stroke.treatment == "stop":
        return _silenced(notes, stroke.beat, stroke.until)
    extra = _lean(stroke)
    found = _struck(desk, notes, stroke.beat, extra, _level(notes, stroke), _BODY)
    if stroke.treatment in _STRUCK and not any(n.role is Role.RHYTHM and n.onset == stroke.beat for n in found):
        low = nearest_tone(chord_at(desk.plan.chords, stroke.beat), 50, 43, 57)
        found.append(desk.note(Role.RHYTHM, stroke.beat, _SHORT, low, extra))
    if stroke.treatment in {"dead hit", "sting"}:
        length = _SHORT if stroke.treatment == "dead hit" else _STUNG
        resumed = _resumed(desk, found, stroke)
        return _cut_short(_silenced(found, stroke.beat, stroke.until, after=True), stroke.beat, length) + resumed
    if stroke.treatment == "hold":
        return [_until(n, stroke.until) if n.onset == stroke.beat else n for n in _held(found, stroke)]
    return found


def _lean(stroke: Stroke) -> float:
    """Velocity a hit adds to what the bar is played at."""
    extra = _LEANS.get(stroke.treatment, _LEANS["accent"])
    return extra + (_BY_WEIGHT * min(stroke.weight, _HEAVIEST) if stroke.treatment in _STRUCK else 0.0)


def _level(notes: Sequence[Note], stroke: Stroke) -> int:
    """Least velocity that stands out of what is played around a hit; 1 where it need not."""
    if stroke.treatment not in _STRUCK:
        return 1
    around = [n.velocity for n in notes if abs(n.onset - stroke.beat) <= _AROUND and n.onset != stroke.beat]
    return min(max(around, default=0) + round(_OUT * min(stroke.weight, _HEAVIEST)), LOUD)


def _struck(desk: Desk, notes: list[Note], beat: Beat, extra: float, least: int, roles: Sequence[Role]) -> list[Note]:
    """Begin the roles anew on a beat: what starts there is louder, what sounds is struck again, what lacks is added."""
    found: list[Note] = []
    present: set[Role] = set()
    for note in notes:
        if note.locked or note.role not in roles or not note.onset <= beat < note.end:
            found.append(note)
            continue
        present.add(note.role)
        velocity = max(desk.velocity(beat, note.role, extra), least)
        if note.onset < beat:
            found.append(_until(note, beat))
        found.append(replace(note, onset=beat, duration=note.end - beat, velocity=velocity))
    for role in roles:
        if role not in present:
            found += [replace(n, velocity=max(n.velocity, least)) for n in _fresh(desk, found, beat, role, extra)]
    return found


def _fresh(desk: Desk, notes: Sequence[Note], beat: Beat, role: Role, extra: float) -> list[Note]:
    """Write a chord (or its bass) up to the role's next note or the bar line."""
    chord = chord_at(desk.plan.chords, beat)
    line = next((b.end for b in desk.plan.grid if b.start <= beat < b.end), desk.plan.end)
    following = min([n.onset for n in notes if n.role is role and n.onset > beat], default=line)
    length = max(min(following, line) - beat, _SHORTEST)
    pitches = (nearest_tone_root(chord.root, 40),) if role is Role.BASS else voiced(chord, (), 52, 69, 3)
    return [desk.note(role, beat, length, pitch, extra) for pitch in pitches]


def nearest_tone_root(root: int, near: int) -> int:
    """Find the pitch of a pitch class nearest to another pitch."""
    return near + (root - near + 6) % 12 - 6


def _silenced(notes: Sequence[Note], start: Beat, until: Beat, *, after: bool = False) -> list[Note]:
    """Silence the free notes in a stretch; ``after``: what begins on ``start`` itself may sound."""
    found: list[Note] = []
    for note in notes:
        inside = start < note.onset < until or (note.onset == start and not after)
        if note.locked or not (inside or (note.onset < start < note.end)):
            found.append(note)
        elif not inside:
            found.append(_until(note, start))
    return found


def _cut_short(notes: Sequence[Note], beat: Beat, length: Fraction) -> list[Note]:
    return [n if n.locked or n.onset != beat else _until(n, beat + length) for n in notes]


def _resumed(desk: Desk, notes: Sequence[Note], stroke: Stroke) -> list[Note]:
    """Let what sounded under a short hit come back after the air."""
    return [
        replace(
            n, onset=stroke.until, duration=n.end - stroke.until, velocity=desk.velocity(stroke.until, n.role, -4.0)
        )
        for n in notes
        if not n.locked and n.role in _SUSTAINED and n.onset <= stroke.beat and n.end > stroke.until
    ]


def _held(notes: Sequence[Note], stroke: Stroke) -> list[Note]:
    """Let the chord on a hold ring: no free onsets until it is let go."""
    reach = stroke.until - stroke.beat
    kept = [n for n in notes if n.locked or not stroke.beat < n.onset < stroke.until]
    return [
        replace(n, duration=reach) if n.onset == stroke.beat and not n.locked and n.role is not Role.RHYTHM else n
        for n in kept
    ]


def _ended(desk: Desk, notes: list[Note], ending: Ending) -> list[Note]:
    """Write the last chord: struck at its place, held by everyone to the out."""
    driving = {Role.RHYTHM} if ending.style == "cut" else set[Role]()
    kept = [n for n in notes if n.locked or n.onset <= ending.onset or n.role in driving]
    if ending.style == "button":
        kept = [n if n.onset >= ending.onset else _breathing(n, ending.onset) for n in kept]
    else:
        kept = [n if n.locked or n.onset >= ending.onset else _until(n, ending.onset) for n in kept]
    extra = {"button": 14.0, "cut": 8.0, "segue": 2.0}.get(ending.style, 0.0)
    kept = [n for n in kept if n.locked or n.onset < ending.onset or n.role in driving]
    return kept + _last_chord(desk, kept, ending, extra)


def _last_chord(desk: Desk, notes: Sequence[Note], ending: Ending, extra: float) -> list[Note]:
    chord = chord_at(desk.plan.chords, ending.onset)
    length = desk.plan.end - ending.onset
    before = _last_voicing(notes, ending.onset)
    bass = max((n for n in notes if n.role is Role.BASS), key=lambda n: n.onset, default=None)
    low = nearest_tone_root(chord.root, bass.pitch if bass else 40)
    low = low + 12 if low < 31 else low - 12 if low > 48 else low  # noqa: PLR2004 - the basses' good register
    inner = voiced(chord, before, 50, 69, len(before) or 3)
    found = [desk.note(Role.BASS, ending.onset, length, low, extra)]
    found += [desk.note(Role.HARMONY, ending.onset, length, p, extra) for p in inner]
    sung = [n for n in notes if n.role is Role.MELODY and n.end + Fraction(4) >= ending.onset]
    locked = any(n.locked and n.end > ending.onset for n in sung)
    if sung and not locked:
        last = max(sung, key=lambda n: n.onset)
        top = nearest_tone(chord, last.pitch, 60, 86)
        found.append(desk.note(Role.MELODY, ending.onset, length, top, extra))
    if ending.soft or not sung:
        found += [desk.note(Role.PAD, ending.onset, length, p, extra) for p in voiced(chord, (), 62, 76, 2)]
    return found


def _last_voicing(notes: Sequence[Note], at: Beat) -> tuple[int, ...]:
    before = [n for n in notes if n.role is Role.HARMONY and n.onset < at]
    last = max((n.onset for n in before), default=at)
    return tuple(sorted({n.pitch for n in before if n.onset == last}))[:4]


def _breathing(note: Note, at: Beat) -> Note:
    """Leave a breath before a button."""
    if note.locked or note.end + _BREATH <= at:
        return note
    return _until(note, at if note.onset + _BREATH >= at else Beat(at.quarters - _BREATH))


def _until(note: Note, end: Beat) -> Note:
    return note if note.end <= end else replace(note, duration=max(end - note.onset, Fraction(0)))


def _single(notes: Iterable[Note]) -> list[Note]:
    """Let one line sing one note at a time, and no pitch of a role overlap itself; locked notes keep their length."""
    found: list[Note] = []
    by_line: dict[tuple[Role, int], list[Note]] = {}
    for note in notes:
        by_line.setdefault((note.role, 0 if note.role in _SINGLE else note.pitch), []).append(note)
    for line in by_line.values():
        line.sort(key=lambda n: (n.onset, not n.locked, -n.velocity, n.pitch))
        kept: list[Note] = []
        for note in line:
            locked_here = any(k.locked and k.onset <= note.onset < k.end for k in kept[-4:])
            if not note.locked and (locked_here or (kept and kept[-1].onset == note.onset)):
                continue
            if kept and not kept[-1].locked:
                kept[-1] = _until(kept[-1], note.onset)
            kept.append(note)
        found += kept
    return [n for n in found if n.duration >= _SHORTEST or n.locked]


def _ordered(notes: Sequence[Note]) -> list[Note]:
    order = list(Role)
    return sorted(notes, key=lambda n: (n.onset, order.index(n.role), n.pitch, n.duration))
