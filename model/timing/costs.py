"""What a fit costs and what hits earn: the list of costs, and the aims' rewards as tables over time.

The unit is the weight of a hit (0-5): a tempo change that costs 0.4 is made for a hit that weighs more. Rewards are
whole thousandths of that unit, so that sums are exact and the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from model.spotting.notes import MustBe
from model.timing.landing import NEAR_FRAMES, Aim

UNITS_PER_WEIGHT: Final = 1000  # scores are integers: sums are exact and the same on every machine
TICKS_PER_S: Final = 1000  # resolution of the reward tables; a frame of film is about 42 ticks
EDGE_MARGIN_FRAMES: Final = 0.001
WIDEST_WINDOW_SHARE: Final = 0.98  # of the fastest beat, so that never two beats are paid for one hit
LARGEST_LOSS_SHARE: Final = 0.5


@dataclass(frozen=True, slots=True)
class FitCosts:
    """What things cost and earn, in weights of hits (0-5) unless said otherwise."""

    change: float = 0.45  # a tempo change
    slope: float = 10.0  # added to it for each unit of abs(log(new bpm / old bpm)): 0.3 for a step of 3 %
    unanchored: float = 0.05  # added to a change on a beat that catches nothing; the beat of a hit is preferred
    early: float = 0.04  # share of a hit's weight lost for each frame the music is early
    late: float = 0.02  # the same for late music, which disturbs less
    near: float = 0.25  # share of the weight that a beat just outside the window earns
    near_frames: float = NEAR_FRAMES  # how many frames outside the window that is
    eighth: float = 0.7  # share of the weight that an eighth earns where ``any`` place will do
    avoid: float = 0.5  # share of the weight lost by a beat on a hit to be avoided
    mandatory: float = 20.0  # how many times heavier a mandatory hit is
    target: float = 4.0  # each unit of abs(log(bpm / target)), averaged over the cue: 0.4 at 10 % off
    start: float = 0.3  # each second the first beat comes late
    out: float = 1.5  # weight of a beat on the cue's out

    def weight_of(self, aim: Aim) -> float:
        """Weight of an aim in the search: a mandatory one counts many times."""
        return aim.counted_weight * (self.mandatory if aim.mandatory else 1.0)


MUSICAL_COSTS: Final = FitCosts()


@dataclass(frozen=True, slots=True)
class TimedAim:
    """An aim in seconds from the cue's in, and the length of a frame."""

    aim: Aim
    at_s: float
    frame_s: float


@dataclass(frozen=True, slots=True)
class Rewards:
    """Reward of a beat, and of an eighth between beats, at every tick.

    Attributes
    ----------
    beat: (N,) int64, thousandths of a weight, per 1 / ``TICKS_PER_S`` second from the cue's in
    eighth: (N,) int64, or None where no aim accepts an eighth
    """

    beat: npt.NDArray[np.int64]
    eighth: npt.NDArray[np.int64] | None


def make_rewards(aims: Sequence[TimedAim], seconds: float, shortest_s: float, costs: FitCosts) -> Rewards:
    """Make the reward tables of some aims.

    ``seconds`` is the length of the tables, ``shortest_s`` the fastest beat: wider windows are narrowed to it, so that
    two beats are never paid for one hit.
    """
    beat = np.zeros(int(seconds * TICKS_PER_S) + 2, np.int64)
    eighth = np.zeros_like(beat)
    for timed in aims:
        widest = shortest_s / 2 if timed.aim.must_be == MustBe.ANY else shortest_s
        _add_aim(beat, timed, widest, costs, share=1.0)
        if timed.aim.must_be == MustBe.ANY:
            _add_aim(eighth, timed, widest, costs, share=costs.eighth)
    return Rewards(beat, eighth if eighth.any() else None)


def _add_aim(table: npt.NDArray[np.int64], timed: TimedAim, widest_s: float, costs: FitCosts, share: float) -> None:
    """Add ``share`` of the reward of one aim to the ticks in and near its window."""
    aim, frame = timed.aim, timed.frame_s
    margin = costs.near_frames if costs.near and aim.must_be != MustBe.AVOID else 0.0
    span = (aim.early + aim.late) * frame
    squeeze = min(1.0, WIDEST_WINDOW_SHARE * widest_s / span) if span else 1.0
    early, late = aim.early * squeeze, aim.late * squeeze
    reach = min(margin, max(0.0, (WIDEST_WINDOW_SHARE * widest_s / frame - early - late) / 2))
    first = max(0, int(np.ceil((timed.at_s - (early + reach) * frame) * TICKS_PER_S)))
    last = min(len(table), int(np.floor((timed.at_s + (late + reach) * frame) * TICKS_PER_S)))
    if last <= first:
        return
    # A tick counts as inside only if both of its ends lie in the window.
    off = ((np.arange(first, last) + 0.5) / TICKS_PER_S - timed.at_s) / frame
    half_tick = 0.5 / TICKS_PER_S / frame
    inside = (off - half_tick >= -early + EDGE_MARGIN_FRAMES) & (off + half_tick <= late - EDGE_MARGIN_FRAMES)
    table[first:last] += _tick_rewards(aim, off, inside, costs, share)


def _tick_rewards(
    aim: Aim, off: npt.NDArray[np.float64], inside: npt.NDArray[np.bool_], costs: FitCosts, share: float
) -> npt.NDArray[np.int64]:
    """Reward of one aim at ticks ``off`` frames from it, (N,) int64; negative for an aim to be avoided."""
    weight = costs.weight_of(aim) * share * UNITS_PER_WEIGHT
    if aim.must_be == MustBe.AVOID:
        return np.where(inside, -round(weight * costs.avoid), 0).astype(np.int64)
    lost = np.minimum(np.where(off < 0, -off * costs.early, off * costs.late), LARGEST_LOSS_SHARE)
    return np.rint(weight * np.where(inside, 1.0 - lost, costs.near * (1.0 - lost))).astype(np.int64)
