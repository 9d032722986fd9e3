from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import AssetMissing
from model.media.reel import PictureBlock, ReelInfo, Still
from model.observe.detector import Context, Findings
from model.observe.observations import Cuts, Embeddings, Transition, TransitionKind
from model.observe.picture.embeddings import DIMENSIONS, EmbeddingDetector, measure_layout, unit
from model.observe.picture.stillness import Novelty
from model.runtime.assets import asset_path
from model.time import Frame, Timebase

Pixels = npt.NDArray[np.uint8]
Draw = Callable[[int], Pixels]


@pytest.fixture(autouse=True)
def _net() -> None:
    try:
        asset_path("efficientnet")
    except AssetMissing:
        pytest.skip("the assets are not built: run `make assets`")


def town(k: int) -> Pixels:
    """Grey houses against a bright sky; the camera creeps."""
    picture = np.full((360, 640, 3), (150, 190, 235), np.uint8)
    for house in range(9):
        x = house * 80 - k
        cv2.rectangle(picture, (x, 120 + 23 * (house % 4)), (x + 66, 360), (90 + 9 * house, 84, 80), -1)
        for window in range(6):
            at = (x + 10 + 30 * (window % 2), 190 + 40 * (window // 2))
            cv2.rectangle(picture, at, (at[0] + 14, at[1] + 20), (240, 230, 150), -1)
    return picture


def cave(k: int) -> Pixels:
    """Dark round rocks."""
    picture = np.full((360, 640, 3), (18, 12, 10), np.uint8)
    for rock in range(14):
        cv2.circle(picture, (47 * rock - k, 300 - 60 * (rock % 5)), 30 + 4 * (rock % 6), (70, 44 + 3 * rock, 30), -1)
    return picture


def film(shots: list[tuple[Draw, int]]) -> tuple[list[Still], list[PictureBlock], Cuts]:
    """Shots of (what is drawn, frames) at 24 fps with stills every half second."""
    frames = [draw(k) for draw, length in shots for k in range(length)]
    stills = [Still(k, k / 24, frame) for k, frame in enumerate(frames) if k % 12 == 0]
    tiny = np.stack([cv2.resize(f, (48, 27), interpolation=cv2.INTER_AREA) for f in frames])
    edges = np.cumsum([length for _, length in shots])[:-1]
    cuts = Cuts(tuple(Transition(TransitionKind.CUT, Frame(int(e)), Frame(int(e)), 1.0) for e in edges))
    return stills, [PictureBlock(0, np.arange(len(tiny)) / 24, tiny)], cuts


def observe(shots: list[tuple[Draw, int]]) -> tuple[Embeddings, EmbeddingDetector]:
    stills, blocks, cuts = film(shots)
    reel = ReelInfo("x", "", Timebase(Fraction(24)), 0, 640, 360, "mp4", "h264")
    detector = EmbeddingDetector(Context(reel))
    for still in stills:
        detector.process_still(still)
    for block in blocks:
        detector.process_picture(block)
    return detector.finish(Findings({"cuts": cuts})), detector


def test_shots_of_one_place_lie_nearer_than_shots_of_two() -> None:
    found, _ = observe([(town, 30), (cave, 30), (town, 30), (cave, 30)])
    assert found.vectors.shape == (4, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    near = found.vectors @ found.vectors.T
    assert min(near[0, 2], near[1, 3]) > 0.9
    assert max(near[0, 1], near[0, 3], near[1, 2]) < 0.6


def test_a_shot_between_two_stills_borrows_from_its_like() -> None:
    found, _ = observe([(town, 25), (cave, 8), (town, 27), (cave, 40)])
    near = found.vectors @ found.vectors.T
    assert near[1, 3] > 0.9
    assert near[1, 0] < 0.6


def test_a_long_still_shot_is_looked_at_only_now_and_then() -> None:
    _, detector = observe([(lambda _: town(0), 240)])
    assert len(detector._frames) == 2


def test_a_reel_without_stills_gets_rows_of_zeros() -> None:
    _, blocks, cuts = film([(town, 5), (cave, 5)])
    detector = EmbeddingDetector(Context(ReelInfo("x", "", Timebase(Fraction(24)), 0, 640, 360, "mp4", "h264")))
    for block in blocks:
        detector.process_picture(block)
    found = detector.finish(Findings({"cuts": cuts}))
    assert found.vectors.shape == (2, DIMENSIONS)
    assert not found.vectors.any()


def test_no_frames_give_no_rows() -> None:
    detector = EmbeddingDetector(Context(ReelInfo("x", "", Timebase(Fraction(24)), 0, 640, 360, "mp4", "h264")))
    assert detector.finish(Findings({})).vectors.shape == (0, DIMENSIONS)


def test_layout_keeps_where_colours_lie() -> None:
    tiny = np.zeros((1, 27, 48, 3), np.uint8)
    tiny[:, :9, :12, 0] = 200
    assert measure_layout(tiny)[0, 0, 0].tolist() == [200, 0, 0]
    assert not measure_layout(tiny)[0, 1:].any()


@given(st.floats(0, 30), st.floats(0.1, 20))
def test_novelty_never_waits_longer_than_its_patience(threshold: float, patience: float) -> None:
    novelty, rgb = Novelty(threshold + 1e-3, patience), np.zeros((36, 64, 3), np.uint8)
    looks = [k * 0.5 for k in range(60) if novelty.worth_a_look(Still(k, k * 0.5, rgb))]
    assert looks[0] == 0
    assert all(b - a < patience + 0.5 for a, b in pairwise(looks))


def test_unit_leaves_zero_alone() -> None:
    assert unit(np.zeros((2, 3))).tolist() == [[0, 0, 0], [0, 0, 0]]
