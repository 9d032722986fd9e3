"""Locators for Media Composer and its relatives: a CMX3600 EDL of one event with ``* LOC:`` comments.

The event is the whole reel; every locator's timecode is record time. Comments are ASCII, one locator a line.
"""

from __future__ import annotations

from model.delivery.exporter import Exporter, Material
from model.delivery.marks import MarkKind, TimelineMark, marks
from model.delivery.resolve_edl import fcm_line
from model.delivery.wording import ascii_text, heading
from model.time import Frame, Timebase

_COLOURS = {MarkKind.IN: "YELLOW", MarkKind.OUT: "WHITE", MarkKind.SILENCE: "CYAN", MarkKind.HIT: "RED"}
_TITLE_LIMIT = 70  # characters of the reel's name
_COMMENT_LIMIT = 180  # characters of a locator's comment


def _write(material: Material) -> bytes:
    notes = material.notes
    base = notes.reel.timebase
    facts = heading(notes).ascii
    edges = f"{base.timecode(Frame(0))} {base.timecode(Frame(notes.reel.frames))}"
    lines = [
        f"TITLE: {ascii_text(notes.reel.name, _TITLE_LIMIT)}",
        fcm_line(base),
        f"001  AX       V     C        {edges} {edges}",
        f"* FROM CLIP NAME: {ascii_text(notes.reel.name, _TITLE_LIMIT)}",
        f"* COMMENT: {facts}",
        *(_locator(mark, base) for mark in marks(notes)),
    ]
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _locator(mark: TimelineMark, base: Timebase) -> str:
    text = mark.name + (f": {mark.note}" if mark.note else "")
    return f"* LOC: {base.timecode(mark.frame)} {_COLOURS[mark.kind]:<7} {ascii_text(text, _COMMENT_LIMIT)}"


EXPORTER = Exporter(
    name="avid-edl",
    suffix=".avid.edl",
    title="Avid locators (EDL)",
    carries=frozenset({"cues", "silences", "hits", "colours", "text", "timecode"}),
    write=_write,
)
