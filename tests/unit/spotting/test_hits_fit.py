"""Fitting and scoring hits: the prior holds, signs stay, and the metric says what its docstring says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.hits_metrics import HitScore, best_of, score_hits
from model.spotting.hits_candidates import Candidate, Found
from model.spotting.hits_features import FEATURES, Weighed
from model.spotting.hits_ranking import Table
from training.hits import PRIOR, Film, fit, found_hits, least_probability

LOUD = FEATURES.index("heard")
SPOKEN = FEATURES.index("spoken over")


def film(rule: dict[str, float], *, hits_follow: bool) -> Film:
    """Every other candidate carries ``rule``; the hits lie there, or where it is not."""
    weighed = [
        Weighed(Candidate(50 * n, Found.MOVE), {"is move": 1.0, **(rule if n % 2 == 0 else {})}) for n in range(1, 41)
    ]
    return Film("f", weighed, [50 * n for n in range(1, 41) if (n % 2 == 0) is hits_follow], 24.0)


def test_the_prior_names_every_reason() -> None:
    assert set(PRIOR) == set(FEATURES)


def test_a_reason_that_predicts_hits_grows_and_one_that_does_not_shrinks_but_never_flips() -> None:
    _, up = fit([film({"heard": 1.0}, hits_follow=True)], pull=1e-4)
    _, down = fit([film({"heard": 1.0}, hits_follow=False)], pull=1e-4)
    _, talk = fit([film({"spoken over": 1.0}, hits_follow=True)], pull=1e-4)
    assert up[LOUD] > PRIOR["heard"] > down[LOUD] >= 0
    assert PRIOR["spoken over"] < talk[SPOKEN] <= 0


def test_a_strong_pull_keeps_the_prior() -> None:
    _, weights = fit([film({"heard": 1.0}, hits_follow=False)], pull=1e3)
    assert np.allclose(weights, [PRIOR[name] for name in FEATURES], atol=1e-3)


def test_the_least_probability_keeps_its_precision() -> None:
    one = film({"heard": 1.0}, hits_follow=True)
    bias, weights = fit([one], pull=1e-4)
    least = least_probability([one], Table(bias, weights, 0.0))
    probability, right = found_hits(one, Table(bias, weights, 0.0))
    assert right[probability >= least].mean() >= 0.65
    assert right.sum() == 20


def test_each_proposal_takes_one_hit_and_the_nearest() -> None:
    assert score_hits([100, 101, 300], [99, 102, 500]) == HitScore(3, 2, 3)
    assert score_hits([100, 100], [100]) == HitScore(2, 1, 1)
    assert score_hits([103], [100]) == HitScore(1, 0, 1)
    assert score_hits([], [5]).precision == 0.0


def test_the_best_n_are_counted() -> None:
    assert best_of([1, 50, 100, 150], [100, 150]).right == 0
    assert best_of([1, 50, 100, 150], [100, 150], times=2).recall == 1.0


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="no true hit"):
        score_hits([1], [])
    with pytest.raises(ValueError, match="negative"):
        score_hits([-1], [1])


@given(st.lists(st.integers(0, 400), max_size=30), st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_scores_stay_in_bounds_and_more_tolerance_never_hurts(proposed: list[int], true: list[int]) -> None:
    tight, wide = score_hits(proposed, true, 0), score_hits(proposed, true, 500)
    assert 0 <= tight.right <= wide.right == min(len(proposed), len(true))
    assert 0 <= tight.precision <= 1
    assert 0 <= tight.recall <= 1
