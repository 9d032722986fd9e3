"""Tempo of a stretch of music, or 0 when it cannot be told: the period at which its onsets return."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from model.observe.sound.analyser import CELLS_PER_S
from model.observe.sound.mel import BandLevels

SLOWEST_BPM = 50
FASTEST_BPM = 200
USUAL_BPM = 105.0  # middle of the log-normal prior
USUAL_OCTAVES = 0.9  # standard deviation of the prior
LONGEST_S = 60  # of the middle of the stretch
SHORTEST_S = 6
SURE = 0.3  # share of the onset energy that returns after a beat; below it no tempo is claimed


def estimate_tempo_bpm(levels: BandLevels) -> float:
    """Beats per minute of a stretch: levels int8 [cells, 8]; 0 when no period stands out.

    Onset strength is the sum of level rises over bands; its autocorrelation is read at one, two and four beats.
    """
    if len(levels) < SHORTEST_S * CELLS_PER_S:
        return 0.0
    over = max(0, len(levels) - LONGEST_S * CELLS_PER_S) // 2
    onsets = onset_curve(levels[over : len(levels) - over])
    if float(np.square(onsets).mean()) < 1e-3:  # noqa: PLR2004 - nothing rises: a held chord
        return 0.0
    own = autocorrelation(onsets)
    candidates = np.arange(SLOWEST_BPM, FASTEST_BPM + 0.25, 0.25)
    lags = 60 * CELLS_PER_S / candidates
    cells = np.arange(len(own))
    returns = (np.interp(lags, cells, own) + np.interp(2 * lags, cells, own) + np.interp(4 * lags, cells, own)) / 3
    prior = np.exp(-0.5 * (np.log2(candidates / USUAL_BPM) / USUAL_OCTAVES) ** 2)
    best = int(np.argmax(returns * prior))
    return round(float(candidates[best]), 1) if returns[best] >= SURE else 0.0


def onset_curve(levels: BandLevels) -> npt.NDArray[np.float64]:
    """Return the curve of how much each 10 ms rises above what was there: float64 [cells], its slow part taken out."""
    held = np.maximum(levels.astype(np.float64), -80)
    rise = np.maximum(0, held[2:] - held[:-2]).sum(axis=1) / 24
    sharp = ndimage.gaussian_filter1d(np.concatenate([[0, 0], np.minimum(rise, 3)]), 2)
    return np.asarray(sharp - ndimage.uniform_filter1d(sharp, CELLS_PER_S))


def autocorrelation(curve: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Autocorrelation for lags up to half the length, 1 at lag 0, each lag by the samples that meet."""
    n = len(curve)
    size = fft.next_fast_len(2 * n)
    whole = fft.irfft(np.abs(fft.rfft(curve, size)) ** 2, size)[: n // 2 + 1]
    meeting = n - np.arange(len(whole))
    return np.asarray(whole / meeting / max(float(whole[0]) / n, 1e-12))
