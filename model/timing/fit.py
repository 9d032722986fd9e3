"""fit(cue, hits): the bars, meters and tempi that land a cue's hits, and the alternatives.

The beats and tempi are searched first (``search``), then bar lines are laid on them (``bars``), then every hit is
graded on the finished map (``explain``). All costs are in ``costs``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from model.errors import CueInvalid
from model.spotting.notes import Cue, Hit, InType, MustBe, OutType
from model.time import Beat, Frame, Timebase
from model.timing.bars import BarLayout, BarTask, eighths, place_bars
from model.timing.costs import LARGEST_LOSS_SHARE, MUSICAL_COSTS, TimedAim, make_rewards
from model.timing.explain import grade_aims
from model.timing.grid import TempoGrid
from model.timing.landing import OUT_ID, Aim, Fit, Fits, FitSettings, Grade, Landing
from model.timing.ramps import with_ramps
from model.timing.search import COARSE_BIN_S, FINE_BIN_S, LONG_CUE_S, BeatPath, Floats, SearchTask, find_best_path
from model.timing.single import find_best_single_tempo
from model.timing.tempo_map import Tempo, TempoMap

LONGEST_CUE_S = 20 * 60
RANGE_MARGIN_SHARE = 0.08
SLOWEST_CUE_BPM = 40.0
FASTEST_CUE_BPM = 208.0
SOFT_IN_LATEST_S = 0.5
HARD_OUT_FACTOR = 2.0
MANDATORY_WEIGHT = 5.0  # the largest weight a hit can have
BAR_LINE_SHARE = {MustBe.BAR: 1.0, MustBe.BEAT: 0.3, MustBe.ANY: 0.15}  # of a hit's weight a bar line on it earns
CHANGE_ON_BAR_GAIN = 0.3  # in weights of hits, for a tempo change on a bar line
LANDED_LEVEL_GAIN = {"bar": 0.3, "strong beat": 0.15}  # share of a hit's weight added when whole maps are ranked
RANKING_ODD_BAR_COST = 0.2  # in weights of hits, when whole maps are ranked
LEAST_TEMPO_RATIO = 1.03  # between alternatives that land the same hits
SOFT_INS = (InType.EASE_IN, InType.FADE_UP, InType.AFTER_LINE)
HARD_OUTS = (OutType.ON_CUT, OutType.BUTTON, OutType.HARD_OUT)


def fit(cue: Cue, hits: Sequence[Hit], timebase: Timebase, settings: FitSettings | None = None) -> Fits:
    """Lay the bars of a cue under its hits.

    Without ``settings`` the cue's own tempo range is used, a little widened; a cue that eases in may begin up to half
    a second late, and any cue begins on a mandatory hit of its first second that could not be landed otherwise. Hits
    outside the cue are not aimed at but appear among the landings, with that reason.

    Raises
    ------
    CueInvalid: the cue is shorter than one beat, longer than 20 minutes, or its tempo range is no range
    TempoInvalid: the settings leave no tempo or no meter
    """
    aims = [aim_of(hit) for hit in hits if cue.span.start <= hit.frame <= cue.span.end]
    outside = [aim_of(hit) for hit in hits if not cue.span.start <= hit.frame <= cue.span.end]
    chosen = settings or settings_for(cue)
    weight = MUSICAL_COSTS.out * (HARD_OUT_FACTOR if cue.out_type in HARD_OUTS else 1.0)
    aims.append(_out_aim(cue.span.end, weight, f"out of {cue.number}"))

    def fit_from(begin: Frame, settings: FitSettings) -> Fits:
        return _fit_aims(aims, timebase.seconds(begin), cue.span.end - begin, timebase, settings)

    fits = fit_from(cue.span.start, chosen)
    missed = [one.aim.frame for one in fits.best.landings if one.aim.mandatory and one.grade is not Grade.HIT]
    early = [frame for frame in missed if frame - cue.span.start < timebase.rate]
    beat_frames = 60 * timebase.rate / Fraction(chosen.bpm[0])
    if settings is None and early and cue.span.end - early[0] > beat_frames:
        fits = fit_from(early[0], replace(chosen, latest_start_s=0.0))
    return _add_hits_outside(fits, outside)


def fit_aims(
    aims: Sequence[Aim], start_s: Fraction, length_frames: int, timebase: Timebase, settings: FitSettings
) -> Fits:
    """Lay bars under aims between ``start_s`` and ``length_frames`` later; an aim at the out is added.

    Raises CueInvalid for an aim outside and for a cue too short or too long, TempoInvalid as :func:`fit` does.
    """
    first = start_s * timebase.rate
    for aim in aims:
        if not first <= aim.frame.index <= first + length_frames:
            message = f"The hit '{aim.label or aim.id}' at frame {aim.frame.index} lies outside the cue."
            raise CueInvalid(message)
    end = Frame(int((first + length_frames) // 1))
    out = _out_aim(end, MUSICAL_COSTS.out, "out")
    return _fit_aims([*aims, out], start_s, length_frames, timebase, settings)


def _out_aim(end: Frame, weight: float, label: str) -> Aim:
    """Aim at the cue's out, never before it, so that the last bar always holds the out."""
    return Aim(OUT_ID, end, weight, early=0, late=1, must_be=MustBe.BEAT.value, label=label)


def aim_of(hit: Hit) -> Aim:
    """Aim of the fit at a hit; one of the largest weight is mandatory, unless it is to be avoided."""
    return Aim(
        hit.id,
        hit.frame,
        weight=max(0.0, hit.weight),
        early=max(0, hit.early),
        late=max(0, hit.late),
        must_be=hit.must_be.value,
        mandatory=hit.weight >= MANDATORY_WEIGHT and hit.must_be is not MustBe.AVOID,
        label=hit.label,
    )


def settings_for(cue: Cue) -> FitSettings:
    """Derive settings from a cue: its range 8 % wider, the middle as target; a soft in may come half a second late."""
    slow, fast = cue.tempo_bpm
    if not 0 < slow <= fast:
        message = f"{slow:g} to {fast:g} bpm is no tempo range for cue {cue.number}."
        raise CueInvalid(message, hint="Write the slower tempo first.")
    low = round(min(max(slow * (1 - RANGE_MARGIN_SHARE), SLOWEST_CUE_BPM), FASTEST_CUE_BPM))
    high = round(max(min(fast * (1 + RANGE_MARGIN_SHARE), FASTEST_CUE_BPM), low))
    latest = SOFT_IN_LATEST_S if cue.in_type in SOFT_INS else 0.0
    return FitSettings(bpm=(float(low), float(high)), target=(slow + fast) / 2, latest_start_s=latest)


def _fit_aims(aims: Sequence[Aim], start_s: Fraction, frames: int, timebase: Timebase, settings: FitSettings) -> Fits:
    """Search over all tempi, over bands of them and with a single tempo; rank the maps and keep the best."""
    candidates = _CandidateMaps(aims, start_s, frames, timebase, settings)
    single = candidates.finish(find_best_single_tempo(candidates.search_task()))
    found = [single, candidates.finish(find_best_path(candidates.search_task()))]
    found += [candidates.finish(find_best_path(task)) for task in candidates.band_tasks()]
    best, *others = sorted(found, key=candidates.score, reverse=True)
    others = [one for one in others if one.tempo_map != single.tempo_map]
    return Fits(best, single, _choose_alternatives(best, others, settings.alternatives))


class _CandidateMaps:
    """Makes the candidate maps of one cue: sets the searches' tasks, and finishes and scores what they find."""

    def __init__(
        self, aims: Sequence[Aim], start_s: Fraction, frames: int, timebase: Timebase, settings: FitSettings
    ) -> None:
        self.aims, self.start_s, self.timebase, self.settings = tuple(aims), start_s, timebase, settings
        self.grid = TempoGrid.of(settings)
        self.length_s = frames / timebase.rate
        _check_length(frames, self.length_s, self.grid.tempi[-1])
        self.target = settings.target or (settings.bpm[0] + settings.bpm[1]) / 2
        frame_s = float(1 / timebase.rate)
        self.timed = [TimedAim(a, float(timebase.seconds(a.frame) - start_s), frame_s) for a in aims]
        shortest_s = float(self.grid.periods_s.min())
        table_s = float(self.length_s) + float(self.grid.periods_s.max()) + 1
        self.rewards = make_rewards(self.timed, table_s, shortest_s, MUSICAL_COSTS)

    def search_task(self, band: TempoGrid | None = None) -> SearchTask:
        """Describe the search's task, over all tempi or a band of them."""
        return SearchTask(
            grid=band or self.grid,
            rewards=self.rewards,
            end_s=float(self.length_s),
            latest_start_s=min(self.settings.latest_start_s, float(self.length_s) / 2),
            target=float(band.tempi[len(band.tempi) // 2]) if band else self.target,
            costs=MUSICAL_COSTS,
            bin_s=COARSE_BIN_S if band or self.length_s > LONG_CUE_S else FINE_BIN_S,
        )

    def band_tasks(self) -> list[SearchTask]:
        """Split the tempo range into as many bands as alternatives are wanted, slow to fast."""
        tempi = self.grid.tempi
        count = min(self.settings.alternatives, len(tempi) // 2)
        edges = [round(n * (len(tempi) - 1) / count) for n in range(count + 1)] if count else []
        return [self.search_task(self.grid.select_band(tempi[a], tempi[b])) for a, b in pairwise(edges)]

    def finish(self, path: BeatPath) -> Fit:
        """Lay bars on the beats, spread tempo changes over ramps if wanted, and grade."""
        bars = place_bars(self._bar_task(path))
        tempi = tuple(Tempo(Beat(Fraction(beat)), bpm) for beat, bpm in path.tempi)
        plain = TempoMap(self.start_s + path.start, bars.count, tempi, bars.meters)
        tempo_map = self._add_ramps(plain) if self.settings.ramps else plain
        return _make_fit(tempo_map, self._grade(tempo_map), plain, bars)

    def _grade(self, tempo_map: TempoMap) -> tuple[Landing, ...]:
        return grade_aims(tempo_map, self.aims, self.timebase, float(self.grid.tempi[-1]))

    def _add_ramps(self, plain: TempoMap) -> TempoMap:
        before = [one.grade for one in self._grade(plain)]

        def is_as_good(candidate: TempoMap) -> bool:
            after = [one.grade for one in self._grade(candidate)]
            return all(a == b or a is Grade.HIT for a, b in zip(after, before, strict=True))

        return with_ramps(plain, is_as_good)

    def _bar_task(self, path: BeatPath) -> BarTask:
        """Describe what a bar line is worth at every eighth of a path."""
        longest = max((eighths(m) for m in self.settings.meters), default=0)
        beats = path.seconds(path.beats + longest + 2)
        eighths_s = np.interp(np.arange(2 * len(beats) - 1) / 2, np.arange(len(beats)), beats)
        downbeat, beat_loss = np.zeros(len(eighths_s)), np.zeros(len(eighths_s))
        for timed in self.timed:
            _add_bar_line_value(timed, eighths_s, downbeat, beat_loss)
        for beat, _ in path.tempi[1:]:
            downbeat[2 * beat] += CHANGE_ON_BAR_GAIN
        end_s = float(self.length_s)
        out = max(1, int(np.searchsorted(eighths_s, end_s - 1e-9)))
        frame_s = float(1 / self.timebase.rate)
        on_out = np.flatnonzero((eighths_s >= end_s - 1e-9) & (eighths_s <= end_s + frame_s))
        return BarTask(downbeat, beat_loss, self.settings.meters, out, frozenset(int(p) for p in on_out))

    def score(self, one: Fit) -> float:
        """Score a finished map, in weights of hits: its hits, less changes, odd bars and distance from the target."""
        gained = sum(_landing_value(landing) for landing in one.landings)
        tempi = [t for t in one.tempo_map.tempi if not t.ramp]
        steps = sum(abs(float(np.log(float(b.bpm / a.bpm)))) for a, b in pairwise(tempi))
        costs = MUSICAL_COSTS
        spent = costs.change * one.changes + costs.slope * steps + RANKING_ODD_BAR_COST * one.odd_bars
        return gained - spent - costs.target * abs(float(np.log(_mean_bpm(one) / self.target)))


def _check_length(frames: int, length_s: Fraction, fastest: Fraction) -> None:
    """Raise CueInvalid for a cue longer than 20 minutes or shorter than a beat at ``fastest`` bpm."""
    if length_s > LONGEST_CUE_S:
        message = f"A cue of {float(length_s) / 60:.1f} minutes is too long; 20 minutes is the limit."
        raise CueInvalid(message, hint="Split it into several cues.")
    if frames < 1 or length_s < 60 / fastest:
        message = f"A cue of {frames} frames is shorter than one beat at {float(fastest):g} bpm."
        raise CueInvalid(message, hint="Lengthen the cue or allow a faster tempo.")


def _add_bar_line_value(timed: TimedAim, eighths_s: Floats, downbeat: Floats, beat_loss: Floats) -> None:
    """Add what one aim makes a bar line worth to ``downbeat`` and ``beat_loss`` (see :class:`BarTask`), in place."""
    aim = timed.aim
    weight = MUSICAL_COSTS.weight_of(aim)
    off = (eighths_s - timed.at_s) / timed.frame_s
    inside = np.flatnonzero((off >= -aim.early - 1e-6) & (off <= aim.late + 1e-6))
    if aim.must_be == MustBe.AVOID:
        downbeat[inside] -= weight
        return
    if len(inside) == 0 or aim.id == OUT_ID:
        return
    place = int(min(inside, key=lambda p: (p % 2, abs(off[p]))))
    downbeat[place] += weight * BAR_LINE_SHARE[MustBe(aim.must_be)]
    if place % 2 == 0 and aim.must_be != MustBe.ANY:
        beat_loss[place] += weight


def _landing_value(landing: Landing) -> float:
    """Value of a landing when whole maps are ranked, in weights of hits."""
    aim = landing.aim
    weight = MUSICAL_COSTS.weight_of(aim)
    if landing.grade is Grade.MISS:
        return -weight * MUSICAL_COSTS.avoid if aim.must_be == MustBe.AVOID else 0.0
    if aim.must_be == MustBe.AVOID:
        return 0.0
    lost = landing.frames_off * (MUSICAL_COSTS.late if landing.frames_off > 0 else -MUSICAL_COSTS.early)
    share = 1.0 if landing.grade is Grade.HIT else MUSICAL_COSTS.near
    return weight * (share - min(lost, LARGEST_LOSS_SHARE) + LANDED_LEVEL_GAIN.get(landing.where, 0.0))


def _make_fit(tempo_map: TempoMap, landings: tuple[Landing, ...], plain: TempoMap, bars: BarLayout) -> Fit:
    """Put a finished map together; ``plain`` is the map without ramps, whose tempi are counted and named."""
    steps = [max(b.bpm / a.bpm, a.bpm / b.bpm) - 1 for a, b in pairwise(plain.tempi)]
    return Fit(
        tempo_map,
        landings,
        captured=captured_share(landings),
        changes=len(steps),
        largest_step=float(max(steps, default=Fraction(0))),
        odd_bars=bars.odd,
        name=_describe_tempi([t.bpm for t in tempo_map.tempi if not t.ramp], len(steps)),
    )


def captured_share(landings: Sequence[Landing]) -> float:
    """Weighted share of the hits that land, 0-1; the out is not counted, and without hits the share is 1."""
    counted = [one for one in landings if one.aim.id != OUT_ID]
    total = sum(one.aim.counted_weight for one in counted)
    return sum(one.aim.counted_weight for one in counted if one.grade is Grade.HIT) / total if counted else 1.0


def _mean_bpm(one: Fit) -> float:
    end = one.tempo_map.end
    return float((end - Beat(Fraction(0))) * 60 / (one.tempo_map.seconds(end) - one.tempo_map.start_s))


def _choose_alternatives(best: Fit, ranked: Sequence[Fit], count: int) -> tuple[Fit, ...]:
    """Keep the best of the rest that differ from each other by 3 % in tempo or in the hits they land."""
    kept = [best]
    for one in ranked:
        if len(kept) <= count and all(_differ(one, other) for other in kept):
            kept.append(one)
    return tuple(kept[1:])


def _differ(one: Fit, other: Fit) -> bool:
    ratio = _mean_bpm(one) / _mean_bpm(other)
    grades = [[landing.grade for landing in candidate.landings] for candidate in (one, other)]
    return max(ratio, 1 / ratio) > LEAST_TEMPO_RATIO or grades[0] != grades[1]


def _describe_tempi(bpms: Sequence[Fraction], changes: int) -> str:
    """Name a map by its tempi, for example "2 tempo changes, 90-96.5 bpm"."""
    if changes == 0:
        return f"single tempo, {float(bpms[0]):g} bpm"
    plural = "" if changes == 1 else "s"
    return f"{changes} tempo change{plural}, {float(min(bpms)):g}-{float(max(bpms)):g} bpm"


def _add_hits_outside(fits: Fits, outside: Sequence[Aim]) -> Fits:
    """Add hits outside the cue to every map's landings, as misses with that reason."""
    if not outside:
        return fits
    missed = tuple(Landing(aim, None, "", 0.0, Grade.MISS, "lies outside the cue") for aim in outside)

    def add_to(one: Fit) -> Fit:
        landings = one.landings + missed
        return replace(one, landings=landings, captured=captured_share(landings))

    return Fits(add_to(fits.best), add_to(fits.single), tuple(add_to(one) for one in fits.alternatives))
