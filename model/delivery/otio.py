"""The notes as an OpenTimelineIO timeline: the reel as one clip, cues, silences and hits as timeline markers.

Markers sit on the timeline's stack, so their frames count from the reel's first frame; ``global_start_time`` gives its
label. OTIO's rates are floats: 24000/1001 is the nearest double, and frame counts stay whole numbers throughout.
"""

from __future__ import annotations

import opentimelineio as oio
from opentimelineio.opentime import RationalTime, TimeRange

from model.delivery.exporter import Exporter, Material
from model.delivery.marks import MarkKind, TimelineMark, marks
from model.delivery.wording import clean_text, heading
from model.time import Timebase

_COLOURS = {
    MarkKind.IN: oio.schema.MarkerColor.YELLOW,
    MarkKind.OUT: oio.schema.MarkerColor.ORANGE,
    MarkKind.SILENCE: oio.schema.MarkerColor.WHITE,
    MarkKind.HIT: oio.schema.MarkerColor.RED,
}


def _write(material: Material) -> bytes:
    notes = material.notes
    base = notes.reel.timebase
    rate = float(base.rate)
    facts = heading(notes)
    whole = TimeRange(RationalTime(base.start, rate), RationalTime(notes.reel.frames, rate))
    media = oio.schema.MissingReference(name=facts.reel, available_range=whole)
    clip = oio.schema.Clip(name=facts.reel, media_reference=media, source_range=whole)
    track = oio.schema.Track(name="V1", kind=oio.schema.TrackKind.Video, children=[clip])
    timeline = oio.schema.Timeline(name=f"{facts.reel} {facts.version}", global_start_time=whole.start_time)
    timeline.tracks.append(track)
    timeline.tracks.markers.extend(_marker(mark, base) for mark in marks(notes))
    timeline.metadata["cuelight"] = {
        "schema": "cuelight.markers/1",
        "reel": facts.reel,
        "picture_version": facts.version,
        "rate": f"{base.rate.numerator}/{base.rate.denominator}",
        "drop_frame": base.drop_frame,
        "start_timecode": facts.start,
        "start_assumed": base.assumed,
        "revision": notes.revision,
    }
    return str(timeline.to_json_string(indent=1)).encode() + b"\n"


def _marker(mark: TimelineMark, base: Timebase) -> oio.schema.Marker:
    rate = float(base.rate)
    return oio.schema.Marker(
        name=mark.name,
        marked_range=TimeRange(RationalTime(mark.frame.index, rate), RationalTime(mark.frames, rate)),
        color=_COLOURS[mark.kind],
        comment=mark.note,
        metadata={"cuelight": {"kind": mark.kind.value, "timecode": clean_text(base.timecode(mark.frame))}},
    )


EXPORTER = Exporter(
    name="otio",
    suffix=".otio",
    title="OpenTimelineIO timeline with markers",
    carries=frozenset({"cues", "silences", "hits", "colours", "text", "timecode"}),
    write=_write,
)
