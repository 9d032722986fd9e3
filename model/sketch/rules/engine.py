"""The rule engine: a harmoniser that writes every free voice of a plan by craft alone.

It is the fallback where the trained net is missing, and the baseline the net has to beat.
"""

from __future__ import annotations

import numpy as np

from model.sketch.rules.bassline import write_bass
from model.sketch.rules.counterline import write_counter
from model.sketch.rules.inner import write_harmony, write_pads
from model.sketch.rules.ostinato import write_rhythm
from model.sketch.rules.slots import Desk
from model.sketch.rules.tune import write_tune
from model.sketch.sketch_types import Note


def write_by_rules(desk: Desk, seed: int) -> list[Note]:
    """Write the free notes of all six roles around the plan's locked ones; hits and the out are not yet played."""
    rng = np.random.default_rng([desk.plan.seed, 1, seed])
    locked = list(desk.plan.locked)
    bass = write_bass(desk)
    tune = write_tune(desk, rng)
    melody = [*locked, *tune]
    inner = [*write_harmony(desk, bass, melody), *write_pads(desk, melody), *write_counter(desk, melody)]
    return [*tune, *bass, *inner, *write_rhythm(desk, rng)]
