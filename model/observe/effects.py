"""Effects: sudden sounds with the time they start."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import signal

from model.observe.detector import Detector, Findings
from model.observe.observations import Curve, Effects, Impact
from model.observe.sound import CELL_S, SoundActivity, total_db

APART = 12  # cells between two impacts
LEAST = 0.5
RANGE_DB = 40.0  # an impact this much under the loudest has no strength left


def rises(activity: SoundActivity) -> Curve:
    """How suddenly all bands grow louder, 0-1, less where speech or music explains it: float32 [n]."""
    levels = np.maximum(activity.levels.astype(np.float32), -70)
    before = np.stack([np.roll(levels, k, axis=0) for k in (2, 3, 4)]).max(axis=0)
    before[:4] = levels[:4]
    rise = np.clip((levels - before) / 24, 0, 1).mean(axis=1)
    return np.asarray(rise * 2 * (1 - 0.6 * np.maximum(activity.speech, 0.5 * activity.music)), dtype=np.float32)


class EffectsDetector(Detector):
    """Picks the impacts out of the impact curve."""

    name: ClassVar[str] = "effects"
    after: ClassVar[tuple[str, ...]] = ("sound",)

    def finish(self, found: Findings) -> Effects | None:
        """Return the impacts, or None when nobody listened."""
        activity = found.get("sound", SoundActivity)
        if activity is None:
            return None
        curve = rises(activity)
        peaks, _ = signal.find_peaks(curve, height=LEAST, distance=APART)
        loud = total_db(activity.levels)
        level = np.array([loud[p : p + 10].max() for p in peaks])
        loudest = level.max() if len(level) else 0.0
        return Effects(
            tuple(
                Impact(
                    float(p) * CELL_S, float(np.clip(1 + (db - loudest) / RANGE_DB, 0.02, 1)), float(min(curve[p], 1))
                )
                for p, db in zip(peaks, level, strict=True)
            )
        )
