"""The learned tables: what is committed is whole, what is damaged is refused, forests answer as they were fitted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from model.errors import AssetCorrupt
from model.observe.observations import Observations
from model.spotting import tables
from model.spotting.candidates import find_candidates
from model.spotting.cues import look_turns
from model.spotting.evidence import gather, talk_of
from model.spotting.features import Features, candidate_features, step_features
from model.spotting.scenes import scene_spans
from model.spotting.tables import Lengths, priors, weights
from model.spotting.talk import Talk, describe_entries, describe_times
from training.spotting.train import flatten_forest, make_forest


@pytest.fixture
def fitted() -> tuple[HistGradientBoostingClassifier, Features]:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(600, 5))
    truth = (values[:, 1] + 0.5 * values[:, 3] > 0).astype(float)
    values[rng.random(values.shape) < 0.1] = np.nan
    model = HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=6, min_samples_leaf=10, random_state=1)
    return model.fit(values, truth), Features(values, ("a", "b", "c", "d", "e"))


def test_a_forest_answers_as_the_library_that_fitted_it(
    fitted: tuple[HistGradientBoostingClassifier, Features],
) -> None:
    model, features = fitted
    said = make_forest(model, features.names).log_odds(features)
    assert said == pytest.approx(model.decision_function(features.values), abs=1e-3)


def test_a_forest_finds_its_features_by_name(fitted: tuple[HistGradientBoostingClassifier, Features]) -> None:
    model, features = fitted
    turned = Features(features.values[:, ::-1], features.names[::-1])
    forest = make_forest(model, features.names)
    assert np.array_equal(forest.log_odds(turned), forest.log_odds(features))
    with pytest.raises(KeyError):
        forest.log_odds(Features(features.values[:, :1], ("z",)))


def test_a_written_forest_survives_json(fitted: tuple[HistGradientBoostingClassifier, Features]) -> None:
    model, features = fitted
    record = flatten_forest(model, features.names)
    assert json.loads(json.dumps(record)) == record


def test_the_committed_tables_fit_the_features(told: Observations) -> None:
    talk = talk_of(told)
    signals = gather(told, talk)
    scenes = [s for s, _ in scene_spans(told, signals, talk, weights().scenes)]
    candidates = find_candidates(told, scenes, talk)
    edges = candidate_features(signals, talk, candidates, look_turns(told, candidates))
    assert set(weights().playing.names) <= set(step_features(signals, talk).names)
    assert set(weights().entering.names) | set(weights().leaving.names) <= set(edges.names)
    times = np.arange(10.0)
    assert len(priors().playing.weights) == describe_times(talk, times).shape[1]
    assert len(priors().entering.weights) == len(priors().leaving.weights) == describe_entries(talk, times).shape[1]


def test_the_priors_say_what_composers_do() -> None:
    talk = Talk.of([(10, 20), (26, 36)], 60.0)
    before, inside = np.array([25.5]), np.array([28.0])
    entering = priors().entering
    assert entering.log_odds(describe_entries(talk, np.array([20.6]))) > entering.log_odds(
        describe_entries(talk, inside)
    )
    leaving = priors().leaving
    back = talk.reverse()
    assert leaving.log_odds(describe_entries(back, 60 - before)) > leaving.log_odds(describe_entries(back, 60 - inside))
    assert sorted(priors().coverage) == list(priors().coverage)


def test_lengths_are_worth_most_at_the_median_and_nothing_too_short() -> None:
    worth = Lengths(40.0, 1.0, 3.0).worth()
    assert worth.argmax() * 0.25 == 40.0
    assert worth[160] == 0.0
    assert worth[8] == tables.IMPOSSIBLE
    assert worth[80] == pytest.approx(worth[320])


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"playing": {}}'])
def test_a_damaged_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    broken = tmp_path / "table.json"
    broken.write_text(damage)
    monkeypatch.setattr(tables, "PRIORS", broken)
    monkeypatch.setattr(tables, "WEIGHTS", broken)
    with pytest.raises(AssetCorrupt):
        priors.__wrapped__()
    with pytest.raises(AssetCorrupt):
        weights.__wrapped__()


def test_a_missing_table_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PRIORS", tmp_path / "none.json")
    with pytest.raises(AssetCorrupt):
        priors.__wrapped__()
