"""Where every hit lands on a finished tempo map: its grade, and for a hit that is missed the reason in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from model.spotting.notes import MustBe
from model.time import Beat, Timebase
from model.timing.bars import strong_beats
from model.timing.landing import NEAR_FRAMES, Aim, Grade, Landing
from model.timing.tempo_map import TempoMap

BAR_LINE = "bar"
STRONG = "strong beat"
BEAT = "beat"
EIGHTH = "eighth"
LEVELS = (BAR_LINE, STRONG, BEAT, EIGHTH)  # strongest first
ALLOWED_LEVELS: dict[str, tuple[str, ...]] = {MustBe.BAR: LEVELS[:1], MustBe.BEAT: LEVELS[:3], MustBe.ANY: LEVELS}
Place = tuple[Beat, str, Fraction]  # a beat, its level in the bar, frames from the hit (positive = music late)


def describe_position(tempo_map: TempoMap, beat: Beat) -> str:
    """Name the level of a beat in its bar: ``bar``, ``strong beat``, ``beat``, ``eighth``, or empty between eighths."""
    bar, into = tempo_map.position(beat)
    meter = tempo_map.meter(bar)
    if into == 0:
        return BAR_LINE
    if into in strong_beats(meter):
        return STRONG
    if (into * meter.unit / 4).denominator == 1:
        return BEAT
    return EIGHTH if (into * 2).denominator == 1 else ""


def grade_aims(tempo_map: TempoMap, aims: Sequence[Aim], timebase: Timebase, fastest: float) -> tuple[Landing, ...]:
    """Grade how every aim lands on a map, with the reason where it does not.

    ``fastest`` is the quickest tempo that was allowed, in bpm; reasons for hits too close together name it.
    """
    graded = [_grade_aim(tempo_map, aim, timebase) for aim in aims]
    beat_frames = float(60 * timebase.rate) / fastest
    return tuple(
        one
        if one.grade is Grade.HIT or one.reason
        else replace(one, reason=_explain_miss(one, graded, quickest=beat_frames))
        for one in graded
    )


def _grade_aim(tempo_map: TempoMap, aim: Aim, timebase: Timebase) -> Landing:
    """Grade one aim at the place near it that suits it best, without a reason."""
    seconds = timebase.seconds(aim.frame)
    places = [
        (beat, describe_position(tempo_map, beat), (tempo_map.seconds(beat) - seconds) * timebase.rate)
        for beat in _eighths_near(tempo_map, aim, timebase)
    ]
    if aim.must_be == MustBe.AVOID:
        return _grade_avoided(aim, places)
    levels = ALLOWED_LEVELS[aim.must_be]
    fitting = [p for p in places if p[1] in levels and _frames_outside(aim, p[2]) <= NEAR_FRAMES]
    beat, name, off = min(
        fitting or places,
        key=lambda p: (_frames_outside(aim, p[2]), LEVELS.index(p[1]) if p[1] else len(LEVELS), abs(p[2])),
    )
    outside = _frames_outside(aim, off)
    if outside > NEAR_FRAMES:
        return Landing(aim, None, "", float(off), Grade.MISS)
    grade = Grade.HIT if outside == 0 and name in levels else Grade.NEAR
    return Landing(aim, beat, name, float(off), grade)


def _eighths_near(tempo_map: TempoMap, aim: Aim, timebase: Timebase) -> list[Beat]:
    """List the eighths in reach of an aim's window, at least the two around it and the two whole beats around it."""
    frame = 1 / timebase.rate
    at = timebase.seconds(aim.frame)
    early, late = (aim.early + NEAR_FRAMES) * frame, (aim.late + NEAR_FRAMES) * frame
    low, middle, high = (tempo_map.beat(s).quarters * 2 for s in (at - early, at, at + late))
    first = min(math.ceil(low), math.floor(middle))
    last = max(math.floor(high), math.ceil(middle))
    around = [Beat(Fraction(n, 2)) for n in range(first, last + 1)]
    # an aim that needs a beat may have one further away than the next eighth
    whole = [Beat(Fraction(math.floor(middle / 2) + n)) for n in (0, 1)]
    return sorted({b for b in [*around, *whole] if b.quarters >= 0}) or [Beat(Fraction(0))]


def _frames_outside(aim: Aim, off: Fraction) -> Fraction:
    """Frames by which a place lies outside the aim's window, 0 inside."""
    return max(-aim.early - off, off - aim.late, Fraction(0))


def _grade_avoided(aim: Aim, places: Sequence[Place]) -> Landing:
    """Grade a moment to be avoided: a hit if no bar line or strong beat falls in its window."""
    strong = [p for p in places if p[1] in LEVELS[:2]]
    struck = [p for p in strong if _frames_outside(aim, p[2]) == 0]
    if struck:
        beat, name, off = min(struck, key=lambda p: abs(p[2]))
        reason = f"a {name} falls on it although it is to be avoided; moving the bars would cost heavier hits"
        return Landing(aim, beat, name, float(off), Grade.MISS, reason)
    off = min((p[2] for p in strong or places), key=abs)
    return Landing(aim, None, "", float(off), Grade.HIT, "kept clear: no strong beat falls on it")


def _explain_miss(landing: Landing, all_of_them: Sequence[Landing], quickest: float) -> str:
    """Say why an aim did not land; ``quickest`` is the length of the fastest beat in frames."""
    aim, off = landing.aim, Fraction(landing.frames_off)
    in_time = landing.grade is Grade.NEAR and _frames_outside(aim, off) == 0
    place = {"": "a place between the eighths", EIGHTH: "an eighth"}.get(landing.where, f"a {landing.where}")
    if in_time and aim.must_be == MustBe.BAR:
        return f"in time, but on {place} and not on a bar line"
    too_close = _explain_too_close(landing, all_of_them, quickest)
    if too_close:
        return too_close
    if in_time:
        return f"in time, but on {place} and not on a beat"
    side = "late" if off > 0 else "early"
    return f"{abs(float(off)):.1f} frames {side}: a tempo that lands it would cost more than the hit is worth"


def _explain_too_close(landing: Landing, all_of_them: Sequence[Landing], quickest: float) -> str:
    """Name the hit that landed less than the quickest beat (in frames) from this one; empty if there is none."""
    aim = landing.aim
    gap = quickest / 2 if aim.must_be == MustBe.ANY else quickest
    rivals = [o for o in all_of_them if o.grade is Grade.HIT and o.aim.must_be != MustBe.AVOID and o.aim.id != aim.id]
    close = [o.aim for o in rivals if abs(o.aim.frame - aim.frame) < gap]
    if not close:
        return ""
    other = min(close, key=lambda o: (abs(o.frame - aim.frame), o.id))
    apart = abs(other.frame - aim.frame)
    fact = f"{apart} frame{'' if apart == 1 else 's'} from '{other.label or other.id}', and no beat is that fast"
    taken = "the heavier is taken" if other.weight > aim.weight else "only one can be taken"
    return f"{fact} (the quickest is {gap:.1f} frames): {taken}"
