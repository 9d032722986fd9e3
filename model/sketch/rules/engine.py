"""The rule engine, which writes every free voice of a plan by rules alone.

It is the fallback where the trained net is missing, and the baseline the net has to beat.
"""

from __future__ import annotations

import numpy as np

from model.sketch.rules.bassline import write_bass
from model.sketch.rules.counterline import write_counter
from model.sketch.rules.inner import write_harmony, write_pads
from model.sketch.rules.ostinato import write_rhythm
from model.sketch.rules.slots import SlotPlan
from model.sketch.rules.tune import write_tune
from model.sketch.sketch_types import Note


def write_by_rules(slot_plan: SlotPlan, seed: int) -> list[Note]:
    """Write the free notes of all six roles around the plan's locked ones; hits and the out are played later."""
    rng = np.random.default_rng([slot_plan.plan.seed, 1, seed])
    locked = list(slot_plan.plan.locked)
    bass = write_bass(slot_plan)
    tune = write_tune(slot_plan, rng)
    melody = [*locked, *tune]
    inner = [*write_harmony(slot_plan, bass, melody), *write_pads(slot_plan, melody), *write_counter(slot_plan, melody)]
    return [*tune, *bass, *inner, *write_rhythm(slot_plan, rng)]
