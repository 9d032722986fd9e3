"""Drawing in SVG: elements from names and attributes, every text and attribute escaped."""

from __future__ import annotations

import base64
from html import escape


def tag(name: str, content: str = "", /, **attributes: object) -> str:
    """Write one element; ``content`` is markup, attributes are data. ``class_`` is class, ``_`` in a name is ``-``."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text_element(text: str, x: float, y: float, class_: str | None = None, anchor: str | None = None) -> str:
    """Write text with its baseline at (x, y)."""
    return tag("text", escape(text), x=x, y=y, class_=class_, text_anchor=anchor)


def point_list(pairs: list[tuple[float, float]]) -> str:
    """Write a list of positions for a polygon or a polyline."""
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in pairs)


def jpeg_uri(data: bytes) -> str:
    """Write a JPEG as a data URI."""
    return "data:image/jpeg;base64," + base64.b64encode(data).decode("ascii")


def text_width(text: str, size: float) -> float:
    """Estimate the width of text in a proportional face: narrow letters count half."""
    units = sum(
        0.3 if char in "iljtfr.,:;'|! " else 0.85 if char in "mwMW" else 0.65 if char.isupper() else 0.53
        for char in text
    )
    return units * size


def _value(value: object) -> str:
    return _number(value) if isinstance(value, float) else escape(str(value))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
