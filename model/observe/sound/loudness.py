"""Loudness after ITU-R BS.1770-4 and EBU R 128, measured as the reel goes by.

The mix is folded down to stereo before it comes here, so a 5.1 reel reads as its stereo fold-down does.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import signal

from model.media.reel import STEREO_RATE, Feed, Floats, SoundBlock
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Curve, Loudness
from model.observe.sound.mel import clean_samples

STEP = STEREO_RATE // 10  # both curves advance by 100 ms
MOMENTARY = 4  # steps of 100 ms: the 400 ms of EBU R 128
SHORT_TERM = 30  # steps of 100 ms: its 3 s
SILENCE_LUFS = -70.0
SILENCE_DBFS = -120.0
RELATIVE_GATE_LU = -10.0
_OFFSET = -0.691  # dB; makes a 997 Hz full-scale sine in one channel read -3.01 LUFS
K_WEIGHTING = np.array(
    [
        # BS.1770-4 tables 1 and 2, at 48 kHz: the head's shelf, then the high-pass
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585],
        [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621],
    ]
)


class LoudnessDetector(Detector):
    """Keeps one number every 100 ms: the K-weighted power of both channels."""

    name: ClassVar[str] = "loudness"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.SOUND})

    def __init__(self, context: Context) -> None:
        """Start in silence."""
        super().__init__(context)
        self._state = np.zeros((len(K_WEIGHTING), 2, 2))
        self._left: npt.NDArray[np.float64] = np.zeros(0)
        self._steps: list[npt.NDArray[np.float64]] = []
        self._peak = 0.0

    def process_sound(self, block: SoundBlock) -> None:
        """Weigh a block and keep its power in steps of 100 ms."""
        if not len(block.stereo):
            return
        stereo = clean_samples(block.stereo)
        self._peak = max(self._peak, float(np.abs(stereo).max()))
        weighted, self._state = signal.sosfilt(K_WEIGHTING, stereo, axis=0, zi=self._state)
        power = np.concatenate([self._left, np.sum(np.square(weighted), axis=1)])
        whole = len(power) // STEP * STEP
        self._steps.append(power[:whole].reshape(-1, STEP).mean(axis=1))
        self._left = power[whole:]

    def finish(self, found: Findings) -> Loudness:  # noqa: ARG002 - waits for nobody
        """Return the curves, the gated loudness of the whole reel and its highest sample."""
        steps = np.concatenate(self._steps) if self._steps else np.zeros(0)
        peak = 20 * np.log10(self._peak) if self._peak > 10 ** (SILENCE_DBFS / 20) else SILENCE_DBFS
        return Loudness(
            momentary_lufs=_curve(trailing_mean(steps, MOMENTARY)),
            short_term_lufs=_curve(trailing_mean(steps, SHORT_TERM)),
            integrated_lufs=integrated_loudness(steps),
            sample_peak_dbfs=float(peak),
        )


def trailing_mean(steps: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Mean of each step and the ``count - 1`` before it, as a meter shows it; silence lies before the reel."""
    total = np.cumsum(np.concatenate([np.zeros(count), steps]))
    return np.asarray(np.maximum(0, (total[count:] - total[:-count]) / count))


def lufs(power: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Loudness of K-weighted power, not below -70 LUFS."""
    return np.asarray(np.maximum(SILENCE_LUFS, _OFFSET + 10 * np.log10(np.maximum(power, 1e-12))))


def integrated_loudness(steps: npt.NDArray[np.float64]) -> float:
    """Gated loudness of the whole: blocks of 400 ms every 100 ms, absolute gate -70 LUFS, relative gate -10 LU."""
    blocks = trailing_mean(steps, MOMENTARY)[MOMENTARY - 1 :]
    loud = blocks[lufs(blocks) > SILENCE_LUFS]
    if not len(loud):
        return SILENCE_LUFS
    gate = float(lufs(np.array([loud.mean()]))[0]) + RELATIVE_GATE_LU
    return float(lufs(np.array([loud[lufs(loud) > gate].mean()]))[0])


def _curve(power: npt.NDArray[np.float64]) -> Curve:
    curve: Floats = lufs(power).astype(np.float32)
    return curve
