"""The lanes of the time axis, each drawn for one row; positions in units of the drawing, y from the lane's top."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.delivery.exporter import Material
from model.delivery.palette import VOICES
from model.delivery.svg import point_list, tag, text_element, text_width
from model.delivery.wording import clean_text, shorten
from model.media.reel import Clock
from model.observe.observations import Curve, Feeling, Observations
from model.spotting.notes import Cue, Hit
from model.time import Frame, Span

_QUIETEST_LUFS = -54.0  # drawn as the flattest stroke
_LOUDEST_LUFS = -8.0  # drawn at the lane's full height
_CUE_HEIGHT = 26.0  # units: a box with a line of text
_TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120)
_TICK_SPACE = 84.0  # units between two timecode labels, so that they do not touch
_BAND = 0.3  # half width of the band of a value that nobody trusts


@dataclass(frozen=True, slots=True)
class Scale:
    """Frames to units: ``left`` is where the row starts; ``closes`` is True on the reel's last row."""

    span: Span
    left: float
    per_frame: float
    closes: bool

    def x(self, frame: Frame) -> float:
        """Return x of a frame, clamped to the row."""
        clamped = min(max(frame, self.span.start), self.span.end)
        return self.left + (clamped - self.span.start) * self.per_frame

    def width(self, span: Span) -> float:
        """Return the width of a stretch, clamped to the row."""
        return self.x(span.end) - self.x(span.start)

    def shows(self, span: Span) -> bool:
        """Whether the row shows any of a stretch."""
        return span.overlap(self.span) > 0

    def holds(self, frame: Frame) -> bool:
        """Whether a point lies on the row; the reel's very end belongs to its last row."""
        return frame in self.span or (self.closes and frame == self.span.end)


@dataclass(frozen=True, slots=True)
class Lane:
    """A named strip of drawings, ``height`` units high; the name stands level with ``middle`` (default: half way)."""

    name: str
    height: float
    parts: tuple[str, ...]
    middle: float | None = None


def all_lanes(material: Material, scale: Scale) -> list[Lane]:
    """Draw every lane the material allows, top to bottom, the picture excepted."""
    drawn = [lane(material, scale) for lane in _LANES]
    return [lane for lane in drawn if lane is not None]


def _dialogue(material: Material, scale: Scale) -> Lane | None:
    lines = material.notes.dialogue
    order = list(dict.fromkeys(line.speaker for line in lines))
    parts: list[str] = []
    for line in (line for line in lines if scale.shows(line.span)):
        voice = order.index(line.speaker) % VOICES + 1
        x, width = scale.x(line.span.start), max(2.0, scale.width(line.span))
        parts.append(tag("rect", x=x, y=0.6, width=width, height=10.8, rx=2.5, class_=f"voice{voice}"))
        name = shorten(clean_text(line.speaker), int((width - 7) / 4.6)) if width > 24 else ""  # noqa: PLR2004 - a word fits
        parts += [text_element(name, x + 4, 9.0, f"on{voice}")] if name else []
    return Lane("dialogue", 12.0, tuple(parts)) if lines else None


def _sound(material: Material, scale: Scale) -> Lane | None:
    seen = material.observations
    if seen is None or seen.loudness is None:
        return None
    middle = 12.0
    curve = _sample_curve(seen.loudness.momentary_lufs, seen.loudness.hop_s, seen.clock, scale, 1.6)
    sizes = np.clip((curve - _QUIETEST_LUFS) / (_LOUDEST_LUFS - _QUIETEST_LUFS), 0.02, 1.0) * 11
    across = _across(len(sizes), scale)
    outline = [(x, middle - s) for x, s in zip(across, sizes, strict=True)]
    outline += [(x, middle + s) for x, s in zip(across[::-1], sizes[::-1], strict=True)]
    parts = [tag("polygon", points=point_list(outline), class_="loud")]
    for stretch in seen.music.stretches if seen.music else ():
        span = Span(seen.clock.frame(stretch.start_s), seen.clock.frame(max(stretch.start_s, stretch.end_s)))
        if scale.shows(span):
            parts.append(
                tag("rect", x=scale.x(span.start), y=25.5, width=scale.width(span), height=2.4, class_="existing")
            )
    for impact in seen.effects.impacts if seen.effects else ():
        frame = seen.clock.frame(impact.time_s)
        if scale.holds(frame):
            parts.append(tag("circle", cx=scale.x(frame), cy=middle, r=1.6 + 2.2 * impact.strength, class_="effect"))
    return Lane("sound", 28.0, tuple(parts))


def _feeling(material: Material, scale: Scale) -> Lane | None:
    seen = material.observations
    if seen is None or not len(seen.affect.arousal.value):
        return None
    affect = seen.affect
    curves = (
        ("valence", affect.valence, 0.5, 0.5),
        ("tension", affect.tension, 1.0, 0.0),
        ("arousal", affect.arousal, 1.0, 0.0),
    )
    parts: list[str] = []
    for name, feeling, gain, offset in curves:
        parts += _curve(name, feeling, (gain, offset), seen, scale)
    return Lane("feeling", 36.0, tuple(parts))


def _curve(name: str, feeling: Feeling, linear: tuple[float, float], seen: Observations, scale: Scale) -> list[str]:
    if not len(feeling.value):
        return []
    gain, offset = linear
    value = _sample_curve(feeling.value, seen.affect.hop_s, seen.clock, scale, 3.0) * gain + offset
    half = (1 - _sample_curve(feeling.confidence, seen.affect.hop_s, seen.clock, scale, 3.0)) * _BAND
    across = _across(len(value), scale)

    def at(values: npt.NDArray[np.float64]) -> list[tuple[float, float]]:
        return list(zip(across, 35 - np.clip(values, 0, 1) * 34, strict=True))

    band = tag("polygon", points=point_list(at(value + half) + at(value - half)[::-1]), class_=f"band-{name}")
    return [band, tag("polyline", points=point_list(at(value)), class_=name)]


def _across(count: int, scale: Scale) -> list[float]:
    return [float(x) for x in np.linspace(scale.left, scale.x(scale.span.end), count)]


def _sample_curve(curve: Curve, hop_s: float, clock: Clock, scale: Scale, step: float) -> npt.NDArray[np.float64]:
    """Read a curve every ``step`` units of the row, each value the mean of what it stands for."""
    count = max(2, int(scale.width(scale.span) / step))
    frames = np.linspace(scale.span.start.index, scale.span.end.index, count + 1)
    edges = np.interp(frames, np.arange(len(clock.times_s) + 1), np.append(clock.times_s, clock.end_s)) / hop_s
    sums = np.concatenate([[0.0], np.cumsum(np.nan_to_num(curve, neginf=-70.0), dtype=np.float64)])
    places = np.clip(edges, 0, len(curve))
    totals = np.interp(places, np.arange(len(sums)), sums)
    lengths = np.maximum(np.diff(places), 1e-9)
    return np.where(np.diff(places) > 0, np.diff(totals) / lengths, curve[-1] if len(curve) else 0.0)


def _music(material: Material, scale: Scale) -> Lane | None:
    notes = material.notes
    parts: list[str] = []
    for silence in (s for s in notes.silences if scale.shows(s.span)):
        x, width = scale.x(silence.span.start), scale.width(silence.span)
        parts.append(tag("rect", x=x, y=1.0, width=width, height=_CUE_HEIGHT - 2, class_="silence"))
        reason = _fitting([clean_text(silence.instruction), "silence"], width - 8, 9)
        parts += [text_element(reason, x + width / 2, 16.5, "reason", "middle")] if reason else []
    for number, cue in enumerate(notes.cues):
        parts += _tail(cue, scale)
        parts += _cue(cue, number, scale) if scale.shows(cue.span) else []
    return Lane("music", _CUE_HEIGHT, tuple(parts))


def _cue(cue: Cue, place: int, scale: Scale) -> list[str]:
    x, width = scale.x(cue.span.start), max(2.0, scale.width(cue.span))
    box = tag("rect", x=x, y=0.6, width=width, height=_CUE_HEIGHT - 1.2, rx=3.0, class_="cue")
    number = clean_text(cue.number) + ("" if cue.span.start >= scale.span.start else " …")
    wide = text_width(number, 11)
    parts = [box]
    if wide + 6 < width:
        parts.append(text_element(number, x + 5, 17.0, "number"))
        title = _fitting([clean_text(cue.title)], width - wide - 20, 9.5)
        parts += [text_element(title, x + wide + 13, 16.8)] if title else []
    return [tag("a", "".join(parts), href=f"#cue-{place}")]


def _tail(cue: Cue, scale: Scale) -> list[str]:
    """Draw the ring past the out: falling and fading."""
    ring = Span(cue.span.end, cue.span.end + cue.tail)
    if not cue.tail or not scale.shows(ring):
        return []
    left, right = scale.x(ring.start), scale.x(ring.end)
    return [
        tag(
            "polygon",
            points=point_list([(left, 1.0), (right, _CUE_HEIGHT - 1), (left, _CUE_HEIGHT - 1)]),
            fill="url(#fade)",
        )
    ]


def _hits(material: Material, scale: Scale) -> Lane | None:
    hits = sorted((h for h in material.notes.hits if scale.holds(h.frame)), key=lambda h: (-h.weight, h.frame))
    parts: list[str] = []
    for hit in sorted(hits, key=lambda h: h.frame):
        x, size = scale.x(hit.frame), _hit_size(hit)
        diamond = point_list([(x, 6 - size), (x + size, 6.0), (x, 6 + size), (x - size, 6.0)])
        parts.append(tag("polygon", points=diamond, class_="hit", fill_opacity=round(0.35 + 0.13 * hit.weight, 2)))
    names, levels = _labels(hits, scale)
    return Lane("hits", 12.0 + 10 * levels, (*parts, *names), middle=6.0) if material.notes.hits else None


def _hit_size(hit: Hit) -> float:
    return 2.2 + 0.55 * hit.weight


def _labels(hits: list[Hit], scale: Scale) -> tuple[list[str], int]:
    """Name the hits, strongest first: beside the diamond, else in one of two lines below, else not at all.

    Returns the names and how many lines below are in use.
    """
    marks = [(scale.x(hit.frame) - _hit_size(hit), scale.x(hit.frame) + _hit_size(hit)) for hit in hits]
    taken: list[list[tuple[float, float]]] = [marks, [], []]
    parts: list[str] = []
    for hit in hits:
        label = shorten(clean_text(hit.label), 26)
        for level, line in enumerate(taken):
            start = scale.x(hit.frame) + (7 if level == 0 else -_hit_size(hit))
            extent = (start, start + text_width(label, 8.5))
            if label and extent[1] < scale.x(scale.span.end) and not _overlaps(extent, line):
                line.append(extent)
                parts.append(text_element(label, start, 9.0 + 10 * level, "lane"))
                break
    return parts, 2 if taken[2] else 1 if taken[1] else 0


def _overlaps(extent: tuple[float, float], others: list[tuple[float, float]]) -> bool:
    return any(a < extent[1] + 2 and extent[0] < b + 2 for a, b in others)


def _clock(material: Material, scale: Scale) -> Lane | None:
    """Draw the timecodes, on whole seconds of the label."""
    base = material.notes.reel.timebase
    room = next((s for s in _TICKS_S if s * base.nominal * scale.per_frame >= _TICK_SPACE), _TICKS_S[-1] * 5)
    parts: list[str] = []
    end = scale.x(scale.span.end)
    for index in _ticks(base.start, scale.span, room * base.nominal):
        frame = Frame(index)
        x = scale.x(frame)
        parts.append(tag("line", x1=x, x2=x, y1=0.0, y2=10.0, class_="tick"))
        parts += [text_element(base.timecode(frame), x + 3, 9.0, "mono")] if x + 62 < end + 2 else []
    return Lane("", 11.0, tuple(parts))


def _ticks(start: int, span: Span, step: int) -> list[int]:
    """Return frames whose labels are round; drop-frame labels drift by a hair, so ticks are counted, not labelled."""
    first = span.start.index + (-(start + span.start.index)) % step
    inside = list(range(first, span.end.index, step))
    return inside if inside and inside[0] - span.start.index < step // 4 else [span.start.index, *inside]


def _fitting(candidates: list[str], width: float, size: float) -> str:
    """Return the first text that fits, else the first one shortened, else nothing."""
    for text in candidates:
        if text_width(text, size) <= width:
            return text
    cut = shorten(candidates[0], int(width / (size * 0.5)))
    return cut if len(cut) >= 8 else ""  # noqa: PLR2004 - shorter says nothing


_LANES: tuple[Callable[[Material, Scale], Lane | None], ...] = (_dialogue, _sound, _feeling, _music, _hits, _clock)
