"""FLAC files of ours hold the sound they were given, to the last bit."""

from pathlib import Path

import numpy as np
import pytest

from model.errors import NotesInvalid, OutputUnwritable
from model.render.flac import Bits, read_flac, round_samples, write_flac


def noise(samples: int, level: float = 0.5) -> np.ndarray:
    return (np.random.default_rng(3).uniform(-level, level, (samples, 2))).astype(np.float32)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("samples", [1, 4095, 4096, 100_001])
def test_what_is_written_is_read_back(tmp_path: Path, bits: Bits, samples: int) -> None:
    sound = noise(samples)
    path = write_flac(tmp_path / "a.flac", np.array_split(sound, 7), bits)
    expected = round_samples(sound, bits)[0] / np.float64(1 << (bits - 1))
    back = read_flac(path, samples)
    np.testing.assert_array_equal(np.asarray(back), expected.astype(np.float32))
    assert np.abs(back - sound).max() <= 2.0**-bits


def test_the_same_sound_gives_the_same_bytes(tmp_path: Path) -> None:
    sound = noise(50_000)
    one = write_flac(tmp_path / "a.flac", [sound], 24).read_bytes()
    assert write_flac(tmp_path / "b.flac", np.array_split(sound, 11), 24).read_bytes() == one


def test_what_is_too_loud_is_held_and_counted() -> None:
    values, clipped = round_samples(np.array([[1.5, -1.5], [1.0, -1.0], [0.0, 0.25]], np.float32), 16)
    assert values.tolist() == [[32767, -32768], [32767, -32768], [0, 8192]]
    assert clipped == 2


def test_another_length_is_cut_or_filled_with_silence(tmp_path: Path) -> None:
    sound = noise(10_000)
    path = write_flac(tmp_path / "a.flac", [sound], 24)
    assert len(read_flac(path, 9_000)) == 9_000
    longer = read_flac(path, 12_000)
    assert not longer[10_000:].any()
    assert longer[9_999].any()


def test_no_sound_at_all(tmp_path: Path) -> None:
    path = write_flac(tmp_path / "a.flac", [], 16)
    assert len(read_flac(path, 0)) == 0


def test_files_that_are_none_of_ours(tmp_path: Path) -> None:
    with pytest.raises(NotesInvalid):
        read_flac(tmp_path / "nothing.flac", 10)
    odd = tmp_path / "odd.flac"
    odd.write_bytes(b"fLaC" + b"\0" * 100)
    with pytest.raises(NotesInvalid, match=r"odd\.flac"):
        read_flac(odd, 10)
    odd.write_bytes(b"nothing at all")
    with pytest.raises(NotesInvalid):
        read_flac(odd, 10)
    whole = write_flac(tmp_path / "a.flac", [noise(50_000)], 24).read_bytes()
    odd.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotesInvalid):
        read_flac(odd, 50_000)


def test_a_door_that_is_closed(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputUnwritable):
        write_flac(tmp_path / "file" / "a.flac", [noise(10)], 16)
