"""``lanes``: everything the browser draws along the time axis that nobody edits, as one small JSON document.

Made once from the observations and the first notes. Positions are frames from the reel's first frame, as in the notes;
curves have a value every ``hop_s`` seconds. Pictures are told by number (:func:`thumbnail`). Numbers are
rounded to what can be seen, so that the same observations give the same bytes; ``docs/review-media.md``
describes each member.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

import numpy as np

from model.documents import decode, encode
from model.errors import NotesInvalid
from model.fields import Named, Rounded, document
from model.observe.observations import Curve, Feeling, Observations
from model.spotting.notes import SpottingNotes
from model.time import Span

LOUDNESS_HOP_S = 0.2  # a value of the loudness curve as drawn: the loudest of so long
_SILENCE_LUFS = -70.0
_MICROSECONDS = 1_000_000  # in a second

In = Annotated[int, Named("in")]
Out = Annotated[int, Named("out")]
Tenth = Annotated[float, Rounded(1)]
Hundredth = Annotated[float, Rounded(2)]
Millionth = Annotated[float, Rounded(6)]


@dataclass(frozen=True, slots=True)
class LaneCut:
    """A change of shot: from its first changed frame to its first pure new one, the same for a cut."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class LaneLine:
    """A line of dialogue."""

    start: In
    end: Out
    speaker: str
    text: str
    confidence: Hundredth


@dataclass(frozen=True, slots=True)
class LaneMusic:
    """Music that is in the cut already."""

    start: In
    end: Out
    label: str
    confidence: Hundredth


@dataclass(frozen=True, slots=True)
class LaneImpact:
    """A sudden sound."""

    frame: int
    strength: Hundredth
    label: str


@dataclass(frozen=True, slots=True)
class LaneSpan:
    """From the first frame to the first one after."""

    start: In
    end: Out


@dataclass(frozen=True, slots=True)
class LanePerson:
    """Somebody who is on the screen; ``thumbnail`` is a number, or None."""

    name: str
    thumbnail: int | None
    spans: tuple[LaneSpan, ...]


@dataclass(frozen=True, slots=True)
class LaneTitle:
    """Text on the screen."""

    start: In
    end: Out
    text: str


@dataclass(frozen=True, slots=True)
class LaneScene:
    """A scene of the first notes."""

    start: In
    end: Out
    number: int
    description: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LaneLoudness:
    """Momentary loudness: the loudest of each ``hop_s``."""

    hop_s: Millionth
    lufs: tuple[Tenth, ...]


@dataclass(frozen=True, slots=True)
class LaneCurve:
    """A curve, and how far to trust it."""

    value: tuple[Hundredth, ...]
    confidence: tuple[Hundredth, ...]


@dataclass(frozen=True, slots=True)
class LaneFeeling:
    """The emotional curves, a value every ``hop_s``: 0 to 1, valence -1 to 1."""

    hop_s: float
    arousal: LaneCurve
    valence: LaneCurve
    tension: LaneCurve


@dataclass(frozen=True, slots=True)
class LaneThumbnail:
    """A picture of a frame."""

    frame: int
    n: int


@document("cuelight.lanes/1")
@dataclass(frozen=True, slots=True)
class Lanes:
    """Everything the browser draws along the time axis that nobody edits.

    Attributes
    ----------
    start: frames from label 00:00:00:00 to the first frame's label
    end_s: end of the picture
    frame_us: how long each frame stays, in microseconds, for a reel of variable rate; else empty, and frame ``n``
        begins at ``n / rate``
    loudness: None for a reel without sound
    music_apart: whether the browser's film carries the reel's own music on channels 5 and 6, dialogue and effects on
        1 and 2; older documents do not say
    """

    rate: Fraction
    frames: int
    start: int
    drop_frame: bool
    end_s: Millionth
    width: int
    height: int
    frame_us: tuple[int, ...]
    cuts: tuple[LaneCut, ...]
    flashes: tuple[int, ...]
    dialogue: tuple[LaneLine, ...]
    speakers: tuple[str, ...]
    music: tuple[LaneMusic, ...]
    effects: tuple[LaneImpact, ...]
    people: tuple[LanePerson, ...]
    titles: tuple[LaneTitle, ...]
    scenes: tuple[LaneScene, ...]
    loudness: LaneLoudness | None
    feeling: LaneFeeling
    thumbnails: tuple[LaneThumbnail, ...]
    music_apart: bool = False


def review_lanes(observations: Observations, notes: SpottingNotes, *, music_apart: bool = False) -> bytes:
    """Write the document; names, lines and scenes are those of the notes."""
    return encode(lanes_of(observations, notes, music_apart=music_apart))


def read_lanes(data: bytes) -> Lanes:
    """Read what :func:`review_lanes` wrote; raises NotesInvalid with the path of the first wrong member."""
    return decode(Lanes, data)


def lanes_of(seen: Observations, notes: SpottingNotes, *, music_apart: bool) -> Lanes:
    """Gather what there is to draw; names, lines and scenes are those of the notes."""
    base = notes.reel.timebase
    return Lanes(
        rate=base.rate,
        frames=seen.reel.frames,
        start=base.start,
        drop_frame=base.drop_frame,
        end_s=seen.clock.end_s,
        width=seen.reel.width,
        height=seen.reel.height,
        frame_us=_durations(seen) if seen.reel.variable_rate else (),
        cuts=tuple(LaneCut(t.start.index, t.end.index, t.kind.value) for t in seen.cuts.transitions),
        flashes=tuple(frame.index for frame in seen.cuts.flashes),
        dialogue=tuple(LaneLine(*_edges(d.span), d.speaker, d.text, d.confidence) for d in notes.dialogue),
        speakers=tuple(dict.fromkeys(line.speaker for line in notes.dialogue)),
        music=_music(seen),
        effects=_effects(seen),
        people=_people(seen),
        titles=tuple(LaneTitle(*_edges(title.span), title.text) for title in seen.titles),
        scenes=tuple(LaneScene(*_edges(s.span), s.number, s.description, s.people) for s in notes.scenes),
        loudness=_loudness(seen),
        feeling=_feeling(seen),
        thumbnails=tuple(LaneThumbnail(t.frame.index, n) for n, t in enumerate(seen.thumbnails)),
        music_apart=music_apart,
    )


def _edges(span: Span) -> tuple[int, int]:
    return span.start.index, span.end.index


def read_thumbnail(observations: Observations, n: int) -> bytes:
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


def _durations(seen: Observations) -> tuple[int, ...]:
    """Whole microseconds whose sum never drifts from the clock."""
    edges = np.rint(np.append(seen.clock.times_s, seen.clock.end_s) * _MICROSECONDS).astype(np.int64)
    return tuple(int(us) for us in np.diff(edges))


def _music(seen: Observations) -> tuple[LaneMusic, ...]:
    clock, stretches = seen.clock, seen.music.stretches if seen.music else ()
    return tuple(
        LaneMusic(clock.frame(s.start_s).index, clock.frame(max(s.start_s, s.end_s)).index, s.label, s.confidence)
        for s in stretches
    )


def _effects(seen: Observations) -> tuple[LaneImpact, ...]:
    impacts = seen.effects.impacts if seen.effects else ()
    return tuple(LaneImpact(seen.clock.frame(i.time_s).index, i.strength, i.label) for i in impacts)


def _people(seen: Observations) -> tuple[LanePerson, ...]:
    number, shots = len(seen.thumbnails), seen.shots
    people: list[LanePerson] = []
    for index, person in enumerate(seen.faces.people):
        frames = sorted({face.frame.index for face in seen.faces.faces if face.person == index})
        shown = number if person.thumbnail else None
        number += bool(person.thumbnail)
        people.append(LanePerson(person.name, shown, _on_screen(frames, seen, shots)))
    return tuple(people)


def _on_screen(frames: Sequence[int], seen: Observations, shots: Sequence[Span]) -> tuple[LaneSpan, ...]:
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
        if spans and spans[-1].end >= start:
            start = spans.pop().start
        spans.append(LaneSpan(start, end))
    return tuple(spans)


def _loudness(seen: Observations) -> LaneLoudness | None:
    if seen.loudness is None:
        return None
    every = max(1, round(LOUDNESS_HOP_S / seen.loudness.hop_s))
    curve = np.nan_to_num(seen.loudness.momentary_lufs, nan=_SILENCE_LUFS, neginf=_SILENCE_LUFS)
    loudest = np.maximum.reduceat(curve, np.arange(0, len(curve), every)) if len(curve) else curve
    return LaneLoudness(every * seen.loudness.hop_s, _values(loudest))


def _feeling(seen: Observations) -> LaneFeeling:
    affect = seen.affect
    return LaneFeeling(affect.hop_s, _curve(affect.arousal), _curve(affect.valence), _curve(affect.tension))


def _curve(feeling: Feeling) -> LaneCurve:
    return LaneCurve(_values(feeling.value), _values(feeling.confidence))


def _values(curve: Curve) -> tuple[float, ...]:
    return tuple(float(value) for value in np.nan_to_num(curve))
