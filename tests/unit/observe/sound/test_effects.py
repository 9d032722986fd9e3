"""Impacts are found when they strike and called what they clearly are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from model.media.reel import AudioTrack, ReelInfo, SoundBlock
from model.observe.detector import Context, Findings
from model.observe.observations import Effects
from model.observe.sound.detector import SoundActivity, SoundDetector
from model.observe.sound.effects import EffectsDetector, describe_strike, strikes
from model.observe.sound.mel import LEAD, WINDOW, BandLevels, band_levels, power_of
from model.time import Timebase

RATE = 16_000
INFO = ReelInfo("reel", "", Timebase(Fraction(24)), 0, 1, 1, "mov", "", audio=(AudioTrack(0, "", 2, 48_000),))
Floats = npt.NDArray[np.float32]


def room_tone(seconds: float, seed: int = 0) -> Floats:
    return (np.random.default_rng(seed).standard_normal(int(seconds * RATE)) * 1e-3).astype(np.float32)


def burst(seconds: float, decay_s: float, low_hz: float, high_hz: float, seed: int = 1) -> Floats:
    """Noise between two frequencies that dies away."""
    n = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n))
    hertz = np.fft.rfftfreq(n, 1 / RATE)
    spectrum[(hertz < low_hz) | (hertz > high_hz)] = 0
    noise = np.fft.irfft(spectrum, n) * np.exp(-np.arange(n) / RATE / decay_s)
    return (0.5 * noise / np.abs(noise).max()).astype(np.float32)


def levels_with(sound: Floats, at_s: float = 1.0, tone: Floats | None = None) -> BandLevels:
    reel = room_tone(3) if tone is None else tone.copy()
    at = int(at_s * RATE)
    reel[at : at + len(sound)] += sound
    return band_levels(power_of(np.concatenate([np.zeros(LEAD, np.float32), reel, np.zeros(WINDOW, np.float32)])))


@pytest.mark.parametrize(
    ("sound", "name"),
    [
        (burst(1.5, 0.4, 25, 120), "low boom"),
        (burst(0.3, 0.03, 25, 150), "thud"),
        (burst(1.5, 0.3, 1500, 8000), "bright crash"),
        (burst(0.2, 0.01, 1000, 8000), "sharp crack"),
        (burst(0.4, 0.05, 300, 2500), "impact"),
    ],
)
def test_clear_shapes_have_names(sound: Floats, name: str) -> None:
    assert describe_strike(levels_with(sound), 100) == name


def test_what_sounded_before_does_not_name_the_strike() -> None:
    rumble = 0.05 * np.sin(2 * np.pi * 60 * np.arange(3 * RATE) / RATE)
    assert (
        describe_strike(levels_with(burst(0.2, 0.01, 1000, 8000), tone=rumble.astype(np.float32)), 100) == "sharp crack"
    )


def test_a_strike_at_either_end_of_the_reel_is_described() -> None:
    levels = levels_with(burst(0.3, 0.03, 25, 150), at_s=0)
    assert describe_strike(levels, 0) == "thud"
    assert describe_strike(levels[:3], 2) in {"impact", "thud", "low boom"}


def test_of_two_near_peaks_the_higher_strikes() -> None:
    curve = np.zeros(100, np.float32)
    curve[[0, 40, 44, 80, 99]] = [0.9, 0.5, 0.8, 0.1, 0.7]
    assert list(strikes(curve)) == [0, 44, 99]


def activity(impact: Floats, levels: BandLevels, speech: float = 0.0) -> SoundActivity:
    n = len(impact)
    other = np.full(n, speech, np.float32)
    return SoundActivity(other, other, other, impact, levels, levels, np.zeros(n // 2, np.float16))


def found_in(sounds: SoundActivity) -> Effects:
    effects = EffectsDetector(Context(INFO)).finish(Findings({"sound": sounds}))
    assert effects is not None
    return effects


def test_strength_is_measured_against_the_loudest() -> None:
    impact, levels = np.zeros(300, np.float32), np.full((300, 8), -60, np.int8)
    impact[[50, 150, 250]] = 0.9
    levels[50:60], levels[150:160], levels[250:260] = -10, -30, -58
    strengths = [i.strength for i in found_in(activity(impact, levels)).impacts]
    assert strengths == pytest.approx([1.0, 0.5, 0.02])


def test_a_long_sound_that_is_neither_speech_nor_music_is_a_stretch() -> None:
    levels = np.full((1000, 8), -70, np.int8)
    levels[300:800] = -35
    (bed,) = found_in(activity(np.zeros(1000, np.float32), levels)).stretches
    assert (bed.start_s, bed.end_s) == pytest.approx((3, 8), abs=0.3)
    assert bed.label == "effects or ambience"
    assert found_in(activity(np.zeros(1000, np.float32), levels, speech=0.9)).stretches == ()


def test_nobody_listened() -> None:
    assert EffectsDetector(Context(INFO)).finish(Findings({})) is None


def listen(sound: Floats) -> Effects:
    detector = SoundDetector(Context(INFO))
    for at in range(0, len(sound), RATE):
        detector.process_sound(SoundBlock(3 * at, np.zeros((0, 2), np.float32), sound[at : at + RATE]))
    return found_in(detector.finish(Findings({})))


def test_the_net_hears_strikes_on_time() -> None:
    reel = room_tone(24)
    times = [3.204, 7.737, 12.401, 16.093, 20.555]
    for number, time in enumerate(times):
        at = int(time * RATE)
        sound = burst(0.6, 0.06, 60, 7000, seed=number)
        reel[at : at + len(sound)] += sound
    found = [i.time_s for i in listen(reel).impacts]
    assert found == pytest.approx(times, abs=0.02)


def test_the_net_hears_no_strike_in_a_held_tone() -> None:
    t = np.arange(15 * RATE) / RATE
    swell = np.minimum(1, t / 5) * np.minimum(1, (15 - t) / 5)
    tone = 0.1 * np.sin(2 * np.pi * 220 * t) * swell + 0.05 * np.sin(2 * np.pi * 440 * t) * swell
    assert listen((room_tone(15) + tone).astype(np.float32)).impacts == ()
