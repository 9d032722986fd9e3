"""Learn the weights of spotting on synthetic training films: ``python -m training.spotting.train FOLDER``.

FOLDER holds ``NAME.json`` (observations as ``model.documents`` writes them) beside ``NAME.truth.json`` for films of
the catalogue's training seeds; anything else is refused. Simulated films (``training.spotting.scripted_films``) of
other training seeds are added. Three small boosted forests are fitted (is there music in this half second; does a cue
begin here; does one end here), then the balance of the division is searched on their out-of-fold answers for the
observed films. Writes ``model/spotting/weights.json``; the same films give the same bytes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from model.spotting.forest import LEAF, Forest
from model.spotting.scenes import SceneWeights
from model.spotting.tables import WEIGHTS, Balance, Priors, priors
from model.spotting.terms import MAX_LOG_ODDS, Terms
from training.spotting.config import (
    COMMON,
    FOLDS,
    NUDGES,
    OBSERVED_WEIGHT,
    SIMULATED_SEEDS,
    SIMULATIONS,
    START,
    TREES,
    TRIES,
)
from training.spotting.data import TrainingFilm, make_training_film, read_training_film, take_labels, with_gaps
from training.spotting.evaluate import BalanceScore, measure
from training.spotting.scripted_films import simulate_observations, write_truth


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn from every film of a folder and write the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training spotting", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of observations with their truth beside them")
    folder = parser.parse_args(arguments).folder
    observed = [read_training_film(p) for p in sorted(folder.glob("*.json")) if not p.name.endswith(".truth.json")]
    simulated = [
        make_training_film(simulate_observations(t, turn), t)
        for t in map(write_truth, SIMULATED_SEEDS)
        for turn in range(SIMULATIONS)
    ]
    print(f"{len(observed)} films observed with {sum(len(f.ins_s) for f in observed)} cues, {len(simulated)} simulated")
    answers = judge_out_of_fold(observed, simulated)
    balance, score = search(observed, answers, priors())
    print(f"out of fold: {score}")
    table = {name: flatten_forest(*_fit([*observed * OBSERVED_WEIGHT, *simulated], name)) for name in TREES}
    _write({**table, "balance": asdict(balance), "scenes": asdict(SceneWeights())})
    return 0


def _fit(films: Sequence[TrainingFilm], name: str) -> tuple[HistGradientBoostingClassifier, tuple[str, ...]]:
    pairs = [take_labels(f, name) for f in films]
    rows = np.concatenate([features.values for features, _ in pairs])
    rows = with_gaps(rows, pairs[0][0].names)
    truth = np.concatenate([t for _, t in pairs])
    model = HistGradientBoostingClassifier(**COMMON, **TREES[name])
    return model.fit(rows, np.tile(truth, len(rows) // len(truth))), pairs[0][0].names


def judge_out_of_fold(films: Sequence[TrainingFilm], simulated: Sequence[TrainingFilm]) -> list[Terms]:
    """Judge every observed film by forests that were not trained on it."""
    answers: list[Terms] = []
    fold = np.arange(len(films)) % FOLDS
    forests = {
        f: {
            name: make_forest(
                *_fit([*[x for x, g in zip(films, fold, strict=True) if g != f] * OBSERVED_WEIGHT, *simulated], name)
            )
            for name in TREES
        }
        for f in range(min(FOLDS, len(films)))
    }
    for film, f in zip(films, fold, strict=True):
        own = forests[int(f)]
        answers.append(
            Terms(
                np.clip(own["playing"].log_odds(film.steps), -MAX_LOG_ODDS, MAX_LOG_ODDS),
                np.clip(own["entering"].log_odds(film.edges), -2 * MAX_LOG_ODDS, MAX_LOG_ODDS),
                np.clip(own["leaving"].log_odds(film.edges), -2 * MAX_LOG_ODDS, MAX_LOG_ODDS),
            )
        )
    return answers


def search(films: Sequence[TrainingFilm], terms: Sequence[Terms], table: Priors) -> tuple[Balance, BalanceScore]:
    """Change one to three weights at a time and keep what helps; seeded, so that the result repeats."""
    rng = np.random.default_rng(7)
    best, outcome = START, measure(films, terms, table, START)
    names = list(Balance.__slots__)
    for _ in range(TRIES):
        chosen = rng.choice(names, size=int(rng.integers(1, 4)), replace=False)
        tried = replace(best, **{str(n): round(getattr(best, str(n)) * float(rng.choice(NUDGES)), 4) for n in chosen})
        result = measure(films, terms, table, tried)
        if result.worth > outcome.worth:
            best, outcome = tried, result
            print(f"  {outcome.worth:.4f} {outcome}")
    return best, outcome


def flatten_forest(model: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Write a fitted forest as the flat lists ``model.spotting.forest`` reads, with only the features it asks for."""
    trees = [stage[0].nodes for stage in model._predictors]  # noqa: SLF001 - no public way to the trees
    asked = sorted({int(n["feature_idx"]) for tree in trees for n in tree if not n["is_leaf"]})
    where = {feature: k for k, feature in enumerate(asked)}
    record: dict[str, Any] = {
        "names": [names[k] for k in asked],
        "baseline": round(float(np.ravel(model._baseline_prediction)[0]), 6),  # noqa: SLF001 - see above
    }
    columns: dict[str, list[Any]] = {
        k: [] for k in ("roots", "column", "left", "right", "threshold", "value", "missing_left")
    }
    for tree in trees:
        base = len(columns["column"])
        columns["roots"].append(base)
        for node in tree:
            leaf = bool(node["is_leaf"])
            columns["column"].append(LEAF if leaf else where[int(node["feature_idx"])])
            columns["left"].append(0 if leaf else base + int(node["left"]))
            columns["right"].append(0 if leaf else base + int(node["right"]))
            columns["threshold"].append(0.0 if leaf else float(node["num_threshold"]))
            columns["value"].append(round(float(node["value"]), 5) if leaf else 0.0)
            columns["missing_left"].append(int(bool(node["missing_go_to_left"])))
    return {**record, **columns}


def make_forest(model: HistGradientBoostingClassifier, names: tuple[str, ...]) -> Forest:
    """Make the forest that the program will run from a fitted one."""
    return Forest.read(flatten_forest(model, names))


def _write(record: dict[str, Any]) -> None:
    partial = WEIGHTS.with_suffix(".part")
    partial.write_text(json.dumps(record) + "\n", encoding="utf-8")
    partial.replace(WEIGHTS)


if __name__ == "__main__":
    raise SystemExit(main())
