"""The notes as one comma-separated table: cues, silences and hits by time, the reel's facts on every row.

UTF-8 without a byte order mark, CRLF, quotes as in RFC 4180. Text that a spreadsheet would run as a formula gets a
leading apostrophe.
"""

from __future__ import annotations

import csv
import io

from model.delivery.exporter import Exporter, Material
from model.delivery.tables import Value, is_dangerous, tables
from model.delivery.wording import heading
from model.spotting.notes import SpottingNotes

_COLUMNS = (
    "what", "number", "in", "out", "in_frame", "out_frame", "seconds", "title", "instruction", "usage", "in_type",
    "out_type", "tail_frames", "tone", "not_tone", "intensity", "relative_seconds", "weight", "kind", "must_be",
    "treatment", "why", "or", "confidence", "id", "reel", "picture_version", "fps", "drop_frame", "start_timecode",
    "start_assumed",
)  # fmt: skip


def _write(material: Material) -> bytes:
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in list_rows(material.notes):
        writer.writerow([_cell(row.get(name, "")) for name in _COLUMNS])
    return sink.getvalue().encode("utf-8", "replace")


def list_rows(notes: SpottingNotes) -> list[dict[str, Value]]:
    """Return cues, silences and hits by frame, each as column -> value."""
    base, facts = notes.reel.timebase, heading(notes)
    reel: dict[str, Value] = {
        "reel": facts.reel,
        "picture_version": facts.version,
        "fps": facts.rate,
        "drop_frame": base.drop_frame,
        "start_timecode": facts.start,
        "start_assumed": base.assumed,
    }
    cues, hits, silences = (
        [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in tables(notes)[:3]
    )
    found = [{"what": "cue", **cue} for cue in cues]
    found += [{"what": "silence", **silence} for silence in silences]
    found += [{**hit, "what": "hit", **_hit_columns(hit)} for hit in hits]
    return [{**row, **reel} for row in sorted(found, key=lambda row: int(row["in_frame"]))]


def _hit_columns(hit: dict[str, Value]) -> dict[str, Value]:
    """Name the columns of a hit as the one table names them."""
    return {
        "number": hit["cue"],
        "in": hit["at"],
        "out": hit["at"],
        "in_frame": hit["frame"],
        "out_frame": hit["frame"],
        "title": hit["label"],
    }


def _cell(value: Value) -> Value:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and is_dangerous(value) else value


EXPORTER = Exporter(
    name="csv",
    suffix=".notes.csv",
    title="Cues, silences and hits (CSV)",
    carries=frozenset({"cues", "silences", "hits", "text", "timecode"}),
    write=_write,
)
