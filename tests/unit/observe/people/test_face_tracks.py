from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.observe.people.face_tracks import (
    TWO_PEOPLE,
    Box,
    Look,
    distances,
    group_looks,
    intersection_over_union,
    person_name,
    tracks,
)

LEFT: Box = (0.1, 0.2, 0.2, 0.3)
RIGHT: Box = (0.6, 0.2, 0.2, 0.3)


def vector(person: int, noise: float = 0.2, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    looks = np.abs(np.random.default_rng(person).normal(size=64))
    looks[8 * person : 8 * person + 8] += 8
    looks += noise * np.abs(np.random.default_rng(1000 + seed).normal(size=64))
    return looks / np.linalg.norm(looks)


def conversation(shots: int, people_in: tuple[int, ...] = (1, 2)) -> tuple[list[Look], list[int]]:
    """Shot and reverse shot: three looks a shot, one person each."""
    looks, truth = [], []
    for shot in range(shots):
        who = people_in[shot % len(people_in)]
        for k in range(3):
            when = shot * 4 + k
            looks.append(Look(24 * when, float(when), shot, LEFT, vector(who, seed=when)))
            truth.append(who)
    return looks, truth


def test_two_people_in_shot_and_reverse_shot_are_two() -> None:
    looks, truth = conversation(6)
    found = group_looks(looks)
    assert set(found) == {0, 1}
    assert len(set(zip(found, truth, strict=True))) == 2


def test_the_one_seen_most_often_comes_first() -> None:
    looks, truth = conversation(9, (1, 2, 2))
    found = group_looks(looks)
    assert {person for person, who in zip(found, truth, strict=True) if who == 2} == {0}


def test_somebody_seen_twice_is_nobody() -> None:
    looks, _ = conversation(4, (1,))
    stranger = [Look(2000 + k, 90.0 + k, 9, RIGHT, vector(5)) for k in range(2)]
    assert group_looks([*looks, *stranger])[-2:] == [-1, -1]


def test_two_faces_on_one_frame_are_never_one_person() -> None:
    twins = [Look(24 * k, float(k), 0, box, vector(3)) for k in range(5) for box in (LEFT, RIGHT)]
    found = group_looks(twins)
    assert found[::2] == [found[0]] * 5
    assert found[1::2] == [found[1]] * 5
    assert found[0] != found[1]
    apart = distances(twins, tracks(twins))
    assert apart[0, 1] == apart[1, 0] == TWO_PEOPLE


def test_a_track_ends_with_the_shot_and_after_a_while() -> None:
    moments = ((0, 0.0, 0), (24, 1.0, 0), (48, 2.0, 1), (240, 10.0, 1))
    looks = [Look(frame, when, shot, LEFT, vector(1)) for frame, when, shot in moments]
    assert tracks(looks).tolist() == [0, 0, 1, 2]


def test_nobody_is_an_empty_list_and_one_track_is_one_person() -> None:
    assert group_looks([]) == []
    looks, _ = conversation(1)
    assert group_looks(looks) == [0, 0, 0]


@given(st.tuples(*[st.floats(0, 0.5)] * 2, *[st.floats(0.01, 0.5)] * 2), st.floats(-0.6, 0.6))
def test_overlap_is_symmetric_and_bounded(box: Box, shift: float) -> None:
    moved = (box[0] + shift, box[1], box[2], box[3])
    assert intersection_over_union(box, box) == pytest.approx(1)
    assert intersection_over_union(box, moved) == pytest.approx(intersection_over_union(moved, box))
    assert 0 <= intersection_over_union(box, moved) <= 1 + 1e-9


def test_names_go_on_after_z() -> None:
    assert [person_name(k) for k in (0, 1, 25, 26, 27, 702)] == [
        f"person {n}" for n in ("A", "B", "Z", "AA", "AB", "AAA")
    ]
