"""The notes as one self-contained page: nothing is fetched, it reads fully without its script, and it prints.

A content security policy allows the page's own style and script (by hash) and data images, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from model.delivery.axis import WIDTH, rows
from model.delivery.exporter import Exporter, Material
from model.delivery.palette import DARK, LIGHT, axis_style
from model.delivery.sheet import sheet
from model.delivery.strip import define_symbols

_SANS = "var(--sans)"
_MONO = "var(--mono)"


def _write(material: Material) -> bytes:
    said = sheet(material)
    drawn = rows(material)
    used = frozenset(index for row in drawn for index in row.used) | {c.picture for c in said.cards if c.picture >= 0}
    seen = material.observations
    script = _resource("notes.js")
    page = _template().render(
        sheet=said,
        running=_css_text(f"{said.facts.reel} · {said.facts.version} · {said.facts.clock} · {said.facts.counts}"),
        rows=[{"row": row, "markup": Markup(row.markup)} for row in drawn],  # noqa: S704 - built by model.delivery.svg
        width=WIDTH,
        base=material.notes.reel.timebase,
        symbols=Markup(define_symbols(seen.thumbnails, used) if seen else ""),  # noqa: S704 - built by model.delivery.svg
        aspect=seen.reel.width / max(1, seen.reel.height) if seen else 16 / 9,
        style=Markup(_style()),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return page.encode("utf-8", "replace")


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_resource("notes.html.j2"))


def _style() -> str:
    light, dark = (
        "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in colours.items())
        for colours in (LIGHT, DARK)
    )
    colours = {name: f"var(--{name.replace('_', '-')})" for name in LIGHT}
    return (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        + axis_style(colours, _SANS, _MONO)
        + _resource("notes.css")
    )


def _css_text(text: str) -> Markup:
    """Spell text for a CSS string: every character but ASCII letters and digits as its number, spaces too."""
    spelled = "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text)
    return Markup(spelled)  # noqa: S704 - nothing but letters, digits and backslashes


def _resource(name: str) -> str:
    return (files("model.delivery") / "templates" / name).read_text(encoding="utf-8")


EXPORTER = Exporter(
    name="html",
    suffix=".notes.html",
    title="Spotting notes (page)",
    carries=frozenset(
        {"cues", "silences", "hits", "dialogue", "scenes", "colours", "text", "timecode", "curves", "pictures"}
    ),
    write=_write,
)
