"""Loudness reads what the recommendation says and what an independent meter says."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.media.reel import AudioTrack, ReelInfo, SoundBlock
from model.observe.detector import Context, Findings
from model.observe.observations import Loudness
from model.observe.sound.loudness import LoudnessDetector
from model.time import Timebase

RATE = 48_000
INFO = ReelInfo("reel", "", Timebase(Fraction(24)), 0, 1, 1, "mov", "", audio=(AudioTrack(0, "", 2, RATE),))


def measure(stereo: npt.NDArray[np.float64], block: int = RATE) -> Loudness:
    detector = LoudnessDetector(Context(INFO))
    for at in range(0, len(stereo), block):
        part = stereo[at : at + block].astype(np.float32)
        detector.process_sound(SoundBlock(at, part, np.zeros(len(part) // 3, np.float32)))
    return detector.finish(Findings({}))


def sine(seconds: float, dbfs: float = 0.0, hertz: float = 997.0, channels: int = 2) -> npt.NDArray[np.float64]:
    tone = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)
    stereo = np.zeros((len(tone), 2))
    stereo[:, :channels] = tone[:, None]
    return stereo


def uneven_noise(seconds: int, seed: int) -> npt.NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    swell = np.repeat(10 ** (rng.uniform(-70, -10, seconds) / 20), RATE)
    return rng.standard_normal((seconds * RATE, 2)) * 0.3 * swell[:, None] * [1.0, 0.6]


def test_full_scale_sine_in_one_channel_reads_minus_3_01() -> None:
    assert measure(sine(5, channels=1)).integrated_lufs == pytest.approx(-3.01, abs=0.02)


def test_ebu_3341_case_1_stereo_sine_at_minus_23() -> None:
    found = measure(sine(20, -23.0, 1000.0))
    assert found.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert found.momentary_lufs[10:] == pytest.approx(-23.0, abs=0.1)
    assert found.short_term_lufs[40:] == pytest.approx(-23.0, abs=0.1)


def test_ebu_3341_case_3_the_relative_gate_leaves_quiet_parts_out() -> None:
    reel = np.concatenate([sine(10, -36.0, 1000), sine(60, -23.0, 1000), sine(10, -36.0, 1000)])
    assert measure(reel).integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_pyloudnorm_to_a_tenth(seed: int) -> None:
    reel = uneven_noise(20, seed)
    assert measure(reel).integrated_lufs == pytest.approx(pyloudnorm.Meter(RATE).integrated_loudness(reel), abs=0.1)


@settings(max_examples=12, deadline=None)
@given(block=st.integers(min_value=1, max_value=40_000).map(lambda n: 3 * n))
def test_the_size_of_the_blocks_changes_nothing(block: int) -> None:
    reel = uneven_noise(3, 9)
    whole, parts = measure(reel, len(reel)), measure(reel, max(block, 600))
    assert parts.momentary_lufs == pytest.approx(whole.momentary_lufs, abs=1e-4)
    assert parts.integrated_lufs == pytest.approx(whole.integrated_lufs, abs=1e-6)


def test_momentary_follows_400_ms_and_short_term_three_seconds() -> None:
    found = measure(np.concatenate([np.zeros((5 * RATE, 2)), sine(5, -20.0)]))
    assert found.hop_s == 0.1
    assert len(found.momentary_lufs) == len(found.short_term_lufs) == 100
    assert found.momentary_lufs[49] == -70
    assert found.momentary_lufs[53] == pytest.approx(-20.0, abs=0.1)  # four steps of 100 ms after the entry
    assert found.short_term_lufs[53] == pytest.approx(-20.0 + 10 * np.log10(4 / 30), abs=0.2)
    assert found.short_term_lufs[79] == pytest.approx(-20.0, abs=0.1)


def test_silence_reads_minus_70() -> None:
    found = measure(np.zeros((RATE, 2)))
    assert found.integrated_lufs == -70
    assert np.all(found.momentary_lufs == -70)
    assert found.sample_peak_dbfs == -120


def test_a_reel_shorter_than_a_step_has_empty_curves() -> None:
    found = measure(sine(0.05))
    assert len(found.momentary_lufs) == 0
    assert found.integrated_lufs == -70
    assert found.sample_peak_dbfs == pytest.approx(0.0, abs=0.1)


def test_damaged_samples_do_not_spoil_the_rest() -> None:
    reel = sine(5, -23.0, 1000.0)
    reel[1000] = np.nan
    reel[2000] = np.inf
    found = measure(reel)
    assert found.momentary_lufs[30:] == pytest.approx(-23.0, abs=0.1)
    assert np.isfinite(found.integrated_lufs)


def test_the_peak_is_the_highest_sample_of_either_channel() -> None:
    reel = np.zeros((RATE, 2))
    reel[100, 1] = -0.5
    assert measure(reel).sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
