"""Fitting and scoring hits: the prior holds, signs stay; the anchor finds what is there."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from data_tools.benchmark.hits import difference_peaks, score_best
from model.spotting.hits.candidates import CandidateSource, HitCandidate
from model.spotting.hits.features import FEATURES, Weighed
from model.spotting.hits.ranking import RankingTable
from training.hits.config import PRIOR
from training.hits.data import HitFilm
from training.hits.evaluate import found_hits, least_probability
from training.hits.train import fit, learn

LOUD = FEATURES.index("heard")
SPOKEN = FEATURES.index("spoken over")


def film(rule: dict[str, float], *, hits_follow: bool) -> HitFilm:
    """Every other candidate carries ``rule``; the hits lie there, or where it is not."""
    weighed = [
        Weighed(HitCandidate(50 * n, CandidateSource.MOVE), {"is move": 1.0, **(rule if n % 2 == 0 else {})})
        for n in range(1, 41)
    ]
    return HitFilm("f", weighed, [50 * n for n in range(1, 41) if (n % 2 == 0) is hits_follow], 24.0)


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


def test_the_heft_holds_on_to_what_drawn_films_cannot_teach() -> None:
    """A film in which nothing that moves is a hit teaches the likelihood so, and the heft much less."""
    still = film({"climax": 1.0}, hits_follow=False)
    record = learn([still])
    likely, heft = (cast("dict[str, Any]", record[name])["weights"]["climax"] for name in ("likely", "heft"))
    assert likely < 0.1
    assert 0.5 < heft <= PRIOR["climax"]
    assert record["films"] == ["f"]


def test_the_least_probability_keeps_its_precision() -> None:
    one = film({"heard": 1.0}, hits_follow=True)
    bias, weights = fit([one], pull=1e-4)
    least = least_probability([one], RankingTable(bias, weights, 0.0))
    probability, right = found_hits(one, RankingTable(bias, weights, 0.0))
    assert right[probability >= least].mean() >= 0.65
    assert right.sum() == 20


def test_the_best_n_are_counted() -> None:
    assert score_best([100, 150], [1, 50, 100, 150], 1).recall == 0.0
    assert score_best([100, 150], [1, 50, 100, 150], 2).recall == 1.0


def test_the_anchor_finds_cuts_in_order_of_their_size() -> None:
    pictures = np.full((90, 4, 6), 40.0, np.float32)
    pictures[30:] = 90.0
    pictures[60:] = 240.0
    assert difference_peaks(pictures, 24.0)[:2] == [60, 30]
