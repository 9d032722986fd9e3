"""Volume automation: what a mixer would draw, as break points in seconds and decibels."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.render.engine import RATE, Floats
from model.time import Timebase


@dataclass(frozen=True, slots=True)
class DuckedStretch:
    """Something to make room for: seconds of the reel, and by how many dB (positive) the other goes down."""

    start_s: float
    end_s: float
    depth_db: float


@dataclass(frozen=True, slots=True)
class Fade:
    """How a duck moves: down over ``lead_s`` before the first syllable, up over ``release_s`` after the last.

    ``rest_s``: how long the gain has to rest before the next duck; where it could not, it stays down.
    """

    lead_s: float = 0.2
    release_s: float = 0.6
    rest_s: float = 0.6

    def __post_init__(self) -> None:
        """Refuse jumps: they click."""
        if min(self.lead_s, self.release_s) <= 0:
            message = "A fade takes time."
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class Automation:
    """Break points in order of time; between them the gain moves evenly in dB, before and after it stays."""

    points: tuple[tuple[float, float], ...] = ((0.0, 0.0),)

    def db(self, seconds: float) -> float:
        """Gain in db at ``seconds`` of the reel."""
        return float(self.levels(np.array([seconds]))[0])

    def levels(self, seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the levels in dB at float64 [n] seconds of the reel."""
        times, levels = np.array(self.points).T
        return np.asarray(np.interp(seconds, times, levels), np.float64)

    def gains(self, first: int, samples: int) -> Floats:
        """Gain of ``samples`` samples from sample ``first`` of the reel: float32 [n, 1]."""
        if not any(level for _, level in self.points):
            return np.ones((samples, 1), np.float32)
        levels = self.levels((first + np.arange(samples)) / RATE)
        gains: Floats = (10 ** (levels / 20)).astype(np.float32)[:, None]
        return gains

    def csv(self, timebase: Timebase) -> str:
        """Write the points as a table (csv): timecode of the nearest frame, seconds of the reel, dB."""
        out = io.StringIO()
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["timecode", "seconds", "gain_db"])
        for at, level in self.points:
            exact = Fraction(at).limit_denominator(10**6)
            rows.writerow([timebase.timecode(timebase.nearest(exact)), f"{at:.3f}", f"{level:.2f}"])
        return out.getvalue()


def draw_duck(stretches: Iterable[DuckedStretch], fade: Fade) -> Automation:
    """Draw the duck under ``stretches``, in any order.

    Between two stretches too close for the gain to come back up and rest, it stays down at the deeper of the two.
    """
    points: list[tuple[float, float]] = []
    for group in _together(sorted(stretches, key=lambda s: s.start_s), fade):
        depth = -max(s.depth_db for s in group)
        start, end = group[0].start_s, max(s.end_s for s in group)
        points += [(start - fade.lead_s, 0.0), (start, depth), (end, depth), (end + fade.release_s, 0.0)]
    return Automation(tuple(points)) if points else Automation()


def _together(stretches: Sequence[DuckedStretch], fade: Fade) -> list[list[DuckedStretch]]:
    groups: list[list[DuckedStretch]] = []
    end = -np.inf
    for stretch in stretches:
        if stretch.start_s - end > fade.release_s + fade.rest_s + fade.lead_s:
            groups.append([])
        groups[-1].append(stretch)
        end = max(end, stretch.end_s)
    return groups
