"""Onset times measured in the sound alone, to check where our hits are heard independently of the synthesizer.

Conventions
-----------
- Spectral flux with logarithmic compression, as onset detectors in the literature take it: Hann windows of 10.7 ms each
  millisecond, 24 bands evenly spaced in log frequency from 100 Hz to 16 kHz, log(1 + 100 x) of each band against the
  loudest one near the moment, the sum of what rises within 8 ms.
- The onset near a moment is the highest flux within ``reach`` on both sides.
- The middle of a window lies a little before the stroke; the 2.5 ms measured on synthetic strokes (noise, tones and
  clicks in noise: ``tests/unit/data_tools/test_onsets.py``) are added back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
_STEP = RATE_HZ // 1000
_WINDOW_SAMPLES = 512
_LAG = 8  # steps
_BANDS = 24
_COMPRESSION = 100.0  # the factor x of log(1 + 100 x), see above
_EARLY_S = 0.0025


def onset_near(sound: npt.NDArray[np.float32], moment_s: float, reach_s: float = 0.1) -> float:
    """Return the onset near ``moment_s`` in seconds, heard in float32 [n, 2] at 48 kHz; NaN where there is none."""
    first = max(round((moment_s - reach_s) * 1000) - 4 * _LAG, 0)
    part = sound[first * _STEP : (round((moment_s + reach_s) * 1000) + 4 * _LAG) * _STEP].mean(axis=1)
    if len(part) < _WINDOW_SAMPLES + _LAG * _STEP or not part.any():
        return float("nan")
    flux = _flux(part.astype(np.float64))
    times = (first + np.arange(len(flux)) + _LAG / 2) / 1000 + _WINDOW_SAMPLES / 2 / RATE_HZ + _EARLY_S
    inside = np.abs(times - moment_s) <= reach_s
    return float(times[inside][int(np.argmax(flux[inside]))]) if inside.any() else float("nan")


def _flux(part: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sum of what rose within the lag in each band, one value a millisecond."""
    frames = np.lib.stride_tricks.sliding_window_view(part, _WINDOW_SAMPLES)[::_STEP] * np.hanning(_WINDOW_SAMPLES)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    band = np.digitize(np.fft.rfftfreq(_WINDOW_SAMPLES, 1 / RATE_HZ), np.geomspace(100, 16_000, _BANDS + 1))
    levels = np.sqrt(np.stack([power[:, band == k].sum(axis=1) for k in range(1, _BANDS + 1)], axis=1))
    louder = np.log1p(_COMPRESSION * levels / max(float(levels.max()), 1e-12))
    return np.asarray(np.maximum(louder[_LAG:] - louder[:-_LAG], 0).sum(axis=1))
