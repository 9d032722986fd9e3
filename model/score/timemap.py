"""Pages of music for the screen: drawn in the colour of the page around them, and saying which note sounds when.

The same systems as on the printed page. An SVG of ours carries no style sheet and no colour: lines and signs take
``currentColor``, so a dark room and a light one show the same file, inside a page or by itself. Every note says its
name in ``data-id`` and every measure its number, from 1, in ``data-bar``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree as ET

import verovio
from defusedxml import ElementTree as SafeET

from model.score.engraver import SEED, PageShape, verovio_options
from model.score.pages import a4
from model.score.standalone import read_box, write_standalone
from model.time import Beat

_SVG = "{http://www.w3.org/2000/svg}"
_FINEST = 960  # parts of a quarter note that a position may have
_LINE = re.compile(r"M(-?[\d.]+) (-?[\d.]+) L(-?[\d.]+) (-?[\d.]+)")
_SHIFT = re.compile(r"translate\((-?[\d.]+), ?(-?[\d.]+)\)")
_BOLD = frozenset({"ending", "fing", "reh", "tempo"})
_ITALIC = frozenset({"dir", "dynam", "mNum"})


@dataclass(frozen=True, slots=True)
class ScreenNote:
    """A note as it is drawn: its name on its page, and from when to when it sounds.

    ``page`` counts from 0; of tied notes the first one sounds for all.
    """

    id: str
    page: int
    on: Beat
    off: Beat


@dataclass(frozen=True, slots=True)
class ScreenBar:
    """Where a measure stands: ``left top right bottom`` of its staves as shares 0-1 of its page; ``bar`` from 0."""

    bar: int
    page: int
    place: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ScreenScore:
    """Pages as SVG, their height to their width, and what stands where."""

    pages: tuple[str, ...]
    heights: tuple[float, ...]
    notes: tuple[ScreenNote, ...]
    bars: tuple[ScreenBar, ...]


def screen_score(musicxml: bytes) -> ScreenScore:
    """Lay a short score out for the screen; same score, same bytes.

    Raises
    ------
    ValueError: verovio cannot read the score; ours it can
    """
    verovio.enableLog(verovio.LOG_ERROR)
    toolkit = verovio.toolkit()
    toolkit.setOptions(verovio_options(_shape(), "line"))
    toolkit.resetXmlIdSeed(SEED)
    if not toolkit.loadData(musicxml.decode()):
        raise ValueError("Verovio cannot read the score.")
    names: dict[str, tuple[str, int]] = {}
    pages: list[str] = []
    heights: list[float] = []
    bars: list[ScreenBar] = []
    for number in range(toolkit.getPageCount()):
        root = SafeET.fromstring(toolkit.renderToSVG(number + 1))
        _name_notes(root, number, names)
        bars += _number_bars(root, number, len(bars))
        heights.append(round(read_box(root)[3] / read_box(root)[2], 5))
        pages.append(_remove_colours(write_standalone(root, number)))
    events: Any = toolkit.renderToTimemap({"includeMeasures": False, "includeRests": False})
    return ScreenScore(tuple(pages), tuple(heights), _sounding(events, names), tuple(bars))


def _shape() -> PageShape:
    """Give the printed page's shape, its height as its music needs."""
    paper = a4()
    return PageShape(paper.width_mm, paper.height_mm, paper.staff_mm, fit_height=True)


def _name_notes(root: ET.Element, page: int, names: dict[str, tuple[str, int]]) -> None:
    """Count the notes; verovio's own names differ from run to run."""
    for group in root.iter(f"{_SVG}g"):
        if group.get("class") == "note" and (own := group.get("id")):
            names[own] = (f"n{len(names) + 1}", page)
            group.set("data-id", names[own][0])


def _number_bars(root: ET.Element, page: int, before: int) -> list[ScreenBar]:
    """Find the measures of a page in order, and where their staves stand."""
    drawing = next(e for e in root.iter(f"{_SVG}svg") if e.get("class") == "definition-scale")
    _, _, width, height = read_box(drawing)
    margin = next(g for g in drawing.iter(f"{_SVG}g") if g.get("class") == "page-margin")
    dx, dy = _pair(_SHIFT.match(margin.get("transform", "")))
    found: list[ScreenBar] = []
    for group in (g for g in drawing.iter(f"{_SVG}g") if g.get("class") == "measure"):
        bar = before + len(found)
        group.set("data-bar", str(bar + 1))
        lines = [m for path in _staff_lines(group) if (m := _LINE.fullmatch(path))]
        xs = [float(m[k]) + dx for m in lines for k in (1, 3)] or [0.0]
        ys = [float(m[k]) + dy for m in lines for k in (2, 4)] or [0.0]
        place = (min(xs) / width, min(ys) / height, max(xs) / width, max(ys) / height)
        found.append(ScreenBar(bar, page, tuple(round(share, 5) for share in place)))  # type: ignore[arg-type]
    return found


def _staff_lines(measure: ET.Element) -> list[str]:
    """Return the drawn lines of a measure's staves: the paths that stand directly in a staff."""
    staves = [g for g in measure.iter(f"{_SVG}g") if g.get("class") == "staff"]
    return [path.get("d", "") for staff in staves for path in staff.findall(f"{_SVG}path")]


def _pair(found: re.Match[str] | None) -> tuple[float, float]:
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def _sounding(events: list[dict[str, Any]], names: dict[str, tuple[str, int]]) -> tuple[ScreenNote, ...]:
    """Read from verovio's events when each note begins and ends."""
    begun: dict[str, Beat] = {}
    notes: list[ScreenNote] = []
    for event in events:
        at = Beat(Fraction(event["qstamp"]).limit_denominator(_FINEST))
        for own in event.get("off", ()):
            if own in begun and own in names:
                name, page = names[own]
                notes.append(ScreenNote(name, page, begun.pop(own), at))
        for own in event.get("on", ()):
            begun[own] = at
    return tuple(sorted(notes, key=lambda note: int(note.id[1:])))


def _remove_colours(page: str) -> str:
    """Take colours and style sheet out: what they said is said by attributes, which nothing around can inherit."""
    root = SafeET.fromstring(page)
    for holder in root.iter():
        for child in [c for c in holder if c.tag in {f"{_SVG}style", f"{_SVG}desc"}]:
            holder.remove(child)
    for element in root.iter():
        kinds = set((element.get("class") or "").split())
        if "definition-scale" in kinds:
            element.attrib.pop("color", None)
            element.attrib.update({"fill": "currentColor", "stroke": "currentColor"})
        if element.tag == f"{_SVG}text":
            element.set("stroke", "none")
        if kinds & _BOLD:
            element.set("font-weight", "bold")
        if kinds & _ITALIC:
            element.set("font-style", "italic")
        if "placeholder" in kinds:
            element.set("visibility", "hidden")
    ET.register_namespace("", _SVG[1:-1])
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(root, encoding="unicode")
