"""Writing XML: elements from names, attributes and content, every text escaped, no control characters let through."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from model.score.titles import clean


def tag(name: str, /, *children: str, **attributes: object) -> str:
    """Write one element; children are markup. In attribute names ``_`` is ``-`` and a final one is dropped."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(clean(str(value)))}"
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(children)
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text_element(name: str, text: object, /, **attributes: object) -> str:
    """Write one element with text, which is data."""
    return tag(name, escape(clean(str(text))), **attributes)
