"""Per-frame signals a hit can be read from: bursts, surprises, stops and flashes of the picture, light and loudness.

Everything is on the reel's frames, so that one index means the same moment in every curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from model.observe.observations import Curve, Observations

NEAR_S = 1.0  # a move surprises against what the second around it looks like
EDGE_S = 1 / 6  # what a start or stop is judged over
LEAST_FULL = 0.02  # mean luma change of a person turning in a medium shot, about
STILL = 0.004  # luma change below this is noise of grain and codec, not movement
SURPRISE_SPAN = 3.0  # e-folds above its surroundings at which a move surprises fully
FLASH_LUMA = 0.25  # a jump of mean luma this large lights up a cinema
DARK = 0.02  # mean luma, 0-1, below which a picture is black
WHITE = 0.93  # mean luma above which it is white
SILENCE_LUFS = -70.0
LEAST_FASTEST = 0.1  # what the fastest spot of a shot must change by to be its climax
LEAST_CUT = 0.1
HUGE_CHANGE = 0.2  # mean luma change of a cut between quite different pictures
FLAT_CHANGE = 0.004  # a black or white picture does not move


@dataclass(frozen=True, slots=True)
class HitSignals:
    """Curves float32 [frames], 0-1 unless said.

    Attributes
    ----------
    burst: how big the movement is against the reel's biggest
    surprise: how much it stands out from the second around it
    change: how much of the picture is another one than a frame before, cuts included, on an absolute scale
    abrupt: how far that stands out from the second around it
    local: how far the fastest spot of the picture stands out from the second around it, a small thing struck
    climax: the fastest spot here against the fastest of the whole shot
    start: movement that breaks out at this frame
    stop: movement that ends dead after this frame
    flash: jump of mean luma against both neighbours' sides, inside a shot
    loud_lufs: momentary loudness, -70 without sound
    empty: 1 where the picture is black or white
    usual_cut: ``change`` at the median cut of the reel: a cut as large as every other says little
    """

    burst: Curve
    surprise: Curve
    change: Curve
    abrupt: Curve
    local: Curve
    climax: Curve
    start: Curve
    stop: Curve
    flash: Curve
    loud_lufs: Curve
    empty: Curve
    luma: Curve
    rate: float
    usual_cut: float


def read_signals(observations: Observations) -> HitSignals:
    """Turn observations into curves on the frames of the reel."""
    rate = float(observations.reel.timebase.rate)
    luma = _fit(observations.colour.luma, observations.reel.frames)
    motion = measure_movement(observations)
    change = _fit(
        observations.motion.change if len(observations.motion.change) else observations.motion.energy,
        observations.reel.frames,
    )
    visible = np.clip(change / HUGE_CHANGE, 0, 1).astype(np.float32)
    fastest = _fit(
        observations.motion.peak if len(observations.motion.peak) else observations.motion.action,
        observations.reel.frames,
    )
    span = max(2, round(EDGE_S * rate))
    near = max(3, round(NEAR_S * rate) | 1)
    return HitSignals(
        burst=measure_bursts(motion),
        surprise=measure_surprises(motion, near),
        change=visible,
        abrupt=measure_surprises(change, near),
        local=measure_surprises(fastest, near),
        climax=measure_climaxes(fastest, observations),
        start=measure_starts(motion, span),
        stop=measure_stops(motion, span),
        flash=measure_flashes(luma, observations),
        loud_lufs=_loudness(observations),
        empty=empty_picture(luma, motion),
        luma=luma,
        rate=rate,
        usual_cut=usual_cut(visible, observations),
    )


def measure_movement(observations: Observations) -> Curve:
    """Add up what moves on the screen: the picture's own action, and half of the camera's. float32 [frames]."""
    frames = observations.reel.frames
    action = _fit(observations.motion.action, frames)
    energy = _fit(observations.motion.energy, frames)
    return np.asarray(action + 0.5 * np.maximum(energy - action, 0), np.float32)


def measure_bursts(motion: Curve) -> Curve:
    """Size of the movement 0-1: against the reel's 99th percentile, or a modest absolute size in a still reel."""
    if not len(motion):
        return motion
    return np.asarray(np.clip(motion / _full(motion), 0, 1), np.float32)


def measure_surprises(motion: Curve, near: int) -> Curve:
    """How far a frame's movement stands above the ``near`` frames around it, 0-1 on a logarithmic scale."""
    from scipy.ndimage import median_filter  # a heavy import, and only spotting itself needs it

    if not len(motion):
        return motion
    around = median_filter(motion, near, mode="nearest")
    ratio = np.log((motion + STILL) / (around + STILL))
    return np.clip(ratio / SURPRISE_SPAN, 0, 1).astype(np.float32)


def usual_cut(change: Curve, observations: Observations) -> float:
    """Median of ``change`` over the hard cuts, at least a tenth."""
    at = [float(change[cut.index]) for cut in observations.cuts.hard() if cut.index < len(change)]
    return max(float(np.median(at)), LEAST_CUT) if at else LEAST_CUT


def measure_climaxes(fastest: Curve, observations: Observations) -> Curve:
    """Movement against the most its shot has to show, 0-1; a shot with hardly any has no climax."""
    part = np.zeros(len(fastest), np.float32)
    for shot in observations.shots:
        inside = slice(shot.start.index, min(shot.end.index, len(fastest)))
        part[inside] = fastest[inside] / max(float(fastest[inside].max(initial=0.0)), LEAST_FASTEST)
    return part


def measure_starts(motion: Curve, span: int) -> Curve:
    """Movement that breaks out at this frame, 0-1: the mean of the ``span`` frames from here minus the most before."""
    if not len(motion):
        return motion
    ahead = sliding_window_view(np.pad(motion, (0, span - 1), mode="edge"), span).mean(axis=1)
    before = sliding_window_view(np.pad(motion, (span, 0), mode="edge")[:-1], span).max(axis=1)
    return np.asarray(np.clip((ahead - before) / _full(motion), 0, 1), np.float32)


def measure_stops(motion: Curve, span: int) -> Curve:
    """Movement that ends dead after this frame, 0-1: ``starts`` seen backwards."""
    return measure_starts(motion[::-1], span)[::-1].copy()


def measure_flashes(luma: Curve, observations: Observations) -> Curve:
    """Jump of light inside a shot that goes up and mostly comes back, or a flash the cut detector saw: 0-1."""
    jump = np.zeros(len(luma), np.float32)
    if len(luma) > 1:
        jump[1:] = np.clip(np.diff(luma) / FLASH_LUMA, 0, 1)
    for cut in observations.cuts.hard():
        if cut.index < len(jump):
            jump[cut.index] = 0
    for change in observations.cuts.gradual():
        jump[change.start.index : change.end.index + 1] = 0
    for frame in observations.cuts.flashes:
        if frame.index < len(jump):
            jump[frame.index] = 1
    return jump


def empty_picture(luma: Curve, motion: Curve) -> Curve:
    """1 where the picture is black, or white and still."""
    white = (luma > WHITE) & (motion < FLAT_CHANGE)
    return ((luma < DARK) | white).astype(np.float32)


def _full(motion: Curve) -> float:
    """Find the movement that counts as full: the reel's 99th percentile, or a modest size in a still reel."""
    return max(float(np.percentile(motion, 99)), LEAST_FULL)


def _fit(curve: Curve, frames: int) -> Curve:
    """Cut or extend a curve to the reel's frames with its last value."""
    if len(curve) >= frames:
        return curve[:frames].astype(np.float32)
    last = curve[-1] if len(curve) else 0.0
    return np.concatenate([curve, np.full(frames - len(curve), last)]).astype(np.float32)


def _at_frames(curve: Curve, hop_s: float, observations: Observations) -> Curve:
    """Read a sound curve with a value every ``hop_s`` at the start of every frame."""
    place = np.floor(observations.clock.times_s[: observations.reel.frames] / hop_s).astype(np.int64)
    return _fit(curve[np.clip(place, 0, len(curve) - 1)], observations.reel.frames)


def _loudness(observations: Observations) -> Curve:
    """Momentary loudness on the frames; silence throughout in a reel without sound."""
    heard = observations.loudness
    if heard is None or not len(heard.momentary_lufs):
        return np.full(observations.reel.frames, SILENCE_LUFS, np.float32)
    return _at_frames(heard.momentary_lufs, heard.hop_s, observations)
