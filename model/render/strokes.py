"""The noise in front of a tone: rosin, tongue, breath.

Soundfont samples of bowed and blown instruments are trimmed and looped where the tone is clean. What makes a marcato
heard on its beat in an orchestra is the short noise before the tone; here it is made and laid under accents: one burst
for each onset of a part, from a seed of the instrument's own.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from scipy import signal

from model.motifs.instruments import INSTRUMENTS
from model.render.engine import BLOCK, RATE, Floats
from model.render.humanise import Played

ACCENTS = frozenset({"accent", "marcato"})
# Lower and upper edge in Hz, seconds to fall by 60 dB, level in dB of full scale at velocity 100.
_NOISES = {
    "strings": (1_500.0, 7_000.0, 0.060, -25.0),
    "bass": (800.0, 4_000.0, 0.080, -27.0),
    "solo": (1_500.0, 7_000.0, 0.050, -30.0),
    "brass": (1_200.0, 6_000.0, 0.040, -29.0),
    "woodwinds": (2_000.0, 8_000.0, 0.040, -35.0),
}
_LENGTH_S = 0.1
_LOUD = 100  # MIDI velocity at which a stroke's noise has its full level


@cache
def stroke_noise(instrument: str) -> Floats:
    """Noise of one stroke at velocity 100: float32 [n], its first millisecond rising; silence for who makes none."""
    family = INSTRUMENTS[instrument].family
    samples = round(_LENGTH_S * RATE)
    if family not in _NOISES or instrument == "pizzicato":
        return np.zeros(samples, np.float32)
    low, high, decay_s, level_db = _NOISES[family]
    rng = np.random.default_rng(zlib.crc32(instrument.encode()))
    band = signal.butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    noise = np.asarray(signal.sosfilt(band, rng.normal(0, 1, samples + RATE // 10)))[-samples:]
    seconds = np.arange(samples) / RATE
    shape = np.minimum(seconds * 1000, 1) * 10 ** (-3 * seconds / decay_s)
    return np.asarray(noise / noise.std() * shape * 10 ** (level_db / 20), np.float32)


def stroke_blocks(played: Sequence[Played], instrument: str, samples: int, block: int = BLOCK) -> Iterator[Floats]:
    """Sound the noise of all accents of a part: float32 [n, 1] blocks over ``samples`` samples."""
    loudest: dict[int, int] = {}
    for note in played:
        if note.articulation in ACCENTS:
            loudest[note.start] = max(loudest.get(note.start, 0), note.velocity)
    noise = stroke_noise(instrument)
    for start in range(0, samples, block):
        out: Floats = np.zeros((min(block, samples - start), 1), np.float32)
        for at, velocity in loudest.items():
            first, last = max(at, start), min(at + len(noise), start + len(out))
            if first < last:
                out[first - start : last - start, 0] += noise[first - at : last - at] * np.float32(velocity / _LOUD)
        yield out
