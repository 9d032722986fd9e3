"""The full score as MusicXML 4.0 partwise, written by us: parts at written pitch, every bar of its exact length.

One division is a twelfth of a quarter note, so that no duration is ever rounded in the file. Signs that belong to the
whole score stand over its first part.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.score.directions import (
    Direction,
    system_directions,
    theme_directions,
    write_dynamics,
    write_ramp_words,
)
from model.score.elements import tag, text_element
from model.score.layout import StaffGroup, find_brackets, lay_out_parts
from model.score.measures import Measure, measure
from model.score.notation import BarLine, bar_lines, write_staff
from model.score.smpte import describe_counting
from model.score.titles import ScoreTitles
from model.sketch.sketch_types import Sketch
from model.time import Timebase

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def write_musicxml(sketch: Sketch, timebase: Timebase, titles: ScoreTitles) -> bytes:
    """Write the full score of a cue: same sketch, same bytes. Raises InstrumentUnknown."""
    return write_document(sketch, timebase, titles, lay_out_parts(sketch))


def write_parts(sketch: Sketch, timebase: Timebase, titles: ScoreTitles) -> dict[str, bytes]:
    """Write each part by itself, by its id, with the signs of the whole score above it."""
    return {line.id: write_document(sketch, timebase, titles, (line,)) for line in lay_out_parts(sketch)}


def write_document(
    sketch: Sketch,
    timebase: Timebase,
    titles: ScoreTitles,
    parts: Sequence[StaffGroup],
    above: Sequence[Direction] | None = None,
    symbols: str = "",
    systems: Sequence[int] = (),
) -> bytes:
    """Write any selection of parts as a score.

    Parameters
    ----------
    above: the signs over the first part; None for all that the cue has
    symbols: id of the part over which chord symbols stand, empty for none
    systems: bars that begin a new line of the page
    """
    bars = bar_lines(sketch)
    over = list(above) if above is not None else list_system_signs(sketch, timebase, bars)
    written = [
        _part(number, line, sketch, bars, over if number == 1 else [], symbols == line.id, systems)
        for number, line in enumerate(parts, 1)
    ]
    content = [*_titles(sketch, timebase, titles), _part_list(parts), *written]
    return (_HEAD + tag("score-partwise", *content, version="4.0") + "\n").encode()


def list_system_signs(
    sketch: Sketch, timebase: Timebase, bars: Sequence[BarLine], *, brief: bool = False
) -> list[Direction]:
    """List everything that belongs over the first part of a cue's score; ``brief`` shortens the hits' labels."""
    return [*system_directions(sketch, timebase, bars, brief=brief), *write_ramp_words(sketch, bars)]


def _titles(sketch: Sketch, timebase: Timebase, titles: ScoreTitles) -> list[str]:
    named = f"{sketch.number} {sketch.title}"
    span = f"{timebase.timecode(sketch.cue_in)} - {timebase.timecode(sketch.out)} ({describe_counting(timebase)})"
    show = " ".join(part for part in (titles.show, titles.version) if part)
    creator = [text_element("creator", titles.composer, type="composer")] if titles.composer else []
    return [
        tag("work", text_element("work-title", titles.show)) if titles.show else "",
        text_element("movement-number", sketch.number),
        text_element("movement-title", named),
        tag(
            "identification", *creator, tag("encoding", text_element("software", "Cuelight")), _facts(sketch, timebase)
        ),
        tag("defaults", tag("scaling", text_element("millimeters", "6.5"), text_element("tenths", "40"))),
        _credit("title", named, 18, "center", 1520),
        _credit("subtitle", show, 12, "left", 1560) if show else "",
        _credit("timecode", span, 10, "right", 1560),
    ]


def _facts(sketch: Sketch, timebase: Timebase) -> str:
    facts = {
        "cue": sketch.number,
        "timecode-in": timebase.timecode(sketch.cue_in),
        "timecode-out": timebase.timecode(sketch.out),
        "rate": describe_counting(timebase),
    }
    return tag("miscellaneous", *(text_element("miscellaneous-field", text, name=name) for name, text in facts.items()))


def _credit(kind: str, text: str, size: int, side: str, y: int) -> str:
    x = {"left": 80, "center": 600, "right": 1120}[side]
    words = text_element("credit-words", text, default_x=x, default_y=y, font_size=size, justify=side, valign="top")
    return tag("credit", text_element("credit-type", kind), words, page=1)


def _part_list(parts: Sequence[StaffGroup]) -> str:
    groups = find_brackets(parts)
    listed: list[str] = []
    for index, line in enumerate(parts):
        for number, (first, _) in enumerate(groups, 1):
            if first == index:
                symbol = (text_element("group-symbol", "bracket"), text_element("group-barline", "yes"))
                listed.append(tag("part-group", *symbol, type="start", number=number))
        listed.append(_score_part(index + 1, line))
        for number, (_, last) in enumerate(groups, 1):
            if last == index:
                listed.append(tag("part-group", type="stop", number=number))
    return tag("part-list", *listed)


def _score_part(number: int, line: StaffGroup) -> str:
    key = f"P{number}"
    sound = tag("score-instrument", text_element("instrument-name", line.name), id=f"{key}-I1")
    midi = tag(
        "midi-instrument",
        text_element("midi-channel", line.channel + 1),
        text_element("midi-program", line.program + 1),
        id=f"{key}-I1",
    )
    names = (text_element("part-name", line.name), text_element("part-abbreviation", line.short))
    return tag("score-part", *names, sound, midi, id=key)


def _part(
    number: int,
    line: StaffGroup,
    sketch: Sketch,
    bars: Sequence[BarLine],
    over: list[Direction],
    symbols: bool,
    systems: Sequence[int],
) -> str:
    staves = [write_staff(s, bars, sketch.chords, line.transposes) for s in line.staves]
    notes = [note for staff in line.staves for note in staff.notes]
    signs = [*over, *theme_directions(notes, sketch.statements, bars), *write_dynamics(notes, bars)]
    measures = []
    for index, bar in enumerate(bars):
        here = Measure(
            bar=bar,
            before=bars[index - 1] if index else None,
            last=index == len(bars) - 1,
            line=line,
            staves=tuple(staff[index] for staff in staves),
            signs=tuple(sorted((d for d in signs if d.bar == bar.number), key=lambda d: d.rank)),
            meter=sketch.tempo_map.meter(bar.number),
            chords=sketch.chords if symbols else (),
            breaks=bool(bar.number) and bar.number in systems and number == 1,
        )
        measures.append(measure(here, f"P{number}"))
    return tag("part", *measures, id=f"P{number}")
