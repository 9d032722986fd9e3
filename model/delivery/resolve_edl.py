"""Timeline markers for DaVinci Resolve: the EDL it writes and imports itself (Timelines > Import > Timeline Markers).

Two lines a marker: an event of one frame in record timecode, then ``note |C:colour |M:name |D:frames``. The note
stands before the first ``|``, contains none, and begins with neither a digit nor ``*``: Resolve would misread it.
One marker a frame: those that coincide are joined.
"""

from __future__ import annotations

from model.delivery.exporter import Exporter, Material
from model.delivery.marks import MarkKind, TimelineMark, marks, one_per_frame
from model.delivery.wording import ascii_text, heading
from model.time import Timebase

_COLOURS = {MarkKind.IN: "Yellow", MarkKind.OUT: "Sand", MarkKind.SILENCE: "Cream", MarkKind.HIT: "Red"}
_TITLE_LIMIT = 120  # characters of the title line
_NAME_LIMIT = 120  # characters of a marker's name
_NOTE_LIMIT = 240  # characters of a marker's note


def fcm_line(base: Timebase) -> str:
    """Return the line that tells how the timecodes count."""
    return f"FCM: {'DROP FRAME' if base.drop_frame else 'NON-DROP FRAME'}"


def _write(material: Material) -> bytes:
    notes = material.notes
    base = notes.reel.timebase
    lines = [f"TITLE: {_field(heading(notes).ascii, _TITLE_LIMIT)}", fcm_line(base), ""]
    for number, mark in enumerate(one_per_frame(marks(notes)), start=1):
        lines += _event(number, mark, base)
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _event(number: int, mark: TimelineMark, base: Timebase) -> list[str]:
    edges = f"{base.timecode(mark.frame)} {base.timecode(mark.frame + 1)}"
    name = _field(mark.name, _NAME_LIMIT)
    return [
        f"{number:03d}  001      V     C        {edges} {edges}  ",
        f"{_note(mark)} |C:ResolveColor{_COLOURS[mark.kind]} |M:{name} |D:{mark.frames}",
        "",
    ]


def _note(mark: TimelineMark) -> str:
    note = _field(mark.note, _NOTE_LIMIT)
    return f"- {note}" if note[:1].isdigit() or note.startswith("*") else note


def _field(text: str, limit: int) -> str:
    return ascii_text(text.replace("|", "/"), limit)


EXPORTER = Exporter(
    name="resolve-edl",
    suffix=".resolve.edl",
    title="Resolve timeline markers (EDL)",
    carries=frozenset({"cues", "silences", "hits", "colours", "text", "timecode"}),
    write=_write,
)
