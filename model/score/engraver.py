"""Verovio at our service: MusicXML in, pages of SVG out, made to stand by themselves and the same every time.

What a page must not depend on is taken out: verovio's music font inside text becomes outlines, its random ids become
counted ones, and the text face is one that every machine of ours has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import verovio
from defusedxml import ElementTree as SafeET

_SVG = "{http://www.w3.org/2000/svg}"
_TEXT_FACE = "Libertinus Serif"
_PLAIN = {"\ue260": "♭", "\ue261": "♮", "\ue262": "♯", "\ued60": "♭", "\ued61": "♮", "\ued62": "♯"}
_TIMECODE = re.compile(r"\d\d:\d\d:\d\d[:;]\d\d+")
_SMALL, _TEXT_SIZE = "310px", "405px"
_AFTER_SIGN = 60
_LETTER_EM = 0.53
_WORDS = ("dir", "tempo", "harm")
_EM = 1000
_SEED = 7


@dataclass(frozen=True, slots=True)
class PageShape:
    """The paper of the music.

    Attributes
    ----------
    width_mm, height_mm: of the printed area
    staff_mm: height of a five-line staff
    fit_height: whether the page ends below its last system
    """

    width_mm: float
    height_mm: float
    staff_mm: float = 5.8
    fit_height: bool = False
    options: dict[str, object] = field(default_factory=dict[str, object])

    @property
    def units_per_mm(self) -> float:
        """Verovio's units in a millimetre: its staff is eight half-spaces of nine units high."""
        return 72 / self.staff_mm


@dataclass(frozen=True, slots=True)
class Engraved:
    """Pages as SVG, how high each is drawn, and the bars (from 0) that begin their systems."""

    pages: tuple[str, ...]
    heights_mm: tuple[float, ...]
    systems: tuple[int, ...]


def engrave_pages(musicxml: bytes, shape: PageShape, *, breaks: str = "auto") -> Engraved:
    """Lay a score out on pages.

    Parameters
    ----------
    breaks: ``auto``, or ``line`` for the line breaks written in the score

    Raises
    ------
    ValueError: verovio cannot read the score; ours it can
    """
    toolkit = verovio.toolkit()
    toolkit.setOptions(_options(shape, breaks))
    toolkit.resetXmlIdSeed(_SEED)
    if not toolkit.loadData(musicxml.decode()):
        raise ValueError("Verovio cannot read the score.")
    raw = [toolkit.renderToSVG(page) for page in range(1, toolkit.getPageCount() + 1)]
    roots = [SafeET.fromstring(page) for page in raw]
    systems = tuple(bar for root in roots for bar in _systems(root))
    heights = tuple(round(_box(root)[3] / _box(root)[2] * shape.width_mm, 3) for root in roots)
    return Engraved(tuple(_standalone(root, number) for number, root in enumerate(roots)), heights, systems)


def _options(shape: PageShape, breaks: str) -> dict[str, object]:
    return {
        "pageWidth": round(shape.width_mm * shape.units_per_mm),
        "pageHeight": round(shape.height_mm * shape.units_per_mm),
        "pageMarginLeft": 0,
        "pageMarginRight": 0,
        "pageMarginTop": 0,
        "pageMarginBottom": 0,
        "adjustPageHeight": shape.fit_height,
        "breaks": breaks,
        "justifyVertically": not shape.fit_height,
        "spacingStaff": 9,
        "spacingBraceGroup": 8,
        "spacingSystem": 6,
        "header": "none",
        "footer": "none",
        "scale": 100,
        "svgViewBox": True,
        "smuflTextFont": "none",
        "svgAdditionalAttribute": ["measure@n"],
        "xmlIdSeed": _SEED,
        **shape.options,
    }


def _systems(root: ET.Element) -> list[int]:
    """Read the number of the first bar of every system."""
    found = []
    for group in root.iter(f"{_SVG}g"):
        if group.get("class") == "system":
            measure = next(g for g in group.iter(f"{_SVG}g") if (g.get("class") or "").startswith("measure"))
            found.append(int(measure.get("data-n", "1")) - 1)
    return found


def _box(drawing: ET.Element) -> list[float]:
    """Read the corner and the size of a drawing."""
    return [float(number) for number in drawing.get("viewBox", "0 0 1 1").split()]


def _standalone(root: ET.Element, page: int) -> str:
    own = root.get("id") or ""
    _count_ids(root, page)
    for holder in list(root.iter()):
        for text in [child for child in holder if child.tag == f"{_SVG}text"]:
            _rewrite(holder, text)
    for style in root.iter(f"{_SVG}style"):
        style.text = re.sub("Times, *serif", f"'{_TEXT_FACE}'", (style.text or "").replace(f"#{own} ", ""))
    for element in root.iter():
        if "Times" in element.get("font-family", ""):
            element.set("font-family", _TEXT_FACE)
        _shrink_timecode(element)
    width = _box(next(e for e in root.iter(f"{_SVG}svg") if e.get("class") == "definition-scale"))[2]
    for group in root.iter(f"{_SVG}g"):
        if group.get("class") in _WORDS:
            _keep_inside(group, width)
    ET.register_namespace("", _SVG[1:-1])
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(root, encoding="unicode")


def _count_ids(root: ET.Element, page: int) -> None:
    """Rename what is referred to, and drop every other id."""
    link = "{http://www.w3.org/1999/xlink}href"
    used = sorted({e.get(link, "")[1:] for e in root.iter() if e.get(link, "").startswith("#")})
    names = {old: f"p{page}g{number}" for number, old in enumerate(used)}
    for element in root.iter():
        old = element.get("id")
        if old is not None:
            del element.attrib["id"]
            if old in names:
                element.set("id", names[old])
        if element.get(link, "").startswith("#"):
            element.set(link, "#" + names[element.get(link, "")[1:]])


def _shrink_timecode(element: ET.Element) -> None:
    if element.tag == f"{_SVG}tspan" and element.text and _TIMECODE.fullmatch(element.text.strip()):
        element.set("font-size", _SMALL)


def _rewrite(holder: ET.Element, text: ET.Element) -> None:
    """Write a text as one row of spans; a music sign at its start as an outline, elsewhere as a character."""
    spans = _spans(text, {})
    for child in list(text):
        text.remove(child)
    text.text = None
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    for number, (said, look) in enumerate(spans):
        if look.get("font-family") != "Leipzig":
            ET.SubElement(text, f"{_SVG}tspan", look).text = said.lstrip() if number == 0 else said
        elif number == 0 and text.get("x") is not None:
            _outline(holder, text, said.strip(), look)
        else:
            look |= {"font-family": _TEXT_FACE, "font-size": _TEXT_SIZE}
            ET.SubElement(text, f"{_SVG}tspan", look).text = "".join(_PLAIN.get(char, "") for char in said)


def _keep_inside(group: ET.Element, width: float) -> None:
    """Move words, and the box around them, left where they would run off the page."""
    for text in group.findall(f"{_SVG}text"):
        said = sum(len(s.text or "") * float(s.get("font-size", "0").removesuffix("px")) for s in text)
        over = float(text.get("x", "0")) + said * _LETTER_EM - width
        if over > 0:
            for moved in (text, *group.findall(f"{_SVG}rect")):
                moved.set("x", f"{float(moved.get('x', '0')) - over:g}")


def _spans(element: ET.Element, above: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """List the written pieces of a text with the look they inherit."""
    look = above | {k: v for k, v in element.attrib.items() if k not in {"class", "x", "y", "text-anchor"}}
    look |= {k: element.attrib[k] for k in ("x", "y") if k in element.attrib and element.tag != f"{_SVG}text"}
    inner = [piece for child in element for piece in _spans(child, look)]
    said = re.sub(r"\s+", " ", element.text or "") if not len(element) else ""
    return [(said, look), *inner] if said.strip() or (said and element.text == said) else inner


def _outline(holder: ET.Element, text: ET.Element, signs: str, look: dict[str, str]) -> None:
    """Draw music signs where a text begins, and move the text behind them."""
    scale = float(look.get("font-size", "0").removesuffix("px")) / _EM
    x, y = float(text.get("x", "0")), float(text.get("y", "0"))
    for sign in signs:
        path, advance = _glyph(f"{ord(sign):04X}")
        drawn = ET.Element(f"{_SVG}path", d=path, transform=f"translate({x:g},{y:g}) scale({scale:g},{-scale:g})")
        holder.insert(list(holder).index(text), drawn)
        x += advance * scale
    text.set("x", f"{x + _AFTER_SIGN:g}")


@cache
def _glyph(code: str) -> tuple[str, float]:
    """Read the outline of a music sign and its advance, in thousandths of the size, from verovio's own font."""
    folder = files(verovio) / "data"
    widths: Any = SafeET.fromstring((folder / "Leipzig.xml").read_bytes())
    advance = next(float(g.get("h-a-x") or g.get("w")) for g in widths.iter() if g.get("c") == code)
    drawing: Any = SafeET.fromstring((folder / "Leipzig" / f"{code}.xml").read_bytes())
    path = next(e.get("d") for e in drawing.iter() if e.tag.endswith("path"))
    return str(path), advance
