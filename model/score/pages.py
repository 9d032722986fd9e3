"""Pages of music as a PDF: verovio's systems under the head of the cue, set by typst. Same input, same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files

import typst

from model.score.directions import write_ramp_words
from model.score.engraver import Engraved, PageShape
from model.score.hit_table import COLUMNS, hit_rows
from model.score.notation import bar_lines
from model.score.signs import decimal
from model.score.smpte import describe_counting
from model.score.titles import ScoreTitles, clean
from model.sketch.sketch_types import Sketch
from model.time import Timebase

_A4_MM = (210.0, 297.0)
_MARGIN_MM = 14.0
_TOP_MM = 17.0
_BOTTOM_MM = 15.0
_HEAD_MM = 14.0
_SAFETY_MM = 1.5


@dataclass(frozen=True, slots=True)
class PageHead:
    """The words around the music.

    Attributes
    ----------
    kind: what the document is, in the footer ("short score")
    facts, tempo: the line under the title, left and right
    hits: rows of the table after the music (``model.score.hit_table``), none for no table
    """

    number: str
    title: str
    kind: str
    facts: str
    tempo: str
    titles: ScoreTitles
    hits: tuple[tuple[str, ...], ...] = ()


def a4(staff_mm: float = 5.2) -> PageShape:
    """Give the printed area of an A4 page below the first page's head; all pages of a cue share it."""
    width = _A4_MM[0] - 2 * _MARGIN_MM
    height = _A4_MM[1] - _TOP_MM - _BOTTOM_MM - _HEAD_MM - _SAFETY_MM
    return PageShape(width, height, staff_mm)


def head(sketch: Sketch, timebase: Timebase, titles: ScoreTitles, kind: str) -> PageHead:
    """Say of a cue what a page must: number, title, timecode in and out, tempo."""
    length = timebase.seconds(sketch.out) - timebase.seconds(sketch.cue_in)
    span = f"in {timebase.timecode(sketch.cue_in)}   out {timebase.timecode(sketch.out)}   {_clock(length)}"
    return PageHead(
        number=sketch.number,
        title=sketch.title,
        kind=kind,
        facts=f"{span}   {describe_counting(timebase)}",
        tempo=_tempo(sketch),
        titles=titles,
        hits=tuple(hit_rows(sketch, timebase)),
    )


def write_pdf(engraved: Engraved, head: PageHead) -> bytes:
    """Put engraved pages under a head."""
    data = {
        "number": clean(head.number),
        "title": clean(head.title),
        "kind": head.kind,
        "facts": head.facts,
        "tempo": head.tempo,
        "show": clean(head.titles.show),
        "version": clean(head.titles.version),
        "composer": clean(head.titles.composer),
        "margin": _MARGIN_MM,
        "top": _TOP_MM,
        "head": _HEAD_MM,
        "columns": COLUMNS,
        "hits": [[clean(text) for text in row] for row in head.hits],
        "heights": list(engraved.heights_mm),
    }
    inputs = {"data": json.dumps(data)} | {f"p{number}": page for number, page in enumerate(engraved.pages)}
    return typst.compile(_template(), format="pdf", ignore_system_fonts=True, sys_inputs=inputs, timestamp=0)


def _template() -> bytes:
    return (files("model.score") / "templates" / "pages.typ").read_bytes()


def _clock(seconds: Fraction) -> str:
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _tempo(sketch: Sketch) -> str:
    """Say the tempo or the range of tempi, and that it bends where it does."""
    tempi = [t.bpm for t in sketch.tempo_map.tempi if not t.ramp] or [t.bpm for t in sketch.tempo_map.tempi]
    slow, fast = min(tempi), max(tempi)
    range_ = decimal(slow) if slow == fast else f"{decimal(slow)}-{decimal(fast)}"
    bends = " ".join(sorted({d.text for d in write_ramp_words(sketch, bar_lines(sketch))}))
    return f"{range_} bpm   {sketch.tempo_map.bars} bars" + (f"   {bends}" if bends else "")
