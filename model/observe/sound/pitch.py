"""How high a voice lies: pitch every 20 ms, for telling speakers apart.

Pitch is the shortest strong period between 70 and 400 Hz in the autocorrelation of a cell (Wiener-Khinchin: the
inverse transform of its power spectrum), divided by the window's own so that long periods are not put down.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from model.media.reel import MONO_RATE, Floats
from model.observe.sound.mel import FFT, WINDOW

EVERY = 2  # cells: a value each 20 ms
SHORTEST_LAG, LONGEST_LAG = MONO_RATE // 400, MONO_RATE // 70
VOICED = 0.6  # share of a cell's energy that repeats with its period
_AS_GOOD = 0.9  # of two periods nearly as strong the shorter one is the pitch, the longer its multiple

Pitches = npt.NDArray[np.float16]
"""float16 [n]: pitch in Hz, 0 where none is clear."""


def pitches(power: Floats) -> Pitches:
    """Pitch of each cell: power float32 [n, 257] to float16 [n] in Hz."""
    if not len(power):
        return np.zeros(0, np.float16)
    whole = fft.irfft(power, FFT, axis=1)[:, : LONGEST_LAG + 2]
    normal = whole / (whole[:, :1] + 1e-12) / _window_correlation()
    inside = normal[:, SHORTEST_LAG : LONGEST_LAG + 1]
    best = inside.max(axis=1)
    peak = (inside >= normal[:, SHORTEST_LAG - 1 : LONGEST_LAG]) & (inside >= normal[:, SHORTEST_LAG + 1 :])
    peak &= inside >= _AS_GOOD * best[:, None]
    lag = SHORTEST_LAG + np.argmax(peak, axis=1)
    return np.where((best >= VOICED) & peak.any(axis=1), MONO_RATE / lag, 0).astype(np.float16)


@cache
def _window_correlation() -> Floats:
    window = np.zeros(FFT)
    window[:WINDOW] = np.hanning(WINDOW + 1)[:-1]
    own = fft.irfft(np.abs(fft.rfft(window)) ** 2, FFT)[: LONGEST_LAG + 2]
    return np.asarray(np.maximum(own / own[0], 0.1), dtype=np.float32)
