from __future__ import annotations

import numpy as np
import pytest

from data_tools.films.tiny_edits import SHORTEST, draw_tiny_film


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_truth_is_in_the_picture(seed: int) -> None:
    drawn = draw_tiny_film(seed, 500)
    count = len(drawn.frames)
    assert drawn.frames.shape[1:] == (27, 48, 3)
    assert count >= 500
    steps = np.abs(np.diff(drawn.frames.astype(float), axis=0)).mean((1, 2, 3))
    at_cuts = [steps[c - 1] for c in drawn.cuts]
    assert np.median(at_cuts) > 4 * np.median(steps)
    assert all(0 < c < count for c in drawn.cuts)
    assert all(0 <= start <= end - SHORTEST and end <= count for start, end in drawn.gradual)
    assert not any(start <= cut < end for cut in drawn.cuts for start, end in drawn.gradual)


def test_a_seed_is_a_film() -> None:
    again, other = draw_tiny_film(5, 200), draw_tiny_film(6, 200)
    assert np.array_equal(draw_tiny_film(5, 200).frames, again.frames)
    assert draw_tiny_film(5, 200).cuts == again.cuts
    assert not np.array_equal(again.frames[:100], other.frames[:100])


def test_moving_plates_are_played() -> None:
    plate = np.random.default_rng(0).uniform(0, 255, (20, 108, 192, 3)).astype(np.float32)
    assert len(draw_tiny_film(7, 100, [plate]).frames) >= 100
