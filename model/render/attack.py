"""How late each sound speaks, measured by playing it.

A key pressed on the beat is not heard on the beat: a bowed section's sample swells for a tenth of a second. Listeners
place a tone where its envelope has come within 6 to 15 dB of its maximum (Vos and Rasch, "The perceptual onset of
musical tones", 1981); here: 12 dB below the loudest moment of the first 400 ms.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from model.render.engine import RATE, Floats, Press, engine
from model.render.patches import Patch

_HEARD = 10 ** (-12 / 20)
_LOOK = RATE * 2 // 5  # 400 ms
_SMOOTH = RATE // 100  # 10 ms: longer than half a period of the lowest tones, crossed at once by a struck one
_VELOCITY = 96


@cache
def attack(patch: Patch, key: int) -> int:
    """Count the samples from pressing a key to hearing its tone begin; 0 for a key that makes no sound."""
    press = Press(0, _LOOK, patch, key, _VELOCITY)
    return heard_at(next(engine(patch.font).blocks([press], _LOOK, _LOOK)))


def heard_at(tone: Floats) -> int:
    """Sample at which a tone alone in float32 [n, 2] is heard to begin."""
    power = np.square(tone, dtype=np.float64).sum(axis=1)
    level = np.sqrt(np.convolve(power, np.full(_SMOOTH, 1 / _SMOOTH))[: len(power)])
    top = float(level.max(initial=0.0))
    if top < 1e-6:  # noqa: PLR2004 - -120 dBFS
        return 0
    return int(np.argmax(level >= _HEARD * top))
