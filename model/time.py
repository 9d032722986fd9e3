"""Picture time: integer frames, exact seconds, timecode labels.

Units
-----
``Frame``    position in the picture, counted from the reel's first frame (0)
``Beat``     position in the music, in quarter notes; no arithmetic with frames exists
``Fraction`` exact seconds, the only bridge between the two
``Timebase`` the only converter of frames: to seconds, to labels and back

Drop-frame is a property of the label, never of time (SMPTE ST 12-1: labels ;00 and ;01 are skipped each
minute except every tenth, at 30000/1001; ;00-;03 at 60000/1001).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering

from model.errors import RateInvalid, TimecodeInvalid

DEFAULT_START = "01:00:00:00"
_LABEL = re.compile(r"(\d{2}):(\d{2}):(\d{2})([:;.])(\d{2,3})")
_TEN_MINUTES_S = 600
_NTSC = 1001  # denominator of the NTSC rates, 24000/1001 and so on


@dataclass(frozen=True, order=True, slots=True)
class Frame:
    """A picture position: frames from the reel's first frame, which is ``Frame(0)``."""

    index: int

    def __add__(self, frames: int) -> Frame:
        """Move later by a whole number of frames."""
        return Frame(self.index + frames) if isinstance(frames, int) else NotImplemented

    def __sub__(self, other: Frame) -> int:
        """Count the frames from ``other`` to here."""
        return self.index - other.index if isinstance(other, Frame) else NotImplemented


@total_ordering
@dataclass(frozen=True, slots=True)
class Beat:
    """A musical position in quarter notes from the cue's first downbeat."""

    quarters: Fraction

    def __add__(self, quarters: Fraction) -> Beat:
        """Move later by a musical distance in quarter notes."""
        return Beat(self.quarters + quarters) if isinstance(quarters, Fraction) else NotImplemented

    def __sub__(self, other: Beat) -> Fraction:
        """Measure the quarter notes from ``other`` to here."""
        return self.quarters - other.quarters if isinstance(other, Beat) else NotImplemented

    def __lt__(self, other: Beat) -> bool:
        """Order by position."""
        return self.quarters < other.quarters if isinstance(other, Beat) else NotImplemented


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A half-open stretch of picture: ``start`` is in, ``end`` is the first frame after it."""

    start: Frame
    end: Frame

    def __post_init__(self) -> None:
        """Refuse to run backwards."""
        if self.end < self.start:
            msg = f"A span cannot run backwards: {self.start.index} to {self.end.index}."
            raise ValueError(msg)

    @classmethod
    def of(cls, start: int, end: int) -> Span:
        """Build a span from two frame indices."""
        return cls(Frame(start), Frame(end))

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.end - self.start

    def __contains__(self, frame: Frame) -> bool:
        """Whether ``frame`` lies inside."""
        return self.start <= frame < self.end

    def overlap(self, other: Span) -> int:
        """Return the overlap with ``other`` in frames."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


def parse_rate(text: str) -> Fraction:
    """Read a frame rate: ``24``, ``24000/1001``, or the trade's ``23.976``, ``23.98``, ``29.97``, ``59.94``.

    Raises RateInvalid for anything that is no rate between 1 and 300.
    """
    try:
        value = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        message = f"{text!r} is not a frame rate."
        raise RateInvalid(message, hint="Write 24, 25, 23.976 or 30000/1001.") from None
    return exact_rate(value)


def exact_rate(value: Fraction) -> Fraction:
    """Snap a decimal spelling of an NTSC rate to N*1000/1001; leave every other rate as it is."""
    if not 1 <= value <= 300:  # noqa: PLR2004 - the range itself is the rule
        message = f"{float(value):.6g} frames per second is not a usable rate."
        raise RateInvalid(message)
    nominal = round(value * _NTSC / 1000)
    ntsc = Fraction(nominal * 1000, _NTSC)
    return ntsc if value != round(value) and abs(value - ntsc) < Fraction(1, 200) else value


@dataclass(frozen=True, slots=True)
class Timebase:
    """How frames of one reel become seconds and labels.

    Attributes
    ----------
    rate: exact frames per second
    start: label of the reel's first frame, as a count of frames from label 00:00:00:00
    drop_frame: whether labels skip numbers
    assumed: True when no start timecode was found and 01:00:00:00 was assumed; documents say so
    """

    rate: Fraction
    start: int = 0
    drop_frame: bool = False
    assumed: bool = False

    def __post_init__(self) -> None:
        """Refuse drop-frame labels at rates that have none."""
        if self.drop_frame and self.rate not in (Fraction(30000, _NTSC), Fraction(60000, _NTSC)):
            message = f"Drop-frame timecode does not exist at {rate_name(self.rate)} fps."
            raise TimecodeInvalid(message, hint="Use ':' before the frames.")

    @classmethod
    def from_label(cls, rate: Fraction, label: str = "", *, drop_frame: bool | None = None) -> Timebase:
        """Build from the label of the first frame.

        Without a label, 01:00:00:00 is assumed and recorded as such. ``;`` before the frames means drop-frame.
        Raises TimecodeInvalid if the label does not exist at this rate.
        """
        text = label or DEFAULT_START
        drop = drop_frame if drop_frame is not None else ";" in text
        bare = cls(rate, 0, drop)
        return cls(rate, bare._count(text), drop, assumed=not label)

    @property
    def nominal(self) -> int:
        """Whole number of labels per second: 24 for 23.976."""
        return -(-self.rate.numerator // self.rate.denominator)

    def seconds(self, frame: Frame) -> Fraction:
        """Exact seconds from the reel's first frame to the start of ``frame``."""
        return frame.index / self.rate

    def frame(self, seconds: Fraction | float) -> Frame:
        """Find the frame on the screen at ``seconds``: the trade floors to the first frame showing it."""
        exact = seconds if isinstance(seconds, Fraction) else Fraction(seconds).limit_denominator(10**7)
        return Frame(int(exact * self.rate // 1))

    def nearest(self, seconds: Fraction | float) -> Frame:
        """Find the frame whose start is nearest to ``seconds``."""
        exact = seconds if isinstance(seconds, Fraction) else Fraction(seconds).limit_denominator(10**7)
        return Frame(int((exact * self.rate + Fraction(1, 2)) // 1))

    def timecode(self, frame: Frame) -> str:
        """Return the timecode of ``frame`` as HH:MM:SS:FF, or HH:MM:SS;FF when labels drop; wraps at 24 hours."""
        return self.label(self.start + frame.index)

    def label(self, count: int) -> str:
        """Label of the ``count``-th frame after label 00:00:00:00."""
        n = self.nominal
        number = self._with_dropped(count) if self.drop_frame else count
        number %= 24 * 3600 * n
        seconds, frames = divmod(number, n)
        width = 3 if n > 100 else 2  # noqa: PLR2004 - labels above 100 fps need three digits
        mark = ";" if self.drop_frame else ":"
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frames:0{width}d}"

    def parse(self, label: str) -> Frame:
        """Find the frame that carries ``label``; the inverse of :meth:`timecode`."""
        return Frame(self._count(label) - self.start)

    def _dropped_per_minute(self) -> int:
        return self.nominal // 15

    def _with_dropped(self, count: int) -> int:
        n, d = self.nominal, self._dropped_per_minute()
        per_ten = _TEN_MINUTES_S * n - 9 * d
        tens, rest = divmod(count, per_ten)
        per_minute = 60 * n - d
        minutes = max(0, (rest - d) // per_minute)
        return count + 9 * d * tens + d * minutes

    def _count(self, label: str) -> int:
        match = _LABEL.fullmatch(label.strip())
        if match is None:
            message = f"{label!r} is not a timecode."
            raise TimecodeInvalid(message, hint="Write HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame.")
        hours, minutes, seconds, frames = (int(match[i]) for i in (1, 2, 3, 5))
        n = self.nominal
        dropped = self._dropped_per_minute() if self.drop_frame else 0
        skipped = bool(dropped) and minutes % 10 != 0 and seconds == 0 and frames < dropped
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= n or skipped:  # noqa: PLR2004 - clock faces
            message = f"The timecode {label} does not exist at {rate_name(self.rate)} fps."
            raise TimecodeInvalid(message)
        total_minutes = hours * 60 + minutes
        return (total_minutes * 60 + seconds) * n + frames - dropped * (total_minutes - total_minutes // 10)


def rate_name(rate: Fraction) -> str:
    """Spell a rate as the trade does: ``23.976``, ``24``, ``29.97``."""
    if rate.denominator == 1:
        return str(rate.numerator)
    return f"{float(rate):.3f}".rstrip("0")
