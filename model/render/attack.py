"""How late each sound speaks, measured by playing it.

A key pressed on the beat is not heard on the beat: a bowed section's sample swells for a tenth of a second. Listeners
place a tone where its envelope has come within 6 to 15 dB of its maximum (Vos and Rasch, "The perceptual onset of
musical tones", 1981). Here: 12 dB below the loudest moment of the first 400 ms; for a note on a hit, which has to stand
out of what rings, 6 dB below it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from model.render.engine import RATE, Floats, Press, engine
from model.render.patches import Patch

_HEARD_DB = -12.0
HIT_DB = -6.0
_LOOK = RATE * 2 // 5  # 400 ms
_SMOOTH = RATE // 250  # 4 ms
_VELOCITY = 96


@cache
def attack(patch: Patch, key: int, heard_db: float = _HEARD_DB) -> int:
    """Count the samples from pressing a key to hearing its tone begin; 0 for a key that makes no sound."""
    press = Press(0, _LOOK, patch, key, _VELOCITY)
    return heard_at(next(engine(patch.font).blocks([press], _LOOK, _LOOK)), heard_db)


def heard_at(tone: Floats, heard_db: float = _HEARD_DB) -> int:
    """Sample at which a tone alone in float32 [n, 2] is heard to begin."""
    power = np.square(tone, dtype=np.float64).sum(axis=1)
    level = np.sqrt(np.convolve(power, np.full(_SMOOTH, 1 / _SMOOTH), "same"))
    top = float(level.max(initial=0.0))
    if top < 1e-6:  # noqa: PLR2004 - -120 dBFS
        return 0
    return int(np.argmax(level >= 10 ** (heard_db / 20) * top))
