"""What stands above a score besides the cue itself, and how text is made fit for it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_LIMIT = 200  # characters of a title


@dataclass(frozen=True, slots=True)
class ScoreTitles:
    """The head of every page.

    Attributes
    ----------
    show: title of the film
    version: picture version, printed beside it ("v1")
    composer: whose music it is; empty leaves the line out
    """

    show: str
    version: str = ""
    composer: str = ""


def clean(text: str) -> str:
    """Keep what XML 1.0 and a line of text can hold: no control characters, no lone surrogates, one line."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())[:_LIMIT]
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:_LIMIT]


def latin(text: str) -> str:
    """Spell text in Latin-1, the code page of MIDI text: letters lose foreign accents, dashes become ``-``."""
    plain = clean(text).translate({0x2013: "-", 0x2014: "-", 0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"'})
    spelled = ""
    for char in unicodedata.normalize("NFC", plain):
        if ord(char) < 256:  # noqa: PLR2004 - the code page
            spelled += char
        else:
            base = [c for c in unicodedata.normalize("NFKD", char) if ord(c) < 256]  # noqa: PLR2004
            spelled += "".join(base) or "?"
    return spelled
