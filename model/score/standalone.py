"""Verovio's pages made to stand by themselves and to be the same every time.

What a page must not depend on is taken out: verovio's music font inside text becomes outlines, its random ids become
counted ones, and the text face is one that every machine of ours has. What its layout does not know is put right: hits
and timecodes are set smaller, words stay on the paper, a drum line shows no key.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import verovio
from defusedxml import ElementTree as SafeET

_SVG = "{http://www.w3.org/2000/svg}"
_TEXT_FACE = "Libertinus Serif"
_PLAIN = {
    "\ue260": "♭",
    "\ue261": "♮",
    "\ue262": "♯",
    "\ued60": "♭",
    "\ued61": "♮",
    "\ued62": "♯",
    "\uea63": "♭♭",
    "\uea64": "♭",
    "\uea65": "♮",
    "\uea66": "♯",
    "\uea67": "♯♯",
}
_TIMECODE = re.compile(r"\d\d:\d\d:\d\d[:;]\d\d+")
_SMALL, _TEXT_SIZE = "310px", "405px"
_AFTER_SIGN = 60  # units right of a sign, where the text beside it begins
_LETTER_EM = 0.53  # em a letter is taken to be wide
_WORDS = ("dir", "tempo", "harm")
_EM = 1000  # units an em in verovio's drawings
_BOXED = 325.0  # units: the font size of a boxed text
_BOLDER = 1.05  # factor by which a frame is wider than its text was drawn


def read_box(drawing: ET.Element) -> list[float]:
    """Read the corner and the size of a drawing."""
    return [float(number) for number in drawing.get("viewBox", "0 0 1 1").split()]


def write_standalone(root: ET.Element, page: int) -> str:
    """Write a page of verovio's so that it needs nothing but our text face; ``page`` keeps ids of pages apart."""
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
    width = read_box(next(e for e in root.iter(f"{_SVG}svg") if e.get("class") == "definition-scale"))[2]
    for group in root.iter(f"{_SVG}g"):
        if group.get("class") in _WORDS:
            _shrink_box(group)
            _keep_inside(group, width)
        if group.get("class") == "staff":
            _drop_key_of_drums(group)
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


def _shrink_box(group: ET.Element) -> None:
    """Set boxed words smaller than verovio does, the box around them from their baseline."""
    frame, text = group.find(f"{_SVG}rect"), group.find(f"{_SVG}text")
    if frame is None or text is None or group.get("class") != "dir":
        return
    baseline, left = float(text.get("y", "0")), float(text.get("x", "0"))
    for span in text:
        span.set("font-size", f"{_BOXED:g}px")
    x, y, width, height = (float(frame.get(name, "0")) for name in ("x", "y", "width", "height"))
    scale = _BOXED / float(_TEXT_SIZE.removesuffix("px"))
    frame.set("x", f"{left - (left - x) * scale:g}")
    frame.set("y", f"{baseline - (baseline - y) * scale:g}")
    frame.set("width", f"{width * scale * _BOLDER:g}")
    frame.set("height", f"{height * scale:g}")


def _drop_key_of_drums(staff: ET.Element) -> None:
    """Take the key signature off a staff of one line: verovio gives it everybody's."""
    if sum(child.tag == f"{_SVG}path" for child in staff) != 1:
        return
    for holder in list(staff.iter()):
        for sign in [g for g in holder if g.get("class") == "keySig"]:
            holder.remove(sign)


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
