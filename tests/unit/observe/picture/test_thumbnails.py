from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.media.reel import ReelInfo, Still
from model.observe.detector import Context, Findings
from model.observe.observations import Cuts, Thumbnail, Transition, TransitionKind
from model.observe.picture.thumbnails import (
    MOST,
    ThumbnailCandidate,
    ThumbnailDetector,
    choose,
    encode_jpeg,
    measure_clarity,
    shrink,
    thin_out,
)
from model.time import Frame, Span, Timebase

Pixels = npt.NDArray[np.uint8]


def picture(seed: int, blur: float = 0.0, size: tuple[int, int] = (360, 640)) -> Pixels:
    noise = np.random.default_rng(seed).integers(0, 256, (size[0] // 20, size[1] // 20, 3), dtype=np.uint8)
    sharp = cv2.resize(noise, size[::-1], interpolation=cv2.INTER_NEAREST)
    return cv2.GaussianBlur(sharp, (0, 0), blur) if blur else sharp


def reel(frames: int) -> ReelInfo:
    return ReelInfo("x", "", Timebase(Fraction(24)), frames, 640, 360, "mp4", "h264")


def observe(stills: list[Pixels], cuts: tuple[int, ...] = ()) -> tuple[Thumbnail, ...]:
    detector = ThumbnailDetector(Context(reel(0)))
    for k, rgb in enumerate(stills):
        detector.process_still(Still(12 * k, k / 2, rgb))
    edges = Cuts(tuple(Transition(TransitionKind.CUT, Frame(c), Frame(c), 1.0) for c in cuts))
    return detector.finish(Findings({"cuts": edges, "reel": reel(12 * len(stills))}))


def test_every_shot_has_its_own_picture() -> None:
    stills = [picture(shot) for shot in range(5) for _ in range(4)]
    found = observe(stills, cuts=(48, 96, 144, 192))
    for shot in range(5):
        assert any(48 * shot <= t.frame.index < 48 * shot + 48 for t in found)


def test_the_clearest_still_wins_over_blurred_ones() -> None:
    stills = [picture(1, blur) for blur in (6, 5, 4, 0, 4, 6)]
    found = observe(stills)
    assert {t.frame.index for t in found} == {0, 36}


def test_black_loses_to_anything() -> None:
    black = np.zeros((360, 640, 3), np.uint8)
    assert measure_clarity(black) == 0
    assert 24 in {t.frame.index for t in observe([black, black, picture(1), black])}


def test_thumbnails_are_small_jpegs_of_their_stills() -> None:
    (first, *_) = observe([picture(3, blur=8)])
    decoded = cv2.imdecode(np.frombuffer(first.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (180, 320, 3)
    expected = shrink(picture(3, blur=8))
    assert np.abs(decoded[..., ::-1].astype(int) - expected).mean() < 4


def test_same_stills_give_same_bytes() -> None:
    stills = [picture(k // 3) for k in range(12)]
    assert observe(stills, (36,)) == observe(stills, (36,))


def test_a_small_picture_stays_as_it_is() -> None:
    assert shrink(picture(0, size=(60, 80))).shape == (60, 80, 3)


def test_an_empty_picture_is_refused() -> None:
    with pytest.raises((ValueError, cv2.error)):
        encode_jpeg(np.zeros((0, 0, 3), np.uint8))


def test_no_stills_give_no_thumbnails() -> None:
    assert observe([]) == ()


def test_a_busy_reel_stays_bounded() -> None:
    detector = ThumbnailDetector(Context(reel(0)))
    rng = np.random.default_rng(0)
    for k in range(1200):
        detector.process_still(Still(12 * k, k / 2, np.full((36, 64, 3), rng.integers(0, 256, 3), np.uint8)))
    assert len(detector._candidates) <= 2 * MOST + 2
    assert len(detector._run) <= 12


@given(st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 9)), max_size=900), st.integers(1, 700))
def test_choosing_is_ordered_and_bounded(seen: list[tuple[int, float]], shots: int) -> None:
    unique = sorted(dict(seen).items())
    candidates = [ThumbnailCandidate(frame, clear, first=False, jpeg=b"") for frame, clear in unique]
    edges = np.unique(np.linspace(0, 5001, shots + 1).astype(int))
    chosen = choose(candidates, [Span.of(int(a), int(b)) for a, b in pairwise(edges)])
    frames = [c.frame for c in chosen]
    assert frames == sorted(set(frames))
    assert len(frames) <= MOST


@given(st.integers(1, 50))
def test_thinning_halves_and_keeps_the_clear(count: int) -> None:
    candidates = [ThumbnailCandidate(k, float(k % 7), first=False, jpeg=b"") for k in range(count)]
    kept = thin_out(candidates)
    assert len(kept) == (count + 1) // 2
    assert max(c.clarity for c in kept) == max(c.clarity for c in candidates)
