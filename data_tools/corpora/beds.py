"""Beds of the labelled mixes: room tone throughout, and ambiences over parts of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import signal

from data_tools.corpora.clips import RATE_HZ, gain, loud_part_db, pick_clip
from data_tools.corpora.pools import ClipKind, Split

Floats = npt.NDArray[np.float32]
ROOM_TONE_DB = -58.0


def make_beds(split: Split, n: int, rng: np.random.Generator, *, disguised: bool = False) -> Floats:
    """Make room tone, with ambiences of 15-60 s at -52 to -30 dBFS over parts of it: float32 [n] at 16 kHz.

    ``disguised`` varies the ambiences (see ``_varied_bed``), so that a pool with few of them gives many.
    """
    tone = rng.standard_normal(n).astype(np.float32)
    bed = np.asarray(
        signal.sosfilt(signal.butter(1, rng.uniform(400, 3000), fs=RATE_HZ, output="sos"), tone), np.float32
    )
    bed *= gain(ROOM_TONE_DB + rng.uniform(-8, 4) - 20 * np.log10(float(np.std(bed))))
    at = int(rng.uniform(0, 40) * RATE_HZ)
    while at < n:
        loop = pick_clip(split, ClipKind.AMBIENCE, rng, 0.5)
        length = int(rng.uniform(15, 60) * RATE_HZ)
        if disguised:
            part = _varied_bed(split, loop, length, rng)
        else:
            part = _coloured_noise(length, rng) if rng.random() < 0.35 else np.resize(loop, length).copy()
        part *= gain(rng.uniform(-52, -30) - loud_part_db(part))
        soft = min(RATE_HZ, length // 2)
        part[:soft] *= np.linspace(0, 1, soft, dtype=np.float32)
        part[-soft:] *= np.linspace(1, 0, soft, dtype=np.float32)
        room = min(length, n - at)
        bed[at : at + room] += part[:room]
        at += length + int(rng.uniform(0, 40) * RATE_HZ)
    return bed


def _coloured_noise(length: int, rng: np.random.Generator) -> Floats:
    """Make noise in a band whose level changes slowly, like wind, rain or traffic."""
    low = rng.uniform(40, 1500)
    band = signal.butter(1, [low, min(low * rng.uniform(2, 12), 7500)], "bandpass", fs=RATE_HZ, output="sos")
    noise = signal.sosfilt(band, rng.standard_normal(length))
    swell = _wander(length, 1.0, 0.3, 1, rng)
    return np.asarray(noise * swell, dtype=np.float32)


def _varied_bed(split: Split, loop: Floats, length: int, rng: np.random.Generator) -> Floats:
    """Make a bed that is in no package: an altered loop, many effects at once, a machine, or coloured noise."""
    kind = rng.random()
    if kind < 0.3:
        return _disguise_loop(loop, length, rng)
    if kind < 0.6:
        return _crowd_of_effects(split, length, rng)
    if kind < 0.85:
        return _machine(length, rng)
    return _coloured_noise(length, rng)


def _disguise_loop(loop: Floats, length: int, rng: np.random.Generator) -> Floats:
    """Alter a loop: another speed, another filter, now and then backwards."""
    speed = float(2 ** rng.uniform(-1, 1))
    at = np.arange(0, len(loop) - 1, speed)
    played = np.interp(at, np.arange(len(loop)), loop[:: rng.choice([-1, 1])])
    heard = signal.sosfilt(_filter(rng), played)
    return np.resize(heard, length).astype(np.float32)


def _crowd_of_effects(split: Split, length: int, rng: np.random.Generator) -> Floats:
    """Lay many single effects over each other in a loop of 3-9 s, like rain, work or a street."""
    loop = np.zeros(int(rng.uniform(3, 9) * RATE_HZ), np.float32)
    for _ in range(int(rng.integers(6, 40))):
        effect = pick_clip(split, ClipKind.EFFECT, rng, 0.03)[: 3 * RATE_HZ]
        effect = effect * gain(-20 + rng.normal(0, 4) - loud_part_db(effect))
        np.add.at(loop, (int(rng.integers(len(loop))) + np.arange(len(effect))) % len(loop), effect)
    return np.resize(signal.sosfilt(_filter(rng), loop), length).astype(np.float32)


def _machine(length: int, rng: np.random.Generator) -> Floats:
    """Make a hum or a motor: a few partials that hold their pitch or drift with the load, beating, in noise."""
    base = rng.uniform(30, 400)
    drift = _wander(length, rng.uniform(0.5, 5), 1 - rng.uniform(0, 0.15), 1, rng)
    phase = 2 * np.pi * np.cumsum(base * drift) / RATE_HZ
    odd = rng.choice([1.0, 1.0, 1.007, 1.41])  # the partials of some machines are not harmonic
    tone = np.zeros(length)
    for partial in range(1, int(rng.integers(2, 12))):
        tone += rng.uniform(0, 1) / partial ** rng.uniform(0.3, 1.5) * np.sin(partial**odd * phase)
    beat = 1 + rng.uniform(0, 0.9) * np.sin(2 * np.pi * rng.uniform(0.5, 25) * np.arange(length) / RATE_HZ)
    noise = signal.sosfilt(_filter(rng), rng.standard_normal(length)) * rng.uniform(0.05, 2)
    return np.asarray((tone + noise) * beat, dtype=np.float32)


def _filter(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    low = rng.uniform(30, 1200)
    band: npt.NDArray[np.float64] = signal.butter(
        1, [low, min(low * rng.uniform(3, 30), 7800)], "bandpass", fs=RATE_HZ, output="sos"
    )
    return band


def _wander(length: int, every_s: float, low: float, high: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw a curve that moves between two values, a new one every so many seconds."""
    knots = np.arange(0, length + every_s * RATE_HZ, every_s * RATE_HZ)
    return np.interp(np.arange(length), knots, rng.uniform(low, high, len(knots)))
