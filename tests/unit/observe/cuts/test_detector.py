from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from model.errors import AssetMissing
from model.media.reel import PictureBlock, Pixels, ReelInfo
from model.observe.cuts import detector as room
from model.observe.cuts.detector import CONTEXT, CORE, CutDetector
from model.observe.detector import Context, Findings
from model.observe.observations import Cuts, TransitionKind
from model.observe.settings import ObserveSettings
from model.runtime.assets import asset_path
from model.time import Timebase


def _built() -> bool:
    try:
        return bool(asset_path("transnet_int8"))
    except AssetMissing:
        return False


needs_nets = pytest.mark.skipif(not _built(), reason="the transnet assets are not built: run `make assets`")


def _detector(exact: bool = False) -> CutDetector:
    reel = ReelInfo("reel.mp4", "0" * 64, Timebase(Fraction(24)), 0, 1920, 1080, "mov", "h264")
    return CutDetector(Context(reel, ObserveSettings(exact=exact)))


def _watch(frames: Pixels, portion: int = 64, exact: bool = False) -> Cuts:
    detector = _detector(exact)
    for first in range(0, len(frames), portion):
        tiny = frames[first : first + portion]
        detector.process_picture(PictureBlock(first, np.arange(first, first + len(tiny)) / 24, tiny))
    result = detector.finish(Findings({}))
    assert isinstance(result, Cuts)
    return result


def _place(seed: int) -> Pixels:
    """A place: coarse colours with finer structure, wide enough to pan over."""
    rng = np.random.default_rng(seed)
    coarse = np.kron(rng.uniform(30, 220, (5, 14, 3)), np.ones((9, 9, 1)))[:40, :120]
    return np.clip(coarse + rng.normal(0, 12, coarse.shape), 0, 255).astype(np.uint8)


def _pan(seed: int, frames: int, speed: float = 0.25) -> Pixels:
    place = _place(seed)
    return np.stack([place[5:32, int(t * speed) : int(t * speed) + 48] for t in range(frames)])


@needs_nets
def test_cuts_are_found_on_their_first_new_frame() -> None:
    frames = np.concatenate([_pan(1, 70), _pan(2, 55), _pan(3, 48), _pan(4, 90)])
    cuts = _watch(frames)
    assert [f.index for f in cuts.hard()] == [70, 125, 173]
    assert cuts.gradual() == []
    assert "TransNet" in cuts.method


@needs_nets
def test_a_fade_through_black_is_two_transitions() -> None:
    ramp = np.concatenate([np.ones(60), np.linspace(1, 0, 22)[1:-1], np.zeros(14)])
    frames = np.concatenate([_pan(5, 94) * ramp[:, None, None, None], _pan(6, 94) * ramp[::-1, None, None, None]])
    out, into = _watch(frames.astype(np.uint8)).gradual()
    assert (out.kind, out.via) == (TransitionKind.FADE_OUT, "black")
    assert (into.kind, into.via) == (TransitionKind.FADE_IN, "black")
    assert abs(out.start.index - 60) <= 3
    assert abs(out.end.index - 80) <= 3
    assert abs(into.start.index - 108) <= 3
    assert abs(into.end.index - 128) <= 3


@needs_nets
def test_a_dissolve_is_a_span() -> None:
    old, new = _pan(7, 90).astype(float), _pan(8, 90).astype(float)
    ramp = (np.arange(1, 21) / 21)[:, None, None, None]
    frames = np.concatenate([old[:70], old[70:] * (1 - ramp) + new[:20] * ramp, new[20:]])
    (span,) = _watch(frames.astype(np.uint8)).transitions
    assert span.kind is TransitionKind.DISSOLVE
    assert abs(span.start.index - 70) <= 4
    assert abs(span.end.index - 90) <= 4


@needs_nets
@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_no_cut(length: int) -> None:
    frames = _pan(9, 120)
    frames[60 : 60 + length] = 250
    cuts = _watch(frames)
    assert cuts.hard() == []
    assert [f.index for f in cuts.flashes] == [60]


@needs_nets
def test_the_portions_fed_make_no_difference() -> None:
    frames = np.concatenate([_pan(seed, 97) for seed in range(10, 23)])
    assert len(frames) > 2 * (CORE + CONTEXT)
    whole = _watch(frames, portion=len(frames))
    assert [f.index for f in whole.hard()] == [97 * k for k in range(1, 13)]
    assert _watch(frames, portion=53) == whole


@needs_nets
def test_memory_does_not_grow_with_the_reel() -> None:
    detector = _detector()
    frames = _pan(30, 64)
    for first in range(0, 4000, 64):
        detector.process_picture(PictureBlock(first, np.arange(64) / 24, frames))
        held = sum(len(part) for part in detector._stage._frames)
        assert held < CORE + 2 * CONTEXT + 64
    assert sum(part.nbytes for part in detector._stage._curves) < 4000 * 64


@needs_nets
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_the_shortest_reels_have_no_transition(count: int) -> None:
    assert _watch(_pan(31, count) if count else np.empty((0, 27, 48, 3), np.uint8)).transitions == ()


@needs_nets
def test_exact_looks_everywhere_and_says_so() -> None:
    frames = np.concatenate([_pan(1, 60), _pan(2, 60)])
    cuts = _watch(frames, exact=True)
    assert [f.index for f in cuts.hard()] == [60]
    assert "exact" in cuts.method


def test_without_the_nets_the_library_answers_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise AssetMissing(name)

    monkeypatch.setattr(room, "open_net", missing)
    frames = np.concatenate([_pan(1, 70, 0), _pan(2, 60, 0), _pan(3, 60, 0)])
    cuts = _watch(frames)
    assert "PySceneDetect" in cuts.method
    assert [f.index for f in cuts.hard()] == [70, 130]
    assert cuts.flashes == ()


def test_without_nets_and_library_the_missing_net_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise AssetMissing(name)

    def absent(*_: object) -> None:
        raise ImportError

    monkeypatch.setattr(room, "open_net", missing)
    monkeypatch.setattr(room, "LibraryCuts", absent)
    with pytest.raises(AssetMissing, match="transnet"):
        _watch(_pan(1, 10, 0))
