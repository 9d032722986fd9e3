"""The free voices of a cue, written by the sketch net around what is locked.

Bar by bar: the locked notes are read to the net first, then it writes the other roles under the rules of the bar
(:mod:`model.sketch.net.bar_rules`), leaning towards the chord and the key. The same seed gives the same notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt

from model.motifs.language import STEPS, Chord
from model.runtime.session import open_net
from model.sketch.measures import QUALITIES, pitch_classes
from model.sketch.net.bar_rules import SINGLE, BarRules, role_numbers
from model.sketch.net.conditions import condition, with_following
from model.sketch.net.decoder import Decoder, Logits, SketchNet
from model.sketch.net.tokens import (
    BAR,
    GRID,
    HITS,
    LONGEST_BAR,
    LOWEST,
    PITCH_AT,
    PITCHES,
    ROLES,
    VELOCITIES,
    Condition,
    RoleNote,
    bin_of,
    by_role,
    chord_id,
)
from model.sketch.sketch_types import BarPlan, Note, Role
from model.time import Beat
from model.timing.tempo_map import TempoMap

TALK_STILL, TALK_SPARSE = 0.3, 0.5  # shares of a bar under dialogue: no free melody; no free rhythm, few onsets
SHARP = frozenset({"accent", "dead hit", "sting"})
STOP = "stop"
GUIDANCE = 1.5  # how much more than it learnt the net heeds what a bar shall be
_KEEP = 0.98  # of the probability; the unlikely rest is never drawn
_CHORD, _CHORD_STRONG, _SCALE = 0.2, 0.6, 0.2
_CALM = 1.5  # how many times that in a bar without any tension
_MINOR_THIRD = 3
_LOUDER = 12
_SILENT = "silence"


@dataclass(frozen=True, slots=True)
class _Cell:
    """A bar, or a part of one too long for the grid: where it begins, its length in twelfths, its plan, its chords."""

    start: Beat
    length: int
    plan: BarPlan
    said: Condition
    chords: tuple[tuple[int, tuple[int, ...]], ...]


def infill(
    plan: Sequence[BarPlan],
    chords: Sequence[Chord],
    locked: Sequence[Note],
    tempo_map: TempoMap,
    roles: Sequence[Role],
    seed: int,
    temperature: float = 0.9,
) -> tuple[list[Note], float]:
    """Write the free notes of a cue.

    Parameters
    ----------
    plan: bars in order, each with its number in ``tempo_map``; ``chords`` by onset in quarter notes of the cue
    locked: notes that stand; a melody, counter-line or bass with locked notes in a bar is left alone there
    roles: which may be written at all

    Returns the notes, without the locked ones, by onset, and the net's mean log2-probability a note (0 for no notes).
    Raises AssetMissing where the net is not installed.
    """
    return Writer(open_net("sketch"), seed, temperature).write(plan, chords, locked, tempo_map, roles)


class Writer:
    """One pass through a cue with one net and one seed."""

    def __init__(self, net: SketchNet, seed: int, temperature: float) -> None:
        """Prepare to write; nothing is drawn yet."""
        self._decoder = Decoder(net, GUIDANCE)
        self._rng = np.random.default_rng(seed)
        self._temperature = max(temperature, 0.05)
        self._bits = 0.0

    def write(
        self,
        plan: Sequence[BarPlan],
        chords: Sequence[Chord],
        locked: Sequence[Note],
        tempo_map: TempoMap,
        roles: Sequence[Role],
    ) -> tuple[list[Note], float]:
        """Write all bars; see :func:`infill`."""
        cells = _cells(plan, chords, locked, tempo_map)
        free = role_numbers(roles)
        found = list[Note]()
        for before, cell in zip([None, *cells], cells, strict=False):
            if before is not None and _falls_silent(before):
                self._decoder.stream.hush()
            found += [_note(cell, n) for n in self._bar(cell, _given(cell, locked), free)]
        ends = _ends(cells)
        kept = [c for n in _lines(found) if (c := _held(n, ends, tempo_map.end)) is not None]
        return sorted(kept, key=_order), self._bits / len(kept) if kept else 0.0

    def _bar(self, cell: _Cell, given: list[list[RoleNote]], free: Sequence[int]) -> list[RoleNote]:
        decoder = self._decoder
        decoder.bar(cell.length, cell.said)
        closed = [r for r, notes in enumerate(given) if notes and (ROLES[r] in SINGLE or r not in free)]
        for role in closed:
            decoder.stream.write(role, given[role])
        if cell.plan.function == _SILENT:
            return []
        rules = _rules(cell, [r for r in free if r not in closed])
        rules.must_sound = not any(given) and not decoder.stream.sounds[-1]
        rules.locked = {r: given[r] for r in free if r not in closed and given[r]}
        written = list[RoleNote]()
        while (token := self._draw(rules, cell)) != BAR:
            note = decoder.push(token)
            rules.wrote(token, note)
            written += [note] if note is not None else []
        return written

    def _draw(self, rules: BarRules, cell: _Cell) -> int:
        """Draw the next token; locked notes that come first are written on the way."""
        stream = self._decoder.stream
        while True:
            allowed = rules.allowed(stream)
            if not allowed.any():
                return BAR
            logits = self._decoder.look()
            token = self._choose(logits, allowed, cell)
            waiting = rules.due(stream, token)
            if not waiting:
                self._bits += _log2(logits, token)
                return token
            self._place(rules, waiting)

    def _place(self, rules: BarRules, notes: Sequence[RoleNote]) -> None:
        """Write locked notes of one position into the role being written."""
        for said in notes:
            for token in self._decoder.stream.spelled(said):
                rules.wrote(token, self._decoder.push(token))

    def _choose(self, logits: Logits, allowed: npt.NDArray[np.bool_], cell: _Cell) -> int:
        stream = self._decoder.stream
        leaning = logits.astype(np.float64) / self._temperature
        if stream.pos >= 0 and ROLES[stream.role] is not Role.RHYTHM:
            leaning[PITCH_AT:] += _lean(cell, stream.pos)
        leaning[~allowed] = -np.inf
        chance = np.exp(leaning - leaning.max())
        chance /= chance.sum()
        order = np.argsort(-chance, kind="stable")
        cumulated = np.cumsum(chance[order])
        keep = order[: int(np.searchsorted(cumulated, _KEEP)) + 1]
        cumulated = np.cumsum(chance[keep])
        return int(keep[min(np.searchsorted(cumulated, self._rng.random() * cumulated[-1]), len(keep) - 1)])


def _log2(logits: Logits, token: int) -> float:
    shifted = logits.astype(np.float64) - logits.max()
    return float((shifted[token] - np.log(np.exp(shifted).sum())) / np.log(2))


def _cells(
    plan: Sequence[BarPlan], chords: Sequence[Chord], locked: Sequence[Note], tempo_map: TempoMap
) -> list[_Cell]:
    cells = list[_Cell]()
    for bar in plan:
        start, end = tempo_map.bar_start(bar.bar), tempo_map.bar_start(bar.bar + 1)
        whole = max(1, int((end - start) * GRID))
        for at in range(0, whole, LONGEST_BAR):
            begin, length = start + Fraction(at, GRID), min(LONGEST_BAR, whole - at)
            themed = any(n.role is Role.MELODY and begin <= n.onset < begin + Fraction(length, GRID) for n in locked)
            said = _said(bar, chords, tempo_map, begin, length, themed=themed)
            cells.append(_Cell(begin, length, bar, said, _tones(chords, begin, length)))
    said_on = with_following([cell.said for cell in cells])
    return [_Cell(c.start, c.length, c.plan, s, c.chords) for c, s in zip(cells, said_on, strict=True)]


def _said(
    bar: BarPlan, chords: Sequence[Chord], tempo_map: TempoMap, start: Beat, length: int, *, themed: bool
) -> Condition:
    meter = tempo_map.meter(bar.bar)
    halves = (_chord_at(chords, start.quarters), _chord_at(chords, start.quarters + Fraction(length, 2 * GRID)))
    hit = HITS[0] if not bar.hit else HITS[2] if bar.hit == STOP else HITS[1]
    return condition(
        meter=(meter.beats, meter.unit),
        bpm=float(tempo_map.bpm(start)),
        valence=bar.valence,
        arousal=bar.arousal,
        tension=bar.tension,
        density=bar.density,
        dynamic=float(bar.dynamic),
        talk=bar.talk,
        hit=hit if bar.hit_beats else HITS[0],
        hit_quarters=float(bar.hit_beats[0]) if bar.hit_beats else 0.0,
        tonic=bar.key.tonic,
        minor=_MINOR_THIRD in STEPS[bar.key.mode],
        chords=(_number(halves[0]), _number(halves[1])),
        themed=themed,
    )


def _chord_at(chords: Sequence[Chord], quarters: Fraction) -> Chord | None:
    sounding = [c for c in chords if c.onset <= quarters < c.onset + c.duration]
    return sounding[-1] if sounding else None


def _number(chord: Chord | None) -> int:
    return chord_id(-1, 0) if chord is None else chord_id(chord.root, QUALITIES.index(chord.quality))


def _tones(chords: Sequence[Chord], start: Beat, length: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """List the chords of a bar: position from which they hold, pitch classes."""
    end = start.quarters + Fraction(length, GRID)
    inside = [c for c in chords if c.onset < end and c.onset + c.duration > start.quarters]
    return tuple(
        (max(0, ceil((c.onset - start.quarters) * GRID)), pitch_classes(c.root, QUALITIES.index(c.quality)))
        for c in inside
    )


def _lean(cell: _Cell, pos: int) -> npt.NDArray[np.float64]:
    """Return what to add to each pitch at a position: towards the chord, more so on the beat, and into the key.

    The calmer the bar shall be, the more; a very tense one is left to the net.
    """
    bias = np.zeros(12)
    bias[list(set(range(12)) - set(cell.plan.key.scale))] -= _SCALE
    now = [tones for begin, tones in cell.chords if begin <= pos]
    if now:
        bias[list(now[-1])] = _CHORD_STRONG if pos % GRID == 0 else _CHORD
    return np.asarray(max(0.0, _CALM - _CALM * cell.plan.tension) * bias[(np.arange(PITCHES) + LOWEST) % 12])


def _rules(cell: _Cell, free: Sequence[int]) -> BarRules:
    bar, still = cell.plan, set[Role]()
    if bar.talk >= TALK_STILL:
        still = {Role.MELODY, Role.COUNTER}
    if bar.talk >= TALK_SPARSE:
        still |= {Role.RHYTHM}
    places = tuple(sorted({p for b in bar.hit_beats if 0 <= (p := round(b * GRID)) < cell.length}))
    stop = places[-1] if bar.hit == STOP and places else cell.length
    usual, loud = _velocity(bar.dynamic), _velocity(bar.dynamic + _LOUDER)
    return BarRules(
        roles=tuple(r for r in free if ROLES[r] not in still),
        hits=tuple(p for p in places if p < stop),
        loud=(loud, len(VELOCITIES) - 1) if bar.hit in SHARP else (max(usual - 1, 0), usual + 1),
        soft=(max(usual - 1, 0), min(usual + 1, len(VELOCITIES) - 1)),
        stop=stop,
        most_places=max(1, cell.length // GRID) if bar.talk >= TALK_STILL else LONGEST_BAR,
    )


def _given(cell: _Cell, locked: Sequence[Note]) -> list[list[RoleNote]]:
    """Deal the locked notes that begin in a cell out to their roles, on the grid."""
    notes = list[RoleNote]()
    for note in locked:
        pos = round((note.onset - cell.start) * GRID)
        if 0 <= pos < cell.length and cell.start <= note.onset:
            dur = max(1, round(note.duration * GRID))
            notes.append(RoleNote(ROLES.index(note.role), pos, dur, note.pitch, min(max(note.velocity, 1), 127)))
    return by_role(notes)


def _note(cell: _Cell, note: RoleNote) -> Note:
    """Bring a note back to the cue: its velocity relative to the bar's dynamic, as the net meant it."""
    usual = VELOCITIES[_velocity(cell.plan.dynamic)]
    velocity = min(max(cell.plan.dynamic + note.velocity - usual, 1), 127)
    onset = cell.start + Fraction(note.pos, GRID)
    return Note(ROLES[note.role], onset, Fraction(note.dur, GRID), note.pitch, velocity)


def _falls_silent(cell: _Cell) -> bool:
    return cell.plan.function == _SILENT or (cell.plan.hit == STOP and bool(cell.plan.hit_beats))


def _velocity(dynamic: float) -> int:
    """Index into ``VELOCITIES`` of the dynamic of a bar."""
    return bin_of(dynamic, 30, 114, len(VELOCITIES)) - 1


def _ends(cells: Sequence[_Cell]) -> list[tuple[Beat, Beat]]:
    """List where everything must be silent: from, until."""
    found = list[tuple[Beat, Beat]]()
    for cell in cells:
        end = cell.start + Fraction(cell.length, GRID)
        if _falls_silent(cell):
            stop = Fraction(0) if cell.plan.function == _SILENT else cell.plan.hit_beats[-1]
            found.append((cell.start + stop, end))
    return found


def _lines(notes: Sequence[Note]) -> list[Note]:
    """End every note of a single line where the next one begins."""
    out = list[Note]()
    for role in ROLES:
        own = sorted((n for n in notes if n.role is role), key=_order)
        for index, note in enumerate(own):
            following = own[index + 1].onset if role in SINGLE and index + 1 < len(own) else None
            out.append(note if following is None else _until(note, following))
    return out


def _held(note: Note, silences: Sequence[tuple[Beat, Beat]], end: Beat) -> Note | None:
    """End a note before the silence after it and the end; drop it inside a silence."""
    if any(begin <= note.onset < until for begin, until in silences) or note.onset >= end:
        return None
    return _until(note, min([end, *(begin for begin, _ in silences if begin > note.onset)]))


def _until(note: Note, end: Beat) -> Note:
    if note.end <= end:
        return note
    return Note(note.role, note.onset, end - note.onset, note.pitch, note.velocity)


def _order(note: Note) -> tuple[Beat, int, int]:
    return note.onset, ROLES.index(note.role), note.pitch
