"""The signals that move the emotional curves: each 0-1 at 2 Hz, smoothed, and still in words anybody understands.

After Hanjalic & Xu (2005): motion, cutting rate and sound energy, smoothed by a Kaiser window so that feelings have
inertia. Theirs spans about a minute; ours a few seconds, because a spotted reel turns within a beat of the story;
only the pace of the edit is heard over half a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import convolve1d

from model.media.reel import Clock
from model.observe.detector import Findings
from model.observe.observations import Colour, Cuts, Dialogue, Effects, Faces, Impact, Loudness, Motion, Music
from model.observe.people.faces import measure_presence
from model.observe.sound.detector import CELL_S, SoundActivity

Curve = npt.NDArray[np.float32]
Signals = dict[str, Curve]

HOP_S = 0.5
WINDOW_S = 6.0  # length of the Kaiser window; its middle half carries nearly all the weight
BETA = 5.0
SOUND_SIGNALS = ("loudness", "quiet", "swell", "impacts", "bass", "speech", "music")
OPPOSITES = {"motion": "stillness", "cutting": "long shots", "light": "darkness", "warmth": "cold", "loudness": "quiet"}
"""What 1 - signal is called: a feeling names the side that adds to it, so that its reasons only ever add."""

BUSY = 0.06  # mean absolute luma change a frame that counts as full motion
PACE_WINDOW_S = 32.0  # nobody feels a single cut: the pace of an edit takes half a minute to sink in
BRISK = 0.6  # changes of shot a second that count as full pace
STEADY_SHOT_S = 2.0  # a shot this long counts as half the cutting rate there is
FOREGROUND_LU = 12.0  # by how much talk and music are louder than they are exciting
LOUD_LU = 4.0  # above the reel's own integrated loudness counts as full
QUIET_LU = -28.0  # below it counts as nothing
SWELL_LU = 12.0  # rise against the ten seconds before that counts as full
BRIGHT = 0.55  # luma of a picture in full daylight
VIVID = 0.6
CLOSE = 0.5  # height of the tallest face in an extreme close-up


@dataclass(frozen=True, slots=True)
class Grid:
    """The moments at which feelings are told: ``n`` of them, half a second apart, on the reel's own clock."""

    clock: Clock

    @property
    def n(self) -> int:
        """How many moments the reel has: at least one."""
        return max(1, int(self.clock.end_s / HOP_S))

    @property
    def edges_s(self) -> npt.NDArray[np.float64]:
        """Borders of the moments, float64 [n + 1]: each moment stands for the quarter second on either side."""
        return np.asarray((np.arange(self.n + 1) - 0.5) * HOP_S, np.float64)

    def of_frames(self, curve: npt.NDArray[np.floating]) -> Curve:
        """Average a per-frame curve over each moment; a moment without a frame takes the frame on the screen."""
        return self._average_around(curve, self.clock.times_s[: len(curve)])

    def of_hops(self, curve: npt.NDArray[np.floating], hop_s: float) -> Curve:
        """Average an evenly sampled curve over each moment."""
        return self._average_around(curve, np.asarray(np.arange(len(curve)) * hop_s, np.float64))

    def _average_around(self, curve: npt.NDArray[np.floating], times_s: npt.NDArray[np.float64]) -> Curve:
        if not len(curve):
            return np.zeros(self.n, np.float32)
        total = np.concatenate([[0.0], np.cumsum(curve, dtype=np.float64)])
        at = np.searchsorted(times_s, self.edges_s)
        first = np.minimum(at[:-1], len(curve) - 1)
        after = np.maximum(at[1:], first + 1)
        return np.asarray((total[after] - total[first]) / (after - first), np.float32)


def smooth(curve: Curve, window_s: float = WINDOW_S) -> Curve:
    """Give a curve inertia: a Kaiser window of unit weight, the ends held."""
    taps = 2 * round(window_s / HOP_S / 2) + 1
    window = np.kaiser(taps, BETA)
    return np.asarray(convolve1d(curve.astype(np.float64), window / window.sum(), mode="nearest"), np.float32)


def scale_range(values: npt.NDArray[np.floating], low: float, high: float) -> Curve:
    """Map ``low`` to 0 and ``high`` to 1, cutting off beyond."""
    return np.asarray(np.clip((values - low) / (high - low), 0, 1), np.float32)


def signals(found: Findings, clock: Clock) -> Signals:
    """Every signal the findings allow; those of the sound are left out for a reel without it."""
    grid = Grid(clock)
    raw = {**_picture(found, grid), **_sound(found, grid)}
    smoothed = {name: smooth(curve, PACE_WINDOW_S if name == "pace" else WINDOW_S) for name, curve in raw.items()}
    smoothed = {name: np.minimum(curve, np.float32(1)) for name, curve in smoothed.items()}
    return smoothed | {other: 1 - smoothed[name] for name, other in OPPOSITES.items() if name in smoothed}


def _picture(found: Findings, grid: Grid) -> Signals:
    """Motion, action, cutting, closeness and light."""
    result: Signals = {}
    if (motion := found.get("motion", Motion)) is not None:
        result["motion"] = scale_range(np.sqrt(grid.of_frames(motion.energy)), 0, BUSY**0.5)
        result["action"] = scale_range(np.sqrt(grid.of_frames(motion.action)), 0, BUSY**0.5)
    if (colour := found.get("colour", Colour)) is not None:
        result["light"] = scale_range(grid.of_frames(colour.luma), 0, BRIGHT)
        result["warmth"] = scale_range(grid.of_frames(colour.warmth), -0.5, 0.5)
        result["saturation"] = scale_range(grid.of_frames(colour.saturation), 0, VIVID)
    if (cuts := found.get("cuts", Cuts)) is not None:
        result["cutting"] = cutting(cuts, grid)
        result["pace"] = measure_pace(cuts, grid)
    if (faces := found.get("faces", Faces)) is not None:
        result["closeness"] = scale_range(grid.of_frames(measure_presence(faces, len(grid.clock.times_s))), 0, CLOSE)
    return result


def cutting(cuts: Cuts, grid: Grid) -> Curve:
    """Cutting rate by the length of the shot on the screen: 1 for endless cuts, half at ``STEADY_SHOT_S``."""
    frames = len(grid.clock.times_s)
    pace = np.zeros(frames, np.float32)
    for shot in cuts.shots(frames):
        seconds = grid.clock.seconds(shot.end) - grid.clock.seconds(shot.start)
        pace[shot.start.index : shot.end.index] = STEADY_SHOT_S / (STEADY_SHOT_S + seconds)
    return grid.of_frames(pace)


def measure_pace(cuts: Cuts, grid: Grid) -> Curve:
    """Count the changes of shot in each moment, against ``BRISK``: a density once smoothed over its window."""
    times = [grid.clock.seconds(transition.start) for transition in cuts.transitions]
    counted = np.histogram(times, bins=grid.edges_s)[0]
    return np.asarray(counted / (BRISK * HOP_S), np.float32)


def _sound(found: Findings, grid: Grid) -> Signals:
    """Loudness and its rise, impacts, bass, speech and music."""
    result: Signals = {}
    if (loudness := found.get("loudness", Loudness)) is not None:
        level = grid.of_hops(np.maximum(loudness.momentary_lufs, -70), loudness.hop_s)
        relative = np.asarray(
            level - loudness.integrated_lufs - FOREGROUND_LU * measure_foreground(found, grid), np.float32
        )
        result["loudness"] = scale_range(relative, QUIET_LU, LOUD_LU)
        result["swell"] = scale_range(relative - before(relative), 0, SWELL_LU)
    if (effects := found.get("effects", Effects)) is not None:
        result["impacts"] = measure_impacts(effects.impacts, grid)
    if (heard := found.get("sound", SoundActivity)) is not None and len(heard.levels):
        power = 10.0 ** (heard.levels.astype(np.float32) / 10)
        result["bass"] = scale_range(grid.of_hops(power[:, :2].sum(1) / power.sum(1), CELL_S), 0, 1)
    if (dialogue := found.get("dialogue", Dialogue)) is not None:
        result["speech"] = scale_range(grid.of_hops(dialogue.activity, dialogue.hop_s), 0, 1)
    if (music := found.get("music", Music)) is not None:
        result["music"] = scale_range(grid.of_hops(music.activity, music.hop_s), 0, 1)
    return result


def measure_foreground(found: Findings, grid: Grid) -> Curve:
    """How much of the loudness is talk or music rather than events: float32 [n], 0-1."""
    both = (found.get("dialogue", Dialogue), found.get("music", Music))
    heard = [grid.of_hops(what.activity, what.hop_s) for what in both if what is not None]
    return np.asarray(np.max([np.zeros(grid.n, np.float32), *heard], axis=0), np.float32)


def before(curve: Curve, seconds: float = 10.0) -> Curve:
    """Mean of the curve over the ``seconds`` before each moment; the start stands for what was before it."""
    taps = round(seconds / HOP_S)
    padded = np.concatenate([np.full(taps, curve[0]), curve])
    total = np.concatenate([[0.0], np.cumsum(padded, dtype=np.float64)])
    return np.asarray((total[taps : taps + len(curve)] - total[: len(curve)]) / taps, np.float32)


def measure_impacts(heard: Sequence[Impact], grid: Grid) -> Curve:
    """How many sudden sounds, by strength and certainty: 1 - exp(-sum) within each moment."""
    sums = np.zeros(grid.n, np.float32)
    for impact in heard:
        moment = min(max(round(impact.time_s / HOP_S), 0), grid.n - 1)
        sums[moment] += impact.strength * impact.confidence
    return np.asarray(1 - np.exp(-sums), np.float32)
