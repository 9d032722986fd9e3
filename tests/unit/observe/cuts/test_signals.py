from __future__ import annotations

import numpy as np
import pytest

from model.media.reel import Floats, Pixels
from model.observe.cuts.signals import SIGNALS, colour_histograms, signals


def _picture(seed: int) -> Pixels:
    """A smooth random picture."""
    rough = np.random.default_rng(seed).integers(0, 256, (9, 16, 3)).astype(np.float32)
    return np.kron(rough, np.ones((3, 3, 1))).astype(np.uint8)


def _measure(frames: Pixels) -> dict[str, Floats]:
    table = signals(frames, colour_histograms(frames))
    assert table.shape == (len(frames), len(SIGNALS))
    assert np.isfinite(table).all()
    return {name: table[:, i] for i, name in enumerate(SIGNALS)}


def _still(seed: int, frames: int) -> Pixels:
    return np.repeat(_picture(seed)[None], frames, axis=0)


def test_histograms_have_unit_length_and_count_colours() -> None:
    frames = np.zeros((2, 27, 48, 3), np.uint8)
    frames[1, :, :24] = (255, 0, 0)
    table = colour_histograms(frames)
    assert np.linalg.norm(table, axis=1) == pytest.approx([1, 1])
    assert table[0, 0] == 1
    assert table[1, 7 << 6] == pytest.approx(2**-0.5)


def test_nothing_happens_in_a_still_shot() -> None:
    seen = _measure(_still(1, 40))
    for name in ("step", "colour", "hist", "match", "gap55", "rest"):
        assert seen[name] == pytest.approx(np.zeros(40), abs=1e-5)
    assert seen["like1"].min() > 0.9


def test_a_cut_stands_alone_on_its_first_new_frame() -> None:
    seen = _measure(np.concatenate([_still(1, 30), _still(2, 30)]))
    for name in ("step", "rest", "match", "hist"):
        assert int(seen[name].argmax()) == 30
        assert np.delete(seen[name], 30).max() < 0.05
    assert seen["like5"][30] < 0.4


def test_a_flash_is_gone_across_a_wider_gap() -> None:
    frames = _still(1, 40)
    frames[20] = 255
    seen = _measure(frames)
    assert seen["step"][20] > 3
    assert seen["gap33"][20] == pytest.approx(0, abs=1e-5)


def test_a_pan_is_explained_by_a_shift() -> None:
    wide = np.concatenate([_picture(3), _picture(4)], axis=1)
    frames = np.stack([wide[:, t : t + 48] for t in range(0, 40, 2)])
    seen = _measure(frames)
    assert seen["match"][5:15].mean() < 0.3 * seen["step"][5:15].mean()


def test_a_dissolve_is_a_mix_of_its_ends() -> None:
    old, new = _picture(1).astype(float), _picture(2).astype(float)
    ramp = np.clip((np.arange(60) - 20) / 16, 0, 1)[:, None, None, None]
    seen = _measure((old * (1 - ramp) + new * ramp).astype(np.uint8))
    assert seen["blend8"][28] < 0.1
    assert seen["span8"][28] > 3


def test_likeness_is_blind_to_brightness() -> None:
    frames = _still(1, 20)
    frames[10:] = frames[10:] // 2
    seen = _measure(frames)
    assert seen["step"][10] > 2
    assert seen["like1"][10] > 0.9
