"""One measure of one part as MusicXML: attributes, then every staff and voice with its signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.motifs.language import Chord
from model.score.directions import Direction
from model.score.elements import tag, text_element
from model.score.layout import StaffGroup
from model.score.meters import TICKS
from model.score.notation import BarLine, NoteHead, Staff, WrittenBar, WrittenSymbol, drum_place, written_fifths
from model.score.signs import write_direction, write_harmony
from model.score.spelling import choose_transposition, transposition_fifths
from model.timing.tempo_map import Meter

_CLEFS = {"treble": ("G", 2), "alto": ("C", 3), "tenor": ("C", 4), "bass": ("F", 4), "percussion": ("percussion", None)}
_WORDS = {"staccato": "staccato", "accent": "accent", "tenuto": "tenuto", "marcato": "strong-accent"}
_OCTAVE = 12  # semitones
_LETTERS = 7  # note names in an octave


@dataclass(frozen=True, slots=True)
class Measure:
    """Everything one measure of one part needs.

    Attributes
    ----------
    before: the bar before it, None for the first
    signs: directions of this bar, in order
    chords: harmonies to print as symbols, empty for none
    breaks: whether a new line of the page begins here
    """

    bar: BarLine
    before: BarLine | None
    last: bool
    line: StaffGroup
    staves: tuple[WrittenBar, ...]
    signs: tuple[Direction, ...]
    meter: Meter
    chords: tuple[Chord, ...] = ()
    breaks: bool = False


def measure(here: Measure, part: str) -> str:
    """Write a measure; voices follow each other, each taken back to the bar line."""
    content = [tag("print", new_system="yes")] if here.breaks else []
    content.append(_attributes(here))
    back = tag("backup", text_element("duration", here.bar.bar.ticks))
    first = True
    for staff, voices in enumerate(here.staves):
        for voice, symbols in enumerate(voices):
            if not symbols:
                continue
            if not first:
                content.append(back)
            signs = [d for d in here.signs if d.staff == staff + 1] if symbols is _leading(voices) else []
            chords = _symbols(here) if first else []
            content += _voice(here, part, staff, 4 * staff + voice + 1, symbols, signs, chords)
            first = False
    if here.last:
        content.append(tag("barline", text_element("bar-style", "light-heavy"), location="right"))
    return tag("measure", *content, number=here.bar.number + 1)


def _leading(voices: WrittenBar) -> tuple[WrittenSymbol, ...]:
    return next(symbols for symbols in voices if symbols)


def _voice(
    here: Measure,
    part: str,
    staff: int,
    number: int,
    symbols: Sequence[WrittenSymbol],
    signs: Sequence[Direction],
    chords: Sequence[tuple[int, Chord]],
) -> list[str]:
    """Write one voice; a sign inside a note stands before it, moved by an offset."""
    compound = here.bar.bar.compound
    many = len(here.staves) > 1
    written: list[str] = []
    for symbol in symbols:
        start = symbol.piece.start
        end = symbol.piece.end
        written += [write_harmony(c, t - start, here.bar.key) for t, c in chords if start <= t < end]
        written += [write_direction(d, d.tick - start, compound, many) for d in signs if start <= d.tick < end]
        written += _notes(here.line.staves[staff], part, symbol, number, staff + 1 if many else None)
    return written


def _symbols(here: Measure) -> list[tuple[int, Chord]]:
    """List the harmonies that begin in this bar, with their tick in it."""
    start = Fraction(here.bar.start, TICKS)
    end = start + Fraction(here.bar.bar.ticks, TICKS)
    return [(int((c.onset - start) * TICKS), c) for c in here.chords if start <= c.onset < end]


def _attributes(here: Measure) -> str:
    before, first = here.before, here.before is None
    content: list[str] = [text_element("divisions", TICKS)] if first else []
    drums = all(staff.unpitched for staff in here.line.staves)
    if before is None or before.fifths != here.bar.fifths:
        # drums say "none" aloud: without a word of their own, readers give them everybody's
        signs = 0 if drums else written_fifths(here.bar.fifths, here.line.transposes)
        content.append(tag("key", text_element("fifths", signs)))
    if first or here.meter.bar == here.bar.number:
        content.append(tag("time", text_element("beats", here.meter.beats), text_element("beat-type", here.meter.unit)))
    if first:
        staves = here.line.staves
        content += [text_element("staves", len(staves))] if len(staves) > 1 else []
        content += [_clef(staff, n if len(staves) > 1 else None) for n, staff in enumerate(staves, 1)]
        content += [
            tag("staff-details", text_element("staff-lines", staff.lines), number=n if len(staves) > 1 else None)
            for n, staff in enumerate(staves, 1)
            if staff.lines != 5  # noqa: PLR2004 - the usual staff
        ]
    if here.line.transposes and (before is None or before.fifths != here.bar.fifths):
        content.append(_transpose(here.line.transposes, here.bar.fifths))
    return tag("attributes", *content) if content else ""


def _clef(staff: Staff, number: int | None) -> str:
    sign, line = _CLEFS[staff.clef]
    return tag("clef", text_element("sign", sign), text_element("line", line) if line else "", number=number)


def _transpose(semitones: int, fifths: int) -> str:
    """Say how to get from written to sounding pitch."""
    shift = choose_transposition(fifths, transposition_fifths(semitones))
    octaves, rest = divmod(abs(semitones), _OCTAVE)
    sign = 1 if semitones < 0 else -1
    steps = shift * 4 * -sign % _LETTERS
    change = [text_element("octave-change", sign * octaves)] if octaves else []
    return tag("transpose", text_element("diatonic", sign * steps), text_element("chromatic", sign * rest), *change)


def _notes(staff: Staff, part: str, symbol: WrittenSymbol, voice: int, number: int | None) -> list[str]:
    if not symbol.heads:
        rest = tag("rest", measure="yes") if symbol.piece.kind == "bar" else tag("rest")
        return [_note([rest, text_element("duration", symbol.piece.ticks)], symbol, voice, number, None, leading=True)]
    written = []
    for place, head in enumerate(symbol.heads):
        opening = [tag("chord")] if place else []
        opening += [_pitch(head, staff), text_element("duration", symbol.piece.ticks)]
        opening += [tag("tie", type="stop")] if head.tie_to else []
        opening += [tag("tie", type="start")] if head.tie_from else []
        opening += [tag("instrument", id=f"{part}-I1")] if staff.unpitched else []
        written.append(_note(opening, symbol, voice, number, head, leading=not place, staff=staff))
    return written


def _pitch(head: NoteHead, staff: Staff) -> str:
    name = head.name
    if staff.unpitched:
        return tag("unpitched", text_element("display-step", name.step), text_element("display-octave", name.octave))
    alter = text_element("alter", name.alter) if name.alter else ""
    return tag("pitch", text_element("step", name.step), alter, text_element("octave", name.octave))


def _note(
    opening: list[str],
    symbol: WrittenSymbol,
    voice: int,
    number: int | None,
    head: NoteHead | None,
    *,
    leading: bool,
    staff: Staff | None = None,
) -> str:
    piece = symbol.piece
    content = [*opening, text_element("voice", voice)]
    if piece.kind != "bar":
        content.append(text_element("type", piece.kind))
    content += [tag("dot")] * piece.dots
    if head and head.accidental:
        content.append(text_element("accidental", head.accidental))
    if piece.triplet:
        content.append(tag("time-modification", text_element("actual-notes", 3), text_element("normal-notes", 2)))
    if head and staff and staff.unpitched and symbol.sound and _is_crossed(head, symbol, staff):
        content.append(text_element("notehead", "x"))
    content += [text_element("staff", number)] if number else []
    if leading:
        content += [text_element("beam", text, number=level) for level, text in enumerate(symbol.beams, 1)]
    content.append(_notations(symbol, head, leading))
    return tag("note", *content)


def _is_crossed(head: NoteHead, symbol: WrittenSymbol, staff: Staff) -> bool:
    pitches = symbol.sound.pitches if symbol.sound else ()
    return any(cross and name == head.name for name, cross in (drum_place(p, staff.lines) for p in pitches))


def _notations(symbol: WrittenSymbol, head: NoteHead | None, leading: bool) -> str:
    content: list[str] = []
    if head and head.tie_to:
        content.append(tag("tied", type="stop"))
    if head and head.tie_from:
        content.append(tag("tied", type="start"))
    if leading and symbol.piece.opens:
        content.append(tag("tuplet", type="start", bracket="no" if symbol.beams else "yes"))
    if leading and symbol.piece.closes:
        content.append(tag("tuplet", type="stop"))
    word = _WORDS.get(symbol.sound.articulation, "") if symbol.sound and symbol.first and leading else ""
    if word:
        content.append(tag("articulations", tag(word, type="up" if word == "strong-accent" else None)))
    return tag("notations", *content) if content else ""
