from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import AssetMissing
from model.media.reel import PictureBlock, ReelInfo, Still
from model.observe.detector import Context, Findings
from model.observe.observations import Title
from model.observe.picture.text import TextLine, alphabet, choose_net_size, rows_of_strokes, spell_reading
from model.observe.picture.title_edges import box_region, first_showing, first_without
from model.observe.picture.titles import TitleDetector, cover_grid, enclosing_box, mask_overlap, over_the_picture
from model.runtime.assets import asset_path
from model.time import Timebase

Pixels = npt.NDArray[np.uint8]
Draw = Callable[[int], Pixels]
BLACK = np.zeros((360, 640, 3), np.uint8)


@pytest.fixture
def _nets() -> None:
    try:
        for name in ("text_detector", "text_reader", "text_alphabet"):
            asset_path(name)
    except AssetMissing:
        pytest.skip("the assets are not built: run `make assets`")


def landscape(k: int) -> Pixels:
    """Soft hills under a slowly moving camera."""
    noise = np.random.default_rng(4).integers(40, 170, (12, 30, 3), dtype=np.uint8)
    world = cv2.resize(noise, (1200, 480), interpolation=cv2.INTER_CUBIC)
    return np.array(world[60:420, 100 + k : 740 + k], np.uint8)


def write(pic: Pixels, text: str, strength: float = 1.0, at: tuple[int, int] = (320, 190), size: float = 1.6) -> Pixels:
    """Write centred white letters, ``strength`` of the way from the picture to white."""
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, size, 3)
    mask = np.zeros(pic.shape[:2], np.uint8)
    where = (at[0] - width // 2, at[1])
    cv2.putText(mask, text, where, cv2.FONT_HERSHEY_DUPLEX, size, 255, 3, cv2.LINE_AA)
    weight = (mask / 255 * strength)[..., None]
    return np.asarray(pic * (1 - weight) + 255 * weight, np.uint8)


def observe(frames: int, draw: Draw) -> tuple[Title, ...]:
    """Show ``draw(k)`` at 24 frames a second, in blocks of 32, stills every 12."""
    detector = TitleDetector(Context(ReelInfo("x", "", Timebase(Fraction(24)), 0, 640, 360, "mp4", "h264")))
    for first in range(0, frames, 32):
        shown = [draw(k) for k in range(first, min(first + 32, frames))]
        for k, rgb in enumerate(shown, first):
            if k % 12 == 0:
                detector.process_still(Still(k, k / 24, rgb))
        tiny = np.stack([cv2.resize(rgb, (48, 27), interpolation=cv2.INTER_AREA) for rgb in shown])
        detector.process_picture(
            PictureBlock(first, np.arange(first, first + len(shown)) / 24, np.asarray(tiny, np.uint8))
        )
    return detector.finish(Findings({}))


@pytest.mark.usefixtures("_nets")
def test_a_card_between_cuts_is_exact_and_read() -> None:
    titles = observe(150, lambda k: write(BLACK, "THE HARBOUR") if 31 <= k < 101 else landscape(k))
    assert [(t.span.start.index, t.span.end.index) for t in titles] == [(31, 101)]
    assert titles[0].text.replace(" ", "") == "THEHARBOUR"
    assert titles[0].confidence > 0.8
    assert 0.02 < titles[0].area < 0.25


@pytest.mark.usefixtures("_nets")
def test_a_title_popping_up_over_a_moving_picture_is_exact_within_two_frames() -> None:
    (title,) = observe(160, lambda k: write(landscape(k), "NIGHTFALL") if 43 <= k < 118 else landscape(k))
    assert abs(title.span.start.index - 43) <= 2
    assert abs(title.span.end.index - 118) <= 2


@pytest.mark.usefixtures("_nets")
def test_a_fading_title_starts_and_ends_where_it_can_first_and_last_be_seen() -> None:
    def draw(k: int) -> Pixels:
        return write(BLACK + 30, "NIGHTFALL", float(np.clip(min(k - 40, 130 - k) / 16, 0, 1)))

    (title,) = observe(170, draw)
    assert abs(title.span.start.index - 42) <= 2
    assert abs(title.span.end.index - 129) <= 2


@pytest.mark.usefixtures("_nets")
def test_two_cards_in_a_row_are_two_titles() -> None:
    def draw(k: int) -> Pixels:
        if 60 <= k < 120:
            return write(write(BLACK, "A FILM BY", at=(320, 90)), "ANNA MOON", at=(320, 320))
        return write(BLACK, "THE HARBOUR") if 12 <= k < 60 else BLACK

    titles = observe(150, draw)
    assert [(t.span.start.index, t.span.end.index) for t in titles] == [(12, 60), (60, 120)]


@pytest.mark.usefixtures("_nets")
def test_a_title_may_stay_to_the_end() -> None:
    (title,) = observe(90, lambda k: write(BLACK, "THE END") if k >= 30 else BLACK)
    assert (title.span.start.index, title.span.end.index) == (30, 90)


@pytest.mark.usefixtures("_nets")
@pytest.mark.parametrize(
    "draw",
    [landscape, lambda _: BLACK, lambda k: write(landscape(k), "I never said that.", at=(320, 340), size=0.8)],
    ids=["landscape", "black", "subtitle"],
)
def test_no_title_without_one(draw: Draw) -> None:
    assert observe(72, draw) == ()


@pytest.mark.usefixtures("_nets")
def test_a_word_seen_for_a_blink_is_no_title() -> None:
    assert observe(72, lambda k: write(BLACK, "BANG") if 24 <= k < 30 else BLACK) == ()


def test_no_frames_give_no_titles() -> None:
    assert observe(0, landscape) == ()


def test_strokes_are_seen_in_letters_and_not_in_hills() -> None:
    assert rows_of_strokes(write(BLACK, "THE HARBOUR")).mean() > 0.01
    assert rows_of_strokes(255 - write(BLACK, "THE HARBOUR")).mean() > 0.01
    assert rows_of_strokes(landscape(0)).mean() < 0.004


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 38), st.booleans(), st.integers(0, 20))
def test_a_step_in_the_patch_is_found_to_the_frame(step: int, noisy: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.full((40, 27, 48), 0.3, np.float32) + (0.01 * rng.normal(size=(40, 27, 48)) if noisy else 0)
    frames = frames.astype(np.float32)
    frames[step:, 12:15, 14:34] += 0.4
    box = (14 / 48, 12 / 27, 20 / 48, 3 / 27)
    assert first_showing(frames, box) == step
    assert first_without(frames[::-1], box) == 40 - step


def test_a_global_fade_is_not_text() -> None:
    frames = np.full((40, 27, 48), 0.2, np.float32) + np.linspace(0, 0.5, 40, dtype=np.float32)[:, None, None]
    frames[30:, 12:15, 14:34] += 0.3
    assert first_showing(frames, (14 / 48, 12 / 27, 20 / 48, 3 / 27)) == 30


@given(st.tuples(*[st.floats(0, 1)] * 4))
def test_a_region_is_never_empty_nor_outside(box: tuple[float, float, float, float]) -> None:
    rows, columns = box_region(box)
    assert 0 <= rows.start < min(rows.stop, 27)
    assert 0 <= columns.start < min(columns.stop, 48)


def line(*box: float) -> TextLine:
    return TextLine((box[0], box[1], box[2], box[3]), 0.9)


def test_subtitles_go_unless_they_stand_on_a_card() -> None:
    subtitle, title = line(0.3, 0.88, 0.4, 0.06), line(0.3, 0.4, 0.4, 0.1)
    assert over_the_picture([subtitle, title], 0.4) == [title]
    assert over_the_picture([subtitle, title], 0.01) == [subtitle, title]


def test_lines_add_up() -> None:
    lines = [line(0.2, 0.3, 0.4, 0.1), line(0.3, 0.5, 0.6, 0.1)]
    assert enclosing_box(lines) == pytest.approx((0.2, 0.3, 0.7, 0.3))
    assert mask_overlap(cover_grid(lines), cover_grid(lines)) == 1
    assert mask_overlap(cover_grid(lines), cover_grid([])) == 0
    assert mask_overlap(cover_grid([]), cover_grid([])) == 0


def test_spelling_joins_repeats_and_drops_doubts() -> None:
    letters, steps = ("a", "b", " "), (1, 1, 0, 1, 2, 3, 2)
    table = np.full((len(steps), 4), 0.01)
    table[np.arange(len(steps)), steps] = 0.9
    table[4, 2] = 0.3
    assert spell_reading(table, letters) == "aa b"


@pytest.mark.usefixtures("_nets")
def test_the_alphabet_fits_the_reader() -> None:
    assert len(alphabet()) == 6624
    assert set("ABCXYZabcxyz0123456789") <= set(alphabet())


@given(st.integers(90, 2000), st.integers(90, 2000))
def test_the_net_s_picture_has_sizes_it_takes(rows: int, columns: int) -> None:
    wide, high = choose_net_size(rows, columns)
    assert wide % 32 == 0 == high % 32
