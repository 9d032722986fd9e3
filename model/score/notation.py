"""A staff as it is written: bars of voices of note values with names, accidentals, ties and beams."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from model.motifs.language import Chord, ThemeKey
from model.score.durations import DurationPiece, beams, write_bar
from model.score.keys import key_at, key_spans
from model.score.meters import TICKS, MeterBar, bar_in
from model.score.spelling import Spelled, choose_transposition, simplify_name, spell, spell_name, transposition_fifths
from model.score.voices import Sound, StaffNote, fill, voices
from model.sketch.sketch_types import Sketch

_SHARPS = "FCGDAEB"


@dataclass(frozen=True, slots=True)
class NoteHead:
    """One notehead: ``accidental`` is what is printed before it, empty for nothing."""

    name: Spelled
    accidental: str = ""
    tie_from: bool = False
    tie_to: bool = False


@dataclass(frozen=True, slots=True)
class WrittenSymbol:
    """One symbol of a voice; without heads it is a rest. ``sound`` is what it belongs to, ``first`` its first piece."""

    piece: DurationPiece
    heads: tuple[NoteHead, ...] = ()
    beams: tuple[str, ...] = ()
    sound: Sound | None = None
    first: bool = False


@dataclass(frozen=True, slots=True)
class BarLine:
    """A bar's place: number from 0, first tick, shape, printed signature in fifths, key in force."""

    number: int
    start: int
    bar: MeterBar
    fifths: int
    key: ThemeKey


@dataclass(frozen=True, slots=True)
class Staff:
    """What a staff is made of before it is written.

    Attributes
    ----------
    clef: ``treble``, ``alto``, ``tenor``, ``bass`` or ``percussion``
    lines: 5, or 1 for a single drum
    voices: at most so many at a time
    """

    clef: str
    notes: tuple[StaffNote, ...]
    lines: int = 5
    voices: int = 2

    @property
    def unpitched(self) -> bool:
        """Whether it is unpitched: it shows drums instead of pitches."""
        return self.clef == "percussion"


Names = dict[tuple[int, int], Spelled]
"""Written names by tick of the start and sounding pitch."""
WrittenBar = tuple[tuple[WrittenSymbol, ...], ...]
"""Voices of one bar on one staff; a voice without sound there is empty, but not all of them."""


def bar_lines(sketch: Sketch) -> tuple[BarLine, ...]:
    """List the bars of a cue with their shapes and printed signatures."""
    spans = key_spans(sketch)
    lines: list[BarLine] = []
    start = 0
    for number in range(max(1, sketch.tempo_map.bars)):
        bar = bar_in(sketch.tempo_map.meter(number))
        span = [s for s in spans if s.bar <= number][-1]
        lines.append(BarLine(number, start, bar, span.fifths, key_at(sketch, number)))
        start += bar.ticks
    return tuple(lines)


def write_staff(
    staff: Staff, bars: Sequence[BarLine], chords: Sequence[Chord] = (), transposes: int = 0
) -> list[WrittenBar]:
    """Write a staff bar by bar.

    Parameters
    ----------
    transposes: semitones from sounding to written pitch
    """
    lines = voices(staff.notes, staff.voices)
    names = {} if staff.unpitched else _names(lines, bars, chords, transposes)
    return [_bar(staff, lines, bar, names, written_fifths(bar.fifths, transposes)) for bar in bars]


def written_fifths(concert: int, transposes: int) -> int:
    """Give the signature a transposing part reads, in fifths."""
    return concert + choose_transposition(concert, transposition_fifths(transposes))


def _bar(staff: Staff, lines: list[list[Sound]], bar: BarLine, names: Names, signature: int) -> WrittenBar:
    written = [_voice(line, bar) for line in lines]
    if not any(written):
        return (
            tuple(WrittenSymbol(p) for p in write_bar([s for s, _ in fill([], bar.start, bar.bar.ticks)], bar.bar)),
        )
    if staff.unpitched:
        return tuple(tuple(_drums(symbol, staff.lines) for symbol in voice) for voice in written)
    return _accidentals([[_with_heads(symbol, bar, names) for symbol in voice] for voice in written], signature)


def _voice(line: Sequence[Sound], bar: BarLine) -> list[WrittenSymbol]:
    """Write one voice of one bar without names yet; nothing if it is silent there."""
    tiled = fill(line, bar.start, bar.bar.ticks)
    if all(sound is None for _, sound in tiled):
        return []
    pieces = write_bar([stretch for stretch, _ in tiled], bar.bar)
    sounds = [tiled[piece.source][1] for piece in pieces]
    joined = beams(pieces, [s is not None for s in sounds], bar.bar)
    return [
        WrittenSymbol(p, (), b, s, s is not None and bar.start + p.start == s.start)
        for p, b, s in zip(pieces, joined, sounds, strict=True)
    ]


def _following(lines: list[list[Sound]]) -> dict[tuple[int, int], int]:
    """Find for each pitch the one its line goes to next."""
    found: dict[tuple[int, int], int] = {}
    for line in lines:
        for now, then in pairwise(line):
            for pitch in now.pitches:
                found[now.start, pitch] = min(then.pitches, key=lambda p: (abs(p - pitch), p))
    return found


def _names(lines: list[list[Sound]], bars: Sequence[BarLine], chords: Sequence[Chord], transposes: int) -> Names:
    """Name every pitch by the key of the bar it starts in: a tied note keeps its name through a change of key."""
    following = _following(lines)
    starts = [bar.start for bar in bars]
    harmonies = sorted(chords, key=lambda c: c.onset)
    names: Names = {}
    for sound in (s for line in lines for s in line):
        bar = bars[max(0, bisect_right(starts, sound.start) - 1)]
        shift = choose_transposition(bar.fifths, transposition_fifths(transposes))
        chord = _chord_at(harmonies, Fraction(sound.start, TICKS))
        for pitch in sound.pitches:
            place = spell(pitch, bar.key, chord, following.get((sound.start, pitch)))
            names[sound.start, pitch] = spell_name(simplify_name(place + shift), pitch + transposes)
    return names


def _with_heads(symbol: WrittenSymbol, bar: BarLine, names: Names) -> WrittenSymbol:
    sound = symbol.sound
    if sound is None:
        return symbol
    start, end = bar.start + symbol.piece.start, bar.start + symbol.piece.end
    ties = {"tie_from": end < sound.end, "tie_to": start > sound.start}
    return replace(symbol, heads=tuple(NoteHead(names[sound.start, pitch], "", **ties) for pitch in sound.pitches))


def _chord_at(chords: Sequence[Chord], quarters: Fraction) -> Chord | None:
    place = bisect_right(chords, quarters, key=lambda c: c.onset) - 1
    return chords[place] if place >= 0 and quarters < chords[place].onset + chords[place].duration else None


def _accidentals(lines: list[list[WrittenSymbol]], signature: int) -> WrittenBar:
    """Print an accidental where a name differs from the signature or from what stands before it in the bar."""
    signs = _signature(signature)
    standing: dict[tuple[str, int], int] = {}
    order = sorted(
        (symbol.piece.start, voice, place) for voice, line in enumerate(lines) for place, symbol in enumerate(line)
    )
    for _, voice, place in order:
        symbol = lines[voice][place]
        heads = []
        for head in symbol.heads:
            at = (head.name.step, head.name.octave)
            differs = standing.get(at, signs[head.name.step]) != head.name.alter
            heads.append(replace(head, accidental=_sign(head.name.alter) if differs and not head.tie_to else ""))
            if not head.tie_to:
                standing[at] = head.name.alter
        lines[voice][place] = replace(symbol, heads=tuple(heads))
    return tuple(tuple(line) for line in lines)


def _signature(count: int) -> dict[str, int]:
    altered = _SHARPS[:count] if count > 0 else _SHARPS[::-1][:-count] if count < 0 else ""
    return {step: (1 if count > 0 else -1) if step in altered else 0 for step in _SHARPS}


def _sign(alter: int) -> str:
    return {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}[alter]


_KIT = {
    35: "F4", 36: "F4", 37: "C5x", 38: "C5", 39: "C5x", 40: "C5", 41: "A4", 42: "G5x", 43: "A4", 44: "D4x", 45: "B4",
    46: "G5x", 47: "D5", 48: "E5", 49: "A5x", 50: "E5", 51: "F5x", 52: "A5x", 53: "F5x", 54: "G5x", 55: "A5x",
    57: "A5x",
}  # fmt: skip
"""Where the General MIDI kit is written on five lines (after the usual drum key); ``x`` for a cross as notehead."""


def drum_place(pitch: int, lines: int) -> tuple[Spelled, bool]:
    """Find where a drum is written, and whether its notehead is a cross."""
    place = _KIT.get(pitch, "E5" if pitch > 57 else "A4")  # noqa: PLR2004 - hand drums and small percussion above
    return Spelled(place[0] if lines > 1 else "E", 0, int(place[1]) if lines > 1 else 4), place.endswith("x")


def _drums(symbol: WrittenSymbol, lines: int) -> WrittenSymbol:
    if symbol.sound is None:
        return symbol
    names = sorted({drum_place(p, lines)[0] for p in symbol.sound.pitches}, key=lambda n: n.midi)
    return replace(symbol, heads=tuple(NoteHead(name) for name in names))
