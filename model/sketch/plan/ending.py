"""How a cue ends: where the last chord falls, and in what manner it reaches the out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.sketch.plan.bars import Bar, bar_at
from model.spotting.notes import OutType
from model.time import Beat

_EIGHTH, _QUARTER = Fraction(1, 2), Fraction(1)
_LEAST_S = 0.2
_STYLES = {
    OutType.ON_CUT: "cut",
    OutType.HARD_OUT: "cut",
    OutType.RING_OUT: "ring",
    OutType.TAIL_UNDER: "under",
    OutType.BUTTON: "button",
    OutType.FADE: "fade",
    OutType.SEGUE: "segue",
}
# least and most quarter notes the last chord should sound
_ROOM = {
    "cut": (Fraction(1), Fraction(4)),
    "button": (Fraction(1, 2), Fraction(5, 2)),
    "ring": (Fraction(2), Fraction(6)),
    "under": (Fraction(2), Fraction(8)),
    "fade": (Fraction(3), Fraction(8)),
    "segue": (Fraction(2), Fraction(6)),
}
SOFT = frozenset({"ring", "under", "fade"})


@dataclass(frozen=True, slots=True)
class Ending:
    """The last chord begins at ``onset`` and reaches the out; ``style`` is a key of ``_ROOM``."""

    onset: Beat
    style: str

    @property
    def soft(self) -> bool:
        """Whether the music dies away rather than stops."""
        return self.style in SOFT


def ending_of(out_type: OutType, bars: Sequence[Bar], end: Beat) -> Ending:
    """Find the strongest beat that leaves the last chord the room its manner wants.

    Bar lines are taken before half bars, those before beats, those before eighths; within a kind the latest that
    leaves enough. What is too short for any begins at the first beat.
    """
    style = _STYLES[out_type]
    least, most = _ROOM[style]
    per_second = Fraction(bars[-1].length) / Fraction(max(bars[-1].seconds, 1e-3)).limit_denominator(10**4)
    least = max(least, per_second * Fraction(_LEAST_S).limit_denominator(1000))
    places = [(_strength(bars, at), end - at, at) for at in _grid(end, most + least)]
    fitting = [p for p in places if least <= p[1] <= most]
    possible = fitting or [p for p in places if p[1] >= _EIGHTH] or [(0, end.quarters, Beat(Fraction(0)))]
    return Ending(min(possible, key=lambda p: (p[0], p[1]))[2], style)


def _grid(end: Beat, back: Fraction) -> list[Beat]:
    """List the eighths before the end, at most ``back`` quarters away."""
    first = max(Fraction(0), (end.quarters - back) // _EIGHTH * _EIGHTH)
    count = int((end.quarters - first) // _EIGHTH) + 1
    return [Beat(first + k * _EIGHTH) for k in range(count) if first + k * _EIGHTH < end.quarters]


def _strength(bars: Sequence[Bar], at: Beat) -> int:
    """Rank a place: 0 a bar line, 1 the half bar, 2 a beat, 3 an eighth."""
    bar = bar_at(bars, at)
    into = at - bar.start
    if not into:
        return 0
    if bar.half and into == bar.half:
        return 1
    return 2 if into % _QUARTER == 0 else 3
