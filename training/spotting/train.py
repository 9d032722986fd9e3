"""Learn the weights of spotting on synthetic training films: ``python -m training.spotting.train FOLDER``.

FOLDER holds ``NAME.json`` (observations as ``model.documents`` writes them) beside ``NAME.truth.json`` for films of
the catalogue's training seeds; anything else is refused. Scripted films (``training.spotting.scripted_films``) of other
training seeds are added. Three small boosted forests are fitted (is this half second played; is this a place to come
in; to go out), then the balance of the division is searched on their out-of-fold answers for the observed films.
Writes ``model/spotting/weights.json``; the same films give the same bytes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from data_tools.benchmark.metrics import event_score, pool_scores
from data_tools.films import TRAIN_SEEDS
from data_tools.films.truth import Truth, read_truth
from model.documents import decode
from model.observe.observations import Observations
from model.spotting.candidates import Candidates, find_candidates
from model.spotting.cues import ReelEvidence, dialogue_terms, look_turns, weigh
from model.spotting.evidence import gather, talk_of
from model.spotting.existing import heard_music
from model.spotting.features import Features, candidate_features, step_features
from model.spotting.forest import LEAF, Forest
from model.spotting.scenes import SceneWeights, scene_spans
from model.spotting.segment import best_division
from model.spotting.tables import WEIGHTS, Balance, Priors, priors
from model.spotting.terms import MAX_LOG_ODDS, Terms
from training.spotting.scripted_films import simulate_observations, write_truth

Array = npt.NDArray[np.float64]

FOLDS = 5
NEAR_S = 0.4
TRIES = 80
TOLD_SEEDS = range(130, 200)
OBSERVED_COUNTS = 6
TELLINGS = 2
START = Balance(
    evidence=0.35, talk=0.02, into=0.9, into_talk=0.1, out_of=0.9, out_of_talk=0.1, length=0.5, cue=2.0, segue=-3.0
)  # fmt: skip
NUDGES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)
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


def main(folder: Path) -> int:
    """Learn from every film in ``folder`` and write the table."""
    observed = [read_training_film(p) for p in sorted(folder.glob("*.json")) if not p.name.endswith(".truth.json")]
    told = [
        make_training_film(simulate_observations(t, turn), t)
        for t in map(write_truth, TOLD_SEEDS)
        for turn in range(TELLINGS)
    ]
    print(f"{len(observed)} films observed with {sum(len(f.ins_s) for f in observed)} cues, {len(told)} told")
    honest = judge_out_of_fold(observed, told)
    balance, score = search(observed, honest, priors())
    print(f"out of fold: {score}")
    table = {name: flatten_forest(*_fit([*observed * OBSERVED_COUNTS, *told], name)) for name in TREES}
    _write({**table, "balance": asdict(balance), "scenes": asdict(SceneWeights())})
    return 0


def read_training_film(path: Path) -> TrainingFilm:
    """Read one observed film; raises ValueError for a film that is not for training."""
    truth = read_truth(path.with_suffix(".truth.json"))
    if truth.seed not in TRAIN_SEEDS or truth.seed in TOLD_SEEDS:
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
        played=_inside(signals.times_s, ins, outs),
        ins_s=ins,
        outs_s=outs,
        talk=dialogue_terms(seen, candidates, priors()),
    )


def true_edges(truth: Truth) -> tuple[list[float], list[float]]:
    """Edges of the true cues in seconds: their ins and their outs."""
    rate = float(truth.exact_rate)
    return [c.in_frame / rate for c in truth.cues], [c.out_frame / rate for c in truth.cues]


def _inside(times_s: Array, ins: list[float], outs: list[float]) -> Array:
    return np.array([any(a <= t < b for a, b in zip(ins, outs, strict=True)) for t in times_s], dtype=np.float64)


def _labels(film: TrainingFilm, name: str) -> tuple[Features, Array]:
    """Features and truth of one film for one of the forests."""
    if name == "playing":
        return film.steps, film.played
    edges = np.array(film.ins_s if name == "entering" else film.outs_s)
    away = np.abs(film.candidates.times_s[:, None] - edges[None, :])
    return film.edges, (away.min(axis=1) <= NEAR_S).astype(np.float64) if len(edges) else np.zeros(len(away))


def _fit(films: Sequence[TrainingFilm], name: str) -> tuple[HistGradientBoostingClassifier, tuple[str, ...]]:
    pairs = [_labels(f, name) for f in films]
    rows = np.concatenate([features.values for features, _ in pairs])
    rows = _with_gaps(rows, pairs[0][0].names)
    truth = np.concatenate([t for _, t in pairs])
    model = HistGradientBoostingClassifier(**COMMON, **TREES[name])
    return model.fit(rows, np.tile(truth, len(rows) // len(truth))), pairs[0][0].names


_SOUND = ("speech", "level_db", "impact", "talk", "line", "blow")
_FEELING = ("arousal", "tension", "valence")


def _with_gaps(rows: Array, names: tuple[str, ...]) -> Array:
    """Show every film three times: whole, without sound, without feelings, so that such reels are no strangers."""
    deaf, numb = rows.copy(), rows.copy()
    deaf[:, [n.startswith(_SOUND) for n in names]] = np.nan
    numb[:, [n.startswith(_FEELING) for n in names]] = np.nan
    return np.concatenate([rows, deaf, numb])


def judge_out_of_fold(films: Sequence[TrainingFilm], told: Sequence[TrainingFilm]) -> list[Terms]:
    """Judge every observed film by forests that never saw it."""
    answers: list[Terms] = []
    fold = np.arange(len(films)) % FOLDS
    forests = {
        f: {
            name: make_forest(
                *_fit([*[x for x, g in zip(films, fold, strict=True) if g != f] * OBSERVED_COUNTS, *told], name)
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


@dataclass(frozen=True, slots=True)
class BalanceScore:
    """What a balance reaches: F1 of ins and outs at 1 s, macro F1 of music against silence per 0.1 s."""

    ins: float
    outs: float
    music: float

    @property
    def worth(self) -> float:
        """One number to search by."""
        return (self.ins + self.outs + self.music) / 3


def measure(films: Sequence[TrainingFilm], terms: Sequence[Terms], table: Priors, balance: Balance) -> BalanceScore:
    """Divide every film and compare with the truth."""
    scores_in, scores_out, true_steps, said_steps = [], [], list[Array](), list[Array]()
    for film, term in zip(films, terms, strict=True):
        lattice = weigh(film.seen, film.candidates, term, film.talk, table, balance)
        cues = best_division(lattice)
        times = film.candidates.times_s
        ins, outs = [float(times[a]) for a, _ in cues], [float(times[b]) for _, b in cues]
        scores_in.append(event_score(film.ins_s, ins, 1.0))
        scores_out.append(event_score(film.outs_s, outs, 1.0))
        grid = np.arange(0.05, times[-1], 0.1)
        true_steps.append(_inside(grid, film.ins_s, film.outs_s))
        said_steps.append(_inside(grid, ins, outs))
    music = two_class_f1(np.concatenate(true_steps), np.concatenate(said_steps))
    return BalanceScore(round(pool_scores(scores_in).f1, 4), round(pool_scores(scores_out).f1, 4), round(music, 4))


def search(films: Sequence[TrainingFilm], terms: Sequence[Terms], table: Priors) -> tuple[Balance, BalanceScore]:
    """Nudge one weight at a time, keep what helps; seeded, so it ends where it ended before."""
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


def two_class_f1(truth: Array, said: Array) -> float:
    """Mean of the F1 of music and the F1 of silence."""
    both = []
    for value in (0.0, 1.0):
        hit = float(((truth == value) & (said == value)).sum())
        both.append(2 * hit / max(float((truth == value).sum() + (said == value).sum()), 1.0))
    return sum(both) / 2


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
    """Make the forest as it will run."""
    return Forest.read(flatten_forest(model, names))


def _write(record: dict[str, Any]) -> None:
    partial = WEIGHTS.with_suffix(".part")
    partial.write_text(json.dumps(record) + "\n", encoding="utf-8")
    partial.replace(WEIGHTS)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
