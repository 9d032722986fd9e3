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

import math
from array import array
from fractions import Fraction

import numpy as np

from model.media.reel import Clock

JUMP_S = 10
BACK_S = 1
_COARSE = 4  # ticks at least a quarter of a frame long do not round: they are the frame grid


class Ticks:
    """Collects presentation times and tells each frame's seconds from the first one.

    Attributes
    ----------
    frames: number of frames so far
    end_s: seconds at which the newest frame leaves the screen
    skipped_s: what rule 3 took out of the file's own timeline
    """

    def __init__(self, time_base: Fraction, rate: Fraction) -> None:
        """Count in ticks of ``time_base`` seconds against a nominal ``rate``."""
        self.frames = 0
        self.end_s = 0.0
        self.skipped_s = 0.0
        self._base, self._rate = time_base, rate
        step = 1 / (rate * time_base)  # ticks per frame, not always whole
        self._step = step
        self._fine = step > _COARSE
        self._most, self._least = JUMP_S / time_base, -BACK_S / time_base
        self._times = array("d")
        self._zero: int | None = None  # presentation time that counts as second zero
        self._last = 0  # ticks from zero of the newest frame
        self._distances: tuple[int, int] | None = None
        self._grid = True

    @property
    def variable(self) -> bool:
        """Whether there is more than one distance between frames, rounding of the container set aside."""
        if self._distances is None:
            return False
        low, high = self._distances
        return high - low > (1 if self._fine else 0)

    def add(self, pts: int | None, duration: int | None = None) -> float:
        """Take the next frame's presentation time (and its duration, in ticks); return its seconds."""
        ticks = self._place(pts)
        if self.frames:
            distance = ticks - self._last
            low, high = self._distances or (distance, distance)
            self._distances = min(low, distance), max(high, distance)
        self._last = ticks
        seconds = self._seconds(ticks)
        if self.frames and seconds <= self._times[-1]:
            seconds = math.nextafter(self._times[-1], math.inf)
        self._times.append(seconds)
        self.frames += 1
        stay = duration * self._base.numerator / self._base.denominator if duration else float(1 / self._rate)
        self.end_s = self._nominal(self.frames) if self._grid else seconds + stay
        return seconds

    def clock(self) -> Clock:
        """Build the clock of all frames so far."""
        return Clock(np.array(self._times, dtype=np.float64), self.end_s)

    def _place(self, pts: int | None) -> int:
        """Apply rules 1 to 3: ticks from second zero, strictly increasing."""
        if self._zero is None:
            self._zero = pts or 0
            return 0
        if pts is not None and self._least < pts - self._zero - self._last <= self._most:
            return max(pts - self._zero, self._last + 1)
        follows = self._last + max(1, round(self._step))
        if pts is not None:
            self.skipped_s += float((pts - self._zero - follows) * self._base)
            self._zero = pts - follows
        return follows

    def _seconds(self, ticks: int) -> float:
        """Apply rule 4."""
        top, bottom = self._step.numerator, self._step.denominator
        off = abs(ticks * bottom - self.frames * top)
        if off <= (bottom if self._fine else 0):
            return self._nominal(self.frames)
        self._grid = False
        return ticks * self._base.numerator / self._base.denominator

    def _nominal(self, frames: int) -> float:
        return frames * self._rate.denominator / self._rate.numerator
