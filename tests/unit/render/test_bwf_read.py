from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from model.errors import NotesInvalid
from model.render.bwf import Label, count_samples_since_midnight, write_bwf
from model.render.bwf_read import read_bwf
from model.render.engine import BLOCK
from model.time import Frame, Timebase

LABEL = Label("Show", "1m1", "v01", "MIX", "a test")


@pytest.mark.parametrize("samples", [1, 999, BLOCK + 7])
def test_what_was_written_comes_back(tmp_path: Path, samples: int) -> None:
    base = Timebase.from_label(Fraction(24), "01:00:00:00")
    sound = np.random.default_rng(1).uniform(-0.9, 0.9, (samples, 2)).astype(np.float32)
    path = write_bwf(tmp_path / "a.wav", [sound], samples, base, Frame(48), LABEL)
    back, first = read_bwf(path)
    assert first == count_samples_since_midnight(base, Frame(48))
    np.testing.assert_allclose(back, sound, atol=2**-23)


@pytest.mark.parametrize("damage", [b"", b"RIFF", b"RIFF\0\0\0\0WAVEdata\6\0\0\0aaaaaa"])
def test_what_is_not_ours_is_refused(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(damage)
    with pytest.raises(NotesInvalid, match=r"a\.wav"):
        read_bwf(path)
    with pytest.raises(NotesInvalid):
        read_bwf(tmp_path / "nowhere.wav")


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    base = Timebase.from_label(Fraction(24))
    sound = np.zeros((5000, 2), np.float32)
    path = write_bwf(tmp_path / "a.wav", [sound], 5000, base, Frame(0), LABEL)
    path.write_bytes(path.read_bytes()[:-600])
    with pytest.raises(NotesInvalid):
        read_bwf(path)
