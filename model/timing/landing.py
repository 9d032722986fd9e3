"""What a fit hands on besides the map: where each hit lands, and the other maps one could take."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from model.time import Beat, Frame
from model.timing.tempo_map import Meter, TempoMap


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


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a hit lands.

    Attributes
    ----------
    beat: the musical position meant to land on it, None if it was dropped
    where: ``bar``, ``strong beat``, ``beat``, ``eighth`` or empty
    frames_off: music minus picture in frames, positive = music late; of the nearest place if dropped
    reason: why it was dropped, in words; empty if it lands
    """

    aim: Aim
    beat: Beat | None
    where: str
    frames_off: float
    grade: Grade
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """What a person may choose about the tempo.

    Attributes
    ----------
    bpm: slowest and fastest; ``target`` the preferred one, None = the middle
    grid: tempi are multiples of this
    largest_step: of neighbouring tempi, as a share
    meters: the ones that may occur, the usual one first
    latest_start_s: how long after the cue's in the first beat may come
    ramps: whether ritardandi and accelerandi may be used
    alternatives: how many further maps to return
    """

    bpm: tuple[float, float] = (60.0, 140.0)
    target: float | None = None
    grid: Fraction = Fraction(1, 2)
    largest_step: float = 0.06
    meters: tuple[Meter, ...] = (Meter(0, 4, 4), Meter(0, 3, 4), Meter(0, 5, 4), Meter(0, 2, 4))
    latest_start_s: float = 0.0
    ramps: bool = False
    alternatives: int = 3


@dataclass(frozen=True, slots=True)
class Fit:
    """One way to lay the bars: the map, where the hits land, and what it costs.

    ``captured`` weighted share 0-1; ``largest_step`` share of the largest tempo change; ``odd_bars`` bars that leave
    the usual meter; ``name`` tells it from its alternatives ("single tempo, 96 bpm").
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
