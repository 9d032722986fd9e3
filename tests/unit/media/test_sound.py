"""The 16 kHz feed is a clean, block-independent image of the 48 kHz one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy.signal as sig
from hypothesis import given, settings
from hypothesis import strategies as st

from model.media.sound import _LOW_PASS, Decimator


def decimate(wave: npt.NDArray[np.float32], sizes: list[int]) -> npt.NDArray[np.float32]:
    decimator, out, at = Decimator(), [], 0
    for size in [*sizes, len(wave)]:
        out.append(decimator.push(wave[at : at + size]))
        at += size
    out.append(decimator.push(np.zeros(60, dtype=np.float32)))
    return np.concatenate(out)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2500), max_size=12))
def test_blocks_do_not_matter(sizes: list[int]) -> None:
    wave = np.random.default_rng(0).normal(size=9000).astype(np.float32)
    whole = sig.convolve(wave, _LOW_PASS, mode="same")[::3]
    assert np.allclose(decimate(wave, sizes), whole, atol=1e-5)


@pytest.mark.parametrize(("hertz", "least", "most"), [(100, 0.99, 1.01), (6500, 0.97, 1.03), (9500, 0, 0.003)])
def test_speech_passes_and_nothing_folds_back(hertz: float, least: float, most: float) -> None:
    wave = np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000).astype(np.float32)
    low = decimate(wave, [])[2000:14_000]
    assert least <= np.sqrt(2 * np.mean(low**2)) <= most
