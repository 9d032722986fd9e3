"""The hits of a cue as they are played: the beat, the treatment, and until when it lasts.

The treatment comes from the spotting notes; without them it follows from the width of the hit's window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from model.sketch.plan.bars import GridBar, bar_at
from model.spotting.notes import Hit, MustBe
from model.time import Beat
from model.timing.landing import Aim, Landing

_NARROWEST_WINDOW_FRAMES = 1
_WIDEST_WINDOW_FRAMES = 5
_SHORTEST_STOP_QUARTERS = Fraction(1, 2)
_HOLD_QUARTERS = Fraction(2)
_AIR_QUARTERS = Fraction(1)


@dataclass(frozen=True, slots=True)
class PlannedHit:
    """A hit on a beat, and how it is played.

    Attributes
    ----------
    id: of the hit
    treatment: ``accent``, ``dead hit``, ``stop``, ``sting``, ``hold``, ``soft`` or ``change``
    until: where the music comes back after a ``stop``, where a ``hold`` ends, how far the silence after a
        ``dead hit`` or ``sting`` reaches; the beat itself for the others
    """

    id: str
    beat: Beat
    treatment: str
    weight: float
    until: Beat


def plan_hits(
    landings: Sequence[Landing], hits: Sequence[Hit], bars: Sequence[GridBar], last_chord: Beat, end: Beat
) -> tuple[PlannedHit, ...]:
    """Plan the hits that land before the music's end, in order; of two on one beat the heavier.

    A stop after which the music could not come back before the last chord becomes an accent: it must reach its out.
    """
    by_id = {hit.id: hit for hit in hits}
    best: dict[Beat, PlannedHit] = {}
    for landing in landings:
        beat, hit = landing.beat, by_id.get(landing.aim.id)
        avoid = MustBe.AVOID in (landing.aim.must_be, hit.must_be if hit else "")
        if beat is None or avoid or not Beat(Fraction(0)) <= beat < end:
            continue
        treatment = hit.treatment if hit else _treatment_by_window(landing.aim)
        planned = PlannedHit(landing.aim.id, beat, treatment, landing.aim.weight, until=beat)
        planned = _extend_hit(planned, bar_at(bars, beat), last_chord, end)
        if beat not in best or best[beat].weight < planned.weight:
            best[beat] = planned
    return _end_at_next_hit(tuple(best[beat] for beat in sorted(best)))


def _treatment_by_window(aim: Aim) -> str:
    width = aim.early + aim.late
    if width <= _NARROWEST_WINDOW_FRAMES:
        return "dead hit"
    return "soft" if width > _WIDEST_WINDOW_FRAMES else "accent"


def _extend_hit(hit: PlannedHit, bar: GridBar, last_chord: Beat, end: Beat) -> PlannedHit:
    """Set until when a hit lasts; a stop without room before the last chord becomes an accent."""
    line = bar.start + bar.meter.quarters
    match hit.treatment:
        case "stop":
            back = line if line - hit.beat >= _SHORTEST_STOP_QUARTERS else line + _HOLD_QUARTERS
            return replace(hit, treatment="accent") if back > last_chord else replace(hit, until=back)
        case "hold":
            return replace(hit, until=min(max(line, hit.beat + _HOLD_QUARTERS), end))
        case "dead hit" | "sting":
            return replace(hit, until=min(hit.beat + _AIR_QUARTERS, end))
        case _:
            return hit


def _end_at_next_hit(hits: tuple[PlannedHit, ...]) -> tuple[PlannedHit, ...]:
    """End every silence and hold at the next hit at the latest."""
    if not hits:
        return ()
    ended = [replace(hit, until=min(hit.until, after.beat)) for hit, after in pairwise(hits)]
    return (*ended, hits[-1])
