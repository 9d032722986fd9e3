from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.cuts_metrics import (
    CutTruth,
    TransitionCount,
    count_flashes_called_cuts,
    count_gradual,
    count_hard_cuts,
)
from model.observe.observations import Cuts, Transition, TransitionKind
from model.time import Frame

TRUTH = CutTruth((10, 50, 90), ((60, 70, ""), (120, 130, "g"), (132, 140, "g")), ((200, 220),), ((30, 32),))


def test_cuts_count_on_the_exact_frame_only() -> None:
    count = count_hard_cuts(TRUTH, [10, 51, 90])
    assert (count.found, count.wanted, count.given) == (2, 3, 3)
    assert count.missed == (50,)
    assert count.wrong == (51,)
    assert count.f1 == 2 / 3


def test_cuts_near_a_gradual_or_in_an_ignored_zone_do_not_count() -> None:
    assert count_hard_cuts(TRUTH, [10, 50, 90, 58, 75, 210]).f1 == 1.0


def test_a_span_must_overlap() -> None:
    count = count_gradual(TRUTH, [(50, 59), (65, 66)])
    assert (count.found, count.right, count.given) == (1, 1, 2)


def test_a_group_may_share_one_span() -> None:
    count = count_gradual(TRUTH, [(60, 70), (118, 141)])
    assert (count.found, count.wanted, count.right, count.given) == (3, 3, 2, 2)
    assert count.f1 == 1.0


def test_a_cut_on_a_flash_is_told() -> None:
    cut = Cuts((Transition(TransitionKind.CUT, Frame(31), Frame(31), 0.9),))
    assert count_flashes_called_cuts(TRUTH, cut) == 1
    assert count_flashes_called_cuts(CutTruth((31,), flashes=((30, 32),)), cut) == 0


def test_nothing_wanted_and_nothing_given_is_right() -> None:
    assert TransitionCount(0, 0, 0, 0).f1 == 1.0
    assert TransitionCount(0, 0, 0, 3).f1 == 0.0


@given(st.sets(st.integers(1, 500)))
def test_the_truth_itself_is_perfect(cuts: set[int]) -> None:
    assert count_hard_cuts(CutTruth(tuple(sorted(cuts))), sorted(cuts)).f1 == 1.0
