"""Assigns the notes of a full score to six roles, bar by bar, by rule.

In each bar: the most salient line (high, active, moving, loud, sung; the melody of the bar before has an advantage) is
the MELODY, as a single line; the lowest of the others is the BASS; what doubles either at the unison or octave is left
out, since doublings are decided in the orchestration. Of the rest, percussion and repeated chords or notes are RHYTHM,
notes held for half the bar and more are PAD, the most salient moving line is the COUNTER-line, everything else HARMONY.
Keyboards count as three lines: lowest notes, highest notes, and those between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from model.sketch.net.tokens import GRID, ROLES, RoleNote
from model.sketch.sketch_types import VoiceRole

MELODY, BASS, COUNTER, HARMONY, RHYTHM, PAD = (
    ROLES.index(r)
    for r in (VoiceRole.MELODY, VoiceRole.BASS, VoiceRole.COUNTER, VoiceRole.HARMONY, VoiceRole.RHYTHM, VoiceRole.PAD)
)
_SINGLE = (MELODY, BASS, COUNTER)
_LEADER_BONUS = 0.12  # on the salience of the line that had the melody in the bar before
_SUNG_BONUS = 0.6  # on the salience of a voice part: what is sung is the melody
_BASS_BELOW = 60  # middle C: a lowest line that never goes under it is no bass
_HANDS_PART = 57  # a keyboard's lowest notes up to here count as its low line


class LineNote(NamedTuple):
    """A note of a full score: ``onset`` and ``dur`` in twelfths of a quarter from the start."""

    onset: int
    dur: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class InstrumentLine:
    """What one instrument plays, in order of onset."""

    notes: tuple[LineNote, ...]
    percussion: bool = False
    keyboard: bool = False
    sings: bool = False


@dataclass(slots=True)
class _Cell:
    """One line in one bar; ``notes`` as (pos, dur, pitch, velocity) in order."""

    line: int
    notes: list[tuple[int, int, int, int]]
    percussion: bool
    sings: bool


def deal_roles(lines: Sequence[InstrumentLine], starts: Sequence[int], lengths: Sequence[int]) -> list[list[RoleNote]]:
    """Assign all notes to roles: for every bar its role notes, sorted, no position and pitch twice."""
    cells: list[list[_Cell]] = [[] for _ in starts]
    for number, line in enumerate(lines):
        for bar, notes in _by_bar(line.notes, starts, lengths):
            hands = _hands(notes) if line.keyboard else [notes]
            for hand, part in enumerate(hands):
                if part:
                    cells[bar].append(_Cell(3 * number + hand, part, line.percussion, line.sings))
    out, leader = list[list[RoleNote]](), -1
    for here, length in zip(cells, lengths, strict=True):
        dealt, leader = _deal_bar(here, length, leader)
        out.append(dealt)
    return out


def _by_bar(
    notes: Sequence[LineNote], starts: Sequence[int], lengths: Sequence[int]
) -> Iterable[tuple[int, list[tuple[int, int, int, int]]]]:
    at = 0
    for bar, (start, length) in enumerate(zip(starts, lengths, strict=True)):
        found = list[tuple[int, int, int, int]]()
        while at < len(notes) and notes[at].onset < start + length:
            note = notes[at]
            found.append((note.onset - start, note.dur, note.pitch, note.velocity))
            at += 1
        if found:
            yield bar, found


def _hands(notes: list[tuple[int, int, int, int]]) -> list[list[tuple[int, int, int, int]]]:
    low, high = dict[int, int](), dict[int, int]()
    for pos, _, pitch, _ in notes:
        low[pos] = min(low.get(pos, 128), pitch)
        high[pos] = max(high.get(pos, -1), pitch)
    parts: list[list[tuple[int, int, int, int]]] = [[], [], []]
    for note in notes:
        pos, _, pitch, _ = note
        if pitch == low[pos] and pitch <= _HANDS_PART:
            parts[0].append(note)
        elif pitch == high[pos]:
            parts[1].append(note)
        else:
            parts[2].append(note)
    return parts


def _tops(notes: Iterable[tuple[int, int, int, int]]) -> list[int]:
    top = dict[int, int]()
    for pos, _, pitch, _ in notes:
        top[pos] = max(top.get(pos, -1), pitch)
    return [top[pos] for pos in sorted(top)]


def _moving(tops: Sequence[int]) -> float:
    return sum(a != b for a, b in pairwise(tops)) / (len(tops) - 1) if len(tops) > 1 else 0.0


def _salience(cell: _Cell, length: int, leader: int) -> float:
    tops = _tops(cell.notes)
    height = (sum(tops) / len(tops) - 40) / 48
    loud = sum(n[3] for n in cell.notes) / len(cell.notes) / 127
    active = min(1.0, len(tops) * GRID / (2 * length))
    bonus = (_LEADER_BONUS if cell.line == leader else 0.0) + (_SUNG_BONUS if cell.sings else 0.0)
    return 0.5 * height + 0.25 * active + 0.25 * _moving(tops) + 0.3 * loud + bonus


def _line_of(cell: _Cell, role: int, length: int) -> list[RoleNote]:
    """Take one note per position out of a cell, the highest (the lowest for the bass), each ending by the next."""
    chosen = dict[int, tuple[int, int, int, int]]()
    for note in cell.notes:
        held = chosen.get(note[0])
        if held is None or (note[2] < held[2] if role == BASS else note[2] > held[2]):
            chosen[note[0]] = note
    places = [*sorted(chosen), length]
    line = list[RoleNote]()
    for place, following in pairwise(places):
        pos, dur, pitch, velocity = chosen[place]
        dur = dur if following == length else min(dur, following - place)
        line.append(RoleNote(role, pos, dur, pitch, velocity))
    return line


def _deal_bar(cells: list[_Cell], length: int, leader: int) -> tuple[list[RoleNote], int]:
    out = list[RoleNote]()
    pitched = [c for c in cells if not c.percussion]
    percussion = [c for c in cells if c.percussion]
    if pitched:
        first = max(pitched, key=lambda c: (_salience(c, length, leader), -c.line))
        leader = first.line
        out += _line_of(first, MELODY, length)
        lowest = min(pitched, key=lambda c: (sum(n[2] for n in c.notes) / len(c.notes), c.line))
        if lowest is not first and min(n[2] for n in lowest.notes) < _BASS_BELOW:
            out += _line_of(lowest, BASS, length)
    taken = {(n.pos, n.pitch % 12) for n in out}
    rest = list[_Cell]()
    for cell in pitched:
        notes = [n for n in cell.notes if (n[0], n[2] % 12) not in taken]
        if notes:
            rest.append(_Cell(cell.line, notes, percussion=False, sings=False))
    out += _deal_rest(rest, length)
    for cell in percussion:
        out += [RoleNote(RHYTHM, *note) for note in cell.notes]
    return _tidy(out), leader


def _deal_rest(cells: list[_Cell], length: int) -> list[RoleNote]:
    out, moving = list[RoleNote](), list[_Cell]()
    for cell in cells:
        role = _texture(cell, length)
        if role == COUNTER:
            moving.append(cell)
        else:
            out += [RoleNote(role, *note) for note in cell.notes]
    if moving:
        first = max(moving, key=lambda c: (_salience(c, length, -1), -c.line))
        out += _line_of(first, COUNTER, length)
        for cell in moving:
            out += [RoleNote(HARMONY, *note) for note in cell.notes]  # of the first, what its line left over
    return out


def _texture(cell: _Cell, length: int) -> int:
    tops = _tops(cell.notes)
    mean = sum(n[1] for n in cell.notes) / len(cell.notes)
    if 2 * mean >= length and mean >= GRID:
        return PAD
    moves = _moving(tops)
    if len(tops) >= 4 and moves <= 0.4:
        return RHYTHM
    if moves >= 0.6 and len(tops) * GRID >= 0.75 * length and len(tops) >= 3:
        return COUNTER
    return HARMONY


def _tidy(notes: list[RoleNote]) -> list[RoleNote]:
    """Keep one note per position and pitch: of the first role in order, longest and loudest."""
    kept = dict[tuple[int, int], RoleNote]()
    for note in sorted(notes, key=lambda n: n.role):
        held = kept.get((note.pos, note.pitch))
        if held is None:
            kept[note.pos, note.pitch] = note
        else:
            dur = held.dur if held.role in _SINGLE else max(held.dur, note.dur)
            velocity = max(held.velocity, note.velocity)
            kept[note.pos, note.pitch] = held._replace(dur=dur, velocity=velocity)
    return sorted(kept.values())
