"""Films to fit the hits' tables on: their weighed candidates and the frames of their true hits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.films.truth import Truth, read_truth
from model.film_run import SpotRequest, observe_film
from model.observe.observations import Observations
from model.spotting.hits.candidates import find_candidates
from model.spotting.hits.features import Weighed, weigh
from model.spotting.hits.signals import read_signals
from training.hits.config import TOLERANCE_FRAMES

Vector = npt.NDArray[np.float64]


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
        return np.array([float(np.abs(hits - w.candidate.frame).min() <= TOLERANCE_FRAMES) for w in self.weighed])


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
