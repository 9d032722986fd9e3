"""Synthesised sound: effects (blows, slams, shots, steps), lasting beds (wind, rain, streets) and music on a radio."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, fftconvolve, sosfilt

Samples = npt.NDArray[np.float32]
Wave = npt.NDArray[np.floating]
RATE_HZ = 48_000


def _noise(rng: np.random.Generator, seconds: float, low: float, high: float) -> Wave:
    """White noise between two frequencies, unit root mean square."""
    raw = rng.standard_normal(max(16, int(seconds * RATE_HZ))).astype(np.float32)
    shaped = sosfilt(butter(2, (low, high), "bandpass", fs=RATE_HZ, output="sos"), raw)
    return np.asarray(shaped / (np.sqrt(np.mean(shaped**2)) + 1e-9), dtype=np.float32)


def _decay(length: int, attack_s: float, decay_s: float) -> Wave:
    t = np.arange(length, dtype=np.float32) / RATE_HZ
    return np.asarray(np.minimum(1.0, t / attack_s) * np.exp(-t / decay_s), dtype=np.float32)


def _thump(seconds: float, hz: float, decay_s: float) -> Wave:
    """Synthesise the low part of a blow: a sine whose pitch falls."""
    t = np.arange(int(seconds * RATE_HZ), dtype=np.float32) / RATE_HZ
    phase = 2 * np.pi * hz * (t + 0.03 * (1 - np.exp(-t / 0.03)))
    return np.asarray(np.sin(phase) * _decay(len(t), 0.002, decay_s), dtype=np.float32)


def _burst(
    rng: np.random.Generator, seconds: float, band: tuple[float, float], attack_s: float, decay_s: float
) -> Wave:
    noise = _noise(rng, seconds, *band)
    return np.asarray(noise * _decay(len(noise), attack_s, decay_s), dtype=np.float32)


def _door_slam(rng: np.random.Generator) -> Wave:
    knock = _burst(rng, 0.9, (120, 3000), 0.001, 0.05) + 0.35 * _burst(rng, 0.9, (200, 1400), 0.01, 0.18)
    return np.asarray(knock + 2.4 * _thump(0.9, 68, 0.11))


def _crash(rng: np.random.Generator) -> Wave:
    sound = _burst(rng, 1.6, (90, 7000), 0.001, 0.16) + 1.8 * _thump(1.6, 55, 0.16)
    t = np.arange(len(sound)) / RATE_HZ
    for hz in rng.uniform(1800, 6500, 9):
        sound += (0.12 * np.sin(2 * np.pi * hz * t) * np.exp(-t / rng.uniform(0.08, 0.4))).astype(np.float32)
    return sound


def _gunshot(rng: np.random.Generator) -> Wave:
    crack = _burst(rng, 1.4, (300, 12000), 0.0004, 0.022) + 0.3 * _burst(rng, 1.4, (150, 3500), 0.004, 0.28)
    return np.asarray(crack + 1.6 * _thump(1.4, 90, 0.05))


def _blow(rng: np.random.Generator) -> Wave:
    return _burst(rng, 0.5, (150, 2600), 0.001, 0.035) + 2.2 * _thump(0.5, 82, 0.07)


def _explosion(rng: np.random.Generator) -> Wave:
    roar = _burst(rng, 3.0, (40, 5000), 0.002, 0.35) + 1.2 * _burst(rng, 3.0, (25, 240), 0.006, 0.9)
    return np.asarray(roar + 2.5 * _thump(3.0, 42, 0.4))


def _step(rng: np.random.Generator) -> Wave:
    return _burst(rng, 0.2, (250, 2400), 0.004, 0.028)


def _clatter(rng: np.random.Generator) -> Wave:
    sound = np.zeros(int(0.7 * RATE_HZ), np.float32)
    for _ in range(5):
        at, piece = int(rng.uniform(0, 0.4) * RATE_HZ), _burst(rng, 0.2, (1500, 7500), 0.002, 0.02)
        sound[at : at + len(piece)] += piece * rng.uniform(0.3, 1)
    return sound


def _click(rng: np.random.Generator) -> Wave:
    return _burst(rng, 0.12, (2500, 9000), 0.001, 0.008)


_EFFECTS: dict[str, Callable[[np.random.Generator], Wave]] = {
    "door slam": _door_slam, "crash": _crash, "gunshot": _gunshot, "blow": _blow, "explosion": _explosion,
    "step": _step, "clatter": _clatter, "click": _click,
}  # fmt: skip


def synthesise_effect(kind: str, rng: np.random.Generator) -> Samples:
    """Synthesise one effect: float32 mono at 48 kHz, peak 1."""
    sound = _EFFECTS[kind](rng)
    return np.asarray(sound / np.float32(np.max(np.abs(sound))), dtype=np.float32)


def _wander(rng: np.random.Generator, length: int, every_s: float, low: float, high: float) -> Wave:
    """Draw a level that moves slowly between two values: float32 [length]."""
    points = max(2, int(length / RATE_HZ / every_s) + 2)
    return np.interp(np.linspace(0, points - 1, length), np.arange(points), rng.uniform(low, high, points)).astype(
        np.float32
    )


def synthesise_bed(kind: str, seconds: float, rng: np.random.Generator) -> Samples:
    """Synthesise a bed: float32 mono at 48 kHz, unit root mean square."""
    sound = _BEDS[kind](rng, seconds)
    return np.asarray(sound / np.float32(np.sqrt(np.mean(sound**2)) + 1e-9), dtype=np.float32)


def _wind(rng: np.random.Generator, seconds: float) -> Wave:
    low, high = _noise(rng, seconds, 60, 400), _noise(rng, seconds, 400, 1400)
    return low * _wander(rng, len(low), 1.5, 0.4, 1) + 0.35 * high * _wander(rng, len(high), 0.9, 0, 1)


def _birds(rng: np.random.Generator, seconds: float) -> Wave:
    bed = _wind(rng, seconds) * 0.5
    for _ in range(int(seconds * 1.2)):
        length = int(rng.uniform(0.06, 0.16) * RATE_HZ)
        at, t = int(rng.integers(0, max(1, len(bed) - length))), np.arange(length) / RATE_HZ
        base = rng.uniform(2600, 5200)
        chirp = np.sin(2 * np.pi * (base * t + rng.uniform(-6000, 6000) * t**2)) * np.hanning(length)
        bed[at : at + length] += (rng.uniform(0.2, 0.8) * chirp).astype(np.float32)
    return bed


def _city(rng: np.random.Generator, seconds: float) -> Wave:
    low = _noise(rng, seconds, 50, 320)
    return low * _wander(rng, len(low), 2.5, 0.5, 1) + 0.3 * _noise(rng, seconds, 300, 2500) * _wander(
        rng, len(low), 3, 0.1, 1
    )


def _hum(rng: np.random.Generator, seconds: float) -> Wave:
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 50 * k * t + k) / k for k in (1, 2, 4))
    return (0.5 * hum + 0.7 * _noise(rng, seconds, 90, 900)[: len(t)]).astype(np.float32)


def _rush(rng: np.random.Generator, seconds: float) -> Wave:
    """Engine, tyres and wind together: the bed of anything that moves fast."""
    low = _noise(rng, seconds, 45, 180)
    return low * _wander(rng, len(low), 0.5, 0.7, 1) + 0.6 * _noise(rng, seconds, 200, 2800) * _wander(
        rng, len(low), 0.4, 0.4, 1
    )


def synthesise_radio(rng: np.random.Generator, seconds: float) -> Samples:
    """Synthesise a small band as a small loudspeaker plays it: chords, bass and a tune over four chords."""
    beat_s, key = 60 / float(rng.uniform(84, 128)), int(rng.integers(45, 57))
    scale = np.array((0, 2, 4, 5, 7, 9, 11) if rng.random() < 0.6 else (0, 2, 3, 5, 7, 8, 10))
    round_ = rng.permutation(np.array([0, 3, 4, 5]))
    sound = np.zeros(int((seconds + 4) * RATE_HZ), np.float32)
    tune = 4
    for beat in range(int(seconds / beat_s) + 1):
        degree = int(round_[beat // 4 % 4])
        at = beat * beat_s
        if beat % 2 == 0:
            _pluck(sound, at, key - 12 + _pitch(scale, degree), 0.5, beat_s * 1.6)
        for chord in (0, 2, 4):
            _pluck(sound, at, key + 12 + _pitch(scale, degree + chord), 0.2, beat_s * 0.8)
        for half in (0.0, 0.5):
            if rng.random() < 0.6:
                tune = int(np.clip(tune + rng.integers(-2, 3), 0, 11))
                _pluck(sound, at + half * beat_s, key + 24 + _pitch(scale, tune), 0.35, beat_s * 0.9)
    narrow = sosfilt(butter(2, (280, 3600), "bandpass", fs=RATE_HZ, output="sos"), sound[: int(seconds * RATE_HZ)])
    return np.asarray(narrow, dtype=np.float32)


def _pitch(scale: npt.NDArray[np.int64], degree: int) -> int:
    return int(scale[degree % 7]) + 12 * (degree // 7)


def _pluck(sound: Wave, at_s: float, note: int, level: float, decay_s: float) -> None:
    length = int(min(1.6, 3 * decay_s) * RATE_HZ)
    t = np.arange(length, dtype=np.float32) / RATE_HZ
    hz = 440 * 2 ** ((note - 69) / 12)
    wave = sum(np.sin(2 * np.pi * hz * k * t) * np.exp(-t * k / decay_s) / k for k in (1, 2, 3, 4, 6))
    first = int(at_s * RATE_HZ)
    part = sound[first : first + length]
    part += (level * wave * np.minimum(1, t / 0.006))[: len(part)].astype(np.float32)


def add_reverberation(rng: np.random.Generator, sound: Samples, seconds: float, wet: float) -> Samples:
    """Add the reverberation of a room: it dies away in about ``seconds``; ``wet`` is its level beside the sound's."""
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    echo = (rng.standard_normal(len(t)) * np.exp(-6.9 * t / seconds)).astype(np.float32)
    echo[: int(0.004 * RATE_HZ)] = 0
    echo *= np.float32(wet / np.sqrt(np.sum(echo**2)))
    tail = fftconvolve(sound, echo)[: len(sound)]
    return np.asarray(sound + tail, dtype=np.float32)


_BEDS: dict[str, Callable[[np.random.Generator, float], Wave]] = {
    "wind": _wind,
    "birds": _birds,
    "city": _city,
    "hum": _hum,
    "rush": _rush,
    "sea": lambda r, s: _noise(r, s, 120, 1800) * _wander(r, max(16, int(s * RATE_HZ)), 2.2, 0.15, 1),
    "rain": lambda r, s: _noise(r, s, 900, 9000) + 0.4 * _noise(r, s, 200, 900),
    "tone": lambda r, s: _noise(r, s, 60, 700) + 0.15 * _noise(r, s, 700, 5000),
    "radio": synthesise_radio,
}
