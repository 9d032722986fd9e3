"""The time axis: rows of the reel, each one drawing with all lanes cut by the same clock.

Lanes go from what is seen and heard to what is decided: picture, dialogue, sound, feeling, music, hits, timecode.
A short reel is one row; a long one gets rows of one to ten minutes to the same scale, so that an hour stays readable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from model.delivery import lanes
from model.delivery.exporter import Material
from model.delivery.strip import film_strip
from model.delivery.svg import tag, text_element
from model.time import Span

WIDTH = 1120.0  # units of the drawing; the page and the print scale it
GUTTER = 62.0  # units left of the axis for the lanes' names
_ONE_ROW_S = 150
_ROW_LENGTHS_S = (60, 90, 120, 180, 300, 600)
_MOST_ROWS = 12
_LANE_GAP = 5.0  # units between two lanes


@dataclass(frozen=True, slots=True)
class Row:
    """One drawing: ``markup`` is SVG of ``WIDTH`` by ``height`` units; ``used`` are the thumbnails it refers to.

    Time runs from ``left`` to ``right``.
    """

    span: Span
    left: float
    right: float
    height: float
    markup: str
    used: frozenset[int]


def rows(material: Material) -> list[Row]:
    """Draw the whole reel."""
    spans, length = _cut(material)
    return [_row(material, span, length, last=span == spans[-1]) for span in spans]


def _cut(material: Material) -> tuple[list[Span], int]:
    """Cut the reel into rows; also returns the frames that a full row holds."""
    reel = material.notes.reel
    frames, base = max(1, reel.frames), reel.timebase
    seconds = float(frames / base.rate)
    if seconds <= _ONE_ROW_S:
        return [Span.of(0, frames)], frames
    chosen = next((s for s in _ROW_LENGTHS_S if seconds / s <= _MOST_ROWS), _ROW_LENGTHS_S[-1])
    length = base.nearest(chosen).index
    edges = [*range(0, frames, length), frames]
    if edges[-1] - edges[-2] < length // 20 and len(edges) > 2:  # noqa: PLR2004 - a crumb joins the row before it
        del edges[-2]
    return [Span.of(a, b) for a, b in pairwise(edges)], max(b - a for a, b in pairwise(edges))


def _row(material: Material, span: Span, length: int, *, last: bool) -> Row:
    scale = lanes.Scale(span, GUTTER, (WIDTH - GUTTER) / length, closes=last)
    strip = film_strip(material, scale)
    drawn = [strip.lane, *lanes.all_lanes(material, scale)]
    markup, height = _stack([lane for lane in drawn if lane is not None])
    return Row(span, GUTTER, scale.x(span.end), height, markup, strip.used)


def _stack(drawn: Sequence[lanes.Lane]) -> tuple[str, float]:
    """Put the lanes under one another, each with its name in the gutter."""
    parts: list[str] = []
    y = 0.0
    for lane in drawn:
        middle = lane.height / 2 if lane.middle is None else lane.middle
        name = text_element(lane.name, 0.0, middle + 3, "lane") if lane.name else ""
        parts.append(tag("g", name + "".join(lane.parts), transform=f"translate(0 {y:g})"))
        y += lane.height + _LANE_GAP
    return "".join(parts), y - _LANE_GAP
