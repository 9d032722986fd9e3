"""Hits as the players meet them: a beat, what to do on it, and until when.

What a hit asks for comes from the spotting notes; where only the fit is at hand, the width of its window tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.sketch.plan.bars import Bar, bar_at
from model.spotting.notes import Hit, MustBe
from model.time import Beat
from model.timing.landing import Aim, Landing

_NARROW, _WIDE = 1, 5
_REST = Fraction(1, 2)
_STOPS = Fraction(2)


@dataclass(frozen=True, slots=True)
class Stroke:
    """A hit on a beat.

    Attributes
    ----------
    id: of the hit
    treatment: ``accent``, ``dead hit``, ``stop``, ``sting``, ``hold``, ``soft`` or ``change``
    until: where the music comes back after a ``stop``, where a ``hold`` is let go, how far the air after a
        ``dead hit`` or ``sting`` reaches; the beat itself for the others
    """

    id: str
    beat: Beat
    treatment: str
    weight: float
    until: Beat


def strokes_of(
    landings: Sequence[Landing], hits: Sequence[Hit], bars: Sequence[Bar], last_chord: Beat, end: Beat
) -> tuple[Stroke, ...]:
    """List what is played on the hits that land before the music's end, in order; one stroke a beat, the heaviest.

    A stop that leaves no room to come back before the last chord is an accent: the music must reach its out.
    """
    asked = {hit.id: hit for hit in hits}
    best: dict[Beat, Stroke] = {}
    for landing in landings:
        beat, hit = landing.beat, asked.get(landing.aim.id)
        avoid = MustBe.AVOID in (landing.aim.must_be, hit.must_be if hit else "")
        if beat is None or avoid or not Beat(Fraction(0)) <= beat < end:
            continue
        treatment = hit.treatment if hit else _by_window(landing.aim)
        stroke = _reaching(landing.aim.id, beat, treatment, landing.aim.weight, bar_at(bars, beat), last_chord, end)
        if beat not in best or best[beat].weight < stroke.weight:
            best[beat] = stroke
    return _cleared(tuple(best[beat] for beat in sorted(best)))


def _by_window(aim: Aim) -> str:
    width = aim.early + aim.late
    if width <= _NARROW:
        return "dead hit"
    return "soft" if width > _WIDE else "accent"


def _reaching(name: str, beat: Beat, treatment: str, weight: float, bar: Bar, last_chord: Beat, end: Beat) -> Stroke:
    line = bar.start + bar.meter.quarters
    match treatment:
        case "stop":
            back = line if line - beat >= _REST else line + _STOPS
            if back > last_chord:
                return Stroke(name, beat, "accent", weight, beat)
            return Stroke(name, beat, treatment, weight, back)
        case "hold":
            return Stroke(name, beat, treatment, weight, min(max(line, beat + _STOPS), end))
        case "dead hit" | "sting":
            return Stroke(name, beat, treatment, weight, min(beat + Fraction(1), end))
        case _:
            return Stroke(name, beat, treatment, weight, beat)


def _cleared(strokes: tuple[Stroke, ...]) -> tuple[Stroke, ...]:
    """Let every silence and hold end at the next stroke at the latest."""
    following = [*(s.beat for s in strokes[1:]), None][: len(strokes)]
    return tuple(
        stroke
        if after is None or stroke.until <= after
        else Stroke(stroke.id, stroke.beat, stroke.treatment, stroke.weight, after)
        for stroke, after in zip(strokes, following, strict=True)
    )
