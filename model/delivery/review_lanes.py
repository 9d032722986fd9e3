"""``lanes``: everything the browser draws along the time axis that nobody edits, as one small JSON document.

Made once from the observations and the first notes. Positions are frames from the reel's first frame, as in the notes;
curves have a value every ``hop_s`` seconds. Pictures are told by number (:func:`thumbnail`). Object members are sorted
and numbers rounded to what can be seen, so that the same observations give the same bytes; ``docs/review-media.md``
describes each member.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from model.errors import NotesInvalid
from model.observe.observations import Curve, Feeling, Observations
from model.observe.store import load
from model.spotting.notes import SpottingNotes
from model.time import Span

SCHEMA = "cuelight.lanes/1"
LOUDNESS_HOP_S = 0.2
_SILENCE_LUFS = -70.0
_MICROSECONDS = 1_000_000

# "in" cannot be a member in the other notation.
LaneSpan = TypedDict("LaneSpan", {"in": int, "out": int})
LaneLine = TypedDict("LaneLine", {"in": int, "out": int, "speaker": str, "text": str, "confidence": float})
LaneMusic = TypedDict("LaneMusic", {"in": int, "out": int, "label": str, "confidence": float})
LaneTitle = TypedDict("LaneTitle", {"in": int, "out": int, "text": str})
LaneScene = TypedDict("LaneScene", {"in": int, "out": int, "number": int, "description": str, "people": list[str]})


class LaneCut(TypedDict):
    """A change of shot: from its first changed frame to its first pure new one, the same for a cut."""

    start: int
    end: int
    kind: str


class LaneImpact(TypedDict):
    """A sudden sound."""

    frame: int
    strength: float
    label: str


class LanePerson(TypedDict):
    """Somebody who is seen; ``thumbnail`` is a number, or None."""

    name: str
    thumbnail: int | None
    spans: list[LaneSpan]


class LaneLoudness(TypedDict):
    """Momentary loudness: the loudest of each ``hop_s``."""

    hop_s: float
    lufs: list[float]


class LaneCurve(TypedDict):
    """A curve, and how far to trust it."""

    value: list[float]
    confidence: list[float]


class LaneFeeling(TypedDict):
    """The emotional curves."""

    hop_s: float
    arousal: LaneCurve
    valence: LaneCurve
    tension: LaneCurve


class LaneThumbnail(TypedDict):
    """A picture of a frame."""

    frame: int
    n: int


class Lanes(TypedDict):
    """The document.

    ``frame_us`` holds how long each frame stays, in microseconds, for a reel of variable rate; else it is empty and
    frame ``n`` begins at ``n / rate``. ``loudness`` is None for a reel without sound. ``music_apart`` says whether the
    browser's film carries the reel's own music on channels 5 and 6, dialogue and effects on 1 and 2.
    """

    schema: str
    rate: str
    frames: int
    start: int
    drop_frame: bool
    end_s: float
    width: int
    height: int
    frame_us: list[int]
    cuts: list[LaneCut]
    flashes: list[int]
    dialogue: list[LaneLine]
    speakers: list[str]
    music: list[LaneMusic]
    effects: list[LaneImpact]
    people: list[LanePerson]
    titles: list[LaneTitle]
    scenes: list[LaneScene]
    loudness: LaneLoudness | None
    feeling: LaneFeeling
    thumbnails: list[LaneThumbnail]
    music_apart: bool


def review_lanes(observations: Observations, notes: SpottingNotes, *, music_apart: bool = False) -> bytes:
    """Write the document; names, lines and scenes are those of the notes."""
    lanes = _lanes(observations, notes, music_apart)
    text = json.dumps(lanes, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def read_lanes(data: bytes) -> Lanes:
    """Read what :func:`review_lanes` wrote; raises NotesInvalid with the path of the first wrong member."""
    return load(data, Lanes, SCHEMA)


def thumbnail(observations: Observations, n: int) -> bytes:
    """Return picture number ``n`` of the document, a JPEG: first those of frames, then those of people.

    Raises NotesInvalid if there is none of that number.
    """
    pictures = _pictures(observations)
    if not 0 <= n < len(pictures):
        message = f"There is no picture {n}."
        raise NotesInvalid(message, hint=f"There are {len(pictures)}.")
    return pictures[n]


def _pictures(seen: Observations) -> list[bytes]:
    return [*(t.jpeg for t in seen.thumbnails), *(p.thumbnail for p in seen.faces.people if p.thumbnail)]


def _lanes(seen: Observations, notes: SpottingNotes, music_apart: bool) -> Lanes:
    base = notes.reel.timebase
    return {
        "schema": SCHEMA,
        "rate": f"{base.rate.numerator}/{base.rate.denominator}",
        "frames": seen.reel.frames,
        "start": base.start,
        "drop_frame": base.drop_frame,
        "end_s": round(seen.clock.end_s, 6),
        "width": seen.reel.width,
        "height": seen.reel.height,
        "frame_us": _durations(seen) if seen.reel.variable_rate else [],
        "cuts": [{"start": t.start.index, "end": t.end.index, "kind": t.kind.value} for t in seen.cuts.transitions],
        "flashes": [frame.index for frame in seen.cuts.flashes],
        "dialogue": [
            {**_span(d.span), "speaker": d.speaker, "text": d.text, "confidence": round(d.confidence, 2)}
            for d in notes.dialogue
        ],
        "speakers": list(dict.fromkeys(line.speaker for line in notes.dialogue)),
        "music": _music(seen),
        "effects": _effects(seen),
        "people": _people(seen),
        "titles": [{**_span(title.span), "text": title.text} for title in seen.titles],
        "scenes": [
            {**_span(s.span), "number": s.number, "description": s.description, "people": list(s.people)}
            for s in notes.scenes
        ],
        "loudness": _loudness(seen),
        "feeling": _feeling(seen),
        "thumbnails": [{"frame": t.frame.index, "n": n} for n, t in enumerate(seen.thumbnails)],
        "music_apart": music_apart,
    }


def _span(span: Span) -> LaneSpan:
    return {"in": span.start.index, "out": span.end.index}


def _durations(seen: Observations) -> list[int]:
    """Whole microseconds whose sum never drifts from the clock."""
    edges = np.rint(np.append(seen.clock.times_s, seen.clock.end_s) * _MICROSECONDS).astype(np.int64)
    return [int(us) for us in np.diff(edges)]


def _music(seen: Observations) -> list[LaneMusic]:
    stretches = seen.music.stretches if seen.music else ()
    return [
        {
            **_span(Span(seen.clock.frame(s.start_s), seen.clock.frame(max(s.start_s, s.end_s)))),
            "label": s.label,
            "confidence": round(s.confidence, 2),
        }
        for s in stretches
    ]


def _effects(seen: Observations) -> list[LaneImpact]:
    impacts = seen.effects.impacts if seen.effects else ()
    return [
        {"frame": seen.clock.frame(i.time_s).index, "strength": round(i.strength, 2), "label": i.label} for i in impacts
    ]


def _people(seen: Observations) -> list[LanePerson]:
    number, shots = len(seen.thumbnails), seen.shots
    people: list[LanePerson] = []
    for index, person in enumerate(seen.faces.people):
        frames = sorted({face.frame.index for face in seen.faces.faces if face.person == index})
        shown = number if person.thumbnail else None
        number += bool(person.thumbnail)
        people.append({"name": person.name, "thumbnail": shown, "spans": _on_screen(frames, seen, shots)})
    return people


def _on_screen(frames: Sequence[int], seen: Observations, shots: Sequence[Span]) -> list[LaneSpan]:
    """Say from when to when somebody is seen: half way to the looks before and after, or to the edge of the shot."""
    looked = sorted({frame.index for frame in seen.faces.looked} | set(frames))
    spans: list[LaneSpan] = []
    for frame in frames:
        shot = shots[max(bisect_right(shots, frame, key=lambda shot: shot.start.index) - 1, 0)]
        place = bisect_left(looked, frame)
        before = looked[place - 1] if place else -1
        after = looked[place + 1] if place + 1 < len(looked) else seen.reel.frames
        start = (before + frame + 1) // 2 if before >= shot.start.index else shot.start.index
        end = (frame + after + 1) // 2 if after < shot.end.index else shot.end.index
        if spans and spans[-1]["out"] >= start:
            spans[-1]["out"] = end
        else:
            spans.append({"in": start, "out": end})
    return spans


def _loudness(seen: Observations) -> LaneLoudness | None:
    if seen.loudness is None:
        return None
    every = max(1, round(LOUDNESS_HOP_S / seen.loudness.hop_s))
    curve = np.nan_to_num(seen.loudness.momentary_lufs, nan=_SILENCE_LUFS, neginf=_SILENCE_LUFS)
    loudest = np.maximum.reduceat(curve, np.arange(0, len(curve), every)) if len(curve) else curve
    return {"hop_s": round(every * seen.loudness.hop_s, 6), "lufs": _rounded(loudest, 1)}


def _feeling(seen: Observations) -> LaneFeeling:
    affect = seen.affect
    return {
        "hop_s": affect.hop_s,
        "arousal": _curve(affect.arousal),
        "valence": _curve(affect.valence),
        "tension": _curve(affect.tension),
    }


def _curve(feeling: Feeling) -> LaneCurve:
    return {"value": _rounded(feeling.value, 2), "confidence": _rounded(feeling.confidence, 2)}


def _rounded(curve: Curve, digits: int) -> list[float]:
    """Round to what can be seen; whole values lose their point."""
    values = [round(float(value), digits) for value in np.nan_to_num(curve)]
    return [int(value) if value == int(value) else value for value in values]
