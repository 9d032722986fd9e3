"""The bars of a cue that sound: where each begins, how long it sounds, and when that is in the film."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.time import Beat
from model.timing.tempo_map import Meter, TempoMap

_COMPOUND_UNIT = 8  # meters in eighths


@dataclass(frozen=True, slots=True)
class GridBar:
    """One bar.

    Attributes
    ----------
    length: quarter notes that sound; the cue's out cuts the last bar short
    start_s, end_s: float seconds from the reel's first frame
    """

    index: int
    start: Beat
    length: Fraction
    meter: Meter
    start_s: float
    end_s: float

    @property
    def end(self) -> Beat:
        """Where the bar stops sounding."""
        return self.start + self.length

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end_s - self.start_s

    @property
    def half(self) -> Fraction:
        """Quarter notes to the strong beat inside a full bar: 2 of 4, 3 of 5 and 6/8; 0 where there is none."""
        if self.meter.unit == _COMPOUND_UNIT:
            return self.meter.quarters / 2 if self.meter.beats % 6 == 0 else Fraction(0)
        return {4: Fraction(2), 5: Fraction(3), 6: Fraction(3), 7: Fraction(4)}.get(self.meter.beats, Fraction(0))


def bars_of(tempo_map: TempoMap, end: Beat) -> tuple[GridBar, ...]:
    """Bars that begin before ``end``; the last one is cut there."""
    found: list[GridBar] = []
    for index in range(tempo_map.bars):
        start = tempo_map.bar_start(index)
        if start >= end:
            break
        meter = tempo_map.meter(index)
        until = min(start + meter.quarters, end)
        edges = float(tempo_map.seconds(start)), float(tempo_map.seconds(until))
        found.append(GridBar(index, start, until - start, meter, *edges))
    return tuple(found)


def bar_at(bars: Sequence[GridBar], beat: Beat) -> GridBar:
    """Bar in which a beat lies; the first or last bar for one outside."""
    return bars[max(bisect_right(bars, beat, key=lambda bar: bar.start) - 1, 0)]


def find_nearest_line(bars: Sequence[GridBar], seconds: float) -> int:
    """Find the index of the bar whose bar line is nearest to a moment of the film."""
    return min(range(len(bars)), key=lambda k: (abs(bars[k].start_s - seconds), k))
