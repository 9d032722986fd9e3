"""Fit the tables that judge hits: logistic regressions that start at the trade's experience.

``python -m training.hits.train FILMS [--write]`` reads every generated film of FILMS (``NAME.truth.json``
beside ``NAME.*``), observes it as ``cuelight spot`` would, and moves the prior weights only as far as the films insist:
the loss is the mean logistic loss over candidates, each film counting the same, plus ``PULL`` times the squared
distance from the prior; signs cannot flip. The second table, the heft, is fitted in the same way but holds on to what
drawn films cannot teach (``SEEN``). The films must be the training seeds: the card says which.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from data_tools.films.truth import Truth, read_truth
from model.film_run import SpotRequest, observe_film
from model.observe.observations import Observations
from model.spotting.hits.candidates import find_candidates
from model.spotting.hits.features import FEATURES, Weighed, weigh
from model.spotting.hits.ranking import SCHEMA, TABLE, RankingTable, one_per_event, rank
from model.spotting.hits.signals import read_signals

Vector = npt.NDArray[np.float64]
TOLERANCE = 2  # frames within which a hit counts as found
PULL = 0.0003  # how hard the prior holds on; chosen by leaving one training film out
HOLD = 0.1  # how hard it holds, for the heft, on what drawn films have no hits for
LEAST_PRECISION = 0.68  # leaving one film out, less precision buys hardly any recall
PRIOR_BIAS = -4.0
PRIOR: dict[str, float] = {
    "is title": 2.0,
    "first card": 2.0,
    "is blackout": 3.0,
    "is picture": 2.5,
    "is cut": 0.8,
    "is dissolve": 0.5,
    "is flash": 1.0,
    "is move": 0.6,
    "is start": 0.4,
    "is stop": 0.6,
    "is impact": 0.4,
    "is line end": 1.0,
    "is fade begins": 3.0,
    "gradual": 0.5,
    "burst": 1.5,
    "surprise": 1.0,
    "change": 3.0,
    "abrupt": 1.0,
    "local": 2.0,
    "climax": 2.0,
    "start": 1.0,
    "stop": 1.2,
    "flash": 1.5,
    "energy jump": 1.5,
    "change of light": 0.8,
    "heard": 2.0,
    "heard and seen": 2.5,
    "louder": 0.8,
    "hush": 0.6,
    "music enters": 0.8,
    "change of look": 1.2,
    "never seen": 0.9,
    "new scene": 0.8,
    "scene turns": 1.0,
    "nobody speaks": 0.4,
    "long shot before": 0.6,
    "new face": 0.9,
    "closer": 0.6,
    "after a line": 0.6,
    "long pause": 1.0,
    "arousal": 1.5,
    "spoken over": -0.4,
}
SEEN = frozenset({
    "is title", "first card", "is move", "is start", "is stop", "is fade begins", "burst", "surprise", "change",
    "abrupt", "local", "climax", "start", "stop", "energy jump", "change of look", "never seen", "arousal",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class HitFilm:
    """A training film: its weighed candidates and the frames of its true hits."""

    name: str
    weighed: list[Weighed]
    hits: list[int]
    rate: float

    def labels(self) -> Vector:
        """Labels of the candidates, float64 [candidates]: 1 for each within tolerance of a true hit."""
        hits = np.array(self.hits or [-(10**9)])
        return np.array([float(np.abs(hits - w.candidate.frame).min() <= TOLERANCE) for w in self.weighed])


def read_films(folder: Path) -> Iterator[HitFilm]:
    """Observe every film of ``folder`` and weigh its candidates."""
    for truth_path in sorted(folder.glob("*.truth.json")):
        truth = read_truth(truth_path)
        seen = observe_film(SpotRequest(find_film_beside(truth_path)))
        yield weigh_film(truth_path.name.removesuffix(".truth.json"), seen, truth)


def weigh_film(name: str, seen: Observations, truth: Truth) -> HitFilm:
    """Weigh the candidates of an observed film."""
    signals = read_signals(seen)
    weighed = weigh(seen, signals, find_candidates(seen, signals))
    return HitFilm(name, weighed, [hit.frame for hit in truth.hits], signals.rate)


def find_film_beside(truth_path: Path) -> Path:
    """Find the film a truth file belongs to."""
    stem = truth_path.name.removesuffix(".truth.json")
    films = [p for p in truth_path.parent.glob(f"{stem}.*") if p.suffix not in {".json", ".srt", ".vtt", ".txt"}]
    if len(films) != 1:
        message = f"There should be one film beside {truth_path.name}, not {len(films)}."
        raise FileNotFoundError(message)
    return films[0]


def fit(films: list[HitFilm], pull: float = PULL, hold: float | None = None) -> tuple[float, Vector]:
    """Bias and weights float64 [len(FEATURES)] nearest to the prior that the films allow.

    ``hold`` is the pull on the reasons of ``SEEN``: drawn films move, but nothing in them is hit for its movement.
    """
    pulls = np.array([hold if hold is not None and name in SEEN else pull for name in FEATURES])
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


def found_hits(film: HitFilm, table: RankingTable) -> tuple[Vector, npt.NDArray[np.bool_]]:
    """Probabilities of the film's proposals, best first, and which of them take a true hit nobody took before."""
    ranked = one_per_event(rank(film.weighed, table), film.rate)
    open_hits, taken = set(film.hits), list[bool]()
    for item in ranked:
        near = [h for h in open_hits if abs(h - item.frame) <= TOLERANCE]
        open_hits -= set(near[:1])
        taken.append(bool(near))
    return np.array([item.probability for item in ranked]), np.array(taken)


def least_probability(films: list[HitFilm], table: RankingTable) -> float:
    """Lowest probability that keeps the pooled precision of all proposals above it at ``LEAST_PRECISION``."""
    found = [found_hits(film, table) for film in films]
    probability = np.concatenate([p for p, _ in found])
    right = np.concatenate([r for _, r in found])
    order = np.argsort(-probability, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    falling = probability[order]
    last_of_ties = np.append(falling[1:] < falling[:-1], True)
    good = np.flatnonzero((precision >= LEAST_PRECISION) & last_of_ties)
    return float(falling[good[-1]]) if len(good) else 0.5


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


def main() -> None:
    """Fit on a folder of films and print, or write, the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("films", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    text = json.dumps(learn(list(read_films(chosen.films))), indent=1) + "\n"
    if chosen.write:
        partial = TABLE.with_suffix(".part")
        partial.write_text(text, encoding="utf-8")
        partial.replace(TABLE)
    print(text)


if __name__ == "__main__":
    main()
