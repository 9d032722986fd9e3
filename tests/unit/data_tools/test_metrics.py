from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.metrics import (
    MatchScore,
    event_score,
    frame_score,
    macro_f1,
    mask,
    match_events,
    pearson,
    pool_scores,
)

EVENTS = st.lists(st.integers(0, 40), max_size=6)
FRAMES = st.lists(st.integers(0, 300), max_size=12)
SPAN = st.tuples(st.integers(0, 200), st.integers(1, 30)).map(lambda s: (s[0], s[0] + s[1]))
SPANS = st.lists(SPAN, max_size=6)


def test_a_distance_equal_to_the_tolerance_matches() -> None:
    assert match_events([10.0], [11.0], 1.0) == [(10.0, 11.0)]
    assert match_events([10.0], [11.001], 1.0) == []


def test_one_estimate_never_serves_two_references() -> None:
    score = event_score([10, 11], [10.5], 1)
    assert (score.precision, score.recall) == (1.0, 0.5)


def test_nearest_first_would_lose_a_pair_here() -> None:
    # 11 is nearest to 10, but pairing them leaves 9 and 12 alone: the most pairs are two
    assert len(match_events([9, 11], [10, 12], 1)) == 2


@given(EVENTS, EVENTS, st.integers(0, 5))
def test_no_matching_has_more_pairs(reference: list[int], estimate: list[int], tolerance: int) -> None:
    found = len(match_events(reference, estimate, tolerance))

    def fits(size: int) -> bool:
        return any(
            all(abs(a - b) <= tolerance for a, b in zip(x, y, strict=True))
            for x in combinations(sorted(reference), size)
            for y in combinations(sorted(estimate), size)
        )

    assert fits(found)
    assert found == min(len(reference), len(estimate)) or not fits(found + 1)


@given(EVENTS, EVENTS, st.integers(0, 5))
def test_precision_of_one_side_is_recall_of_the_other(a: list[int], b: list[int], tolerance: int) -> None:
    forth, back = event_score(a, b, tolerance), event_score(b, a, tolerance)
    assert forth.f1 == pytest.approx(back.f1)
    assert forth.precision == back.recall


@given(EVENTS)
def test_the_truth_itself_is_perfect(events: list[int]) -> None:
    assert event_score(events, events, 0).f1 == 1.0


def test_nothing_to_find_and_nothing_claimed_is_perfect() -> None:
    assert event_score([], [], 1).f1 == 1.0
    assert event_score([], [3], 1).f1 == 0.0
    assert event_score([3], [], 1).f1 == 0.0


def test_pooling_adds_counts_instead_of_averaging_scores() -> None:
    assert pool_scores([MatchScore(1, 1, 1, 1), MatchScore(9, 9, 0, 0)]).f1 == pytest.approx(0.1)


@pytest.mark.parametrize("events", [[float("nan")], [float("inf")]])
def test_events_must_be_finite(events: list[float]) -> None:
    with pytest.raises(ValueError, match="not finite"):
        event_score(events, [1.0], 1)


def test_a_negative_tolerance_is_refused() -> None:
    with pytest.raises(ValueError, match="tolerance"):
        event_score([1], [1], -1)


def test_a_mask_marks_hops_by_their_middle() -> None:
    assert mask([(0.05, 0.25)], 0.4, 0.1).tolist() == [True, True, False, False]
    assert mask([], 1.0, 0.25).tolist() == [False] * 4


@given(SPANS)
def test_the_mask_of_whole_frames_is_their_union(spans: list[tuple[int, int]]) -> None:
    wanted = {f for a, b in spans for f in range(a, b)}
    assert set(np.flatnonzero(mask(spans, 240)).tolist()) == wanted


def test_macro_f1_weighs_silence_as_much_as_music() -> None:
    true = np.array([True] * 9 + [False])
    assert frame_score(true, np.ones(10, bool)).f1 > 0.94
    assert macro_f1(true, np.ones(10, bool)) < 0.5
    assert macro_f1(true, true) == 1.0


def test_masks_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        frame_score(np.zeros(3, bool), np.zeros(4, bool))


def test_spans_may_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="from 5"):
        mask([(5, 2)], 10)


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=30), st.floats(0.1, 9), st.floats(-5, 5))
def test_correlation_ignores_scale_and_agrees_with_numpy(values: list[int], gain: float, shift: float) -> None:
    if len(set(values)) < 2:
        return
    true = np.array(values, float)
    assert pearson(true, gain * true + shift) == pytest.approx(1.0)
    other = np.cos(np.arange(len(true)))
    assert pearson(true, other) == pytest.approx(float(np.corrcoef(true, other)[0, 1]), abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 2.0], [1.0, 2.0]), ([1.0, 2, 3], [1.0, 2]), ([1.0, 1, 1], [1.0, 2, 3]), ([1.0, 2, np.nan], [1, 2, 3])],
)
def test_curves_without_a_correlation_are_refused(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError, match=r"curve|Curves"):
        pearson(a, b)
