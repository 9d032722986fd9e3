"""Fit the tables that judge hits: logistic regressions that start at the trade's experience.

``python -m training.hits.train FILMS [--write]`` reads every generated film of FILMS (``NAME.truth.json``
beside ``NAME.*``), observes it as ``cuelight spot`` would, and moves the prior weights only as far as the films
require: the loss is the mean logistic loss over candidates, each film counting the same, plus ``PULL`` times the
squared distance from the prior; signs cannot flip. The second table, the heft, is fitted in the same way but stays at
the prior for what drawn films cannot teach (``DRAWN_FILMS_LACK``). The films must be the training seeds: the card says
which.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from model.spotting.hits.features import FEATURES
from model.spotting.hits.ranking import SCHEMA, TABLE, RankingTable
from training.hits.config import DRAWN_FILMS_LACK, HOLD, PRIOR, PRIOR_BIAS, PULL
from training.hits.data import HitFilm, Vector, read_films
from training.hits.evaluate import least_probability


def fit(films: list[HitFilm], pull: float = PULL, hold: float | None = None) -> tuple[float, Vector]:
    """Return the bias and the weights, float64 [len(FEATURES)]: the prior, moved as far as the films require.

    ``hold`` replaces ``pull`` for the reasons in ``DRAWN_FILMS_LACK``: drawn films move, but nothing in them is hit for
    its movement.
    """
    pulls = np.array([hold if hold is not None and name in DRAWN_FILMS_LACK else pull for name in FEATURES])
    x = np.concatenate([[w.vector() for w in film.weighed] for film in films])
    y = np.concatenate([film.labels() for film in films])
    share = np.concatenate([np.full(len(film.weighed), 1 / len(film.weighed) / len(films)) for film in films])
    prior = np.array([PRIOR[name] for name in FEATURES])

    def loss(values: Vector) -> tuple[float, Vector]:
        bias, weights = values[0], values[1:]
        margin = x @ weights + bias
        error = share * (1 / (1 + np.exp(-margin)) - y)
        total = float(np.sum(share * (np.logaddexp(0, margin) - y * margin)) + np.sum(pulls * (weights - prior) ** 2))
        return total, np.concatenate([[error.sum()], x.T @ error + 2 * pulls * (weights - prior)])

    bounds = [(None, None), *((None, 0.0) if w < 0 else (0.0, None) for w in prior)]
    found = minimize(loss, np.concatenate([[PRIOR_BIAS], prior]), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(found.x[0]), found.x[1:]


def learn(films: list[HitFilm]) -> dict[str, object]:
    """Fit both tables and return the record as it is written."""
    bias, weights = fit(films)
    return {
        "schema": SCHEMA,
        "least": round(least_probability(films, RankingTable(bias, weights, 0.0)), 4),
        "likely": _name_weights(bias, weights),
        "heft": _name_weights(*fit(films, hold=HOLD)),
        "prior": {name: PRIOR[name] for name in FEATURES},
        "films": [film.name for film in films],
    }


def _name_weights(bias: float, weights: Vector) -> dict[str, object]:
    rounded = {name: round(float(value), 4) for name, value in zip(FEATURES, weights, strict=True)}
    return {"bias": round(bias, 4), "weights": rounded}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit on a folder of films and print the table, or also write it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training hits", description=__doc__)
    parser.add_argument("films", type=Path, help="folder of films with their truth beside them")
    parser.add_argument("--write", action="store_true", help="replace the table that the program reads")
    chosen = parser.parse_args(arguments)
    text = json.dumps(learn(list(read_films(chosen.films))), indent=1) + "\n"
    if chosen.write:
        partial = TABLE.with_suffix(".part")
        partial.write_text(text, encoding="utf-8")
        partial.replace(TABLE)
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
