"""Markers for Media Composer's Markers window (Import Markers): one line each, tab between the columns.

Columns: user, timecode, track, colour, comment, length in frames. The window keeps one marker a frame and track, so
marks that share a frame are joined. The first line is a slate on the reel's first frame that names reel, picture
version, rate and start: the format has no other place for them.
"""

from __future__ import annotations

from model.delivery.exporter import Exporter, Material
from model.delivery.marks import MarkKind, TimelineMark, marks, one_per_frame
from model.delivery.wording import ascii_text, heading
from model.time import Frame, Timebase

_USER = "Cuelight"
_TRACK = "V1"
_COLOURS = {
    MarkKind.SLATE: "white",
    MarkKind.IN: "yellow",
    MarkKind.OUT: "white",
    MarkKind.SILENCE: "cyan",
    MarkKind.HIT: "red",
}
_COMMENT_LIMIT = 400  # characters of a comment


def _write(material: Material) -> bytes:
    notes = material.notes
    slate = TimelineMark(Frame(0), 1, MarkKind.SLATE, heading(notes).ascii, "")
    lines = (_line(mark, notes.reel.timebase) for mark in one_per_frame([slate, *marks(notes)]))
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _line(mark: TimelineMark, base: Timebase) -> str:
    comment = ascii_text(mark.name + (f": {mark.note}" if mark.note else ""), _COMMENT_LIMIT)
    return "\t".join([_USER, base.timecode(mark.frame), _TRACK, _COLOURS[mark.kind], comment, str(mark.frames)])


EXPORTER = Exporter(
    name="marker-txt",
    suffix=".markers.txt",
    title="Avid markers (TXT)",
    carries=frozenset({"cues", "silences", "hits", "colours", "text", "timecode"}),
    write=_write,
)
