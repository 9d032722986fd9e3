"""Music is found where it plays, and its tempo only where there is one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.media.reel import AudioTrack, ReelInfo, SoundBlock
from model.observe.detector import Context, Findings
from model.observe.observations import Music
from model.observe.sound.detector import SoundActivity, SoundDetector
from model.observe.sound.mel import band_levels, power_of
from model.observe.sound.music import MusicDetector
from model.observe.sound.tempo import estimate_tempo_bpm
from model.time import Timebase

RATE = 16_000
INFO = ReelInfo("reel", "", Timebase(Fraction(24)), 0, 1, 1, "mov", "", audio=(AudioTrack(0, "", 2, 48_000),))
Floats = npt.NDArray[np.float32]


def activity(music: Floats) -> SoundActivity:
    n = len(music)
    zero, levels = np.zeros(n, np.float32), np.full((n, 8), -60, np.int8)
    return SoundActivity(zero, music, zero, zero, levels, levels, np.zeros(n // 2, np.float16))


def curve(*parts: tuple[float, float]) -> Floats:
    return np.concatenate([np.full(round(seconds * 100), value, np.float32) for seconds, value in parts])


def found_in(sounds: SoundActivity) -> Music:
    music = MusicDetector(Context(INFO)).finish(Findings({"sound": sounds}))
    assert music is not None
    return music


def beats(bpm: float, seconds: float, seed: int = 0) -> Floats:
    """Short plucked chords on every beat, every fourth one louder, over hiss."""
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal(int(seconds * RATE)).astype(np.float32) * 1e-3
    t = np.arange(int(0.25 * RATE)) / RATE
    for number, start in enumerate(np.arange(0, seconds - 0.3, 60 / bpm)):
        chord = sum(np.sin(2 * np.pi * f * t) for f in (220, 277, 330, 660)) * np.exp(-t * 12)
        at = int(start * RATE)
        sound[at : at + len(t)] += (0.15 if number % 4 == 0 else 0.1) * chord
    return sound


def test_stretches_bridge_short_rests_and_leave_out_short_bursts() -> None:
    sounds = activity(curve((5, 0.02), (20, 0.95), (1.0, 0.1), (10, 0.9), (10, 0.02), (0.8, 0.9), (5, 0.02)))
    (stretch,) = found_in(sounds).stretches
    assert stretch.start_s == pytest.approx(5, abs=0.3)
    assert stretch.end_s == pytest.approx(36, abs=0.3)
    assert stretch.confidence > 0.8
    assert stretch.label == "music"


def test_a_sung_stretch_is_a_song() -> None:
    sounds = activity(curve((20, 0.9)))
    sung = replace(sounds, singing=curve((10, 0.8), (10, 0.1)))
    assert found_in(sung).stretches[0].label == "song"


def test_the_activity_has_a_value_every_tenth() -> None:
    music = found_in(activity(curve((1.0, 0.2), (1.03, 0.8))))
    assert music.hop_s == 0.1
    assert len(music.activity) == 21
    assert music.activity[5] == pytest.approx(0.2)
    assert music.activity[-1] == pytest.approx(0.8)


def test_nobody_listened() -> None:
    assert MusicDetector(Context(INFO)).finish(Findings({})) is None


def test_no_sound_no_music() -> None:
    assert found_in(activity(np.zeros(0, np.float32))).stretches == ()


@settings(max_examples=10, deadline=None)
@given(bpm=st.integers(70, 130))
def test_the_tempo_of_steady_beats(bpm: int) -> None:
    found = estimate_tempo_bpm(band_levels(power_of(beats(bpm, 20))))
    assert found == pytest.approx(bpm, rel=0.02)


def test_noise_and_held_chords_have_no_tempo() -> None:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal(20 * RATE).astype(np.float32) * 0.1
    chord = (0.1 * np.sin(2 * np.pi * 220 * np.arange(20 * RATE) / RATE)).astype(np.float32)
    irregular = noise * 0.01
    for start in np.cumsum(rng.uniform(0.2, 1.7, 18)):
        irregular[int(start * RATE) : int(start * RATE) + 1600] += noise[:1600] * np.linspace(1, 0, 1600)
    for sound in (noise, chord, irregular):
        assert estimate_tempo_bpm(band_levels(power_of(sound.astype(np.float32)))) == 0


def test_a_short_stretch_has_no_tempo() -> None:
    assert estimate_tempo_bpm(band_levels(power_of(beats(120, 4)))) == 0


def listen(sound: Floats, block: int = RATE, stems: dict[str, Floats] | None = None) -> SoundActivity:
    detector = SoundDetector(Context(INFO))
    for at in range(0, len(sound), block):
        parts = {name: stem[at : at + block] for name, stem in (stems or {}).items()}
        detector.process_sound(SoundBlock(3 * at, np.zeros((0, 2), np.float32), sound[at : at + block], parts))
    return detector.finish(Findings({}))


def test_a_music_track_is_taken_at_its_word() -> None:
    quiet = np.zeros(30 * RATE, np.float32)
    track = quiet.copy()
    track[10 * RATE : 20 * RATE] = beats(100, 10)
    sounds = listen(quiet, stems={"music": track})
    assert sounds.stems == ("music",)
    (stretch,) = found_in(sounds).stretches
    assert stretch.start_s == pytest.approx(10, abs=0.5)
    assert stretch.end_s == pytest.approx(20, abs=0.5)


def test_the_size_of_the_blocks_changes_nothing() -> None:
    sound = np.concatenate([beats(90, 50), np.zeros(20 * RATE, np.float32)])
    whole, parts = listen(sound, len(sound)), listen(sound, 7919)
    for name in ("speech", "music", "impact", "levels", "pitch"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 161, 5000])
def test_a_value_for_each_hundredth_however_short(samples: int) -> None:
    sounds = listen(np.full(samples, 0.01, np.float32))
    assert len(sounds.music) == len(sounds.levels) == -(-samples // 160)
