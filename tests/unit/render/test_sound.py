"""Notes are heard where they were meant, in their seat, or a typed error says what is missing."""

import builtins
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from scipy import signal

from model.errors import AssetMissing, InstrumentUnknown
from model.motifs.instruments import INSTRUMENTS
from model.render.attack import attack, heard_at
from model.render.engine import Press, engine
from model.render.loudness import LoudnessMeter, Peak, true_peak_dbtp
from model.render.patches import Patch, chair_of, key_of
from model.render.reverb import Convolution, room
from model.render.synth import play
from model.sketch.sketch_types import PartNote, VoiceRole
from model.time import Beat
from model.timing.tempo_map import Tempo, TempoMap

RATE = 48_000


def _map(bpm: int = 120) -> TempoMap:
    return TempoMap(Fraction(3), 4, (Tempo(Beat(Fraction(0)), Fraction(bpm)),))


def _note(beat: int, pitch: int, articulation: str = "") -> PartNote:
    return PartNote(Beat(Fraction(beat)), Fraction(1), pitch, 90, VoiceRole.MELODY, articulation)


@pytest.mark.parametrize(
    ("instrument", "within_s"),
    [
        ("timpani", 0.002),
        ("piano", 0.002),
        ("pizzicato", 0.002),
        ("horn", 0.003),
        ("flute", 0.003),
        ("violin_1", 0.015),  # stereo sections: panning shifts the balance of their two sides, and with it the swell
        ("contrabass", 0.015),
    ],
)
def test_a_note_is_heard_on_its_beat(sounds: None, instrument: str, within_s: float) -> None:
    low, high = INSTRUMENTS[instrument].comfortable
    for pitch in (low, (low + high) // 2, high):
        tone = play([_note(1, pitch)], instrument, _map())
        early = attack(*key_of(chair_of(instrument), pitch))
        assert abs(heard_at(tone[: RATE // 2 - early + RATE * 2 // 5]) - RATE // 2) < within_s * RATE


def test_every_instrument_sounds_over_its_whole_comfortable_range(sounds: None) -> None:
    for name in INSTRUMENTS:
        chair = chair_of(name)
        low, high = INSTRUMENTS[name].comfortable
        for pitch in sorted({low, (low + high) // 2, high}):
            patch, key = key_of(chair, pitch)
            tone = next(engine(patch.font).blocks([Press(0, 9600, patch, key, 90)], 19_200, 19_200))
            assert np.abs(tone).max() > 0.003, (name, pitch)


def test_accents_of_bowed_strings_bite(sounds: None) -> None:
    soft = play([_note(1, 72)], "violin_1", _map())
    hard = play([_note(1, 72, "accent")], "violin_1", _map())
    onset = slice(RATE // 2, RATE // 2 + RATE // 50)
    assert np.square(hard[onset]).sum() > 1.5 * np.square(soft[onset]).sum()


def test_cutting_sound_into_blocks_changes_nothing(sounds: None) -> None:
    presses = [Press(1000, 9000, Patch(0, 47), 45, 100), Press(5001, 9001, Patch(0, 46), 60, 80)]
    whole = np.concatenate(list(engine("soundfont").blocks(presses, 20_000, 20_000)))
    pieces = np.concatenate(list(engine("soundfont").blocks(presses, 20_000, 20_000)))
    np.testing.assert_array_equal(whole, pieces)
    assert not whole[:1000].any()
    assert whole[1000:5000].any()
    assert [len(b) for b in engine("soundfont").blocks(presses, 20_000, 7_000)] == [7_000, 7_000, 6_000]


def test_seats_follow_the_orchestra(sounds: None) -> None:
    left = np.square(play([_note(0, 72)], "violin_1", _map())).sum(axis=0)
    right = np.square(play([_note(0, 48)], "cello", _map())).sum(axis=0)
    assert left[0] > 2 * left[1]
    assert right[1] > 2 * right[0]


def test_concert_drums_replace_the_rock_kit() -> None:
    chair = chair_of("drums")
    assert key_of(chair, 36) == (Patch(128, 48), 36)
    assert key_of(chair, 49) == (Patch(128, 48), 59)
    assert key_of(chair, 42) == (Patch(128, 0), 42)


def test_unknown_instruments_have_no_chair() -> None:
    with pytest.raises(InstrumentUnknown):
        chair_of("theremin")


def test_without_the_synthesizer_the_hint_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., object] = builtins.__import__

    def missing(name: str, *args: object, **kwargs: object) -> object:
        if name == "tinysoundfont":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    engine.cache_clear()
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(AssetMissing) as caught:
        engine("soundfont")
    assert "pip install --no-deps tinysoundfont" in caught.value.hint


def test_without_the_soundfont_the_hint_says_how_to_build_it() -> None:
    pytest.importorskip("tinysoundfont")
    with pytest.raises(AssetMissing) as caught:
        engine("soundfont_of_nobody")
    assert "make assets" in caught.value.hint


def test_silence_has_no_attack() -> None:
    assert heard_at(np.zeros((100, 2), np.float32)) == 0


def test_attacks_are_early_for_strings_and_immediate_for_drums(sounds: None) -> None:
    assert attack(Patch(20, 48), 72) > RATE // 20
    assert attack(Patch(0, 47), 45) < RATE // 100


def test_the_room_decays_and_leaves_no_step_at_its_end() -> None:
    response = room()
    energy = np.square(response, dtype=np.float64)
    np.testing.assert_allclose(energy.sum(axis=0), 1, rtol=1e-5)
    assert energy[: RATE // 60].sum() < 1e-6, "the first reflection comes after 17 ms"
    left = energy[::-1].cumsum(axis=0)[::-1].sum(axis=1)
    reach = [int(np.argmax(left < left[0] * 10 ** (-d / 10))) for d in (5, 35)]
    assert 1.3 < 2 * (reach[1] - reach[0]) / RATE < 2.2, "decay by 60 dB in seconds"
    assert abs(np.corrcoef(response[RATE // 5 :].T)[0, 1]) < 0.05


def test_convolution_in_blocks_is_convolution() -> None:
    rng = np.random.default_rng(3)
    sound, response = rng.normal(size=(5000, 2)).astype(np.float32), rng.normal(size=(700, 2)).astype(np.float32)
    hall = Convolution(response, 1024)
    out = np.concatenate([hall.push(sound[i : i + 1000]) for i in range(0, 5000, 1000)])
    whole = np.stack([signal.fftconvolve(sound[:, c], response[:, c])[:5000] for c in range(2)], axis=1)
    np.testing.assert_allclose(out, whole, atol=1e-3)
    with pytest.raises(ValueError, match="prepared for"):
        hall.push(np.zeros((1025, 2), np.float32))


def test_the_true_peak_lies_between_the_samples() -> None:
    """A quarter-rate sine caught at 45 degrees: samples at -3 dB, wave at 0 dB (EBU Tech 3341, test 15 and on)."""
    n = np.arange(RATE)
    sine = np.sin(2 * np.pi * n / 4 + np.pi / 4).astype(np.float32)
    edges = np.minimum(1, np.minimum(n, RATE - n) / 4800).astype(np.float32)
    peak = true_peak_dbtp(np.stack([sine, sine], axis=1) * edges[:, None])
    assert -0.4 <= peak <= 0.2


def test_true_peak_does_not_depend_on_blocks() -> None:
    rng = np.random.default_rng(5)
    sound = signal.sosfilt(signal.butter(4, 9000, fs=RATE, output="sos"), rng.normal(0, 0.2, (30_000, 2)), axis=0)
    sound = sound.astype(np.float32)
    meter = Peak()
    for start in range(0, 30_000, 1111):
        meter.push(sound[start : start + 1111])
    dense = signal.resample_poly(sound, 4, 1, axis=0)[400:-400]
    assert meter.dbtp == pytest.approx(20 * np.log10(np.abs(dense).max()), abs=0.15)


def test_loudness_reads_as_the_standard_says() -> None:
    n = np.arange(5 * RATE)
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * n / RATE)
    meter = LoudnessMeter()
    meter.push(np.stack([tone, tone], axis=1).astype(np.float32))
    assert meter.integrated_lufs == pytest.approx(-23, abs=0.1)
    assert meter.short_term_lufs == pytest.approx(-23, abs=0.1)
    assert LoudnessMeter().integrated_lufs == -70
