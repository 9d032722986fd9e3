"""The types of a fit: the aims it is given, the settings, and the maps with where each hit lands on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from model.time import Beat, Frame
from model.timing.tempo_map import Meter, TempoMap

OUT_ID = "out"  # the id of the aim at the cue's out, which every fit adds to the hits
NEAR_FRAMES = 2  # a place this far outside a hit's window is graded as near
LIGHTEST_AIM = 0.01  # in weights of hits; an aim of weight 0 still decides between maps that are alike otherwise


class Grade(StrEnum):
    """How a hit lands: inside its window, just outside, or not."""

    HIT = "hit"
    NEAR = "near"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Aim:
    """A hit as the fit sees it: frames from the reel's first frame, window in frames (music minus picture).

    ``must_be``: ``bar``, ``beat``, ``any`` (an eighth will do) or ``avoid``; ``mandatory`` hits are never dropped for
    a smoother tempo.
    """

    id: str
    frame: Frame
    weight: float = 1.0
    early: int = 1
    late: int = 2
    must_be: str = "beat"
    mandatory: bool = False
    label: str = ""

    @property
    def counted_weight(self) -> float:
        """The weight, at least ``LIGHTEST_AIM``."""
        return max(self.weight, LIGHTEST_AIM)


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a hit lands.

    Attributes
    ----------
    beat: the musical position that lands on it, None for a miss
    where: ``bar``, ``strong beat``, ``beat``, ``eighth`` or empty
    frames_off: music minus picture in frames, positive = music late; of the nearest place for a miss
    reason: why it does not land, in words; empty if it lands
    """

    aim: Aim
    beat: Beat | None
    where: str
    frames_off: float
    grade: Grade
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What a person may choose about the tempo."""

    bpm: tuple[float, float] = (60.0, 140.0)  # slowest and fastest
    target: float | None = None  # preferred bpm; None = the middle of the range
    grid: Fraction = Fraction(1, 2)  # bpm; every tempo is a multiple of it
    largest_step: float = 0.06  # largest change between neighbouring tempi, as a share of the slower
    meters: tuple[Meter, ...] = (Meter(0, 4, 4), Meter(0, 3, 4), Meter(0, 5, 4), Meter(0, 2, 4))  # the usual one first
    latest_start_s: float = 0.0  # how long after the cue's in the first beat may come, below 1 s
    ramps: bool = False  # whether tempo changes may be drawn out as ritardandi and accelerandi
    alternatives: int = 3  # how many further maps to return


@dataclass(frozen=True, slots=True)
class Fit:
    """One way to lay the bars: the map, where the hits land, and what it costs.

    Attributes
    ----------
    captured: weighted share of the hits that land, 0-1
    changes: number of tempo changes
    largest_step: the largest tempo change, as a share of the slower tempo
    odd_bars: number of bars that are not in the usual meter
    name: tells it from its alternatives, for example "single tempo, 96 bpm"
    """

    tempo_map: TempoMap
    landings: tuple[Landing, ...]
    captured: float
    changes: int
    largest_step: float
    odd_bars: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Fits:
    """The best map, diverse alternatives, and always the best single tempo."""

    best: Fit
    single: Fit
    alternatives: tuple[Fit, ...] = field(default_factory=tuple)
