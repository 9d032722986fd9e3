"""Meters: loudness after BS.1770-4 and true peak after its annex 2, for sound that goes by in blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import signal

from model.observe.sound.loudness import K_WEIGHTING, SHORT_TERM, STEP, integrated_loudness, lufs, trailing_mean
from model.render.engine import Floats

_OVER = 4  # times 48 kHz: the standard's least
_HALF = 12  # input samples on each side of an interpolated one
_STRETCH = 512  # samples looked at together
SILENCE_DB = -120.0


def _interpolator() -> Floats:
    """Windowed sinc for four times the rate: flat within 0.02 dB to 20 kHz."""
    taps = np.arange(-_HALF * _OVER, _HALF * _OVER + 1)
    sinc: Floats = (np.sinc(taps / _OVER) * np.kaiser(len(taps), 6.0)).astype(np.float32)
    return sinc


_SINC = _interpolator()


class Peak:
    """Hears stereo blocks in order and knows the highest value between their samples.

    Only stretches whose samples come within 6 dB of the highest so far are interpolated: what passes between samples
    is never twice as high as its neighbourhood in sound that was ever band-limited.
    """

    def __init__(self) -> None:
        """Start in silence."""
        self._before: Floats = np.zeros((2 * _HALF, 2), np.float32)
        self._peak = 0.0

    def push(self, block: Floats) -> None:
        """Take float32 [n, 2]."""
        joined = np.ascontiguousarray(np.concatenate([self._before, block]).T)
        self._before = np.ascontiguousarray(joined[:, -2 * _HALF :].T)
        self._peak = max(self._peak, float(np.abs(joined).max(initial=0.0)))
        for side in joined:
            for stretch in _loud_stretches(side, self._peak / 2):
                dense = signal.upfirdn(_SINC, stretch, up=_OVER)
                inside = dense[2 * _HALF * _OVER : len(stretch) * _OVER]
                self._peak = max(self._peak, float(np.abs(inside).max(initial=0.0)))

    @property
    def dbtp(self) -> float:
        """True peak in dB of full scale; -120 for silence."""
        return max(20 * float(np.log10(max(self._peak, 1e-9))), SILENCE_DB)


def _loud_stretches(side: Floats, threshold: float) -> list[Floats]:
    """Cut out what may hold the peak, with a neighbourhood on both sides; neighbouring stretches are joined."""
    whole = -(-len(side) // _STRETCH)
    padded = np.zeros(whole * _STRETCH, np.float32)
    padded[: len(side)] = np.abs(side)
    loud = padded.reshape(whole, _STRETCH).max(axis=1) >= max(threshold, 1e-6)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    return [
        side[max(first * _STRETCH - 2 * _HALF, 0) : last * _STRETCH + 2 * _HALF]
        for first, last in zip(edges[::2], edges[1::2], strict=True)
    ]


class LoudnessMeter:
    """Hears stereo blocks in order and knows their loudness and true peak."""

    def __init__(self) -> None:
        """Start in silence."""
        self._state: Any = np.zeros((len(K_WEIGHTING), 2, 2))
        self._left: npt.NDArray[np.float64] = np.zeros(0)
        self._steps: list[npt.NDArray[np.float64]] = []
        self._peak = Peak()

    def push(self, block: Floats) -> None:
        """Take float32 [n, 2]."""
        self._peak.push(block)
        weighted, self._state = signal.sosfilt(K_WEIGHTING, block, axis=0, zi=self._state)
        power = np.concatenate([self._left, np.square(weighted).sum(axis=1)])
        whole = len(power) // STEP * STEP
        self._steps.append(power[:whole].reshape(-1, STEP).mean(axis=1))
        self._left = power[whole:]

    @property
    def steps(self) -> npt.NDArray[np.float64]:
        """K-weighted power of both sides, one value every 100 ms."""
        return np.concatenate(self._steps) if self._steps else np.zeros(0)

    @property
    def integrated_lufs(self) -> float:
        """Gated loudness of everything heard; -70 for silence."""
        return integrated_loudness(self.steps)

    @property
    def short_term_lufs(self) -> float:
        """Loudest stretch of three seconds."""
        steps = self.steps
        return float(lufs(trailing_mean(steps, SHORT_TERM)).max()) if len(steps) else -70.0

    @property
    def true_peak_dbtp(self) -> float:
        """Highest value between the samples, in dB of full scale; -120 for silence."""
        return self._peak.dbtp


def true_peak_dbtp(sound: Floats) -> float:
    """Measure the true peak of float32 [n, 2] in dB of full scale, silence around it."""
    meter = Peak()
    meter.push(np.concatenate([sound, np.zeros((2 * _HALF, 2), np.float32)]))
    return meter.dbtp
