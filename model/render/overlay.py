"""What is burnt into the preview: timecode, cue, bar and beat, streamers and punches.

Drawn straight into the planes of a YUV 4:2:0 picture: nothing is converted, so a frame costs a fraction of a
millisecond.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt

from model.sketch.sketch_types import Sketch
from model.time import Beat, Frame, Timebase
from model.timing.sync import StreamerColour, Sync, pulse_quarters
from model.timing.tempo_map import TempoMap

Pixels = npt.NDArray[np.uint8]
_PAINT = {  # Y, U, V after BT.709, limited range
    StreamerColour.WARNING: (206, 24, 140),
    StreamerColour.DOWNBEAT: (150, 50, 40),
    StreamerColour.HIT: (235, 128, 128),
    StreamerColour.END: (80, 100, 230),
}
_WHITE = 235  # luma of white in video range
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_EPSILON_S = 1e-6
_COUNT_IN = 8  # beats counted before the first bar


@dataclass(frozen=True, slots=True)
class Guide:
    """What the preview shows of one cue."""

    number: str
    title: str
    cue_in: Frame
    out: Frame
    tempo_map: TempoMap
    sync: Sync

    @classmethod
    def of(cls, sketch: Sketch, sync: Sync) -> Guide:
        """Take what is needed from a sketch."""
        return cls(sketch.number, sketch.title, sketch.cue_in, sketch.out, sketch.tempo_map, sync)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A guide in floats, ready to be looked up."""

    guide: Guide
    begin_s: float
    end_s: float
    beats_s: tuple[float, ...]
    labels: tuple[str, ...]
    punches: tuple[tuple[float, StreamerColour], ...]


class Overlay:
    """Draws on the frames of one reel, in order or not."""

    def __init__(self, guides: Sequence[Guide], timebase: Timebase) -> None:
        """Prepare the look-ups."""
        self._timebase = timebase
        self._shown = [_prepare(guide, timebase) for guide in guides]

    def draw(self, picture: Pixels, frame: Frame, time_s: float, until_s: float) -> None:
        """Draw on uint8 [rows * 3 / 2, columns] of planar YUV 4:2:0: what belongs to ``time_s`` up to ``until_s``."""
        canvas = _Canvas(picture)
        canvas.write_text(self._timebase.timecode(frame), row=0, right=False)
        for shown in self._shown:
            self._streamers(canvas, shown, time_s)
            for at_s, colour in shown.punches:
                if time_s - _EPSILON_S <= at_s < until_s - _EPSILON_S:
                    canvas.draw_punch(colour)
            if shown.begin_s <= time_s + _EPSILON_S < shown.end_s:
                canvas.write_text(f"{shown.guide.number} {shown.guide.title}".strip(), row=0, right=True)
                canvas.write_text(bar_beat_label(shown.beats_s, shown.labels, time_s), row=-1, right=False)

    def _streamers(self, canvas: _Canvas, shown: _Shown, time_s: float) -> None:
        for streamer in shown.guide.sync.streamers:
            begin, end = float(streamer.begin_s), float(streamer.end_s)
            if begin <= time_s < end - _EPSILON_S:
                canvas.draw_streamer((time_s - begin) / (end - begin), streamer.colour)


def bar_beat_label(beats_s: Sequence[float], labels: Sequence[str], time_s: float) -> str:
    """Label of the pulse sounding at ``time_s``; empty before the first."""
    at = bisect_right(beats_s, time_s + _EPSILON_S) - 1
    return labels[at] if at >= 0 else ""


def _prepare(guide: Guide, timebase: Timebase) -> _Shown:
    pulses = _pulses(guide.tempo_map)
    seen = [(float(p.at_s), p.colour) for p in guide.sync.punches]
    seen += [(float(at), StreamerColour.HIT) for flutter in guide.sync.flutters for at in flutter.punches_s]
    clicks = [float(c.seconds) for c in guide.sync.clicks if c.free]
    return _Shown(
        guide=guide,
        begin_s=min([float(timebase.seconds(guide.cue_in)), *clicks]),
        end_s=float(timebase.seconds(guide.out)),
        beats_s=tuple(at for at, _ in pulses),
        labels=tuple(label for _, label in pulses),
        punches=tuple(sorted(seen)),
    )


def _pulses(tempo_map: TempoMap) -> list[tuple[float, str]]:
    """Every pulse with its printed ``bar|beat``; those of the count-in have negative bars."""
    first = tempo_map.meter(0)
    step, in_bar = pulse_quarters(first), int(first.quarters / pulse_quarters(first))
    out: list[tuple[float, str]] = []
    for n in range(_COUNT_IN, 0, -1):
        bar, beat = divmod(-n, in_bar)
        out.append((float(tempo_map.seconds(Beat(-step * n))), f"{bar}|{beat + 1}"))
    begin = Beat(Fraction(0))
    for bar in range(tempo_map.bars):
        meter = tempo_map.meter(bar)
        step = pulse_quarters(meter)
        pulses = range(int(meter.quarters / step))
        out += [(float(tempo_map.seconds(begin + step * n)), f"{bar + 1}|{n + 1}") for n in pulses]
        begin += meter.quarters
    return out


class _Canvas:
    """The three planes of a picture, and how large things are on it."""

    def __init__(self, picture: Pixels) -> None:
        self.rows = len(picture) * 2 // 3
        self.columns = picture.shape[1]
        self.luma = picture[: self.rows]
        half = picture[self.rows :].reshape(2, self.rows // 2, self.columns // 2)
        self.chroma = (half[0], half[1])
        self.scale = self.rows / 540

    def write_text(self, text: str, *, row: int, right: bool) -> None:
        """Write white on a darkened box in a corner: ``row`` 0 is the top, -1 the bottom."""
        if not text:
            return
        plain = text.encode("ascii", "replace").decode()
        thick = max(1, round(1.6 * self.scale))
        (width, height), below = cv2.getTextSize(plain, _FONT, 0.9 * self.scale, thick)
        pad = max(2, round(7 * self.scale))
        left = self.columns - width - 3 * pad if right else pad
        top = pad if row == 0 else self.rows - height - below - 3 * pad
        left = max(left, 0)
        box = (slice(top, top + height + below + 2 * pad), slice(left, left + width + 2 * pad))
        self.luma[box] = self.luma[box] // 4 + 12
        for plane in self.chroma:
            part = plane[tuple(slice(s.start // 2, s.stop // 2) for s in box)]
            part[:] = 128
        ink = np.ascontiguousarray(self.luma[box])
        cv2.putText(ink, plain, (pad, pad + height), _FONT, 0.9 * self.scale, _WHITE, thick, cv2.LINE_AA)
        self.luma[box] = ink

    def draw_streamer(self, share: float, colour: StreamerColour) -> None:
        """Draw the bar at ``share`` of the way from the left edge to the right."""
        wide = max(4, self.columns // 90) // 2 * 2
        left = round(share * self.columns / 2) * 2 - wide
        self._fill(colour, slice(0, self.rows), slice(max(left, 0), min(left + wide, self.columns)))

    def draw_punch(self, colour: StreamerColour) -> None:
        """Flash a disc in the middle of the picture."""
        y, u, v = _PAINT[colour]
        middle, radius = (self.columns // 2, self.rows // 2), self.rows // 7
        _disc(self.luma, middle, radius, y)
        for plane, value in zip(self.chroma, (u, v), strict=True):
            _disc(plane, (middle[0] // 2, middle[1] // 2), radius // 2, value)

    def _fill(self, colour: StreamerColour, rows: slice, columns: slice) -> None:
        y, u, v = _PAINT[colour]
        self.luma[rows, columns] = y
        for plane, value in zip(self.chroma, (u, v), strict=True):
            plane[rows.start // 2 : rows.stop // 2, columns.start // 2 : columns.stop // 2] = value


def _disc(plane: Pixels, middle: tuple[int, int], radius: int, value: int) -> None:
    rows, columns = np.ogrid[: plane.shape[0], : plane.shape[1]]
    plane[(rows - middle[1]) ** 2 + (columns - middle[0]) ** 2 <= radius**2] = value
