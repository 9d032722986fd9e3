"""Which staves a part takes, with which clefs, and in which brackets the score shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from model.motifs.instruments import Instrument
from model.score.meters import snap
from model.score.midi import DRUM_BANK, channels, instrument
from model.score.notation import Staff
from model.score.voices import StaffNote
from model.sketch.sketch_types import Part, PartNote, Sketch

_MIDDLE_C = 60  # MIDI pitch
_KEYBOARDS = frozenset({"piano", "harp", "celesta"})
_WIDE = frozenset({"choir", "pad", "tremolo", "pizzicato", "pulse"})
_ONE_LINE = frozenset({"taiko"})
_BRACKETS = {"bass": "strings", "solo": "", "keys": "", "pads": ""}
"""Families bracketed with another one, or not at all."""


@dataclass(frozen=True, slots=True)
class StaffGroup:
    """One part of a written score.

    Attributes
    ----------
    id: safe in XML and file names
    family: parts of one family stand in one bracket; empty for none
    transposes: semitones from sounding to written pitch
    channel, program, port: as in the MIDI file, from 0
    """

    id: str
    name: str
    short: str
    family: str
    staves: tuple[Staff, ...]
    transposes: int = 0
    channel: int = 0
    program: int = 0
    port: int = 0


def lay_out_parts(sketch: Sketch) -> tuple[StaffGroup, ...]:
    """Lay out the parts of a sketch in score order; raises InstrumentUnknown."""
    parts = sorted(sketch.parts, key=lambda p: instrument(p.instrument).order)
    places = channels([p.instrument for p in parts])
    counts: dict[str, int] = {}
    laid: list[StaffGroup] = []
    for part, place in zip(parts, places, strict=True):
        counts[part.instrument] = counts.get(part.instrument, 0) + 1
        laid.append(_line(part, place, counts[part.instrument], sketch))
    return tuple(laid)


def _line(part: Part, place: tuple[int, int], count: int, sketch: Sketch) -> StaffGroup:
    player = instrument(part.instrument)
    more = f"_{count}" if count > 1 else ""
    return StaffGroup(
        id=player.id + more,
        name=player.name + (f" {count}" if more else ""),
        short=player.short + (f" {count}" if more else ""),
        family=_BRACKETS.get(player.family, player.family),
        staves=_staves(player, staff_notes(part.notes, snap(sketch.tempo_map.end.quarters))),
        transposes=0 if player.clef == "percussion" else player.transposes,
        channel=place[1],
        program=player.program,
        port=place[0],
    )


def staff_notes(notes: Sequence[PartNote], end: int) -> tuple[StaffNote, ...]:
    """Put notes on the grid, inside the bars of the cue (``end`` is the last bar line, in ticks)."""
    placed: list[StaffNote] = []
    for note in notes:
        start = snap(note.onset.quarters)
        stop = min(max(snap((note.onset + note.duration).quarters), start + 1), end)
        if 0 <= start < stop:
            word = note.articulation
            placed.append(StaffNote(start, stop, note.pitch, note.velocity, word, note.statement))
    return tuple(placed)


def _staves(player: Instrument, notes: tuple[StaffNote, ...]) -> tuple[Staff, ...]:
    if player.bank == DRUM_BANK or player.clef == "percussion":
        return (Staff("percussion", notes, lines=1 if player.id in _ONE_LINE else 5),)
    if player.id in _KEYBOARDS:
        return split_staves(notes, -player.transposes)
    if player.id in _WIDE and notes:
        low, high = min(n.pitch for n in notes), max(n.pitch for n in notes)
        if low < _MIDDLE_C - 5 and high > _MIDDLE_C + 4 and player.id != "pulse":
            return split_staves(notes, 0)
        return (Staff("treble" if median(n.pitch for n in notes) >= _MIDDLE_C else "bass", notes),)
    return (Staff(player.clef, notes),)


def split_staves(notes: tuple[StaffNote, ...], shift: int) -> tuple[Staff, Staff]:
    """Share notes between two braced staves at middle C as written; ``shift`` is from written to sounding pitch."""
    split = _MIDDLE_C + shift
    upper = tuple(n for n in notes if n.pitch >= split)
    lower = tuple(n for n in notes if n.pitch < split)
    return Staff("treble", upper), Staff("bass", lower)


def find_brackets(parts: Sequence[StaffGroup]) -> list[tuple[int, int]]:
    """Find the runs (first, last) of at least two neighbouring parts of one family."""
    runs: list[tuple[int, int]] = []
    start = 0
    for index in range(1, len(parts) + 1):
        if index == len(parts) or parts[index].family != parts[start].family:
            if index - start > 1 and parts[start].family:
                runs.append((start, index - 1))
            start = index
    return runs
