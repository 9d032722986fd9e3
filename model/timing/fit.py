"""fit(cue, hits): the bars, meters and tempi that land a cue's hits, and what else one could take.

The beats and tempi are searched first (``search``), then bar lines are laid over them (``bars``), then every hit is
graded on the finished map (``explain``). All prices are in ``scoring``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from model.errors import CueInvalid
from model.spotting.notes import Cue, Hit, InType, OutType
from model.time import Beat, Frame, Timebase
from model.timing.bars import Bars, BarTask, eighths, place_bars
from model.timing.explain import land
from model.timing.grid import TempoGrid
from model.timing.landing import Aim, Fit, Fits, FitSettings, Grade, Landing
from model.timing.ramps import with_ramps
from model.timing.scoring import AVOID, BAR, MUSICAL, Rewards, Scoring, Timed, rewards
from model.timing.search import COARSE, FINE, LONG_S, BeatPath, Floats, Task, best_path
from model.timing.single import best_single
from model.timing.tempo_map import Tempo, TempoMap

LONGEST_S = 20 * 60
OUT_ID = "out"
WIDER, SLOWEST_CUE, FASTEST_CUE = 0.08, 40.0, 208.0
SOFT_INS = (InType.EASE_IN, InType.FADE_UP, InType.AFTER_LINE)
HARD_OUTS = (OutType.ON_CUT, OutType.BUTTON, OutType.HARD_OUT)


def fit(cue: Cue, hits: Sequence[Hit], timebase: Timebase, settings: FitSettings | None = None) -> Fits:
    """Lay the bars of a cue under its hits.

    Without ``settings`` the cue's own tempo range is used, a little widened; a cue that eases in may begin up to half
    a second late, and any begins on a mandatory hit of its first second that could not be landed otherwise. Hits
    outside the cue are not aimed at but appear among the landings, with that reason.

    Raises
    ------
    CueInvalid: the cue is shorter than one beat, longer than 20 minutes, or its range is no range
    TempoInvalid: the settings leave no tempo or no meter
    """
    inside = [aim_of(hit) for hit in hits if cue.span.start <= hit.frame <= cue.span.end]
    stray = [aim_of(hit) for hit in hits if not cue.span.start <= hit.frame <= cue.span.end]
    chosen = settings or settings_for(cue)
    weight = MUSICAL.out * (2.0 if cue.out_type in HARD_OUTS else 1.0)
    out = Aim(OUT_ID, cue.span.end, weight, 0, 1, "beat", label=f"out of {cue.number}")
    found = _from(cue.span.start, [*inside, out], cue, timebase, chosen)
    late = [f for f in _mandatory_missed(found.best) if f - cue.span.start < timebase.rate]
    beat = 60 * timebase.rate / Fraction(chosen.bpm[0])
    if settings is None and late and cue.span.end - late[0] > beat:
        found = _from(late[0], [*inside, out], cue, timebase, replace(chosen, latest_start_s=0.0))
    return _with_strays(found, stray)


def _from(begin: Frame, aims: Sequence[Aim], cue: Cue, timebase: Timebase, settings: FitSettings) -> Fits:
    """Fit with the first beat at ``begin``."""
    return _fits(aims, timebase.seconds(begin), cue.span.end - begin, timebase, settings)


def fit_aims(
    aims: Sequence[Aim], start_s: Fraction, length_frames: int, timebase: Timebase, settings: FitSettings
) -> Fits:
    """Lay bars under aims that lie between ``start_s`` and ``length_frames`` later; the out is an aim of its own.

    Raises CueInvalid for an aim outside, a cue too short or too long, TempoInvalid as :func:`fit` does.
    """
    first = start_s * timebase.rate
    for aim in aims:
        if not first <= aim.frame.index <= first + length_frames:
            message = f"The hit '{aim.label or aim.id}' at frame {aim.frame.index} lies outside the cue."
            raise CueInvalid(message)
    end = Frame(int((first + length_frames) // 1))
    out = Aim(OUT_ID, end, MUSICAL.out, 0, 1, "beat", label="out")
    return _fits([*aims, out], start_s, length_frames, timebase, settings)


def aim_of(hit: Hit) -> Aim:
    """See a hit as the fit does: a dead hit of the greatest weight is mandatory."""
    mandatory = hit.weight >= 5.0 and hit.must_be.value != AVOID  # noqa: PLR2004 - five of five
    return Aim(
        hit.id,
        hit.frame,
        max(0.0, hit.weight),
        max(0, hit.early),
        max(0, hit.late),
        hit.must_be.value,
        mandatory,
        hit.label,
    )


def settings_for(cue: Cue) -> FitSettings:
    """Widen the cue's suggested tempo range by 8 % and aim at its middle; a soft in may come half a second late."""
    slow, fast = cue.tempo_bpm
    if not 0 < slow <= fast:
        message = f"{slow:g} to {fast:g} bpm is no tempo range for cue {cue.number}."
        raise CueInvalid(message, hint="Write the slower tempo first.")
    low = round(min(max(slow * (1 - WIDER), SLOWEST_CUE), FASTEST_CUE))
    high = round(max(min(fast * (1 + WIDER), FASTEST_CUE), low))
    latest = 0.5 if cue.in_type in SOFT_INS else 0.0
    return FitSettings(bpm=(float(low), float(high)), target=(slow + fast) / 2, latest_start_s=latest)


def _fits(aims: Sequence[Aim], start_s: Fraction, frames: int, timebase: Timebase, settings: FitSettings) -> Fits:
    work = _Work(aims, start_s, frames, timebase, settings)
    single_path = best_single(work.task())
    single = work.finish(single_path, "single tempo")
    found = [single, work.finish(best_path(work.task()), "best")]
    found += [work.finish(best_path(task), "band") for task in work.bands()]
    ranked = sorted(found, key=lambda f: -work.worth(f))
    best = ranked[0]
    others = _diverse(best, [f for f in ranked[1:] if f.tempo_map != single.tempo_map], settings.alternatives)
    return Fits(replace(best, name=_name(best)), replace(single, name=_name(single)), others)


class _Work:
    """One cue on the bench: its aims in seconds, and the steps every candidate goes through."""

    def __init__(
        self, aims: Sequence[Aim], start_s: Fraction, frames: int, timebase: Timebase, settings: FitSettings
    ) -> None:
        self.aims, self.start_s, self.timebase, self.settings = tuple(aims), start_s, timebase, settings
        self.grid = TempoGrid.of(settings)
        self.end = frames / timebase.rate
        self._check(frames)
        self.target = settings.target or (settings.bpm[0] + settings.bpm[1]) / 2
        frame_s = float(1 / timebase.rate)
        self.timed = [Timed(a, float(timebase.seconds(a.frame) - start_s), frame_s) for a in aims]
        shortest = float(self.grid.periods_s.min())
        span = float(self.end) + float(self.grid.periods_s.max()) + 1
        self.rewards: Rewards = rewards(self.timed, span, shortest, MUSICAL)

    def _check(self, frames: int) -> None:
        if self.end > LONGEST_S:
            message = f"A cue of {float(self.end) / 60:.1f} minutes is too long; 20 minutes is the limit."
            raise CueInvalid(message, hint="Split it into several cues.")
        if frames < 1 or self.end < 60 / self.grid.tempi[-1]:
            message = f"A cue of {frames} frames is shorter than one beat at {float(self.grid.tempi[-1]):g} bpm."
            raise CueInvalid(message, hint="Lengthen the cue or allow a faster tempo.")

    def task(self, grid: TempoGrid | None = None, scoring: Scoring = MUSICAL) -> Task:
        """Set the search's task, over all tempi or a band of them."""
        latest = min(self.settings.latest_start_s, float(self.end) / 2)
        bin_s = COARSE if grid is not None or self.end > LONG_S else FINE
        return Task(grid or self.grid, self.rewards, float(self.end), latest, self.target, scoring, bin_s)

    def bands(self) -> list[Task]:
        """Split the range into as many bands as alternatives are wanted: slow, middle, fast."""
        count = min(self.settings.alternatives, len(self.grid.tempi) // 2)
        edges = [round(n * (len(self.grid.tempi) - 1) / count) for n in range(count + 1)] if count else []
        ends = [(self.grid.tempi[a], self.grid.tempi[b]) for a, b in pairwise(edges)]
        tasks = [self.task(self.grid.between(a, b)) for a, b in ends]
        return [replace(task, target=float(task.grid.tempi[len(task.grid.tempi) // 2])) for task in tasks]

    def finish(self, path: BeatPath, name: str) -> Fit:
        """Lay bars over the beats, draw ramps if wanted, and grade."""
        bars = place_bars(self.bar_task(path))
        tempi = tuple(Tempo(Beat(Fraction(beat)), bpm) for beat, bpm in path.tempi)
        plain = TempoMap(self.start_s + path.start, bars.count, tempi, bars.meters)
        tempo_map = self._ramped(plain) if self.settings.ramps else plain
        return _fit(tempo_map, self.land(tempo_map), plain, bars, name)

    def land(self, tempo_map: TempoMap) -> tuple[Landing, ...]:
        """Grade the aims on a map."""
        return land(tempo_map, self.aims, self.timebase, float(self.grid.tempi[-1]))

    def _ramped(self, plain: TempoMap) -> TempoMap:
        before = [one.grade for one in self.land(plain)]

        def as_good(drawn: TempoMap) -> bool:
            after = [one.grade for one in self.land(drawn)]
            return all(a == b or a is Grade.HIT for a, b in zip(after, before, strict=True))

        return with_ramps(plain, as_good)

    def bar_task(self, path: BeatPath) -> BarTask:
        """Say what a bar line is worth at every eighth of a path."""
        longest = max((eighths(m) for m in self.settings.meters), default=0)
        beats = path.seconds(path.beats + longest + 2)
        halves = np.interp(np.arange(2 * len(beats) - 1) / 2, np.arange(len(beats)), beats)
        downbeat, held = np.zeros(len(halves)), np.zeros(len(halves))
        for timed in self.timed:
            _claim(timed, halves, downbeat, held)
        for beat, _ in path.tempi[1:]:
            downbeat[2 * beat] += 0.3
        end = float(self.end)
        out = max(1, int(np.searchsorted(halves, end - 1e-9)))
        frame_s = float(1 / self.timebase.rate)
        on_out = frozenset(int(p) for p in np.flatnonzero((halves >= end - 1e-9) & (halves <= end + frame_s)))
        return BarTask(downbeat, held, self.settings.meters, out, on_out)

    def worth(self, one: Fit) -> float:
        """Rank finished maps by one yardstick: hits by grade, minus changes, odd bars and distance from the target."""
        gained = sum(_value(landing) for landing in one.landings)
        tempi = [t for t in one.tempo_map.tempi if not t.ramp]
        steps = sum(abs(float(np.log(float(b.bpm / a.bpm)))) for a, b in pairwise(tempi))
        spent = MUSICAL.change * one.changes + MUSICAL.slope * steps + 0.2 * one.odd_bars
        return gained - spent - MUSICAL.target * abs(float(np.log(_mean_bpm(one) / self.target)))


def _claim(timed: Timed, halves: Floats, downbeat: Floats, held: Floats) -> None:
    """Write one aim onto the worth of bar lines."""
    aim = timed.aim
    weight = max(aim.weight, 0.01) * (MUSICAL.mandatory if aim.mandatory else 1.0)
    off = (halves - timed.at_s) / timed.frame_s
    inside = np.flatnonzero((off >= -aim.early - 1e-6) & (off <= aim.late + 1e-6))
    if aim.must_be == AVOID:
        downbeat[inside] -= weight
        return
    if len(inside) == 0 or aim.id == OUT_ID:
        return
    place = int(min(inside, key=lambda p: (p % 2, abs(off[p]))))
    downbeat[place] += weight * (1.0 if aim.must_be == BAR else 0.3 if aim.must_be == "beat" else 0.15)
    if place % 2 == 0 and aim.must_be != "any":
        held[place] += weight


def _value(landing: Landing) -> float:
    aim = landing.aim
    weight = max(aim.weight, 0.01) * (MUSICAL.mandatory if aim.mandatory else 1.0)
    if landing.grade is Grade.MISS:
        return -weight * MUSICAL.avoid if aim.must_be == AVOID else 0.0
    if aim.must_be == AVOID:
        return 0.0
    lost = landing.frames_off * (MUSICAL.late if landing.frames_off > 0 else -MUSICAL.early)
    extra = {"bar": 0.3, "strong beat": 0.15}.get(landing.where, 0.0)
    return weight * ((1.0 if landing.grade is Grade.HIT else MUSICAL.near) - min(lost, 0.5) + extra)


def _fit(tempo_map: TempoMap, landings: tuple[Landing, ...], plain: TempoMap, bars: Bars, name: str) -> Fit:
    steps = [max(b.bpm / a.bpm, a.bpm / b.bpm) - 1 for a, b in pairwise(plain.tempi)]
    return Fit(
        tempo_map, landings, captured(landings), len(steps), float(max(steps, default=Fraction(0))), bars.odd, name
    )


def _mandatory_missed(one: Fit) -> list[Frame]:
    """Find the mandatory hits that do not land."""
    return [found.aim.frame for found in one.landings if found.aim.mandatory and found.grade is not Grade.HIT]


def captured(landings: Sequence[Landing]) -> float:
    """Weighted share of the hits that land, 0-1; the out is not counted, and no hits at all are all caught."""
    counted = [one for one in landings if one.aim.id != OUT_ID]
    total = sum(max(one.aim.weight, 0.01) for one in counted)
    return sum(max(one.aim.weight, 0.01) for one in counted if one.grade is Grade.HIT) / total if counted else 1.0


def _mean_bpm(one: Fit) -> float:
    end = one.tempo_map.end
    return float((end - Beat(Fraction(0))) * 60 / (one.tempo_map.seconds(end) - one.tempo_map.start_s))


def _diverse(best: Fit, ranked: Sequence[Fit], count: int) -> tuple[Fit, ...]:
    """Keep the best of the rest that differ from each other by 3 % in tempo or in the hits they land."""
    kept = [best]
    for one in ranked:
        if len(kept) <= count and all(_differ(one, other) for other in kept):
            kept.append(one)
    return tuple(replace(one, name=_name(one)) for one in kept[1:])


def _differ(one: Fit, other: Fit) -> bool:
    ratio = _mean_bpm(one) / _mean_bpm(other)
    return max(ratio, 1 / ratio) > 1.03 or [a.grade for a in one.landings] != [b.grade for b in other.landings]  # noqa: PLR2004


def _name(one: Fit) -> str:
    bpms = [t.bpm for t in one.tempo_map.tempi if not t.ramp]
    if one.changes == 0:
        return f"single tempo, {float(bpms[0]):g} bpm"
    plural = "" if one.changes == 1 else "s"
    return f"{one.changes} tempo change{plural}, {float(min(bpms)):g}-{float(max(bpms)):g} bpm"


def _with_strays(fits: Fits, stray: Sequence[Aim]) -> Fits:
    """Add hits outside the cue to every map's landings, as misses that say so."""
    if not stray:
        return fits
    lost = tuple(Landing(aim, None, "", 0.0, Grade.MISS, "lies outside the cue") for aim in stray)

    def told(one: Fit) -> Fit:
        landings = one.landings + lost
        return replace(one, landings=landings, captured=captured(landings))

    return Fits(told(fits.best), told(fits.single), tuple(told(one) for one in fits.alternatives))
