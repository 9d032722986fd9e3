"""Which proposals take a true hit, and where to stop proposing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.spotting.hits.ranking import RankingTable, one_per_event, rank
from training.hits.config import LEAST_PRECISION, TOLERANCE_FRAMES
from training.hits.data import HitFilm, Vector


def found_hits(film: HitFilm, table: RankingTable) -> tuple[Vector, npt.NDArray[np.bool_]]:
    """Probabilities of the film's proposals, best first, and which of them match a true hit that none before did."""
    ranked = one_per_event(rank(film.weighed, table), film.rate)
    open_hits, taken = set(film.hits), list[bool]()
    for item in ranked:
        near = [h for h in open_hits if abs(h - item.frame) <= TOLERANCE_FRAMES]
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
