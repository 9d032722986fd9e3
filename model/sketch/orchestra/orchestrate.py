"""The orchestrator: the short score given to the players of the cue's palette, in parts they can play.

Lines (melody, counter) go to one instrument a phrase, moved by octaves as a whole so that a theme keeps its shape;
chords are spread over the players of their role from the top. Who carries a theme is given nothing else while it
lasts, unless nobody else can. A note nobody can take is passed to another octave or
another player; what is left over is counted, never forced out of range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from model.motifs.language import CuePalette, Language
from model.sketch.orchestra.doubling import DOUBLES, SOFT, level_of, players
from model.sketch.orchestra.ranges import BREATHING, Seat, fitted, in_range, seats_of
from model.sketch.plan.bars import bar_at
from model.sketch.rules.percussion import strike
from model.sketch.rules.slots import Desk
from model.sketch.sketch_types import Note, Part, PartNote, Role
from model.time import Beat

_LINES = (Role.MELODY, Role.COUNTER)
_GAP = Fraction(1)
_BREATH, _LEAST = Fraction(1, 4), Fraction(1)
_LUNGS_S = 7.0
_SHORT = Fraction(1, 2)
_BLOCK = 4
_DOUBLE_SOFTER = 6


@dataclass(frozen=True, slots=True)
class Orchestrated:
    """The parts in score order, and how many notes of the short score nobody could play."""

    parts: tuple[Part, ...]
    unplayed: int


def orchestrate(desk: Desk, notes: Sequence[Note], palette: CuePalette, language: Language) -> Orchestrated:
    """Give every note of the short score to the players of a palette, double where it is strong, add percussion.

    Raises InstrumentUnknown for a palette with an instrument nobody knows.
    """
    seats = seats_of(palette)
    unplayed = 0
    strengths = _strengths(desk)
    marks = {s.beat: s.treatment for s in desk.plan.strokes}
    for role in (Role.MELODY, Role.BASS, Role.COUNTER, Role.HARMONY, Role.RHYTHM, Role.PAD):
        own = [n for n in notes if n.role is role]
        for group in _groups(own):
            chosen = _Group(desk, role, group, strengths[bar_at(desk.plan.grid, group[0].onset).index], marks)
            first = _first(group[0], palette, language, desk) if role is Role.MELODY else ""
            unplayed += _assign(seats, chosen, first)
    strike(desk, seats)
    parts = [Part(name, _breathing(desk, seat)) for name, seat in seats.items() if seat.notes]
    return Orchestrated(tuple(parts), unplayed)


def palette_of(language: Language, cue: str) -> CuePalette:
    """Find who plays in a cue: its own palette, else the film's."""
    return language.cue_palettes.get(cue, language.palette)


@dataclass(frozen=True, slots=True)
class _Group:
    """Notes that belong to one player or section: a phrase, or the chords of a few bars."""

    desk: Desk
    role: Role
    notes: tuple[Note, ...]
    strength: tuple[int, float]
    marks: Mapping[Beat, str]

    def part(self, note: Note, pitch: int, softer: int = 0) -> PartNote:
        """Write a note as it is played."""
        velocity = max(note.velocity - softer, 1)
        mark = {"dead hit": "marcato", "accent": "accent", "sting": "marcato", "change": "accent"}.get(
            self.marks.get(note.onset, ""), ""
        )
        short = note.role is Role.RHYTHM and note.duration <= _SHORT
        return PartNote(note.onset, note.duration, pitch, velocity, note.role, mark or "staccato" * short,
                        note.statement)  # fmt: skip


def _strengths(desk: Desk) -> list[tuple[int, float]]:
    """Level and tension a bar is orchestrated for: the mean of its block of four bars, so that players stay on."""
    found: list[tuple[int, float]] = []
    bars = desk.plan.bars[: len(desk.plan.grid)]
    for index in range(len(bars)):
        block = bars[index // _BLOCK * _BLOCK : (index // _BLOCK + 1) * _BLOCK]
        arousal = sum(b.arousal for b in block) / len(block)
        found.append((level_of(arousal), sum(b.tension for b in block) / len(block)))
    return found


def _groups(notes: Sequence[Note]) -> list[tuple[Note, ...]]:
    """Divide a role's notes into phrases: a new one after a rest, and with every statement."""
    found: list[list[Note]] = []
    until: Beat | None = None
    for note in sorted(notes, key=lambda n: (n.onset, -n.pitch)):
        line = note.role in _LINES
        fresh = until is None or note.onset - until >= _GAP or note.statement != found[-1][-1].statement
        if fresh or (not line and note.onset - found[-1][0].onset >= _BLOCK * 4):
            found.append([])
        found[-1].append(note)
        until = note.end if until is None or fresh else max(until, note.end)
    return [tuple(group) for group in found]


def _first(note: Note, palette: CuePalette, language: Language, desk: Desk) -> str:
    """Who leads a phrase: the theme's own instrument for a statement, else the featured one where it is soft."""
    if note.statement >= 0:
        theme = language.theme(desk.plan.statements[note.statement].theme)
        return theme.character.instrument
    arousal = desk.plan.bars[bar_at(desk.plan.grid, note.onset).index].arousal
    return palette.featured if level_of(arousal) == SOFT else ""


def _assign(seats: Mapping[str, Seat], group: _Group, first: str) -> int:
    """Give a group to its players; returns how many notes nobody could take."""
    level, tension = group.strength
    names = players(group.role, level, seats, tension, first)
    single = group.role in _LINES or group.role in {Role.BASS, Role.RHYTHM}
    leader = _line(seats, group, names) if single else None
    if leader is not None:
        _double(seats, group, leader, level)
        return 0
    missing = _spread(seats, group, names)
    if not single:
        _double(seats, group, names[0] if names else "", level)
    return missing


def _line(seats: Mapping[str, Seat], group: _Group, names: Sequence[str]) -> str | None:
    """Let the first player who can take all of a line play it; None if nobody can."""
    end = max(n.end for n in group.notes)
    for name in sorted(names, key=lambda n: seats[n].carries(group.notes[0].onset, end)):
        if _whole(seats[name], group, 0, 0):
            return name
    return None


def _whole(seat: Seat, group: _Group, octaves: int, softer: int) -> bool:
    """Write a whole group into one seat, moved by octaves as one; False and nothing written if it does not fit."""
    shift = fitted([n.pitch + 12 * octaves for n in group.notes], seat.instrument)
    if shift is None:
        return False
    shift += 12 * octaves
    written: list[PartNote] = []
    for note in group.notes:
        part = group.part(note, note.pitch + shift, softer)
        if not seat.takes(part.onset, part.duration, part.pitch):
            for done in written:
                seat.notes.remove(done)
            return False
        seat.give(part)
        written.append(part)
    return True


def _spread(seats: Mapping[str, Seat], group: _Group, names: Sequence[str]) -> int:
    """Give chords to players note by note from the top, each to the first who is free, by octaves if need be."""
    missing = 0
    for _, chord in groupby(group.notes, key=lambda n: n.onset):
        turn = 0
        for note in chord:
            order = sorted([*names[turn:], *names[:turn]], key=lambda n: seats[n].carries(note.onset, note.end))
            taken = next((name for name in order if _single(seats[name], group, note, exact=True)), None)
            taken = taken or next((name for name in order if _single(seats[name], group, note, exact=False)), None)
            taken = taken or next((name for name in order if seats[name].sounds(note.onset, note.pitch)), None)
            missing += taken is None
            turn = (names.index(taken) + 1) % len(names) if taken else turn
            turn = 0 if turn >= _BLOCK else turn
    return missing


def _single(seat: Seat, group: _Group, note: Note, *, exact: bool) -> bool:
    pitch = note.pitch if exact else in_range(note.pitch, seat.instrument)
    if pitch is None or not seat.takes(note.onset, note.duration, pitch):
        return False
    seat.give(group.part(note, pitch))
    return True


def _double(seats: Mapping[str, Seat], group: _Group, leader: str, level: int) -> None:
    """Let others join a line an octave away or in unison, where the music is strong enough for them."""
    for least, name, octaves in DOUBLES[group.role]:
        if level < least or name == leader or name not in seats:
            continue
        if seats[name].carries(group.notes[0].onset, max(n.end for n in group.notes)):
            continue
        if group.role is Role.HARMONY:
            for note in group.notes:
                _single(seats[name], group, note, exact=True)
        else:
            _whole(seats[name], group, octaves, _DOUBLE_SOFTER)


def _breathing(desk: Desk, seat: Seat) -> tuple[PartNote, ...]:
    """Let players of wind instruments breathe: a long line gives up the end of a long note now and then."""
    notes = seat.notes
    if seat.instrument.family not in BREATHING or seat.instrument.voices > 2:  # noqa: PLR2004 - sections stagger
        return tuple(notes)
    found: list[PartNote] = []
    since: Beat | None = None
    for note, after in zip(notes, [*notes[1:], None], strict=True):
        since = note.onset if since is None else since
        joined = after is not None and after.onset == note.onset + note.duration
        held = float(desk.plan.tempo_map.seconds(note.onset + note.duration) - desk.plan.tempo_map.seconds(since))
        if joined and held > _LUNGS_S and note.duration >= _LEAST:
            found.append(replace(note, duration=note.duration - _BREATH))
            since = None
        else:
            found.append(note)
            since = since if joined else None
    return tuple(found)
