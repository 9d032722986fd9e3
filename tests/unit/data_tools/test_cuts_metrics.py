from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest
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


def test_a_cut_on_a_flash_is_counted() -> None:
    cut = Cuts((Transition(TransitionKind.CUT, Frame(31), Frame(31), 0.9),))
    assert count_flashes_called_cuts(TRUTH, cut) == 1
    assert count_flashes_called_cuts(CutTruth((31,), flashes=((30, 32),)), cut) == 0


def test_nothing_wanted_and_nothing_given_is_right() -> None:
    assert TransitionCount(0, 0, 0, 0).f1 == 1.0
    assert TransitionCount(0, 0, 0, 3).f1 == 0.0


@given(st.sets(st.integers(1, 500)))
def test_the_truth_itself_is_perfect(cuts: set[int]) -> None:
    assert count_hard_cuts(CutTruth(tuple(sorted(cuts))), sorted(cuts)).f1 == 1.0


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


FRAMES = st.lists(st.integers(0, 300), max_size=12)
SPAN = st.tuples(st.integers(0, 200), st.integers(1, 30)).map(lambda s: (s[0], s[0] + s[1]))
SPANS = st.lists(SPAN, max_size=6)


@given(FRAMES, FRAMES, SPANS, SPANS)
def test_cuts_and_gradual_transitions_agree_with_the_judge_of_the_real_films(
    judge: ModuleType, cuts: list[int], said: list[int], grads: list[tuple[int, int]], claimed: list[tuple[int, int]]
) -> None:
    transitions: list[dict[str, object]] = [{"type": "cut", "first_new_frame": c} for c in sorted(set(cuts))]
    transitions += [{"type": "dissolve", "start_frame": a, "end_frame": b} for a, b in grads]
    record: dict[str, list[dict[str, object]]] = {
        "transitions": transitions, "ignore": [{"start": 280, "end": 290}], "hits": [],
    }  # fmt: skip
    verdict = judge.score(record, {"cuts": said, "gradual": claimed})
    truth = CutTruth.read(record)
    hard, soft = count_hard_cuts(truth, said), count_gradual(truth, claimed)
    assert (hard.found, hard.given) == (verdict["cuts_exact"]["tp"], verdict["cuts_exact"]["pred"])
    assert (soft.found, soft.given) == (verdict["gradual"]["tp"], verdict["gradual"]["pred"])
