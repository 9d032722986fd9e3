"""The page stands alone, reads without its script, escapes what it is told, and keeps its contrast."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from model.delivery.axis import GUTTER, WIDTH, rows
from model.delivery.deliver import exporters
from model.delivery.exporter import Material
from model.delivery.palette import DARK, LIGHT, TEXT_ON
from model.time import Span

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)> & \u202e'


class Elements(HTMLParser):
    """Every element with its attributes, and ids that are referred to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def page_of(material: Material) -> str:
    return exporters()["html"].write(material).decode()


def everywhere(material: Material, text: str) -> Material:
    """The same notes with a hostile text in every free field."""
    notes = material.notes
    cues = tuple(
        replace(c, title=text, instruction=text, scene=text, function=text, number=text, tone=(text,), not_tone=(text,))
        for c in notes.cues
    )
    reel = replace(notes.reel, name=text + ".mov")
    settings = replace(notes.settings, picture_version=text)
    hits = tuple(replace(hit, label=text, treatment=text) for hit in notes.hits)
    lines = tuple(replace(line, speaker=text) for line in notes.dialogue)
    notes = replace(
        notes, cues=cues, reel=reel, hits=hits, dialogue=lines, cautions=(text,), cuelight=text, settings=settings
    )
    return replace(material, notes=notes)


def test_nothing_is_fetched(make_material: Callable[..., Material]) -> None:
    for tag, attributes in Elements(page_of(make_material())).found:
        assert tag not in {"link", "iframe", "object", "embed", "base"}
        for name in ("src", "href", "action", "xlink:href", "srcset"):
            value = attributes.get(name, "#")
            assert value.startswith(("#", "data:image/jpeg;base64,")), value
    assert "url(http" not in page_of(make_material())
    assert "@import" not in page_of(make_material())


def test_the_policy_allows_this_script_and_no_other(make_material: Callable[..., Material]) -> None:
    page = page_of(make_material())
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in page or f"script-src 'sha256-{digest}'" in page
    assert "default-src 'none'" in page


def test_hostile_words_stay_words(make_material: Callable[..., Material]) -> None:
    page = page_of(everywhere(make_material(), EVIL))
    assert "\u202e" not in page
    tags = [tag for tag, _ in Elements(page).found]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not [a for _, attributes in Elements(page).found for a in attributes if a.startswith("on")]
    assert "</style><" not in re.sub(r"(?s)<style>.*?</style>", "", page)
    style = re.findall(r"(?s)<style>(.*?)</style>", page)
    assert len(style) == 1
    assert "<" not in style[0]


def test_what_the_browser_prints_on_every_page_is_the_heading(make_material: Callable[..., Material]) -> None:
    style = re.findall(r"(?s)<style>(.*?)</style>", page_of(make_material()))[0]
    written = re.search(r'@bottom-left \{ content: "([^"]*)"', style)
    assert written
    told = re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), written[1])
    assert told.startswith("Sintel trailer – v3.mp4 · v3 · 24 fps non-drop · starts 01:00:00:00 (assumed) · notes r7")


def test_hostile_words_do_not_upset_the_typesetter(make_material: Callable[..., Material]) -> None:
    data = exporters()["pdf"].write(everywhere(make_material(), EVIL + ' #panic() $x$ *_`"\\ // <a> @b'))
    assert data.startswith(b"%PDF")


def test_every_reference_points_somewhere(make_material: Callable[..., Material]) -> None:
    found = Elements(page_of(make_material())).found
    ids = {attributes["id"] for _, attributes in found if "id" in attributes}
    wanted = {a["href"][1:] for _, a in found if a.get("href", "").startswith("#")}
    assert wanted <= ids
    assert {"cue-0", "cue-1", "cue-2", "silence-0", "fade"} <= ids


def test_pictures_are_stored_once(make_hour: Callable[..., Material]) -> None:
    page = page_of(make_hour(5))
    pictures = re.findall(r"data:image/jpeg;base64,([\w+/=]+)", page)
    assert len(pictures) > 20
    assert len(re.findall(r'<symbol id="?', page)) == len(re.findall(r"<image ", page)) == len(pictures)


def test_drawings_are_well_formed_and_inside_their_frame(make_hour: Callable[..., Material]) -> None:
    for row in rows(make_hour(12)):
        drawing = ET.fromstring(f"<svg>{row.markup}</svg>")  # noqa: S314 - our own drawing
        for element in drawing.iter("rect"):
            left, width = float(element.get("x", 0)), float(element.get("width", 0))
            assert GUTTER - 0.01 <= left <= left + width <= WIDTH + 2.01


def test_rows_cover_the_reel_once(make_material: Callable[..., Material], make_hour: Callable[..., Material]) -> None:
    assert [row.span for row in rows(make_material())] == [Span.of(0, make_material().notes.reel.frames)]
    long = make_hour(60)
    spans = [row.span for row in rows(long)]
    assert len(spans) == 12
    assert spans[0].start.index == 0
    assert spans[-1].end.index == long.notes.reel.frames
    assert all(a.end == b.start for a, b in pairwise(spans))


def test_an_empty_reel_still_makes_a_page(make_material: Callable[..., Material]) -> None:
    notes = replace(make_material().notes, cues=(), silences=(), hits=(), dialogue=(), scenes=(), cautions=())
    for name, exporter in exporters().items():
        assert exporter.write(Material(notes)), name
    assert "<article" not in page_of(Material(notes))


def test_what_cannot_be_trusted_is_said(make_material: Callable[..., Material]) -> None:
    page = page_of(make_material())
    assert "The film names no start timecode; 01:00:00:00 is assumed." in page
    varying = make_material()
    notes = replace(varying.notes, reel=replace(varying.notes.reel, variable_rate=True))
    assert "rate varies" in page_of(replace(varying, notes=notes))
    assert "rate varies" not in page


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", TEXT_ON, ids=" on ".join)
def test_text_keeps_its_contrast(colours: dict[str, str], pair: tuple[str, str]) -> None:
    light, dark = sorted((luminance(colours[name]) for name in pair), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_light_and_dark_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
