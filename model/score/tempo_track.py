"""The tempo map in whole microseconds a quarter note, as MIDI writes it, without drifting from the exact one.

A tempo rounds by at most half a microsecond a quarter; over thousands of quarters that would be heard. Where the sum
of roundings nears the limit, the other neighbouring microsecond takes over, at a whole quarter, until it is paid back:
in cues of usual length that never happens and each tempo is written once.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from model.timing.tempo_map import TempoMap

LIMIT_US = 100
_MINUTE_US = 60_000_000
SLOWEST_US = 0xFFFFFF


def tempo_changes(tempo_map: TempoMap) -> list[tuple[Fraction, int]]:
    """List tempo changes (quarter notes from the first beat, microseconds a quarter); drift about ``LIMIT_US``."""
    edges = [(t.beat.quarters, t.bpm) for t in tempo_map.tempi]
    edges.append((max(tempo_map.end.quarters, edges[-1][0] + 1), edges[-1][1]))
    changes: list[tuple[Fraction, int]] = []
    drift = Fraction(0)
    for (start, bpm), (end, _) in pairwise(edges):
        exact = _MINUTE_US / bpm
        now = start
        while now < end:
            whole = _choose(exact, drift)
            error = whole - exact
            until = min(end, now + _stretch(error, drift))
            if not changes or changes[-1][1] != whole:
                changes.append((now, whole))
            drift += error * (until - now)
            now = until
    return changes


def _choose(exact: Fraction, drift: Fraction) -> int:
    """Round to the nearest, unless that pushes a drift further that is already at the limit."""
    nearest = round(exact)
    if abs(drift) >= LIMIT_US and (nearest - exact) * drift > 0:
        nearest += 1 if drift < 0 else -1
    return min(nearest, SLOWEST_US)


def _stretch(error: Fraction, drift: Fraction) -> Fraction:
    """Quarter notes until this rounding brings the drift to the limit on its own side, whole and at least one."""
    if not error:
        return Fraction(10**9)
    room = LIMIT_US - drift if error > 0 else LIMIT_US + drift
    return Fraction(max(1, -(-room // abs(error))))
