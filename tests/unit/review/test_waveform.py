"""The waveform never draws sound as silence, and can be read back at every resolution."""

import struct

import numpy as np
import pytest

from model.errors import NotesInvalid
from model.review.waveform import STEPS, WaveformMaker, read_waveform


def made(sound: np.ndarray, pieces: int = 1) -> bytes:
    maker = WaveformMaker()
    for part in np.array_split(sound, pieces):
        maker.push(part)
    return maker.encode()


@pytest.fixture
def sound() -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.9, 0.7, (300_007, 2)).astype(np.float32)


def test_every_pair_holds_its_samples(sound: np.ndarray) -> None:
    waveform = read_waveform(made(sound))
    assert waveform.samples == len(sound)
    assert [level.step for level in waveform.levels] == sorted(STEPS, reverse=True)
    assert waveform.levels[-1].step <= 480, "at least 100 a second"
    for level in waveform.levels:
        assert len(level.pairs) == -(-len(sound) // level.step)
        for k, (low, high) in enumerate(level.pairs):
            part = sound[k * level.step : (k + 1) * level.step]
            assert low / 127 <= part.min() < (low + 1) / 127
            assert (high - 1) / 127 < part.max() <= high / 127


def test_pieces_do_not_matter(sound: np.ndarray) -> None:
    assert made(sound) == made(sound, 13)


def test_a_single_click_is_seen_at_every_resolution() -> None:
    sound = np.zeros((480_000, 2), np.float32)
    sound[240_000, 1] = 0.001
    for level in read_waveform(made(sound)).levels:
        assert level.pairs[:, 1].max() == 1
        assert np.flatnonzero(level.pairs[:, 1]).tolist() == [240_000 // level.step]


def test_too_loud_is_full_scale_and_nothing_is_nothing() -> None:
    loud = read_waveform(made(np.full((480, 2), 3.0, np.float32)))
    assert loud.levels[-1].pairs.tolist() == [[127, 127]]
    empty = read_waveform(made(np.zeros((0, 2), np.float32)))
    assert empty.samples == 0
    assert all(len(level.pairs) == 0 for level in empty.levels)


def test_the_coarse_end_of_a_long_reel_is_small() -> None:
    data = made(np.zeros((60 * 48_000, 2), np.float32))
    offsets = [struct.unpack_from("<3I", data, 16 + 12 * n)[2] for n in range(len(STEPS))]
    assert offsets == sorted(offsets), "coarsest first"
    assert (offsets[3] - offsets[0]) * 120 < 130_000, "three levels of two hours"


def test_damaged_bytes_are_refused(sound: np.ndarray) -> None:
    data = made(sound)
    for wrong in (b"", data[:10], data[:40], data[:-5], b"RIFF" + data[4:]):
        with pytest.raises(NotesInvalid):
            read_waveform(wrong)
