"""Where every hit lands on a finished map, how well, and in words why it does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from model.time import Beat, Timebase
from model.timing.bars import strong_beats
from model.timing.landing import Aim, Grade, Landing
from model.timing.scoring import ANY, AVOID, BAR, NEAR_FRAMES
from model.timing.tempo_map import TempoMap

BAR_LINE, STRONG, BEAT, EIGHTH = "bar", "strong beat", "beat", "eighth"
LEVELS = (BAR_LINE, STRONG, BEAT, EIGHTH)
WANTED = {BAR: 1, "beat": 3, ANY: 4}


def where(tempo_map: TempoMap, beat: Beat) -> str:
    """Name a place in its bar: ``bar``, ``strong beat``, ``beat``, ``eighth``, or empty between eighths."""
    bar, into = tempo_map.position(beat)
    meter = tempo_map.meter(bar)
    if into == 0:
        return BAR_LINE
    if into in strong_beats(meter):
        return STRONG
    if (into * meter.unit / 4).denominator == 1:
        return BEAT
    return EIGHTH if (into * 2).denominator == 1 else ""


def land(tempo_map: TempoMap, aims: Sequence[Aim], timebase: Timebase, fastest: float) -> tuple[Landing, ...]:
    """Grade every aim; ``fastest`` is the quickest tempo that was allowed, for the reasons."""
    placed = [_landing(tempo_map, aim, timebase) for aim in aims]
    return tuple(_with_reason(one, placed, timebase, fastest) for one in placed)


def frames_off(tempo_map: TempoMap, beat: Beat, aim: Aim, timebase: Timebase) -> Fraction:
    """Music minus picture in frames, exact; positive = the music is late."""
    return (tempo_map.seconds(beat) - timebase.seconds(aim.frame)) * timebase.rate


def _landing(tempo_map: TempoMap, aim: Aim, timebase: Timebase) -> Landing:
    places = [
        (beat, where(tempo_map, beat), frames_off(tempo_map, beat, aim, timebase))
        for beat in _around(tempo_map, aim, timebase)
    ]
    if aim.must_be == AVOID:
        return _avoided(aim, places)
    levels = LEVELS[: WANTED[aim.must_be]]
    beat, name, off = min(places, key=lambda p: (_distance(aim, p[2]), LEVELS.index(p[1]) if p[1] else 9, abs(p[2])))
    fitting = [p for p in places if p[1] in levels and _distance(aim, p[2]) <= NEAR_FRAMES]
    if fitting:
        beat, name, off = min(fitting, key=lambda p: (_distance(aim, p[2]), LEVELS.index(p[1]), abs(p[2])))
    far = _distance(aim, off)
    grade = Grade.HIT if far == 0 and name in levels else Grade.NEAR if far <= NEAR_FRAMES else Grade.MISS
    if grade is Grade.MISS:
        return Landing(aim, None, "", float(off), grade)
    return Landing(aim, beat, name, float(off), grade)


def _around(tempo_map: TempoMap, aim: Aim, timebase: Timebase) -> list[Beat]:
    """Return the eighths in reach of an aim's window, at least the two around it."""
    frame = 1 / timebase.rate
    at = timebase.seconds(aim.frame)
    early, late = (aim.early + NEAR_FRAMES) * frame, (aim.late + NEAR_FRAMES) * frame
    low, middle, high = (tempo_map.beat(s).quarters * 2 for s in (at - early, at, at + late))
    first = min(math.ceil(low), math.floor(middle))
    last = max(math.floor(high), math.ceil(middle))
    around = [Beat(Fraction(n, 2)) for n in range(first, last + 1)]
    # a beat or bar line may be further off than the next eighth
    whole = [Beat(Fraction(math.floor(middle / 2) + n)) for n in (0, 1)]
    return sorted({b for b in [*around, *whole] if b.quarters >= 0}) or [Beat(Fraction(0))]


def _distance(aim: Aim, off: Fraction) -> Fraction:
    """Frames by which a place lies outside the window, 0 inside."""
    return max(-aim.early - off, off - aim.late, Fraction(0))


def _avoided(aim: Aim, places: Sequence[tuple[Beat, str, Fraction]]) -> Landing:
    strong = [p for p in places if p[1] in LEVELS[:2]]
    struck = [p for p in strong if _distance(aim, p[2]) == 0]
    if struck:
        beat, name, off = min(struck, key=lambda p: abs(p[2]))
        reason = f"a {name} falls on it although it is to be avoided; moving the bars would cost heavier hits"
        return Landing(aim, beat, name, float(off), Grade.MISS, reason)
    off = min((p[2] for p in strong or places), key=abs)
    return Landing(aim, None, "", float(off), Grade.HIT, "kept clear: no strong beat falls on it")


def _with_reason(landing: Landing, all_of_them: Sequence[Landing], timebase: Timebase, fastest: float) -> Landing:
    if landing.grade is Grade.HIT or landing.reason:
        return landing
    reason = _why(landing, all_of_them, timebase, fastest)
    return Landing(landing.aim, landing.beat, landing.where, landing.frames_off, landing.grade, reason)


def _why(landing: Landing, all_of_them: Sequence[Landing], timebase: Timebase, fastest: float) -> str:
    aim, off = landing.aim, Fraction(landing.frames_off)
    in_time = landing.grade is Grade.NEAR and _distance(aim, off) == 0
    if in_time and aim.must_be == BAR:
        return f"in time, but on {_a(landing.where)} and not on a bar line"
    crowded = _crowded(landing, all_of_them, float(60 * timebase.rate) / fastest)
    if crowded:
        return crowded
    if in_time:
        return f"in time, but on {_a(landing.where)} and not on a beat"
    side = "late" if off > 0 else "early"
    return f"{abs(float(off)):.1f} frames {side}: a tempo that lands it would cost more than the hit is worth"


def _crowded(landing: Landing, all_of_them: Sequence[Landing], quickest: float) -> str:
    """Blame a hit that landed closer than the quickest beat, ``quickest`` frames; empty if there is none."""
    aim = landing.aim
    gap = quickest / 2 if aim.must_be == ANY else quickest
    rivals = [o for o in all_of_them if o.grade is Grade.HIT and o.aim.must_be != AVOID and o.aim.id != aim.id]
    close = [o.aim for o in rivals if abs(o.aim.frame - aim.frame) < gap]
    if not close:
        return ""
    other = min(close, key=lambda o: (abs(o.frame - aim.frame), o.id))
    apart = abs(other.frame - aim.frame)
    fact = f"{apart} frame{'' if apart == 1 else 's'} from '{other.label or other.id}', and no beat is that fast"
    taken = "the heavier is taken" if other.weight > aim.weight else "only one can be taken"
    return f"{fact} (the quickest is {gap:.1f} frames): {taken}"


def _a(place: str) -> str:
    """Name a place with its article."""
    return {"": "a place between the eighths", EIGHTH: "an eighth"}.get(place, f"a {place}")
