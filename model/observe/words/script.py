"""A screenplay as scenes and speeches: Fountain and Final Draft.

Only what spotting can use is kept: the scene headings, and who says what in which order. Formats: Fountain syntax 1.1
(fountain.io/syntax); Final Draft's FDX, XML with one ``Paragraph`` for each element.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from model.errors import ScriptInvalid

_LONGEST = 8_000_000  # characters: fifty screenplays
_HEADING = re.compile(r"(?:int|ext|est|i/e|int\.?/ext|ext\.?/int)[. ].*", re.IGNORECASE)
_TRANSITION = re.compile(r"[^a-z]*(?:TO:|IN:|OUT[.:])")
_CUE = re.compile(r"(?=[^a-z]*[^\W\d_])[^a-z()]+(?:\s*\([^)]*\))*\s*\^?")
_TITLE_PAGE = re.compile(
    r"(?:title|credit|author|authors|source|draft date|date|contact|notes|copyright)\s*:", re.IGNORECASE
)
_HIDDEN = re.compile(r"/\*.*?\*/|\[\[.*?\]\]", re.DOTALL)
_EMPHASIS = re.compile(r"(?<!\\)[*_]+")
_SCENE_NUMBER = re.compile(r"\s*#[^#\s]+#\s*$")
_BRACKETS = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Speech:
    """What one character says; ``scene`` is the index of the scene it is said in, -1 before the first heading."""

    character: str
    text: str
    scene: int = -1


@dataclass(frozen=True, slots=True)
class Script:
    """A screenplay: ``scenes`` are the headings as written, both in the order of the pages."""

    scenes: tuple[str, ...]
    speeches: tuple[Speech, ...]

    @property
    def characters(self) -> tuple[str, ...]:
        """Who speaks, in order of first appearance."""
        return tuple(dict.fromkeys(speech.character for speech in self.speeches))


class _Pages:
    """Collects elements in order."""

    def __init__(self) -> None:
        self.scenes: list[str] = []
        self.speeches: list[Speech] = []

    def add_heading(self, text: str) -> None:
        self.scenes.append(_SCENE_NUMBER.sub("", text).strip())

    def add_speech(self, character: str, rows: list[str]) -> None:
        name = _BRACKETS.sub("", character).strip(" ^@").title()
        words = " ".join(" ".join(_BRACKETS.sub(" ", row) for row in rows).split())
        if name and words:
            self.speeches.append(Speech(name, words, len(self.scenes) - 1))

    def script(self) -> Script:
        if not self.scenes and not self.speeches:
            raise ScriptInvalid("There is neither a scene heading nor a speech in the script.")
        return Script(tuple(self.scenes), tuple(self.speeches))


def read_script(text: str, kind: str) -> Script:
    """Read a screenplay, ``fountain`` or ``fdx``; raise ScriptInvalid if it is none."""
    plain = text.lstrip("\ufeff")
    if len(plain) > _LONGEST or "\0" in plain:
        raise ScriptInvalid("The script is no text of a usable length.")
    if kind == "fountain":
        return _fountain(plain.replace("\r\n", "\n").replace("\r", "\n"))
    if kind == "fdx":
        return _final_draft(plain)
    message = f"Scripts of the kind {kind!r} are not known."
    raise ScriptInvalid(message, hint="Hand in .fountain or .fdx.")


def _fountain(text: str) -> Script:
    """Elements stand between blank lines; a character's line is followed at once by what is said."""
    pages = _Pages()
    bare = _HIDDEN.sub("", text).strip("\n")
    blocks = re.split(r"\n[ \t]*\n+|\n(?=\.[^.])", bare)
    if _TITLE_PAGE.match(bare):
        blocks = blocks[1:]
    for block in blocks:
        rows = [_EMPHASIS.sub("", row).strip() for row in block.split("\n") if row.strip()]
        if not rows:
            continue
        first = rows[0]
        if _HEADING.fullmatch(first) or (first.startswith(".") and not first.startswith("..")):
            pages.add_heading(first.lstrip("."))
        elif len(rows) > 1 and _is_character(first):
            pages.add_speech(first, [row.lstrip("~") for row in rows[1:]])
    return pages.script()


def _is_character(row: str) -> bool:
    if row.startswith("@"):
        return True
    return row[0] not in "!>#=~." and bool(_CUE.fullmatch(row)) and not _TRANSITION.fullmatch(row)


def _final_draft(text: str) -> Script:
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise ScriptInvalid("The script is not a readable Final Draft file.", hint="Save it again as .fdx.") from error
    if root.tag != "FinalDraft":
        raise ScriptInvalid("The script is XML, but not Final Draft's.", hint="Save it again as .fdx.")
    pages, speaker, rows = _Pages(), "", list[str]()
    for paragraph in root.iterfind("./Content//Paragraph"):
        words = " ".join("".join(piece.text or "" for piece in paragraph.iterfind("Text")).split())
        kind = paragraph.get("Type", "")
        if kind == "Dialogue":
            rows.append(words)
        elif kind != "Parenthetical":
            pages.add_speech(speaker, rows)
            speaker, rows = (words, []) if kind == "Character" else ("", [])
            if kind == "Scene Heading" and words:
                pages.add_heading(words)
    pages.add_speech(speaker, rows)
    return pages.script()
