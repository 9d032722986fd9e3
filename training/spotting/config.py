"""The recipe of spotting's forests and of the balance of its division."""

from __future__ import annotations

from typing import Any

from model.spotting.tables import Balance

FOLDS = 5  # each observed film is judged by forests fitted on the other four fifths
NEAR_S = 0.4
TRIES = 80  # balances tried
SIMULATED_SEEDS = range(130, 200)  # training seeds whose films are simulated instead of observed
OBSERVED_WEIGHT = 6  # simulated films that an observed one counts for
SIMULATIONS = 2  # of each simulated film, with different errors
# the balance that the search starts from
START = Balance(
    evidence=0.35, talk=0.02, into=0.9, into_talk=0.1, out_of=0.9, out_of_talk=0.1, length=0.5, cue=2.0, segue=-3.0
)  # fmt: skip
# the search multiplies a weight by one of these
NUDGES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)
# settings of scikit-learn's HistGradientBoostingClassifier, for all three forests and for each
COMMON: dict[str, Any] = {
    "learning_rate": 0.1,
    "l2_regularization": 5.0,
    "max_features": 0.4,
    "early_stopping": False,
    "random_state": 7,
}
TREES: dict[str, dict[str, Any]] = {
    "playing": {"max_iter": 60, "max_leaf_nodes": 14, "min_samples_leaf": 60},
    "entering": {"max_iter": 50, "max_leaf_nodes": 8, "min_samples_leaf": 20},
    "leaving": {"max_iter": 50, "max_leaf_nodes": 8, "min_samples_leaf": 20},
}
