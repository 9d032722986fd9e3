"""Contract: what a detector keeps of a passing reel is measured in bytes a second, whatever the reel's length."""

import tracemalloc
from fractions import Fraction

import cv2
import numpy as np
import pytest

from model.media.reel import AudioTrack, PictureBlock, ReelInfo, SoundBlock, Still
from model.observe.detector import Context, Detector
from model.observe.registry import choose_detectors
from model.observe.settings import ObserveSettings
from model.time import Timebase

FRAMES, RATE = 64, 24  # a block of the decoder
SETTLED, LATER = 20, 50  # blocks: windows, deques and caches are full; and a good while after
MOST_A_SECOND = 16_000  # bytes kept for each second that passes; a face's portrait is 12 000


def context() -> Context:
    track = AudioTrack(0, "", 2, 48_000)
    timebase = Timebase.from_label(Fraction(RATE))
    return Context(ReelInfo("x.mov", "0" * 64, timebase, 0, 640, 360, "mov", "h264", audio=(track,)))


def names() -> list[str]:
    return list(choose_detectors(ObserveSettings()))


def feed(detector: Detector, block: int) -> None:
    """Let one block of a hand-held walk along a busy wall go by, with a new wall every fourth block."""
    dice = np.random.default_rng(block // 4)
    wall = cv2.resize(dice.integers(0, 256, (40, 90, 3), dtype=np.uint8), (900, 400))
    first = block * FRAMES
    large = np.asarray(wall[:360, 4 * (block % 4) :][:, :640], np.uint8)
    tiny = np.stack([cv2.resize(wall[k % 16 : 360, k:], (48, 27)) for k in range(FRAMES)]).astype(np.uint8)
    detector.process_picture(PictureBlock(first, np.arange(first, first + FRAMES) / RATE, tiny))
    for frame in range(first, first + FRAMES, RATE // 2):
        detector.process_still(Still(frame, frame / RATE, large))
    samples = FRAMES * 48_000 // RATE
    noise = dice.normal(0, 0.05, (samples, 2)).astype(np.float32)
    detector.process_sound(SoundBlock(block * samples, noise, noise[::3].mean(axis=1)))


@pytest.mark.parametrize("name", names())
def test_memory_does_not_grow_with_what_has_gone_by(name: str) -> None:
    detector = choose_detectors(ObserveSettings(only=(name,)))[name].kind(context())
    tracemalloc.start()
    try:
        for block in range(SETTLED):
            feed(detector, block)
        before, _ = tracemalloc.get_traced_memory()
        for block in range(SETTLED, LATER):
            feed(detector, block)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / ((LATER - SETTLED) * FRAMES / RATE) < MOST_A_SECOND
