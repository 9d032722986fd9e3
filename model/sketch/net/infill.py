"""The free voices of a cue, written by the sketch net around what is locked.

Bar by bar: the net first reads the locked notes, then writes the other roles under the rules of the bar
(:mod:`model.sketch.net.bar_rules`), biased towards the chord and the key. The same seed gives the same notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import numpy as np
import numpy.typing as npt

from model.motifs.language import STEPS, Chord
from model.runtime.session import open_net
from model.sketch.measures import QUALITY_NAMES, pitch_classes
from model.sketch.net.bar_rules import SINGLE, BarRules, role_numbers
from model.sketch.net.conditions import make_condition, with_following
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
    chord_id,
    group_by_role,
)
from model.sketch.sketch_types import BarPlan, Note, VoiceRole
from model.time import Beat
from model.timing.tempo_map import TempoMap

TALK_STILL_SHARE = 0.3  # of a bar under dialogue; from it on no free melody and few onsets
TALK_SPARSE_SHARE = 0.5  # of a bar under dialogue; from it on no free rhythm either
_LOUD_HITS = frozenset({"accent", "dead hit", "sting"})
STOP = "stop"
GUIDANCE = 1.5  # of the conditions, see Decoder; above 1 the net follows them more than it learnt to
_KEPT_PROBABILITY = 0.98  # the unlikely rest of the tokens is never drawn
_CHORD_BIAS = 0.2  # of the logits, for pitches of the chord
_CHORD_ON_BEAT_BIAS = 0.6  # the same on a beat
_OUT_OF_KEY_BIAS = 0.2  # of the logits, against pitches outside the key
_CALM_FACTOR = 1.5  # on these biases in a bar without any tension; none in one full of it
_LEAST_TEMPERATURE = 0.05  # at 0 the softmax would divide by zero
_MINOR_THIRD_SEMITONES = 3
_HIT_VELOCITY = 12  # added to the bar's dynamic on a hit
_HIGHEST_VELOCITY = 127  # of MIDI
_SOFTEST_BAR = 30  # MIDI velocity, the lowest dynamic of a plan
_LOUDEST_BAR = 114  # MIDI velocity, just above the highest dynamic of a plan
_SILENT = "silence"


@dataclass(frozen=True, slots=True)
class _Cell:
    """A bar, or a part of one too long for the grid.

    ``length``: in positions (twelfths of a quarter); ``chords``: from which position on, and their pitch classes.
    """

    start: Beat
    length: int
    plan: BarPlan
    condition: Condition
    chords: tuple[tuple[int, tuple[int, ...]], ...]


def write_infill(
    plan: Sequence[BarPlan],
    chords: Sequence[Chord],
    locked: Sequence[Note],
    tempo_map: TempoMap,
    roles: Sequence[VoiceRole],
    seed: int,
    temperature: float = 0.9,
) -> tuple[list[Note], float]:
    """Write the free notes of a cue.

    Parameters
    ----------
    plan: bars in order, each with its number in ``tempo_map``
    chords: in quarter notes from the cue's first beat
    locked: notes that are given; a melody, counter-line or bass with locked notes in a bar is not written there
    roles: which may be written at all
    temperature: of the drawing; above 1 the notes vary more

    Returns the notes, without the locked ones, by onset, and the net's mean log2-probability a note (0 for no notes).
    Raises AssetMissing where the net is not installed.
    """
    return InfillWriter(open_net("sketch"), seed, temperature).write(plan, chords, locked, tempo_map, roles)


class InfillWriter:
    """One pass through a cue with one net and one seed."""

    def __init__(self, net: SketchNet, seed: int, temperature: float) -> None:
        """Prepare to write with a net; the seed decides every draw."""
        self._decoder = Decoder(net, GUIDANCE)
        self._rng = np.random.default_rng(seed)
        self._temperature = max(temperature, _LEAST_TEMPERATURE)
        self._log2_probability = 0.0  # of all notes drawn, summed

    def write(
        self,
        plan: Sequence[BarPlan],
        chords: Sequence[Chord],
        locked: Sequence[Note],
        tempo_map: TempoMap,
        roles: Sequence[VoiceRole],
    ) -> tuple[list[Note], float]:
        """Write all bars; see :func:`infill`."""
        cells = _make_cells(plan, chords, locked, tempo_map)
        free = role_numbers(roles)
        found = list[Note]()
        for before, cell in zip([None, *cells], cells, strict=False):
            if before is not None and _falls_silent(before):
                self._decoder.stream.stop_sounding()
            found += [_to_note(cell, n) for n in self._write_cell(cell, _locked_by_role(cell, locked), free)]
        silences = _silences(cells)
        single = _end_single_lines(found)
        kept = [c for n in single if (c := _cut_at_silence(n, silences, tempo_map.end)) is not None]
        return sorted(kept, key=_order), self._log2_probability / len(kept) if kept else 0.0

    def _write_cell(self, cell: _Cell, given: list[list[RoleNote]], free: Sequence[int]) -> list[RoleNote]:
        """Write one cell; ``given``: its locked notes by role."""
        decoder = self._decoder
        decoder.begin_bar(cell.length, cell.condition)
        complete = [r for r, notes in enumerate(given) if notes and (ROLES[r] in SINGLE or r not in free)]
        for role in complete:
            decoder.stream.write(role, given[role])
        if cell.plan.function == _SILENT:
            return []
        rules = _make_rules(cell, [r for r in free if r not in complete])
        rules.must_sound = not any(given) and not decoder.stream.sounds[-1]
        rules.locked = {r: given[r] for r in free if r not in complete and given[r]}
        written = list[RoleNote]()
        while (token := self._draw(rules, cell)) != BAR:
            note = decoder.push(token)
            rules.record(token, note)
            written += [note] if note is not None else []
        return written

    def _draw(self, rules: BarRules, cell: _Cell) -> int:
        """Draw the next token; locked notes that come before it are written first."""
        stream = self._decoder.stream
        while True:
            mask = rules.allowed_tokens(stream)
            if not mask.any():
                return BAR
            logits = self._decoder.look()
            token = self._choose(logits, mask, cell)
            due = rules.take_due(stream, token)
            if not due:
                self._log2_probability += _log2(logits, token)
                return token
            self._write_locked(rules, due)

    def _write_locked(self, rules: BarRules, notes: Sequence[RoleNote]) -> None:
        """Write locked notes of one position into the current role."""
        for note in notes:
            for token in self._decoder.stream.spell_note(note):
                rules.record(token, self._decoder.push(token))

    def _choose(self, logits: Logits, mask: npt.NDArray[np.bool_], cell: _Cell) -> int:
        """Draw among the allowed tokens, those of the least probability left out."""
        stream = self._decoder.stream
        biased = logits.astype(np.float64) / self._temperature
        if stream.pos >= 0 and ROLES[stream.role] is not VoiceRole.RHYTHM:
            biased[PITCH_AT:] += _pitch_bias(cell, stream.pos)
        biased[~mask] = -np.inf
        probability = np.exp(biased - biased.max())
        probability /= probability.sum()
        order = np.argsort(-probability, kind="stable")
        cumulated = np.cumsum(probability[order])
        keep = order[: int(np.searchsorted(cumulated, _KEPT_PROBABILITY)) + 1]
        cumulated = np.cumsum(probability[keep])
        return int(keep[min(np.searchsorted(cumulated, self._rng.random() * cumulated[-1]), len(keep) - 1)])


def _log2(logits: Logits, token: int) -> float:
    """Log2-probability of a token."""
    shifted = logits.astype(np.float64) - logits.max()
    return float((shifted[token] - np.log(np.exp(shifted).sum())) / np.log(2))


def _make_cells(
    plan: Sequence[BarPlan], chords: Sequence[Chord], locked: Sequence[Note], tempo_map: TempoMap
) -> list[_Cell]:
    cells = list[_Cell]()
    for bar in plan:
        start, end = tempo_map.bar_start(bar.bar), tempo_map.bar_start(bar.bar + 1)
        whole = max(1, int((end - start) * GRID))
        for at in range(0, whole, LONGEST_BAR):
            begin, length = start + Fraction(at, GRID), min(LONGEST_BAR, whole - at)
            themed = any(
                n.role is VoiceRole.MELODY and begin <= n.onset < begin + Fraction(length, GRID) for n in locked
            )
            condition = _condition_of(bar, chords, tempo_map, begin, length, themed=themed)
            cells.append(_Cell(begin, length, bar, condition, _chord_tones(chords, begin, length)))
    conditions = with_following([cell.condition for cell in cells])
    return [replace(cell, condition=condition) for cell, condition in zip(cells, conditions, strict=True)]


def _condition_of(
    bar: BarPlan, chords: Sequence[Chord], tempo_map: TempoMap, start: Beat, length: int, *, themed: bool
) -> Condition:
    meter = tempo_map.meter(bar.bar)
    halves = (_chord_at(chords, start.quarters), _chord_at(chords, start.quarters + Fraction(length, 2 * GRID)))
    hit = HITS[0] if not bar.hit else HITS[2] if bar.hit == STOP else HITS[1]
    return make_condition(
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
        minor=_MINOR_THIRD_SEMITONES in STEPS[bar.key.mode],
        chords=(_chord_number(halves[0]), _chord_number(halves[1])),
        themed=themed,
    )


def _chord_at(chords: Sequence[Chord], quarters: Fraction) -> Chord | None:
    sounding = [c for c in chords if c.onset <= quarters < c.onset + c.duration]
    return sounding[-1] if sounding else None


def _chord_number(chord: Chord | None) -> int:
    return chord_id(-1, 0) if chord is None else chord_id(chord.root, QUALITY_NAMES.index(chord.quality))


def _chord_tones(chords: Sequence[Chord], start: Beat, length: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """List the chords of a bar: position from which they hold, pitch classes."""
    end = start.quarters + Fraction(length, GRID)
    inside = [c for c in chords if c.onset < end and c.onset + c.duration > start.quarters]
    return tuple(
        (max(0, ceil((c.onset - start.quarters) * GRID)), pitch_classes(c.root, QUALITY_NAMES.index(c.quality)))
        for c in inside
    )


def _pitch_bias(cell: _Cell, pos: int) -> npt.NDArray[np.float64]:
    """Bias of the logits of each pitch at a position: towards the chord, more on a beat, and into the key.

    It is the stronger the calmer the bar should be, and 0 in one of full tension.
    """
    bias = np.zeros(12)
    bias[list(set(range(12)) - set(cell.plan.key.scale))] -= _OUT_OF_KEY_BIAS
    now = [tones for begin, tones in cell.chords if begin <= pos]
    if now:
        bias[list(now[-1])] = _CHORD_ON_BEAT_BIAS if pos % GRID == 0 else _CHORD_BIAS
    return np.asarray(
        max(0.0, _CALM_FACTOR - _CALM_FACTOR * cell.plan.tension) * bias[(np.arange(PITCHES) + LOWEST) % 12]
    )


def _make_rules(cell: _Cell, free: Sequence[int]) -> BarRules:
    """Make the rules of a cell from its plan; ``free`` are the numbers of the roles to write."""
    bar, resting = cell.plan, set[VoiceRole]()
    if bar.talk >= TALK_STILL_SHARE:
        resting = {VoiceRole.MELODY, VoiceRole.COUNTER}
    if bar.talk >= TALK_SPARSE_SHARE:
        resting |= {VoiceRole.RHYTHM}
    places = tuple(sorted({p for b in bar.hit_beats if 0 <= (p := round(b * GRID)) < cell.length}))
    stop = places[-1] if bar.hit == STOP and places else cell.length
    usual, loud = _velocity_index(bar.dynamic), _velocity_index(bar.dynamic + _HIT_VELOCITY)
    return BarRules(
        roles=tuple(r for r in free if ROLES[r] not in resting),
        hits=tuple(p for p in places if p < stop),
        loud=(loud, len(VELOCITIES) - 1) if bar.hit in _LOUD_HITS else (max(usual - 1, 0), usual + 1),
        soft=(max(usual - 1, 0), min(usual + 1, len(VELOCITIES) - 1)),
        stop=stop,
        most_places=max(1, cell.length // GRID) if bar.talk >= TALK_STILL_SHARE else LONGEST_BAR,
    )


def _locked_by_role(cell: _Cell, locked: Sequence[Note]) -> list[list[RoleNote]]:
    """Group the locked notes that begin in a cell by role, on the grid."""
    notes = list[RoleNote]()
    for note in locked:
        pos = round((note.onset - cell.start) * GRID)
        if 0 <= pos < cell.length and cell.start <= note.onset:
            dur = max(1, round(note.duration * GRID))
            notes.append(
                RoleNote(ROLES.index(note.role), pos, dur, note.pitch, min(max(note.velocity, 1), _HIGHEST_VELOCITY))
            )
    return group_by_role(notes)


def _to_note(cell: _Cell, note: RoleNote) -> Note:
    """Turn a note of the grid into one of the cue; its velocity is kept relative to the bar's dynamic."""
    usual = VELOCITIES[_velocity_index(cell.plan.dynamic)]
    velocity = min(max(cell.plan.dynamic + note.velocity - usual, 1), _HIGHEST_VELOCITY)
    onset = cell.start + Fraction(note.pos, GRID)
    return Note(ROLES[note.role], onset, Fraction(note.dur, GRID), note.pitch, velocity)


def _falls_silent(cell: _Cell) -> bool:
    return cell.plan.function == _SILENT or (cell.plan.hit == STOP and bool(cell.plan.hit_beats))


def _velocity_index(dynamic: float) -> int:
    """Index into ``VELOCITIES`` of the dynamic of a bar."""
    return bin_of(dynamic, _SOFTEST_BAR, _LOUDEST_BAR, len(VELOCITIES)) - 1


def _silences(cells: Sequence[_Cell]) -> list[tuple[Beat, Beat]]:
    """List the stretches in which nothing may sound: (start, end)."""
    found = list[tuple[Beat, Beat]]()
    for cell in cells:
        end = cell.start + Fraction(cell.length, GRID)
        if _falls_silent(cell):
            stop = Fraction(0) if cell.plan.function == _SILENT else cell.plan.hit_beats[-1]
            found.append((cell.start + stop, end))
    return found


def _end_single_lines(notes: Sequence[Note]) -> list[Note]:
    """End every note of a single line where the next one begins."""
    out = list[Note]()
    for role in ROLES:
        own = sorted((n for n in notes if n.role is role), key=_order)
        for index, note in enumerate(own):
            following = own[index + 1].onset if role in SINGLE and index + 1 < len(own) else None
            out.append(note if following is None else note.cut_at(following))
    return out


def _cut_at_silence(note: Note, silences: Sequence[tuple[Beat, Beat]], end: Beat) -> Note | None:
    """End a note before the silence after it and the end; drop it inside a silence."""
    if any(begin <= note.onset < until for begin, until in silences) or note.onset >= end:
        return None
    return note.cut_at(min([end, *(begin for begin, _ in silences if begin > note.onset)]))


def _order(note: Note) -> tuple[Beat, int, int]:
    return note.onset, ROLES.index(note.role), note.pitch
