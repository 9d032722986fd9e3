from __future__ import annotations

import importlib.util
import os
from itertools import combinations
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.metrics import (
    MatchScore,
    boundary_score,
    cut_score,
    event_score,
    frame_score,
    macro_f1,
    mask,
    match_events,
    overlap_score,
    pearson,
    pool_scores,
    recall_at,
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


def test_claims_near_a_gradual_transition_are_neutral_and_in_an_ignore_zone_absent() -> None:
    score = cut_score([100], [100, 100, 205, 401, 500], gradual=[(200, 210)], ignore=[(400, 410)])
    assert (score.estimated, score.matched_estimate) == (2, 1)


def test_recall_takes_the_heaviest_first() -> None:
    ranked = [(10, 0.1), (50, 0.9), (90, 0.5)]
    assert recall_at([10, 90], ranked, 2, 2) == 0.5
    assert recall_at([10, 90], ranked, 3, 2) == 1.0


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
        overlap_score([(5, 2)], [])


def test_one_claim_may_cover_a_fade_out_and_in_only_as_a_group() -> None:
    true, said = [(10, 20), (22, 30)], [(12, 28)]
    assert overlap_score(true, said).recall == 0.5
    assert overlap_score(true, said, groups=["a", "a"]).recall == 1.0
    assert overlap_score(true, said, groups=["a", "b"]).recall == 0.5


def test_boundaries_are_scored_by_edge_and_capped() -> None:
    true, said = [(10.0, 20.0)], [(10.5, 30.0), (10.0, 20.0)]
    assert boundary_score(true, said, 1.0, cap=1.0).f1 == 0.5
    assert boundary_score(true, said, 1.0, edge="in", cap=1.0).f1 == 1.0
    assert boundary_score(true, said, 1.0).recall == 1.0
    with pytest.raises(ValueError, match="edge"):
        boundary_score(true, said, 1.0, edge="middle")


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=30), st.floats(0.1, 9), st.floats(-5, 5))
def test_correlation_knows_no_scale_and_agrees_with_numpy(values: list[int], gain: float, shift: float) -> None:
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


@pytest.fixture(scope="module")
def judge() -> ModuleType:
    folder = os.environ.get("CUELIGHT_DATA")
    path = Path(folder or "") / "films" / "truth_score.py"
    if not folder or not path.is_file():
        pytest.skip("CUELIGHT_DATA is not set: the real films' own judge is not there to compare with")
    spec = importlib.util.spec_from_file_location("truth_score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@given(FRAMES, FRAMES, SPANS, SPANS)
def test_cuts_and_gradual_transitions_agree_with_the_judge_of_the_real_films(
    judge: ModuleType, cuts: list[int], said: list[int], grads: list[tuple[int, int]], claimed: list[tuple[int, int]]
) -> None:
    true = sorted(set(cuts))
    transitions = [{"type": "cut", "first_new_frame": c} for c in true]
    transitions += [{"type": "dissolve", "start_frame": a, "end_frame": b} for a, b in grads]
    truth = {"transitions": transitions, "ignore": [{"start": 280, "end": 290}], "hits": []}
    verdict = judge.score(truth, {"cuts": said, "gradual": claimed})
    ours = cut_score(true, said, gradual=grads, ignore=[(280, 290)])
    theirs = verdict["cuts_exact"]
    assert (ours.matched_reference, ours.estimated) == (theirs["tp"], theirs["pred"])
    spans = overlap_score(grads, claimed)
    assert (spans.matched_reference, spans.estimated) == (verdict["gradual"]["tp"], verdict["gradual"]["pred"])
