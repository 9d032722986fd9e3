"""Evidence: everything observed, brought onto one grid of half seconds so that it can be weighed together.

A signal that was not observed (no sound, no faces looked for) is NaN throughout: it argues neither way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.media.reel import Clock
from model.observe.observations import Feeling, Impact, Loudness, Observations
from model.spotting.talk import Talk

Array = npt.NDArray[np.float64]

HOP_S = 0.5
CUT_WINDOW_S = 4.0
STRIKE_HOPS = 6  # hops of 100 ms over which an impact is loud
SOFT_DB = -4.0  # above the reel's loudness: from here an impact begins to count
HARD_DB = 8.0  # above it: from here it counts fully
"""Momentary loudness of a strike against the integrated loudness of the reel: nothing below, all from here on."""
CLOSE_FACE = 0.25  # height of a face, as a share of the picture's, called close
"""A face this high (share of the picture) is a close look."""


@dataclass(frozen=True, slots=True)
class EvidenceSignals:
    """One value per half second, float64 [n] each, NaN where not observed.

    Attributes
    ----------
    speech: share of the step with a line
    arousal, tension: 0-1; valence -1..1
    energy, action: picture change and movement inside the picture, 0-1
    cut_rate: shots per second around the step
    level_db: short-term loudness against the reel's own median, dB
    music: probability of music already in the cut
    face: height of the largest face, share of the picture; 0 when there is none
    title: 1 while text is shown
    luma, saturation, warmth: light and colour
    impact: strength of the strongest sudden sound, 0-1
    """

    speech: Array
    arousal: Array
    tension: Array
    valence: Array
    energy: Array
    action: Array
    cut_rate: Array
    level_db: Array
    music: Array
    face: Array
    title: Array
    luma: Array
    saturation: Array
    warmth: Array
    impact: Array

    @property
    def steps(self) -> int:
        """Number of half seconds."""
        return len(self.speech)

    @property
    def times_s(self) -> Array:
        """Middle of each step."""
        return np.asarray((np.arange(self.steps) + 0.5) * HOP_S, dtype=np.float64)

    def curves(self) -> dict[str, Array]:
        """Return every curve by its signal's name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def mean(self, name: str, start_s: float, end_s: float) -> float:
        """Mean of one signal between two times; NaN when it was not observed."""
        first = min(max(int(start_s / HOP_S), 0), self.steps - 1)
        last = max(min(round(end_s / HOP_S), self.steps), first + 1)
        part: Array = getattr(self, name)[first:last]
        return float(np.nanmean(part)) if np.isfinite(part).any() else float("nan")


def talk_of(observations: Observations) -> Talk:
    """Collect the lines of a reel as talk; empty when there is no sound."""
    lines = observations.dialogue.lines if observations.dialogue else ()
    return Talk.of([(line.start_s, line.end_s) for line in lines], observations.clock.end_s)


def gather(observations: Observations, talk: Talk) -> EvidenceSignals:
    """Bring every observation onto the grid."""
    clock = observations.clock
    steps = max(1, int(np.ceil(clock.end_s / HOP_S - 1e-6)))
    none = np.full(steps, np.nan)
    left: Array = np.asarray(np.arange(steps) * HOP_S, dtype=np.float64)
    affect, loudness, music = observations.affect, observations.loudness, observations.music
    colour, motion = observations.colour, observations.motion
    return EvidenceSignals(
        speech=talk.share(left, left + HOP_S) if observations.dialogue else none,
        arousal=_feeling(affect.arousal, affect.hop_s, steps),
        tension=_feeling(affect.tension, affect.hop_s, steps),
        valence=_feeling(affect.valence, affect.hop_s, steps),
        energy=_per_frame(motion.energy, clock, steps),
        action=_per_frame(motion.action, clock, steps),
        cut_rate=_cut_rate(observations, steps),
        level_db=_level(loudness.short_term_lufs, loudness.hop_s, steps) if loudness else none,
        music=_curve(music.activity, music.hop_s, steps) if music else none,
        face=_faces(observations, steps),
        title=_titles(observations, steps),
        luma=_per_frame(colour.luma, clock, steps),
        saturation=_per_frame(colour.saturation, clock, steps),
        warmth=_per_frame(colour.warmth, clock, steps),
        impact=_impacts(observations, steps),
    )


def smooth(values: Array, seconds: float) -> Array:
    """Smooth a signal over about ``seconds``; NaN stays NaN."""
    from scipy.ndimage import gaussian_filter1d  # a heavy import, and only spotting itself needs it

    if not np.isfinite(values).all():
        return values
    return np.asarray(gaussian_filter1d(values, seconds / HOP_S / 2, mode="nearest"), dtype=np.float64)


def _means(values: Array, step: npt.NDArray[np.int64], steps: int) -> Array:
    """Mean of the values falling into each step; an empty step takes the one before."""
    if not len(values):
        return np.full(steps, np.nan)
    step = np.clip(step, 0, steps - 1)
    counts = np.bincount(step, minlength=steps)
    sums = np.bincount(step, weights=values, minlength=steps)
    known = np.flatnonzero(counts)
    source = known[np.maximum(np.searchsorted(known, np.arange(steps), side="right") - 1, 0)]
    return np.asarray(sums[source] / counts[source], dtype=np.float64)


def _curve(values: npt.NDArray[np.float32], hop_s: float, steps: int) -> Array:
    """Bring a curve with its own hop onto the grid."""
    step = ((np.arange(len(values)) + 0.5) * hop_s / HOP_S).astype(np.int64)
    return _means(values.astype(np.float64), step, steps)


def _feeling(feeling: Feeling, hop_s: float, steps: int) -> Array:
    """Bring an emotional curve onto the grid; one nobody could measure argues neither way."""
    if not len(feeling.value) or not np.any(feeling.confidence > 0):
        return np.full(steps, np.nan)
    return _curve(feeling.value, hop_s, steps)


def _per_frame(values: npt.NDArray[np.float32], clock: Clock, steps: int) -> Array:
    """Bring a per-frame curve onto the grid by every frame's own time."""
    step = (clock.times_s[: len(values)] / HOP_S + 1e-6).astype(np.int64)
    return _means(values[: len(step)].astype(np.float64), step, steps)


def _level(lufs: npt.NDArray[np.float32], hop_s: float, steps: int) -> Array:
    """Loudness against the median of what is not silence, limited to 30 dB either way."""
    level = _curve(np.maximum(lufs, -70.0), hop_s, steps)
    heard = level[level > -65.0]  # noqa: PLR2004 - digital silence reads -70
    return np.asarray(np.clip(level - (np.median(heard) if len(heard) else -23.0), -30.0, 30.0), dtype=np.float64)


def _cut_rate(observations: Observations, steps: int) -> Array:
    """Count changes of shot per second within ``CUT_WINDOW_S`` either side."""
    clock = observations.clock
    at = np.sort([clock.seconds((t.start.index + t.end.index) // 2) for t in observations.cuts.transitions])
    times = (np.arange(steps) + 0.5) * HOP_S
    low, high = np.maximum(times - CUT_WINDOW_S, 0.0), np.minimum(times + CUT_WINDOW_S, clock.end_s)
    return np.asarray((np.searchsorted(at, high) - np.searchsorted(at, low)) / np.maximum(high - low, HOP_S))


def _faces(observations: Observations, steps: int) -> Array:
    """Height of the largest face on the frames looked at."""
    looked = observations.faces.looked
    if not looked:
        return np.full(steps, np.nan)
    tallest = dict.fromkeys((f.index for f in looked), 0.0)
    for face in observations.faces.faces:
        index = face.frame.index
        tallest[index] = max(tallest.get(index, 0.0), face.box[3])
    frames = sorted(tallest)
    step = np.array([int(observations.clock.seconds(f) / HOP_S) for f in frames], dtype=np.int64)
    return _means(np.array([tallest[f] for f in frames], dtype=np.float64), step, steps)


def _titles(observations: Observations, steps: int) -> Array:
    shown = np.zeros(steps)
    for title in observations.titles:
        start, end = (observations.clock.seconds(f) for f in (title.span.start, title.span.end))
        shown[int(start / HOP_S) : max(round(end / HOP_S), int(start / HOP_S) + 1)] = 1.0
    return shown


def _impacts(observations: Observations, steps: int) -> Array:
    if observations.effects is None:
        return np.full(steps, np.nan)
    strongest = np.zeros(steps)
    for impact in observations.effects.impacts:
        step = min(max(int(impact.time_s / HOP_S), 0), steps - 1)
        strongest[step] = max(strongest[step], force_of(impact, observations.loudness))
    return strongest


def force_of(impact: Impact, loudness: Loudness | None) -> float:
    """How hard a sudden sound strikes, 0-1: its strength, less when it is hardly louder than the reel as a whole.

    Strength alone is measured against the reel's loudest strike, which in a quiet reel may be a footstep.
    """
    if loudness is None or not len(loudness.momentary_lufs):
        return impact.strength
    first = max(0, int(impact.time_s / loudness.hop_s) - 1)
    around = loudness.momentary_lufs[first : first + STRIKE_HOPS]
    if not len(around):
        return impact.strength
    above = float(around.max()) - loudness.integrated_lufs
    return impact.strength * float(np.clip((above - SOFT_DB) / (HARD_DB - SOFT_DB), 0.0, 1.0))
