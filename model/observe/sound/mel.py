"""From samples to what an ear resolves: 10 ms cells of log-mel energy and of the levels in eight bands.

Cell ``k`` is the time from ``k`` to ``k + 1`` hundredths of a second; its 25 ms window is centred on it, so the
samples handed in start 7.5 ms early (:data:`LEAD`). All functions work on 16 kHz mono, full scale = 1.0.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from model.media.reel import MONO_RATE, Floats

HOP = 160  # samples in a cell of 10 ms
WINDOW = 400
LEAD = (WINDOW - HOP) // 2
FFT = 512  # samples: the next power of two above the window
MELS = 64  # bands, as the sound net was trained
LOWEST_HZ = 40.0
HIGHEST_HZ = 8000.0
BAND_EDGES_HZ = (20.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 5600.0, 8000.0)
FLOOR_DB = -110
LOUDEST = 8.0  # 18 dB over full scale: float sound may exceed it, damaged sound is beyond all bounds
_FLOOR_POWER = 1e-9  # added before the logarithm: about the hiss of 16-bit sound

BandLevels = npt.NDArray[np.int8]


def clean_samples(samples: Floats) -> Floats:
    """Take out what no microphone gives and no filter survives: NaN becomes 0, everything else stays within +-8."""
    return np.clip(np.nan_to_num(samples, nan=0.0), -LOUDEST, LOUDEST)


def power_of(samples: Floats) -> Floats:
    """Power spectrum of each cell: float32 [n] to float32 [(n - 400) // 160 + 1, 257], Hann window.

    Scaled so that a full-scale sine reads 0.5 summed over its bins: the squared RMS.
    """
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    window = _window()
    spectrum = fft.rfft(frames * window, FFT)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(power * (2 / (FFT * float(np.sum(window**2)))), dtype=np.float32)


def log_mel(power: Floats) -> Floats:
    """Natural logarithm of the energy in 64 mel bands: float32 [cells, 257] to float32 [cells, 64]."""
    return np.asarray(np.log(power @ mel_bank() + np.float32(_FLOOR_POWER)), dtype=np.float32)


def band_levels(power: Floats) -> BandLevels:
    """Level of eight bands in whole dBFS, not below -110: float32 [cells, 257] to int8 [cells, 8]."""
    level = 10 * np.log10(power @ _band_bank() + 1e-12)
    return np.asarray(np.clip(np.rint(level), FLOOR_DB, 20), dtype=np.int8)


@cache
def mel_bank() -> Floats:
    """Triangular mel filters (O'Shaughnessy's scale) from 40 Hz to 8 kHz: float32 [257, 64], peak 1."""
    top, bottom = _mel(HIGHEST_HZ), _mel(LOWEST_HZ)
    corners = 700 * (10 ** (np.linspace(bottom, top, MELS + 2) / 2595) - 1)
    bins = np.arange(FFT // 2 + 1)[:, None] * (MONO_RATE / FFT)
    left, peak, right = corners[:-2], corners[1:-1], corners[2:]
    rising, falling = (bins - left) / (peak - left), (right - bins) / (right - peak)
    bank = np.maximum(0, np.minimum(rising, falling))
    # the lowest filters are narrower than a bin: give each at least its nearest bin
    nearest = np.rint(peak / (MONO_RATE / FFT)).astype(int)
    bank[nearest, np.arange(MELS)] = np.maximum(bank[nearest, np.arange(MELS)], 0.5)
    return bank.astype(np.float32)


def _mel(hertz: float) -> float:
    return float(2595 * np.log10(1 + hertz / 700))


@cache
def _window() -> Floats:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _band_bank() -> Floats:
    """Which bins belong to which of the eight bands: float32 [257, 8] of 0 and 1."""
    bins = np.arange(FFT // 2 + 1) * (MONO_RATE / FFT)
    edges = np.array(BAND_EDGES_HZ)
    edges[-1] += 1  # the last bin sits exactly on the edge
    member = (bins[:, None] >= edges[:-1]) & (bins[:, None] < edges[1:])
    return member.astype(np.float32)
