from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from model.media.reel import PictureBlock, ReelInfo
from model.observe.detector import Context, Findings
from model.observe.observations import Colour
from model.observe.picture.colour import ColourDetector, measure_light_and_colour
from model.time import Timebase


def flat(red: int, green: int, blue: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((1, 27, 48, 3), (red, green, blue), np.uint8)


def measure(red: int, green: int, blue: int) -> tuple[float, float, float]:
    luma, saturation, warmth = measure_light_and_colour(flat(red, green, blue))[0]
    return float(luma), float(saturation), float(warmth)


@pytest.mark.parametrize(("level", "expected"), [(0, 0.0), (128, 0.502), (255, 1.0)])
def test_grey_has_light_but_no_colour(level: int, expected: float) -> None:
    luma, saturation, warmth = measure(level, level, level)
    assert luma == pytest.approx(expected, abs=0.005)
    assert saturation == 0
    assert warmth == 0


def test_red_is_warm_blue_is_cold_and_green_is_neither() -> None:
    assert measure(200, 40, 20)[2] > 0.7
    assert measure(20, 40, 200)[2] < -0.7
    assert measure(20, 200, 20)[2] == 0


def test_pure_colours_are_saturated_and_pastels_less() -> None:
    assert measure(255, 0, 0)[1] > 0.95
    assert 0.1 < measure(255, 200, 200)[1] < 0.4


def test_noise_in_black_has_no_colour() -> None:
    noise = np.random.default_rng(0).integers(0, 4, (8, 27, 48, 3), dtype=np.uint8)
    table = measure_light_and_colour(noise)
    assert table[:, 0].max() < 0.02
    assert table[:, 1].max() < 0.35
    assert np.abs(table[:, 2]).max() < 0.02


def test_blocks_join_in_order() -> None:
    detector = ColourDetector(Context(ReelInfo("x", "", Timebase(Fraction(24)), 0, 48, 27, "mp4", "h264")))
    for first, level in ((0, 10), (2, 120), (4, 250)):
        detector.process_picture(
            PictureBlock(first, np.array([first, first + 1]) / 24, np.repeat(flat(level, 0, level), 2, 0))
        )
    found = detector.finish(Findings({}))
    assert isinstance(found, Colour)
    assert found.luma.shape == (6,)
    assert (np.diff(found.luma[::2]) > 0).all()
    assert found.saturation.dtype == np.float32


def test_no_frames_give_empty_curves() -> None:
    detector = ColourDetector(Context(ReelInfo("x", "", Timebase(Fraction(24)), 0, 48, 27, "mp4", "h264")))
    assert detector.finish(Findings({})).warmth.shape == (0,)
