from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from model.observe.cuts.flashes import GAPS, measure_returns
from model.observe.cuts.transitions import SAME_AGAIN

Pixels = npt.NDArray[np.uint8]


def wall(seed: int, frames: int) -> Pixels:
    """A camera moving a pixel a frame along a textured wall."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 30, 3), dtype=np.uint8)
    large = np.asarray(cv2.resize(coarse, (160, 27), interpolation=cv2.INTER_CUBIC), np.uint8)
    return np.stack([large[:, k : k + 48] for k in range(frames)])


def measure(frames: Pixels, at: int) -> float:
    return float(measure_returns(frames, np.array([at]))[0])


@pytest.mark.parametrize("length", [gap - 1 for gap in GAPS])
def test_after_a_flash_the_same_picture_is_there_again(length: int) -> None:
    frames = wall(1, 40)
    frames[20 : 20 + length] = np.minimum(frames[20 : 20 + length].astype(int) // 8 + 220, 255).astype(np.uint8)
    frames[20 : 20 + length, :, ::2] = 250  # burnt out
    assert measure(frames, 20 + length) < SAME_AGAIN


def test_after_a_cut_it_is_not() -> None:
    frames = np.concatenate([wall(1, 20), wall(2, 20)])
    assert measure(frames, 20) > 2 * SAME_AGAIN


def test_a_darker_light_on_the_same_wall_is_still_the_same_wall() -> None:
    frames = wall(1, 40)
    frames[20:22] = wall(7, 2)
    frames[22:] = (frames[22:] * 0.6).astype(np.uint8)
    assert measure(frames, 22) < SAME_AGAIN


def test_too_near_the_ends_nothing_is_said() -> None:
    assert measure_returns(wall(1, 12), np.array([0, 2, 11])).tolist() == [1.0, 1.0, 1.0]
