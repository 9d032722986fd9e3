"""The room: an impulse response made, not recorded, and a convolution that runs block by block.

A medium scoring stage: 20 ms before the first reflection, a dozen early ones, then noise that decays faster the higher
it is. Everything comes from one seed, so the room is the same for every stem and every run.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import fft, signal

from model.render.engine import RATE, Floats

LENGTH_S = 2.6
_SEED = 1948  # of the room's noise: the same room in every run
_BEFORE_S = 0.020  # the first reflection after the direct sound
_LATE_S = 0.045  # where the dense tail begins
_REFLECTIONS = 12  # single reflections before the tail
_LAST_REFLECTION_S = 0.085  # the last of them
_LATE_DB = -3.0  # the diffuse tail's energy against that of the early reflections
# Bands: upper edge in Hz, seconds to decay by 60 dB, level in dB; the last band is open.
_BANDS = ((160.0, 1.9, -4.0), (700.0, 2.1, 0.0), (3_000.0, 1.8, -1.0), (8_000.0, 1.2, -5.0), (None, 0.7, -12.0))
_FADE_S = 0.2


@cache
def room() -> Floats:
    """Impulse response of the room without the direct sound: float32 [n, 2], energy 1 on each side."""
    rng = np.random.default_rng(_SEED)
    samples = round(LENGTH_S * RATE)
    early, late = _early(rng, samples), _late(rng, samples)
    late *= 10 ** (_LATE_DB / 20)
    response = early / np.sqrt(np.square(early).sum(axis=0)) + late / np.sqrt(np.square(late).sum(axis=0) / 2)
    response[-round(_FADE_S * RATE) :] *= np.linspace(1, 0, round(_FADE_S * RATE))[:, None] ** 2
    whole: Floats = (response / np.sqrt(np.square(response).sum(axis=0))).astype(np.float32)
    return whole


def _early(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Mirror images of the player in the walls: single taps, softer and duller the later they come."""
    out = np.zeros((samples, 2))
    for side in range(2):
        times = np.sort(rng.uniform(_BEFORE_S, _LAST_REFLECTION_S, _REFLECTIONS))
        for at_s in times:
            out[round(at_s * RATE), side] += rng.choice((-1.0, 1.0)) * _BEFORE_S / at_s
    dull = signal.butter(1, 6_000, fs=RATE, output="sos")
    return np.asarray(signal.sosfilt(dull, out, axis=0))


def _late(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Noise in bands, each with its own decay; left and right are independent, as in a diffuse field."""
    noise = rng.normal(0, 1, (samples, 2))
    seconds = np.arange(samples)[:, None] / RATE
    out, low = np.zeros((samples, 2)), 30.0
    for high, decay_s, level_db in _BANDS:
        edges = (low, high) if high else low
        band = signal.butter(2, edges, "bandpass" if high else "highpass", fs=RATE, output="sos")
        shaped = np.asarray(signal.sosfilt(band, noise, axis=0))
        shaped /= np.sqrt(np.square(shaped).mean())
        out += shaped * 10 ** (level_db / 20 - 3 * seconds / decay_s)
        low = high or low
    start = round(_LATE_S * RATE)
    grow = np.clip((seconds * RATE - round(_BEFORE_S * RATE)) / (start - round(_BEFORE_S * RATE)), 0, 1)
    return out * grow


class Convolution:
    """Convolves a stereo stream with a response, overlap-add, side by side."""

    def __init__(self, response: Floats, block: int) -> None:
        """Prepare for blocks of up to ``block`` samples."""
        self._block = block
        self._size = fft.next_fast_len(block + len(response) - 1, real=True)
        self._spectrum = fft.rfft(_sides(response), self._size)
        self._over: Floats = np.zeros((2, self._size), np.float32)

    def push(self, dry: Floats) -> Floats:
        """Take float32 [n, 2], n at most the block; return the wet sound of the same n samples."""
        if len(dry) > self._block:
            message = f"A block of {len(dry)} samples is more than the {self._block} prepared for."
            raise ValueError(message)
        self._over += fft.irfft(fft.rfft(_sides(dry), self._size) * self._spectrum, self._size)
        out = self._over[:, : len(dry)].T.copy()
        kept = self._size - len(dry)
        self._over[:, :kept] = self._over[:, len(dry) :]
        self._over[:, kept:] = 0
        return out


def _sides(sound: Floats) -> Floats:
    """Lay out float32 [n, 2] as [2, n] in memory, which transforms faster."""
    return np.ascontiguousarray(sound.T, np.float32)
