"""The learned tables of this room, read once: priors from real films' labels, weights from synthetic films.

``priors.json`` (card: ``priors.card.md``) is computed by ``training/spotting/priors.py`` from
hand-made labels of 160 films; ``weights.json`` (card: ``weights.card.md``) by ``training/spotting/train.py`` from
generated films.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import cattrs
import numpy as np
import numpy.typing as npt

from model.errors import AssetCorrupt
from model.spotting.forest import Forest
from model.spotting.scenes import SceneWeights
from model.spotting.segment import LENGTH_STEP_S

Array = npt.NDArray[np.float64]
T = TypeVar("T")

PRIORS = Path(__file__).with_name("priors.json")
WEIGHTS = Path(__file__).with_name("weights.json")
LONGEST_S = 3600.0
IMPOSSIBLE = -50.0  # log-odds of what is not allowed


@dataclass(frozen=True, slots=True)
class Linear:
    """A logistic regression on plain features: log-odds = bias + features @ weights."""

    bias: float
    weights: tuple[float, ...]

    def log_odds(self, features: Array) -> Array:
        """Evaluate every row of float64 [n, d]."""
        return np.asarray(self.bias + features @ np.array(self.weights), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long cues (or silences) are: log-normal around ``median_s``, ``spread`` in logs, never under ``least_s``."""

    median_s: float
    spread: float
    least_s: float

    def worth(self) -> Array:
        """Worth of a length of k * 0.25 s up to an hour, 0 at the median; float64 [14401]."""
        lengths = np.arange(int(LONGEST_S / LENGTH_STEP_S) + 1) * LENGTH_STEP_S
        away = (np.log(np.maximum(lengths, LENGTH_STEP_S)) - np.log(self.median_s)) / self.spread
        return np.where(lengths < self.least_s, IMPOSSIBLE, -0.5 * away**2)


@dataclass(frozen=True, slots=True)
class Balance:
    """How the terms of the division weigh against each other.

    Attributes
    ----------
    evidence: per second and unit of log-odds that a step is played
    talk: the same for what the dialogue alone says
    into, out_of: per unit of log-odds that a place is an in (an out), and its ``*_talk`` from the dialogue alone
    length: of how usual the lengths are
    cue: worth of having a cue at all; ``segue`` of a cue following another at once
    """

    evidence: float
    talk: float
    into: float
    into_talk: float
    out_of: float
    out_of_talk: float
    length: float
    cue: float
    segue: float = IMPOSSIBLE


@dataclass(frozen=True, slots=True)
class Priors:
    """What 160 labelled films say: talk to music, entries and exits, lengths, and how much music films have."""

    playing: Linear
    entering: Linear
    leaving: Linear
    cues: Lengths
    silences: Lengths
    coverage: tuple[float, ...]
    balance: Balance


@dataclass(frozen=True, slots=True)
class Weights:
    """What synthetic films teach about picture and sound together."""

    playing: Forest
    entering: Forest
    leaving: Forest
    balance: Balance
    scenes: SceneWeights


@cache
def priors() -> Priors:
    """Read ``priors.json``; raises AssetCorrupt when it is not as the training script wrote it."""
    return _structure(_read(PRIORS), Priors, PRIORS)


@cache
def weights() -> Weights:
    """Read ``weights.json``; raises AssetCorrupt when it is not as the training script wrote it."""
    record = _read(WEIGHTS)
    try:
        forests = {name: Forest.read(record[name]) for name in ("playing", "entering", "leaving")}
    except (KeyError, TypeError, ValueError) as error:
        raise AssetCorrupt(f"The table {WEIGHTS.name} is damaged.", hint="Reinstall Cuelight.") from error
    return Weights(
        **forests,
        balance=_structure(record.get("balance"), Balance, WEIGHTS),
        scenes=_structure(record.get("scenes"), SceneWeights, WEIGHTS),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssetCorrupt(f"The table {path.name} is missing or damaged.", hint="Reinstall Cuelight.") from error
    return record


def _structure(record: object, kind: type[T], path: Path) -> T:
    try:
        return cattrs.structure(record, kind)
    except Exception as error:
        raise AssetCorrupt(f"The table {path.name} is damaged.", hint="Reinstall Cuelight.") from error
