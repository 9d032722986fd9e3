"""Broadcast wave files say when they begin, exactly, at every rate, and hold the sound they were given."""

import struct
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import DiskFull, OutputUnwritable
from model.render.bwf import Label, count_samples_since_midnight, encode_pcm24, write_bwf
from model.render.stems import aligned_start
from model.time import Frame, Timebase

LABEL = Label("Agent & Co", "1m1", "v01", "STR", "A sentence with ünïcode", (-23.04, -3.5, -18.0))
RATES = {
    "23.976": (Fraction(24000, 1001), "01:00:00:00"),
    "24": (Fraction(24), "10:00:00:00"),
    "25": (Fraction(25), "00:00:00:00"),
    "29.97": (Fraction(30000, 1001), "01:00:00:00"),
    "29.97df": (Fraction(30000, 1001), "01:00:00;00"),
    "30": (Fraction(30), "01:00:00:00"),
    "59.94df": (Fraction(60000, 1001), "23:00:00;00"),
}


def chunks(data: bytes) -> dict[bytes, bytes]:
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    out, at = {}, 12
    while at < len(data):
        size = struct.unpack("<I", data[at + 4 : at + 8])[0]
        out[data[at : at + 4]] = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return out


def _write(path: Path, sound: np.ndarray, timebase: Timebase, frame: int = 0) -> dict[bytes, bytes]:
    start = aligned_start(timebase, Frame(frame))
    return chunks(write_bwf(path, [sound], len(sound), timebase, start, LABEL).read_bytes())


@pytest.mark.parametrize("name", RATES)
def test_the_time_reference_is_the_timecode_of_the_first_sample(name: str, tmp_path: Path) -> None:
    rate, label = RATES[name]
    timebase = Timebase.from_label(rate, label)
    start = aligned_start(timebase, Frame(1234))
    found = chunks(write_bwf(tmp_path / "x.wav", [], 0, timebase, start, LABEL).read_bytes())
    low, high, version = struct.unpack("<IIH", found[b"bext"][338:348])
    assert version == 2
    seconds = Fraction((high << 32) + low, 48_000)
    assert seconds * rate == timebase.start + start.index, "exact, not rounded"
    assert timebase.label(int(seconds * rate)) == timebase.timecode(start)
    speed = ElementTree.fromstring(found[b"iXML"]).find("SPEED")
    assert speed is not None
    assert speed.findtext("TIMECODE_RATE") == f"{rate.numerator}/{rate.denominator}"
    assert speed.findtext("TIMECODE_FLAG") == ("DF" if ";" in label else "NDF")
    assert int(speed.findtext("TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO") or -1) == low


def test_a_frame_between_samples_is_refused() -> None:
    timebase = Timebase.from_label(Fraction(30000, 1001), "01:00:00;00")
    with pytest.raises(ValueError, match="whole number of samples"):
        count_samples_since_midnight(timebase, Frame(1 - timebase.start % 5))


def test_the_labels_are_there_and_safe(tmp_path: Path) -> None:
    found = _write(tmp_path / "x.wav", np.zeros((3, 2), np.float32), Timebase.from_label(Fraction(24)))
    assert found[b"bext"][:8] == b"A senten"
    assert b"?n?code" in found[b"bext"][:256]
    value, span, peak, momentary, short = struct.unpack("<5h", found[b"bext"][412:422])
    assert (value, peak, short) == (-2304, -350, -1800)
    assert span == momentary == 0x7FFF
    root = ElementTree.fromstring(found[b"iXML"])
    assert root.findtext("PROJECT") == "Agent & Co"
    assert root.findtext("SCENE") == "1m1"
    assert [t.findtext("NAME") for t in root.iter("TRACK")] == ["STR L", "STR R"]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 400), st.integers(0, 2**32 - 1))
def test_the_sound_comes_back_within_half_a_step(tmp_path_factory: pytest.TempPathFactory, n: int, seed: int) -> None:
    sound = np.random.default_rng(seed).uniform(-1, 1, (n, 2)).astype(np.float32)
    path = tmp_path_factory.mktemp("bwf") / "x.wav"
    _write(path, sound, Timebase.from_label(Fraction(24)))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (2, 3, 48_000, n)
        raw = np.frombuffer(file.readframes(n), np.uint8).reshape(-1, 3)
    whole = np.zeros((len(raw), 4), np.uint8)
    whole[:, 1:] = raw
    back = (whole.view("<i4").reshape(-1, 2) >> 8) / 2**23
    assert np.abs(back - sound).max(initial=0) <= 0.5 / 2**23 + 1e-12


def test_what_is_too_loud_is_clipped_not_wrapped() -> None:
    assert encode_pcm24(np.array([[2.0, -2.0]], np.float32)) == b"\xff\xff\x7f\x00\x00\x80"


def test_the_same_sound_is_the_same_bytes(tmp_path: Path) -> None:
    sound = np.linspace(-1, 1, 200, dtype=np.float32).reshape(-1, 2)
    timebase = Timebase.from_label(Fraction(25))
    for name in ("a.wav", "b.wav"):
        _write(tmp_path / name, sound, timebase)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_other_readers_agree(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    sound = np.linspace(-0.5, 0.5, 200, dtype=np.float32).reshape(-1, 2)
    _write(tmp_path / "a.wav", sound, Timebase.from_label(Fraction(25)))
    back, rate = soundfile.read(tmp_path / "a.wav")
    assert rate == 48_000
    np.testing.assert_allclose(back, sound, atol=1e-6)


def test_a_block_too_few_leaves_nothing(tmp_path: Path) -> None:
    timebase = Timebase.from_label(Fraction(24))
    with pytest.raises(ValueError, match="file of 5"):
        write_bwf(tmp_path / "x.wav", [np.zeros((4, 2), np.float32)], 5, timebase, Frame(0), LABEL)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_and_a_closed_folder(tmp_path: Path) -> None:
    timebase = Timebase.from_label(Fraction(24))

    def full() -> object:
        yield np.zeros((4, 2), np.float32)
        raise OSError(28, "No space left on device")

    (tmp_path / "x.wav").write_bytes(b"before")
    with pytest.raises(DiskFull, match="no space"):
        write_bwf(tmp_path / "x.wav", full(), 8, timebase, Frame(0), LABEL)
    assert (tmp_path / "x.wav").read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(OutputUnwritable):
        write_bwf(tmp_path / "x.wav" / "y.wav", [], 0, timebase, Frame(0), LABEL)
