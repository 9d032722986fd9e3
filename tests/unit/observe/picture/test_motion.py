from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.media.reel import PictureBlock, ReelInfo
from model.observe.detector import Context, Findings
from model.observe.observations import Cuts, Motion, Transition, TransitionKind
from model.observe.picture.motion import MotionDetector, luma, measure_actions, shift_frames, whole_shifts
from model.time import Frame, Timebase

Pixels = npt.NDArray[np.uint8]


def context() -> Context:
    return Context(ReelInfo("x.mp4", "0" * 64, Timebase.from_label(Fraction(24)), 0, 640, 360, "mp4", "h264"))


def scene(seed: int = 0, rows: int = 400, columns: int = 900) -> Pixels:
    """A smooth random landscape, large enough for the camera to roam."""
    noise = np.random.default_rng(seed).integers(0, 256, (rows // 20, columns // 20, 3), dtype=np.uint8)
    return cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC)


def camera(world: Pixels, path: list[tuple[float, float, float]]) -> Pixels:
    """Film ``world`` along (x, y, width of the view) and shrink to tiny frames."""
    views = []
    for x, y, width in path:
        scale = 480 / width
        matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float64)
        views.append(cv2.resize(cv2.warpAffine(world, matrix, (480, 270)), (48, 27), interpolation=cv2.INTER_AREA))
    return np.stack(views)


def watch(tiny: Pixels, block: int = 16, cuts: tuple[int, ...] = ()) -> Motion:
    detector = MotionDetector(context())
    for first in range(0, len(tiny), block):
        part = tiny[first : first + block]
        detector.process_picture(PictureBlock(first, np.arange(len(part)) / 24, part))
    edges = tuple(Transition(TransitionKind.CUT, Frame(c), Frame(c), 1.0) for c in cuts)
    return detector.finish(Findings({"cuts": Cuts(edges)}))


def test_a_still_picture_does_not_move() -> None:
    motion = watch(np.repeat(camera(scene(), [(100, 50, 480)]), 30, axis=0))
    assert motion.energy.max() == 0
    assert motion.action.max() == 0


@pytest.mark.parametrize(
    "path",
    [
        [(100 + 2.5 * k, 50, 480) for k in range(30)],
        [(100 + 9 * k, 50 + 3 * k, 480) for k in range(30)],
        [(100 - k, 60 - k, 300 + 4 * k) for k in range(30)],
    ],
    ids=["slow pan", "fast diagonal", "zoom"],
)
def test_the_camera_alone_is_not_action(path: list[tuple[float, float, float]]) -> None:
    motion = watch(camera(scene(), path))
    assert motion.energy[1:].mean() > 0.005
    assert motion.action[1:].mean() < 0.3 * motion.energy[1:].mean()


def test_something_moving_under_a_moving_camera_is_action() -> None:
    path = [(100 + 4.0 * k, 50.0, 480.0) for k in range(30)]
    plain = camera(scene(), path)
    busy = plain.copy()
    for k, frame in enumerate(busy):
        x = 4 + (7 * k) % 36
        frame[8:20, x : x + 8] = 255 - frame[8:20, x : x + 8]
    assert watch(busy).action[1:].mean() > 5 * watch(plain).action[1:].mean()


def test_a_fade_is_change_but_not_action() -> None:
    picture = camera(scene(), [(100, 50, 480)])[0].astype(np.float32)
    fade = np.stack([picture * k / 24 for k in range(25)]).astype(np.uint8)
    motion = watch(fade)
    assert motion.energy[1:].mean() > 0.01
    assert motion.action[1:].mean() < 0.1 * motion.energy[1:].mean()


def test_cuts_are_silent_and_only_they() -> None:
    tiny = np.concatenate([camera(scene(s), [(100 + 4 * k, 50, 480) for k in range(12)]) for s in range(3)])
    loud, silent = watch(tiny), watch(tiny, cuts=(12, 24))
    assert loud.energy[12] > 3 * loud.energy[11]
    assert silent.energy[12] == silent.energy[24] == silent.action[12] == 0
    others = np.delete(np.arange(36), [12, 24])
    np.testing.assert_array_equal(loud.energy[others], silent.energy[others])


def test_a_cut_past_the_end_is_harmless() -> None:
    assert watch(camera(scene(), [(100, 50, 480)] * 5), cuts=(99,)).energy.shape == (5,)


def test_no_frames_give_empty_curves() -> None:
    motion = MotionDetector(context()).finish(Findings({}))
    assert motion.energy.shape == motion.action.shape == (0,)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.integers(0, 100))
def test_the_blocks_do_not_matter(block: int, seed: int) -> None:
    tiny = np.random.default_rng(seed).integers(0, 256, (23, 27, 48, 3), dtype=np.uint8)
    whole, parts = watch(tiny, 23), watch(tiny, block)
    np.testing.assert_allclose(whole.energy, parts.energy, atol=1e-6)
    np.testing.assert_allclose(whole.action, parts.action, atol=1e-4)
    assert (whole.action <= whole.energy + 1e-7).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(-6, 6), st.integers(-10, 10), st.integers(0, 50))
def test_whole_shifts_are_found_and_undone(dy: int, dx: int, seed: int) -> None:
    world = luma(cv2.resize(scene(seed), (100, 60), interpolation=cv2.INTER_AREA)[None])[0]
    before, now = world[15:42, 20:68], world[15 - dy : 42 - dy, 20 - dx : 68 - dx]
    frames = np.stack([before, now])
    found = whole_shifts(frames)
    np.testing.assert_array_equal(found, [[dy, dx]])
    back = shift_frames(frames[:1], found)[0]
    inside = (slice(7, -7), slice(11, -11))
    np.testing.assert_allclose(back[inside], now[inside], atol=1e-6)


def test_actions_of_identical_frames_are_zero() -> None:
    frames = np.zeros((3, 27, 48), np.float32)
    assert max(curve.max() for curve in measure_actions(frames)) == 0
