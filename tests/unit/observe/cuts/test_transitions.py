from __future__ import annotations

import numpy as np
import pytest

from model.observe.cuts.transitions import Curves, judge
from model.observe.observations import TransitionKind

FRAMES = 120


def _curves(**given: object) -> Curves:
    """A lively, lit picture in which nothing happens, changed where said."""
    columns = {
        "cut": np.full(FRAMES, 0.01, np.float32),
        "gradual": np.full(FRAMES, 0.01, np.float32),
        "flash": np.full(FRAMES, 0.01, np.float32),
        "light": np.full(FRAMES, 0.5, np.float32),
        "contrast": np.full(FRAMES, 4.0, np.float32),
        "seen": np.full(FRAMES, 0.8, np.float32),
        "returned": np.ones(FRAMES, np.float32),
        "mixing": np.full((FRAMES, 4), 0.9, np.float32),
    }
    for name, changes in given.items():
        assert isinstance(changes, dict)
        for where, value in changes.items():
            columns[name][where if isinstance(where, int) else slice(*where)] = value
    return Curves(**columns)


def test_a_peak_is_one_cut() -> None:
    cuts = judge(_curves(cut={39: 0.96, 40: 0.99, 41: 0.97}), "test")
    assert [f.index for f in cuts.hard()] == [40]
    assert cuts.transitions[0].confidence == pytest.approx(0.99)
    assert cuts.method == "test"


def test_two_cuts_a_few_frames_apart_are_two() -> None:
    cuts = judge(_curves(cut={40: 0.99, 44: 0.98}), "")
    assert [f.index for f in cuts.hard()] == [40, 44]


def test_a_dissolve_reaches_out_to_its_edges_and_swallows_its_cuts() -> None:
    given = {"gradual": {(50, 66): 0.6, (54, 62): 0.95}, "cut": {58: 0.98}, "mixing": {(50, 66): 0.05}}
    cuts = judge(_curves(**given), "")
    (only,) = cuts.transitions
    assert only.kind is TransitionKind.DISSOLVE
    assert (only.start.index, only.end.index) == (50, 66)
    assert cuts.hard() == []


def test_a_change_that_is_no_mix_is_a_wipe() -> None:
    (only,) = judge(_curves(gradual={(50, 66): 0.99}), "").transitions
    assert only.kind is TransitionKind.WIPE


@pytest.mark.parametrize(("light", "via"), [(0.02, "black"), (0.97, "white")])
def test_fades_go_to_and_come_from_plain_ground(light: float, via: str) -> None:
    given = {
        "gradual": {(20, 40): 0.99, (60, 80): 0.99},
        "light": {(39, 61): light},
        "contrast": {(39, 61): 0.5},
    }
    out, into = judge(_curves(**given), "").transitions
    assert (out.kind, into.kind) == (TransitionKind.FADE_OUT, TransitionKind.FADE_IN)
    assert (out.via, into.via) == (via, via)


def test_a_span_through_black_is_a_fade_out_and_a_fade_in() -> None:
    given = {"gradual": {(20, 50): 0.99}, "light": {35: 0.01}, "contrast": {35: 0.2}}
    out, into = judge(_curves(**given), "").transitions
    assert (out.start.index, out.end.index) == (20, 35)
    assert (into.start.index, into.end.index) == (35, 50)


def test_what_transnet_does_not_see_is_no_wipe_but_may_be_a_fade() -> None:
    unseen = {"seen": {(0, FRAMES): 0.1}, "gradual": {(50, 66): 0.99}}
    assert judge(_curves(**unseen), "").transitions == ()
    (fade,) = judge(_curves(**unseen, light={(65, 70): 0.01}, contrast={(65, 70): 0.1}), "").transitions
    assert fade.kind is TransitionKind.FADE_OUT


def test_a_blink_is_no_transition() -> None:
    assert judge(_curves(gradual={(20, 22): 0.99}), "").transitions == ()


def test_a_flash_is_told_but_is_no_transition() -> None:
    cuts = judge(_curves(flash={(30, 32): 0.9}), "")
    assert [f.index for f in cuts.flashes] == [30]
    assert cuts.transitions == ()


def test_the_way_back_from_a_flash_is_no_cut() -> None:
    cuts = judge(_curves(flash={30: 0.9}, cut={31: 0.95}), "")
    assert cuts.hard() == []
    assert [f.index for f in cuts.flashes] == [30]


def test_the_light_of_a_cut_is_no_flash() -> None:
    assert judge(_curves(flash={(30, 32): 0.9}, cut={30: 0.98}), "").flashes == ()


def test_the_same_picture_again_is_no_cut() -> None:
    assert judge(_curves(cut={40: 0.99}, returned={40: 0.3}), "").transitions == ()


def test_an_empty_reel_has_nothing() -> None:
    none = np.empty(0, np.float32)
    assert judge(Curves(none, none, none, none, none, none, none, np.empty((0, 4), np.float32)), "").transitions == ()
