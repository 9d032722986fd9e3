"""The rulers for sound measure what their conventions say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.sound import subtitle_spans
from data_tools.benchmark.sound_metrics import Score, cell_score, cells_of, strike_score

NONE = np.zeros(0)


def mask(text: str) -> np.ndarray:
    return np.array([c == "#" for c in text])


def test_cells_are_counted() -> None:
    score = cell_score(mask(".###.#"), mask("..####"))
    assert (score.right, score.found, score.true) == (3, 4, 4)
    assert score.precision == score.recall == score.f1 == 0.75


def test_nothing_found_has_no_precision_and_no_recall() -> None:
    score = cell_score(mask("....."), mask("..#.."))
    assert (score.precision, score.recall, score.f1) == (0.0, 0.0, 0.0)


def test_nothing_true_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="nothing is true"):
        cell_score(mask("..#"), mask("..."))
    with pytest.raises(ValueError, match="nothing is true"):
        strike_score(np.array([1.0]), NONE, NONE, 0.1)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="5 cells were found and 6 are known"):
        cell_score(mask("....."), mask("..#..."))


def test_a_strike_matches_once() -> None:
    score = strike_score(np.array([1.0, 1.02]), np.array([1.01]), NONE, 0.06)
    assert (score.right, score.found, score.true) == (1, 2, 1)


def test_strikes_that_fit_only_an_unclear_one_do_not_count() -> None:
    score = strike_score(np.array([1.0, 2.0, 3.0]), np.array([1.0]), np.array([2.05]), 0.06)
    assert (score.right, score.found, score.true) == (1, 2, 1)


def test_strikes_must_be_in_order() -> None:
    with pytest.raises(ValueError, match="ascending"):
        strike_score(np.array([2.0, 1.0]), np.array([1.0]), NONE, 0.06)


times = st.lists(st.floats(0, 10), min_size=1, max_size=12).map(lambda x: np.array(sorted(x)))


@given(times, times)
def test_matching_is_symmetric_and_never_exceeds_either_list(found: np.ndarray, truth: np.ndarray) -> None:
    there, back = strike_score(found, truth, NONE, 0.5), strike_score(truth, found, NONE, 0.5)
    assert there.right == back.right <= min(len(found), len(truth))


@given(times)
def test_everything_found_where_it_is_scores_one(truth: np.ndarray) -> None:
    assert strike_score(truth, truth, NONE, 0.0).f1 == 1


def test_scores_pool_by_counts() -> None:
    assert Score(1, 2, 3) + Score(4, 5, 6) == Score(5, 7, 9)


def test_spans_cover_the_cells_between_their_ends() -> None:
    assert list(np.flatnonzero(cells_of([(0.02, 0.05), (0.08, 0.5)], 10))) == [2, 3, 4, 8, 9]


def test_subtitles_with_and_without_hours() -> None:
    text = "WEBVTT\n\n00:00:12.720 --> 00:00:15.120\nI'm in\n\n01:02.500 --> 01:03.000 align:left\nOut\n"
    assert subtitle_spans(text) == [(12.72, 15.12), (62.5, 63.0)]
