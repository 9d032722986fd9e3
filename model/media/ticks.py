"""From presentation times to the reel's clock: exact, strictly increasing, causal.

The rule, frame by frame, in the stream's own ticks counted from the first frame:

1. A time that moves forward by at most ten seconds is believed.
2. A time that stands still or steps back by less than a second is one tick after the last: the picture catches up.
3. A time that is missing, jumps back by a second or more, or jumps ahead by more than ten seconds, starts a new count:
   the frame follows the last one at the nominal distance and all later times are moved along with it.
4. A time within one tick of its place at the nominal rate *is* that place: containers that count in milliseconds
   (Matroska) or 1/90000 s (MPEG-TS) round 1001/24000 s, and the clock takes the rounding back.
"""

from __future__ import annotations

from array import array
from fractions import Fraction

import numpy as np

from model.media.reel import Clock

JUMP_S = 10
BACK_S = 1
_COARSE = 4  # ticks at least a quarter of a frame long do not round: they are the frame grid


class Ticks:
    """Collects presentation times and tells each frame's seconds from the first one."""

    def __init__(self, time_base: Fraction, rate: Fraction) -> None:
        """Count in ticks of ``time_base`` seconds against a nominal ``rate``."""
        self._base = time_base
        self._step = 1 / (rate * time_base)  # ticks per frame, not always whole
        self._fine = self._step > _COARSE
        self._times = array("d")
        self._anchor: int | None = None  # raw time that counts as zero
        self._last = 0  # ticks from zero of the newest frame
        self._distances: tuple[int, int] | None = None
        self._grid = True
        self._last_duration = Fraction(0)

    @property
    def frames(self) -> int:
        """Number of frames so far."""
        return len(self._times)

    @property
    def anchor_s(self) -> Fraction:
        """Presentation time, in the container's own seconds, that is second zero of the reel."""
        return (self._anchor or 0) * self._base

    @property
    def end_s(self) -> float:
        """Seconds at which the newest frame leaves the screen."""
        if not self._times:
            return 0.0
        exact = Fraction(self.frames) * self._step * self._base
        if self._grid:
            return float(exact)
        return self._times[-1] + float(self._last_duration or self._step * self._base)

    def add(self, pts: int | None, duration: int | None = None) -> float:
        """Take the next frame's presentation time (and its duration, in ticks); return its seconds."""
        ticks = self._place(pts)
        if self.frames:
            distance = ticks - self._last
            low, high = self._distances or (distance, distance)
            self._distances = min(low, distance), max(high, distance)
        self._last = ticks
        self._last_duration = (duration or 0) * self._base
        seconds = self._seconds(ticks)
        self._times.append(seconds)
        return seconds

    @property
    def variable(self) -> bool:
        """Whether there is more than one distance between frames, rounding of the container set aside."""
        if self._distances is None:
            return False
        low, high = self._distances
        return high - low > (1 if self._fine else 0)

    def clock(self) -> Clock:
        """Build the clock of all frames so far."""
        return Clock(np.array(self._times, dtype=np.float64), self.end_s)

    def _place(self, pts: int | None) -> int:
        if self._anchor is None:
            self._anchor = pts or 0
            return 0
        ticks = None if pts is None else pts - self._anchor
        forward = None if ticks is None else (ticks - self._last) * self._base
        if ticks is None or forward is None or not -BACK_S < forward <= JUMP_S:
            ticks = self._last + max(1, round(self._step))
            self._anchor = self._anchor if pts is None else pts - ticks
        return max(ticks, self._last + 1)

    def _seconds(self, ticks: int) -> float:
        nominal = self.frames * self._step
        near = self._fine and abs(ticks - nominal) <= 1
        self._grid = self._grid and (near or ticks == nominal)
        exact = nominal if near else Fraction(ticks)
        seconds = float(exact * self._base)
        return seconds if not self._times or seconds > self._times[-1] else np.nextafter(self._times[-1], np.inf).item()
