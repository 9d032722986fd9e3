"""The judge of hits finds strokes of every kind where they were put, and nothing in silence."""

import numpy as np
import pytest

from data_tools.benchmark.onsets import onset_near

RATE = 48_000


def _stroke(kind: str, at: int, floor: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    sound = rng.normal(0, 1, (RATE, 2)) * floor
    after = np.arange(RATE - at)
    decay = np.exp(-after / 9600)
    if kind == "noise":
        sound[at:] += rng.normal(0, 0.1, (RATE - at, 2)) * decay[:, None]
    elif kind == "tone":
        sound[at:] += (0.1 * np.sin(2 * np.pi * 220 * after / RATE) * decay)[:, None]
    else:
        sound[at : at + 50] += 0.5
    return sound.astype(np.float32)


@pytest.mark.parametrize("kind", ["noise", "tone", "click"])
@pytest.mark.parametrize("floor", [0.0, 0.003, 0.03])
def test_a_stroke_is_found_within_four_milliseconds(kind: str, floor: float) -> None:
    off = []
    for seed in range(8):
        at = RATE // 2 + 61 * seed
        off.append(onset_near(_stroke(kind, at, floor, seed), at / RATE + 0.02) - at / RATE)
    assert np.abs(off).max() < 0.004
    assert abs(np.mean(off)) < 0.002


def test_silence_has_no_onset() -> None:
    assert np.isnan(onset_near(np.zeros((RATE, 2), np.float32), 0.5))
    assert np.isnan(onset_near(np.zeros((10, 2), np.float32), 0.5))
