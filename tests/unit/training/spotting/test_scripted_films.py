"""Simulated films: true where they must be, with errors where detectors err, and never of a test seed."""

from __future__ import annotations

import numpy as np
import pytest

from data_tools.films import TEST_SEEDS
from data_tools.films.truth import TrueCue, TrueImpact, TrueLine, TrueSpan, TrueTransition, Truth
from model.observe.observations import Observations
from model.spotting.draft import spot
from training.spotting.data import make_training_film, true_edges
from training.spotting.evaluate import two_class_f1
from training.spotting.scripted_films import simulate_observations, write_truth


def little_truth() -> Truth:
    """A minute that was never scripted: talk, then a chase."""
    return Truth(
        seed=101, profile="mixed", rate="24/1", frames=1440, start_timecode="01:00:00:00", width=640, height=360,
        transitions=tuple(TrueTransition("cut", f, f) for f in range(120, 1440, 120)), flashes=(),
        dialogue=tuple(TrueLine(2 + 3 * k, 4 + 3 * k, "Ann", "well") for k in range(8)),
        impacts=(TrueImpact(720, 30.0, 1.0, "crash"),),
        scenes=(TrueSpan(0, 720, "room"), TrueSpan(720, 1440, "street")),
        beats=(TrueSpan(0, 720, "talk"), TrueSpan(720, 1440, "chase")), titles=(TrueSpan(24, 72, "HERE"),), music=(),
        cues=(TrueCue(720, 1400, "score", "on action", "button", ""),), silences=(), hits=(),
        arousal=tuple([0.2] * 60 + [0.9] * 60), tension=tuple([0.2] * 60 + [0.8] * 60), valence=(0.0,) * 120,
    )  # fmt: skip


@pytest.fixture(scope="module")
def simulated_film() -> Observations:
    return simulate_observations(little_truth())


def test_a_simulated_film_keeps_the_truth_of_its_picture(simulated_film: Observations) -> None:
    assert [f.index for f in simulated_film.cuts.hard()] == list(range(120, 1440, 120))
    assert simulated_film.titles[0].span.start.index == 24
    assert len(simulated_film.embeddings.vectors) == len(simulated_film.shots)
    assert np.allclose(np.linalg.norm(simulated_film.embeddings.vectors, axis=1), 1, atol=1e-5)


def test_its_affect_follows_the_script_with_errors(simulated_film: Observations) -> None:
    truth = np.array(little_truth().arousal)
    value = simulated_film.affect.arousal.value
    assert len(value) == len(truth)
    assert 0.8 < float(np.corrcoef(truth, value)[0, 1]) < 0.9999


def test_its_lines_begin_a_little_early_or_not_at_all(simulated_film: Observations) -> None:
    assert simulated_film.dialogue is not None
    true = [line.start_s for line in little_truth().dialogue]
    for line in simulated_film.dialogue.lines:
        assert min(abs(line.start_s - t) for t in true) <= 0.13


def test_the_same_turn_simulates_the_same_film(simulated_film: Observations) -> None:
    again = simulate_observations(little_truth())
    assert np.array_equal(again.affect.arousal.value, simulated_film.affect.arousal.value)
    assert again.effects == simulated_film.effects
    assert again.dialogue is not None
    assert simulated_film.dialogue is not None
    assert again.dialogue.lines == simulated_film.dialogue.lines


def test_a_simulated_film_can_be_spotted_and_learned_from(simulated_film: Observations) -> None:
    notes = spot(simulated_film)
    assert any(c.span.start.index >= 600 for c in notes.cues)
    film = make_training_film(simulated_film, little_truth())
    assert film.ins_s == [30.0]
    assert film.played.sum() * 0.5 == pytest.approx(28.5, abs=0.5)
    assert true_edges(little_truth())[1] == [1400 / 24]


def test_test_seeds_are_never_simulated() -> None:
    with pytest.raises(ValueError, match="not for training"):
        write_truth(TEST_SEEDS[0])


def test_both_classes_count_the_same() -> None:
    truth = np.array([1.0, 1, 0, 0, 0, 0])
    assert two_class_f1(truth, truth) == 1.0
    assert two_class_f1(truth, np.zeros(6)) == pytest.approx(0.4)
