"""Orchestrate the short score: give its notes to the players of the cue's palette, in parts they can play.

Lines (melody, counter) go to one player a phrase, moved by octaves as a whole so that a theme keeps its shape; chords
are spread over the players of their role from the top. A player with a theme gets nothing else meanwhile, unless
nobody else can play it. A note that does not fit is moved to another octave or player; notes that fit nobody are
counted, never forced out of range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from model.motifs.language import CuePalette, Language
from model.sketch.orchestra.doubling import DOUBLES, SOFT, choose_players, level_of
from model.sketch.orchestra.players import BREATHING, Player, fit_octaves, make_players, move_into_range
from model.sketch.plan.bars import bar_at
from model.sketch.rules.percussion import write_percussion
from model.sketch.rules.slots import SlotPlan
from model.sketch.sketch_types import Note, Part, PartNote, VoiceRole
from model.time import Beat

_LINES = (VoiceRole.MELODY, VoiceRole.COUNTER)
_PHRASE_REST_QUARTERS = Fraction(1)
_BREATH_QUARTERS = Fraction(1, 4)
_SHORTEST_BREATHED_QUARTERS = Fraction(1)
_LONGEST_BREATH_S = 7.0
_STACCATO_QUARTERS = Fraction(1, 2)
_BLOCK_BARS = 4  # orchestrated alike, so that players stay on
_BLOCK_QUARTERS = 16
_LARGEST_CHORD_NOTES = 4
_DOUBLE_SOFTER_VELOCITY = 6
_SOLO_VOICES = 2  # an instrument of more voices is a section, whose players breathe in turn


@dataclass(frozen=True, slots=True)
class Orchestration:
    """The parts in score order, and how many notes of the short score nobody could play."""

    parts: tuple[Part, ...]
    unplayed: int


def orchestrate(slot_plan: SlotPlan, notes: Sequence[Note], palette: CuePalette, language: Language) -> Orchestration:
    """Give every note of the short score to the players of a palette, double strong music, and add percussion.

    Raises InstrumentUnknown for a palette with an unknown instrument.
    """
    players = make_players(palette)
    unplayed = 0
    strengths = _strengths(slot_plan)
    treatments = {hit.beat: hit.treatment for hit in slot_plan.plan.hits}
    for role in (
        VoiceRole.MELODY,
        VoiceRole.BASS,
        VoiceRole.COUNTER,
        VoiceRole.HARMONY,
        VoiceRole.RHYTHM,
        VoiceRole.PAD,
    ):
        own = [n for n in notes if n.role is role]
        for group in _divide_into_groups(own):
            phrase = _Group(
                slot_plan, role, group, strengths[bar_at(slot_plan.plan.grid, group[0].onset).index], treatments
            )
            first = _leading_instrument(group[0], palette, language, slot_plan) if role is VoiceRole.MELODY else ""
            unplayed += _assign_group(players, phrase, first)
    write_percussion(slot_plan, players)
    parts = [Part(name, _add_breaths(slot_plan, player)) for name, player in players.items() if player.notes]
    return Orchestration(tuple(parts), unplayed)


def palette_of(language: Language, cue: str) -> CuePalette:
    """Palette of a cue: its own, else the film's."""
    return language.cue_palettes.get(cue, language.palette)


@dataclass(frozen=True, slots=True)
class _Group:
    """Notes that are assigned together: a phrase, or the chords of a few bars.

    ``strength``: the level and tension they are orchestrated for; ``treatments``: of hits, by beat.
    """

    slot_plan: SlotPlan
    role: VoiceRole
    notes: tuple[Note, ...]
    strength: tuple[int, float]
    treatments: Mapping[Beat, str]

    def part(self, note: Note, pitch: int, softer: int = 0) -> PartNote:
        """Note as it is played: its pitch, its velocity and its articulation."""
        velocity = max(note.velocity - softer, 1)
        mark = {"dead hit": "marcato", "accent": "accent", "sting": "marcato", "change": "accent"}.get(
            self.treatments.get(note.onset, ""), ""
        )
        short = note.role is VoiceRole.RHYTHM and note.duration <= _STACCATO_QUARTERS
        return PartNote(note.onset, note.duration, pitch, velocity, note.role, mark or "staccato" * short,
                        note.statement)  # fmt: skip


def _strengths(slot_plan: SlotPlan) -> list[tuple[int, float]]:
    """Level and tension for which each bar is orchestrated: the mean of its block of four bars."""
    found: list[tuple[int, float]] = []
    bars = slot_plan.plan.bars[: len(slot_plan.plan.grid)]
    for index in range(len(bars)):
        block = bars[index // _BLOCK_BARS * _BLOCK_BARS : (index // _BLOCK_BARS + 1) * _BLOCK_BARS]
        arousal = sum(b.arousal for b in block) / len(block)
        found.append((level_of(arousal), sum(b.tension for b in block) / len(block)))
    return found


def _divide_into_groups(notes: Sequence[Note]) -> list[tuple[Note, ...]]:
    """Divide a role's notes into groups: a new one after a rest and with every statement, chords every four bars."""
    found: list[list[Note]] = []
    until: Beat | None = None
    for note in sorted(notes, key=lambda n: (n.onset, -n.pitch)):
        line = note.role in _LINES
        begins = (
            until is None or note.onset - until >= _PHRASE_REST_QUARTERS or note.statement != found[-1][-1].statement
        )
        if begins or (not line and note.onset - found[-1][0].onset >= _BLOCK_QUARTERS):
            found.append([])
        found[-1].append(note)
        until = note.end if until is None or begins else max(until, note.end)
    return [tuple(group) for group in found]


def _leading_instrument(note: Note, palette: CuePalette, language: Language, slot_plan: SlotPlan) -> str:
    """Instrument that leads a phrase: the theme's own for a statement, else the featured one in soft music."""
    if note.statement >= 0:
        theme = language.theme(slot_plan.plan.statements[note.statement].theme)
        return theme.character.instrument
    arousal = slot_plan.plan.bars[bar_at(slot_plan.plan.grid, note.onset).index].arousal
    return palette.featured if level_of(arousal) == SOFT else ""


def _assign_group(players: Mapping[str, Player], group: _Group, first: str) -> int:
    """Give a group to its players; returns how many notes nobody could play."""
    level, tension = group.strength
    names = choose_players(group.role, level, players, tension, first)
    single = group.role in _LINES or group.role in {VoiceRole.BASS, VoiceRole.RHYTHM}
    leader = _assign_line(players, group, names) if single else None
    if leader is not None:
        _add_doubles(players, group, leader, level)
        return 0
    missing = _spread_chords(players, group, names)
    if not single:
        _add_doubles(players, group, names[0] if names else "", level)
    return missing


def _assign_line(players: Mapping[str, Player], group: _Group, names: Sequence[str]) -> str | None:
    """Give a line to the first player who can play all of it; returns their name, None if nobody can."""
    end = max(n.end for n in group.notes)
    for name in sorted(names, key=lambda n: players[n].has_theme(group.notes[0].onset, end)):
        if _add_group(players[name], group, 0, 0):
            return name
    return None


def _add_group(player: Player, group: _Group, octaves: int, softer: int) -> bool:
    """Add a whole group to one player, moved by octaves as one; False, with nothing added, if it does not fit."""
    shift = fit_octaves([n.pitch + 12 * octaves for n in group.notes], player.instrument)
    if shift is None:
        return False
    shift += 12 * octaves
    written: list[PartNote] = []
    for note in group.notes:
        part = group.part(note, note.pitch + shift, softer)
        if not player.has_room_for(part.onset, part.duration, part.pitch):
            for added in written:
                player.notes.remove(added)
            return False
        player.add(part)
        written.append(part)
    return True


def _spread_chords(players: Mapping[str, Player], group: _Group, names: Sequence[str]) -> int:
    """Give chords to players note by note from the top, each to the first who is free, in another octave if need be.

    Returns how many notes nobody could play.
    """
    missing = 0
    for _, chord in groupby(group.notes, key=lambda n: n.onset):
        turn = 0
        for note in chord:
            order = sorted([*names[turn:], *names[:turn]], key=lambda n: players[n].has_theme(note.onset, note.end))
            taken = next((name for name in order if _add_note(players[name], group, note, exact=True)), None)
            taken = taken or next((name for name in order if _add_note(players[name], group, note, exact=False)), None)
            taken = taken or next((name for name in order if players[name].is_sounding(note.onset, note.pitch)), None)
            missing += taken is None
            turn = (names.index(taken) + 1) % len(names) if taken else turn
            turn = 0 if turn >= _LARGEST_CHORD_NOTES else turn
    return missing


def _add_note(player: Player, group: _Group, note: Note, *, exact: bool) -> bool:
    pitch = note.pitch if exact else move_into_range(note.pitch, player.instrument)
    if pitch is None or not player.has_room_for(note.onset, note.duration, pitch):
        return False
    player.add(group.part(note, pitch))
    return True


def _add_doubles(players: Mapping[str, Player], group: _Group, leader: str, level: int) -> None:
    """Let others double a line in unison or an octave away, where the music is strong enough for them."""
    for least, name, octaves in DOUBLES[group.role]:
        if level < least or name == leader or name not in players:
            continue
        if players[name].has_theme(group.notes[0].onset, max(n.end for n in group.notes)):
            continue
        if group.role is VoiceRole.HARMONY:
            for note in group.notes:
                _add_note(players[name], group, note, exact=True)
        else:
            _add_group(players[name], group, octaves, _DOUBLE_SOFTER_VELOCITY)


def _add_breaths(slot_plan: SlotPlan, player: Player) -> tuple[PartNote, ...]:
    """Let players of wind instruments breathe: in a long line some long notes are shortened."""
    notes = player.notes
    if player.instrument.family not in BREATHING or player.instrument.voices > _SOLO_VOICES:
        return tuple(notes)
    found: list[PartNote] = []
    since: Beat | None = None
    for note, after in zip(notes, [*notes[1:], None], strict=True):
        since = note.onset if since is None else since
        joined = after is not None and after.onset == note.onset + note.duration
        held = float(
            slot_plan.plan.tempo_map.seconds(note.onset + note.duration) - slot_plan.plan.tempo_map.seconds(since)
        )
        if joined and held > _LONGEST_BREATH_S and note.duration >= _SHORTEST_BREATHED_QUARTERS:
            found.append(replace(note, duration=note.duration - _BREATH_QUARTERS))
            since = None
        else:
            found.append(note)
            since = since if joined else None
    return tuple(found)
