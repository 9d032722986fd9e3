"""The notes as a PDF, typeset by typst with the typefaces it brings along: same notes, same bytes, on every machine.

Reel, picture version, rate, way of counting and start stand on every page. Text outside the Latin, Greek and Cyrillic
alphabets has no glyphs in those typefaces; the page (HTML) shows it with the reader's own.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files

import typst

from model.delivery.axis import WIDTH, Row, rows
from model.delivery.exporter import Exporter, Material
from model.delivery.palette import LIGHT, axis_style
from model.delivery.sheet import sheet
from model.delivery.strip import define_symbols
from model.delivery.svg import tag
from model.observe.observations import Thumbnail

_SANS = "'Libertinus Serif'"
_MONO = "'DejaVu Sans Mono'"
_FADE = tag(
    "linearGradient", tag("stop", class_="fade0", offset="0") + tag("stop", class_="fade1", offset="1"), id="fade"
)


def _write(material: Material) -> bytes:
    said = sheet(material)
    seen = material.observations
    pictures = seen.thumbnails if seen else ()
    drawn = rows(material)
    shape = seen.reel.height / max(1, seen.reel.width) if seen else 9 / 16
    inputs = {"data": json.dumps({**asdict(said), "rows": len(drawn), "colours": LIGHT})}
    inputs |= {f"row{number}": _drawing(row, pictures) for number, row in enumerate(drawn)}
    inputs |= {f"t{c.picture}": _still(pictures, c.picture, shape) for c in said.cards if c.picture >= 0}
    return typst.compile(_template(), format="pdf", ignore_system_fonts=True, sys_inputs=inputs, timestamp=0)


def _drawing(row: Row, pictures: tuple[Thumbnail, ...]) -> str:
    style = tag("style", axis_style(LIGHT, _SANS, _MONO).replace("\n", " "))
    definitions = tag("defs", define_symbols(pictures, row.used) + _FADE)
    return _svg(style + definitions + row.markup, WIDTH, row.height)


def _still(pictures: tuple[Thumbnail, ...], index: int, shape: float) -> str:
    height = 160 * shape
    picture = tag("use", href=f"#t{index}", width=160.0, height=height)
    return _svg(tag("defs", define_symbols(pictures, frozenset({index}))) + picture, 160.0, height)


def _svg(content: str, width: float, height: float) -> str:
    return tag(
        "svg",
        content,
        xmlns="http://www.w3.org/2000/svg",
        class_="axis",
        width=width,
        height=height,
        viewBox=f"0 0 {width:g} {height:g}",
    )


def _template() -> bytes:
    return (files("model.delivery") / "templates" / "notes.typ").read_bytes()


EXPORTER = Exporter(
    name="pdf",
    suffix=".notes.pdf",
    title="Spotting notes (PDF)",
    carries=frozenset(
        {"cues", "silences", "hits", "dialogue", "scenes", "colours", "text", "timecode", "curves", "pictures"}
    ),
    write=_write,
)
