"""The rhythm of talk: spans, shares, places among lines, and the same heard backwards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.spotting.talk import Talk, describe_entries, describe_times, place

LENGTH_S = 60.0
TALK = Talk.of([(10, 12), (13, 14), (20, 30)], LENGTH_S)
spans = st.lists(st.tuples(st.floats(-5, 65), st.floats(0, 10)).map(lambda p: (p[0], p[0] + p[1])), max_size=12)


def test_spans_are_clipped_ordered_and_joined() -> None:
    talk = Talk.of([(50, 70), (5, 8), (-3, 1), (7, 9), (9.005, 10), (20, 20)], LENGTH_S)
    assert talk.starts_s.tolist() == [0, 5, 50]
    assert talk.ends_s.tolist() == [1, 10, 60]


def test_shares_count_speech() -> None:
    assert TALK.share(np.array([10.0, 12.0, 0.0]), np.array([14.0, 13.0, 60.0])) == pytest.approx([0.75, 0.0, 13 / 60])


@given(spans, st.floats(0, 60), st.floats(0, 60))
def test_shares_lie_between_nothing_and_all(lines: list[tuple[float, float]], a: float, b: float) -> None:
    share = Talk.of(lines, LENGTH_S).share(np.array([min(a, b)]), np.array([max(a, b)]))
    assert -1e-9 <= share[0] <= 1 + 1e-9


def test_a_time_knows_the_lines_around_it() -> None:
    where = place(TALK, np.array([5.0, 11.0, 12.0, 16.0, 59.0]))
    assert where.inside.tolist() == [False, True, False, False, False]
    assert where.since.tolist() == [5, 0, 0, 2, 29]
    assert where.until.tolist() == [5, 0, 1, 4, 1]
    assert where.gap.tolist() == [10, 0, 1, 6, 30]
    assert where.into[1] == where.left[1] == 1
    assert where.gap_before[1] == 10
    assert where.gap_after[1] == 1


def test_without_a_line_the_whole_reel_is_one_pause() -> None:
    where = place(Talk.of([], LENGTH_S), np.array([15.0]))
    assert (where.gap[0], where.since[0], where.until[0]) == (60, 15, 45)


@given(spans)
def test_backwards_twice_is_forwards(lines: list[tuple[float, float]]) -> None:
    talk = Talk.of(lines, LENGTH_S)
    again = talk.reverse().reverse()
    assert np.allclose(again.starts_s, talk.starts_s)
    assert np.allclose(again.ends_s, talk.ends_s)


@given(spans)
def test_features_are_finite_and_as_many_as_promised(lines: list[tuple[float, float]]) -> None:
    talk, times = Talk.of(lines, LENGTH_S), np.arange(0.0, 60.5, 0.5)
    assert describe_times(talk, times).shape == (121, 21)
    features = describe_entries(talk, times)
    assert np.isfinite(features).all()
    assert features.shape[1] == describe_entries(TALK, times).shape[1]
