"""The film strip: every shot of a row with the pictures nearest to what it shows."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from model.delivery.exporter import Material
from model.delivery.lanes import Lane, Scale
from model.delivery.svg import jpeg_uri, tag
from model.observe.observations import Observations, Thumbnail
from model.time import Span

_HEIGHT = 46.0  # units of a picture in the strip
_NARROWEST = 5.0  # units: a narrower shot joins the one before
_GAP = 1.2  # units between two pictures
_SLICE = "xMidYMid slice"


@dataclass(frozen=True, slots=True)
class Strip:
    """The lane, None without pictures, and the indices of the thumbnails it shows."""

    lane: Lane | None
    used: frozenset[int]


def film_strip(material: Material, scale: Scale) -> Strip:
    """Draw the shots of a row; each slot shows the picture nearest to its middle, cropped to fit."""
    seen = material.observations
    if seen is None or not seen.thumbnails:
        return Strip(None, frozenset())
    aspect = min(max(seen.reel.width / max(1, seen.reel.height), 1.0), 2.4)
    used: set[int] = set()
    parts: list[str] = []
    for slot in _slots(seen, scale, _HEIGHT * aspect):
        nearest = nearest_thumbnail(seen.thumbnails, (slot.start.index + slot.end.index) // 2)
        used.add(nearest)
        left, right = scale.x(slot.start), scale.x(slot.end)
        width = max(0.5, right - left - _GAP)
        parts.append(tag("use", href=f"#t{nearest}", x=left, y=0.0, width=width, height=_HEIGHT))
    return Strip(Lane("picture", _HEIGHT, tuple(parts)), frozenset(used))


def define_symbols(thumbnails: tuple[Thumbnail, ...], used: frozenset[int]) -> str:
    """Define each picture once; drawings refer to it as ``#t<index>``."""
    return "".join(
        tag(
            "symbol",
            tag("image", href=jpeg_uri(thumbnails[index].jpeg), width=160.0, height=90.0, preserveAspectRatio=_SLICE),
            id=f"t{index}",
            viewBox="0 0 160 90",
            preserveAspectRatio=_SLICE,
        )
        for index in sorted(used)
    )


def nearest_thumbnail(thumbnails: tuple[Thumbnail, ...], frame: int) -> int:
    """Find the index of the thumbnail nearest to ``frame``; there must be at least one, in order of frames."""
    place = bisect_left(thumbnails, frame, key=lambda thumbnail: thumbnail.frame.index)
    around = range(max(0, place - 1), min(len(thumbnails), place + 1))
    return min(around, key=lambda index: abs(thumbnails[index].frame.index - frame))


def _slots(seen: Observations, scale: Scale, wide: float) -> list[Span]:
    """Cut the row at its shots: long shots into several pictures, runs of very short ones into one."""
    slots: list[Span] = []
    for shot in seen.shots:
        if not shot.overlap(scale.span):
            continue
        start, end = max(shot.start, scale.span.start), min(shot.end, scale.span.end)
        if slots and scale.width(Span(slots[-1].start, end)) < _NARROWEST:
            slots[-1] = Span(slots[-1].start, end)
            continue
        pieces = max(1, round(scale.width(Span(start, end)) / wide))
        edges = [start + (end - start) * k // pieces for k in range(pieces + 1)]
        slots += [Span(a, b) for a, b in pairwise(edges) if b > a]
    return slots
