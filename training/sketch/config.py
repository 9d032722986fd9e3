"""The recipe of the sketch net."""

from __future__ import annotations

from dataclasses import dataclass, field

from model.nets.sketch_net import SketchConfig

TRANSPOSE_SEMITONES = (-5, 6)
ALL_UNSAID_SHARE = 0.25  # of the windows, that are told nothing
ONE_UNSAID_SHARE = 0.15  # of the fields of the other windows, that are left out
NOTHING_GIVEN_SHARE = 0.4  # of the windows, in which no role is given
GIVEN_AGAIN_SHARE = 0.1  # of the bars, at which the given roles are chosen again
MELODY_GIVEN_SHARE = 0.7  # how often the melody is given where roles are
OTHER_GIVEN_SHARE = 0.2  # how often each other role is given where roles are
WATCHED = 3  # orchestral movements that are measured on while training, and not trained on


@dataclass(frozen=True, slots=True)
class SketchRecipe:
    """How the net is trained."""

    net: SketchConfig = field(default_factory=SketchConfig)
    steps: int = 3600  # of the optimisers, where no minutes are given
    size: int = 12  # windows a batch
    muon_rate: float = 0.02  # full learning rate of the layers' matrices
    rate: float = 3e-3  # full learning rate of everything else
    decay: float = 0.02  # of the weights
    warm: float = 0.02  # share of the run in which the rates rise
    lowest: float = 0.04  # share of the full rates at the end
    mix: tuple[float, float, float] = (0.5, 0.3, 0.2)  # chances of orchestra, quartets and lieder, before ``turn``
    finish: tuple[float, float, float] = (0.85, 0.1, 0.05)  # the same chances, after ``turn``
    turn: float = 0.7  # share of the run after which orchestra prevails
    seed: int = 7
    save_every: int = 50  # steps
    watch_every: int = 200  # steps between two looks at the watched movements
