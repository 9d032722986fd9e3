"""The tempo map: the only converter between musical beats and seconds.

Units: ``Beat`` in quarter notes from the cue's first downbeat; seconds are exact ``Fraction`` from the reel's first
frame; bars are counted from 0 here and printed from 1.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from model.time import Beat

COMPOUND_UNIT = 8  # from eighths on; 3/4 and 6/4 are counted in quarters


@dataclass(frozen=True, slots=True)
class Tempo:
    """From ``beat`` on, ``bpm`` quarter notes a minute; ``ramp``: the ritardando or accelerando it is a step of."""

    beat: Beat
    bpm: Fraction
    ramp: str = ""


@dataclass(frozen=True, slots=True)
class Meter:
    """From ``bar`` on, ``beats`` of ``unit`` (4 = quarter, 8 = eighth) a bar."""

    bar: int
    beats: int = 4
    unit: int = 4

    @property
    def quarters(self) -> Fraction:
        """Length of one bar in quarter notes."""
        return Fraction(4 * self.beats, self.unit)

    @property
    def is_compound(self) -> bool:
        """Whether eighths (or shorter) are counted in threes, as in 6/8, 9/8 and 12/8."""
        return self.unit >= COMPOUND_UNIT and self.beats % 3 == 0


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Bars, meters and tempi of one cue.

    Attributes
    ----------
    start_s: seconds of Beat(0), exact, from the reel's first frame; at most a second after the cue's in
    bars: number of bars; the last one holds the cue's out
    tempi, meters: in order, the first at Beat(0) and bar 0; each holds until the next
    """

    start_s: Fraction
    bars: int
    tempi: tuple[Tempo, ...]
    meters: tuple[Meter, ...] = (Meter(0),)

    def __post_init__(self) -> None:
        """Check that the map has a beginning, is in order and moves on; raises ValueError."""
        if not self.tempi or self.tempi[0].beat != Beat(Fraction(0)) or not self.meters or self.meters[0].bar:
            message = "A tempo map begins at its first beat and bar."
            raise ValueError(message)
        beats = [t.beat for t in self.tempi]
        bars = [m.bar for m in self.meters]
        if sorted(set(beats)) != beats or sorted(set(bars)) != bars or min(t.bpm for t in self.tempi) <= 0:
            message = "Tempi and meters of a map are in order, and no tempo stands still."
            raise ValueError(message)

    def seconds(self, beat: Beat) -> Fraction:
        """Exact seconds of a beat; before the first beat the first tempo holds."""
        current, elapsed = self.tempi[0], self.start_s
        for following in self.tempi[1:]:
            if following.beat >= beat:
                break
            elapsed += (following.beat - current.beat) * 60 / current.bpm
            current = following
        return elapsed + (beat - current.beat) * 60 / current.bpm

    def beat(self, seconds: Fraction) -> Beat:
        """Find the exact beat at ``seconds`` of the reel; the inverse of :meth:`seconds`."""
        current, elapsed = self.tempi[0], self.start_s
        for following in self.tempi[1:]:
            end = elapsed + (following.beat - current.beat) * 60 / current.bpm
            if end >= seconds:
                break
            current, elapsed = following, end
        return current.beat + (seconds - elapsed) * current.bpm / 60

    def bpm(self, beat: Beat) -> Fraction:
        """Tempo at a beat, in bpm (quarter notes a minute)."""
        return self.tempi[max(bisect_right([t.beat for t in self.tempi], beat) - 1, 0)].bpm

    def meter(self, bar: int) -> Meter:
        """Meter of a bar."""
        return self.meters[max(bisect_right([m.bar for m in self.meters], bar) - 1, 0)]

    def bar_start(self, bar: int) -> Beat:
        """Start of a bar (counted from 0) as a beat; bars past the end continue in the last meter."""
        total = Fraction(0)
        for meter, until in zip(self.meters, [*(m.bar for m in self.meters[1:]), bar], strict=True):
            total += meter.quarters * max(0, min(until, bar) - meter.bar)
        return Beat(total)

    def position(self, beat: Beat) -> tuple[int, Fraction]:
        """Position of a beat: its bar (counted from 0) and the quarter notes into that bar."""
        left = beat - Beat(Fraction(0))
        for meter, until in zip(self.meters, [*(m.bar for m in self.meters[1:]), None], strict=True):
            length = meter.quarters
            whole = left // length
            if until is None or whole < until - meter.bar:
                return meter.bar + whole, left - length * whole
            left -= length * (until - meter.bar)
        raise AssertionError("the last meter holds for ever")

    @property
    def end(self) -> Beat:
        """The bar line after the last bar."""
        return self.bar_start(self.bars)
