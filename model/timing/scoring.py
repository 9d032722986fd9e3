"""What a fit is worth: the price list, and every aim's reward written onto a table over time.

The unit is the weight of a hit (0-5): a tempo change that costs 0.4 is made for a hit that weighs more. Rewards are
whole thousandths of that unit, so that sums are exact and the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from model.timing.landing import Aim

UNIT: Final = 1000
TICKS: Final = 1000
AVOID: Final = "avoid"
ANY: Final = "any"
BAR: Final = "bar"


@dataclass(frozen=True, slots=True)
class Scoring:
    """What things cost, in weights of hits.

    Attributes
    ----------
    change, slope: a tempo change, and each unit of abs(log(new bpm / old bpm)) of it
    unanchored: added to a change made on a beat that catches nothing (the beat of the last hit is preferred)
    early, late: share of a hit's weight lost per frame off; music may rather be late than early
    near, near_frames: share of the weight for a beat that many frames outside the window
    eighth: share of the weight for an eighth where ``any`` place will do
    avoid: share of the weight lost by a beat on a hit to be avoided
    mandatory: how many times heavier a mandatory hit is
    target: each unit of abs(log(bpm / target)), averaged over the cue
    start: each second the first beat comes late
    out: weight of a beat on the cue's out
    """

    change: float = 0.45
    slope: float = 10.0
    unanchored: float = 0.05
    early: float = 0.04
    late: float = 0.02
    near: float = 0.25
    near_frames: float = 2.0
    eighth: float = 0.7
    avoid: float = 0.5
    mandatory: float = 20.0
    target: float = 4.0
    start: float = 0.3
    out: float = 1.5


MUSICAL: Final = Scoring()
NEAR_FRAMES: Final = 2
# Frames kept from a window's ends, so that whoever checks in floats agrees.
SAFE: Final = 0.001


@dataclass(frozen=True, slots=True)
class Timed:
    """An aim in seconds from the cue's in, and the length of a frame."""

    aim: Aim
    at_s: float
    frame_s: float


@dataclass(frozen=True, slots=True)
class Rewards:
    """Reward of a beat, and of an eighth between beats, at every tick.

    Attributes
    ----------
    beat: (N,) int64, thousandths of a weight, per 1 / ``TICKS`` second from the cue's in
    eighth: (N,) int64, or None where no aim would take an eighth
    """

    beat: npt.NDArray[np.int64]
    eighth: npt.NDArray[np.int64] | None


def rewards(aims: Sequence[Timed], seconds: float, shortest_s: float, scoring: Scoring) -> Rewards:
    """Write the aims onto the tables.

    ``seconds`` is the span of the tables, ``shortest_s`` the fastest beat: no window counts wider than that, lest two
    beats be paid for one hit.
    """
    beat = np.zeros(int(seconds * TICKS) + 2, np.int64)
    eighth = np.zeros_like(beat)
    for timed in aims:
        widest = shortest_s / 2 if timed.aim.must_be == ANY else shortest_s
        _write(beat, timed, widest, scoring, 1.0)
        if timed.aim.must_be == ANY:
            _write(eighth, timed, widest, scoring, scoring.eighth)
    return Rewards(beat, eighth if eighth.any() else None)


def _write(table: npt.NDArray[np.int64], timed: Timed, widest_s: float, scoring: Scoring, share: float) -> None:
    aim, frame = timed.aim, timed.frame_s
    margin = scoring.near_frames if scoring.near and aim.must_be != AVOID else 0.0
    span = (aim.early + aim.late) * frame
    squeeze = min(1.0, 0.98 * widest_s / span) if span else 1.0
    early, late = aim.early * squeeze, aim.late * squeeze
    reach = min(margin, max(0.0, (0.98 * widest_s / frame - early - late) / 2))
    first = max(0, int(np.ceil((timed.at_s - (early + reach) * frame) * TICKS)))
    last = min(len(table), int(np.floor((timed.at_s + (late + reach) * frame) * TICKS)))
    if last <= first:
        return
    # a tick is paid for what holds in all of it: both of its ends lie in the window
    off = ((np.arange(first, last) + 0.5) / TICKS - timed.at_s) / frame
    half_tick = 0.5 / TICKS / frame
    inside = (off - half_tick >= -early + SAFE) & (off + half_tick <= late - SAFE)
    table[first:last] += _worth(aim, off, inside, scoring, share)


def _worth(
    aim: Aim, off: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_], scoring: Scoring, share: float
) -> npt.NDArray[np.int64]:
    weight = max(aim.weight, 0.01) * (scoring.mandatory if aim.mandatory else 1.0) * share * UNIT
    if aim.must_be == AVOID:
        return np.where(inside, -round(weight * scoring.avoid), 0).astype(np.int64)
    lost = np.minimum(np.where(off < 0, -off * scoring.early, off * scoring.late), 0.5)
    return np.rint(weight * np.where(inside, 1.0 - lost, scoring.near * (1.0 - lost))).astype(np.int64)
