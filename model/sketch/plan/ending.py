"""How a cue ends: where its last chord begins, and how that reaches the out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.sketch.plan.bars import GridBar, bar_at
from model.spotting.notes import OutType
from model.time import Beat

_EIGHTH = Fraction(1, 2)
_QUARTER = Fraction(1)
_SHORTEST_LAST_CHORD_S = Fraction(1, 5)
_STYLES = {
    OutType.ON_CUT: "cut",
    OutType.HARD_OUT: "cut",
    OutType.RING_OUT: "ring",
    OutType.TAIL_UNDER: "under",
    OutType.BUTTON: "button",
    OutType.FADE: "fade",
    OutType.SEGUE: "segue",
}
_LAST_CHORD_QUARTERS = {  # least and most
    "cut": (Fraction(1), Fraction(4)),
    "button": (Fraction(1, 2), Fraction(5, 2)),
    "ring": (Fraction(2), Fraction(6)),
    "under": (Fraction(2), Fraction(8)),
    "fade": (Fraction(3), Fraction(8)),
    "segue": (Fraction(2), Fraction(6)),
}
_SOFT_STYLES = frozenset({"ring", "under", "fade"})


@dataclass(frozen=True, slots=True)
class Ending:
    """The last chord, from ``onset`` to the out.

    ``style``: ``cut``, ``ring``, ``under``, ``button``, ``fade`` or ``segue``.
    """

    onset: Beat
    style: str

    @property
    def soft(self) -> bool:
        """Whether the music dies away instead of stopping."""
        return self.style in _SOFT_STYLES


def find_ending(out_type: OutType, bars: Sequence[GridBar], end: Beat) -> Ending:
    """Find where the last chord begins: on the strongest beat that leaves it as long as its style needs.

    Bar lines are preferred to half bars, those to beats, those to eighths; among equals the latest is taken. In a cue
    too short for any of them the last chord begins on the first beat.
    """
    style = _STYLES[out_type]
    least, most = _LAST_CHORD_QUARTERS[style]
    per_second = Fraction(bars[-1].length) / Fraction(max(bars[-1].seconds, 1e-3)).limit_denominator(10**4)
    least = max(least, per_second * _SHORTEST_LAST_CHORD_S)
    places = [(_rank_place(bars, at), end - at, at) for at in _eighths_before(end, most + least)]
    fitting = [p for p in places if least <= p[1] <= most]
    possible = fitting or [p for p in places if p[1] >= _EIGHTH] or [(0, end.quarters, Beat(Fraction(0)))]
    return Ending(min(possible, key=lambda p: (p[0], p[1]))[2], style)


def _eighths_before(end: Beat, back: Fraction) -> list[Beat]:
    """List the eighths before the end, at most ``back`` quarters from it."""
    first = max(Fraction(0), (end.quarters - back) // _EIGHTH * _EIGHTH)
    count = int((end.quarters - first) // _EIGHTH) + 1
    return [Beat(first + k * _EIGHTH) for k in range(count) if first + k * _EIGHTH < end.quarters]


def _rank_place(bars: Sequence[GridBar], at: Beat) -> int:
    """Rank a place, the strongest first: 0 a bar line, 1 the half bar, 2 a beat, 3 an eighth."""
    bar = bar_at(bars, at)
    into = at - bar.start
    if not into:
        return 0
    if bar.half and into == bar.half:
        return 1
    return 2 if into % _QUARTER == 0 else 3
