"""Films to learn spotting from: features and truth of their half seconds and of their candidates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from data_tools.films import TRAIN_SEEDS
from data_tools.films.truth import Truth, read_truth
from model.documents import decode
from model.observe.observations import Observations
from model.spotting.candidates import Candidates, find_candidates
from model.spotting.cues import ReelEvidence, dialogue_terms, look_turns
from model.spotting.evidence import gather, talk_of
from model.spotting.existing import heard_music
from model.spotting.features import Features, candidate_features, step_features
from model.spotting.scenes import SceneWeights, scene_spans
from model.spotting.tables import priors
from model.spotting.terms import Terms
from training.spotting.config import NEAR_S, SIMULATED_SEEDS

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrainingFilm:
    """One film, ready to learn from: features and truth of its half seconds and of its candidates."""

    name: str
    seen: ReelEvidence
    candidates: Candidates
    steps: Features
    edges: Features
    played: Array
    ins_s: list[float]
    outs_s: list[float]
    talk: Terms


def read_training_film(path: Path) -> TrainingFilm:
    """Read one observed film; raises ValueError for a film that is not for training."""
    truth = read_truth(path.with_suffix(".truth.json"))
    if truth.seed not in TRAIN_SEEDS or truth.seed in SIMULATED_SEEDS:
        msg = f"Seed {truth.seed} is not for training."
        raise ValueError(msg)
    return make_training_film(decode(Observations, path.read_bytes()), truth)


def make_training_film(observations: Observations, truth: Truth) -> TrainingFilm:
    """Prepare one film."""
    talk = talk_of(observations)
    signals = gather(observations, talk)
    scenes = [span for span, _ in scene_spans(observations, signals, talk, SceneWeights())]
    seen = ReelEvidence(observations, signals, talk, scenes, heard_music(observations))
    candidates = find_candidates(observations, scenes, talk)
    ins, outs = true_edges(truth)
    return TrainingFilm(
        name=str(truth.seed),
        seen=seen,
        candidates=candidates,
        steps=step_features(signals, talk),
        edges=candidate_features(signals, talk, candidates, look_turns(observations, candidates)),
        played=mark_played(signals.times_s, ins, outs),
        ins_s=ins,
        outs_s=outs,
        talk=dialogue_terms(seen, candidates, priors()),
    )


def true_edges(truth: Truth) -> tuple[list[float], list[float]]:
    """Edges of the true cues in seconds: their ins and their outs."""
    rate = float(truth.exact_rate)
    return [c.in_frame / rate for c in truth.cues], [c.out_frame / rate for c in truth.cues]


def mark_played(times_s: Array, ins: list[float], outs: list[float]) -> Array:
    """Tell for each time whether music plays then: float64 [times], 1 between an in and its out."""
    return np.array([any(a <= t < b for a, b in zip(ins, outs, strict=True)) for t in times_s], dtype=np.float64)


def take_labels(film: TrainingFilm, name: str) -> tuple[Features, Array]:
    """Features and truth of one film for one of the forests."""
    if name == "playing":
        return film.steps, film.played
    edges = np.array(film.ins_s if name == "entering" else film.outs_s)
    away = np.abs(film.candidates.times_s[:, None] - edges[None, :])
    return film.edges, (away.min(axis=1) <= NEAR_S).astype(np.float64) if len(edges) else np.zeros(len(away))


_SOUND = ("speech", "level_db", "impact", "talk", "line", "blow")

_AFFECT = ("arousal", "tension", "valence")


def with_gaps(rows: Array, names: tuple[str, ...]) -> Array:
    """Repeat every film without sound and without affect, so that the forests also learn such reels."""
    without_sound, without_affect = rows.copy(), rows.copy()
    without_sound[:, [n.startswith(_SOUND) for n in names]] = np.nan
    without_affect[:, [n.startswith(_AFFECT) for n in names]] = np.nan
    return np.concatenate([rows, without_sound, without_affect])
