"""Tempo maps side by side: how many hits each lands, nearly lands and misses, and what it costs in changes."""

from __future__ import annotations

from dataclasses import dataclass

from model.timing.landing import OUT_ID, Fit, Fits, Grade


@dataclass(frozen=True, slots=True)
class FitSummary:
    """One line of the comparison.

    Attributes
    ----------
    hits, near, miss: how many hits land, nearly land, do not; the out is not among them
    downbeats: of those that land, how many fall on a bar line
    frames_off: mean distance of the landed hits from their picture, in frames, either way
    captured, changes, largest_step, odd_bars: as in :class:`Fit`
    """

    name: str
    hits: int
    near: int
    miss: int
    downbeats: int
    frames_off: float
    captured: float
    changes: int
    largest_step: float
    odd_bars: int


def compare(fits: Fits) -> tuple[FitSummary, ...]:
    """Summarise the best map, the single tempo and the alternatives, in that order."""
    return tuple(summarise_fit(one) for one in (fits.best, fits.single, *fits.alternatives))


def summarise_fit(one: Fit) -> FitSummary:
    """Count how the hits of one map land."""
    counted = [landing for landing in one.landings if landing.aim.id != OUT_ID]
    grades = [landing.grade for landing in counted]
    landed = [landing for landing in counted if landing.grade is Grade.HIT and landing.beat is not None]
    off = sum(abs(landing.frames_off) for landing in landed) / len(landed) if landed else 0.0
    return FitSummary(
        name=one.name,
        hits=grades.count(Grade.HIT),
        near=grades.count(Grade.NEAR),
        miss=grades.count(Grade.MISS),
        downbeats=sum(landing.where == "bar" for landing in landed),
        frames_off=off,
        captured=one.captured,
        changes=one.changes,
        largest_step=one.largest_step,
        odd_bars=one.odd_bars,
    )
