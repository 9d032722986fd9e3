"""The temp mix that is read back for the preview is the one that was written, sample for sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from model.errors import NotesInvalid
from model.media.reel import ReelInfo
from model.render.film_sound import FilmSound
from model.render.mix import mix
from model.scoring.reel_files import read_mix, write_mix
from model.spotting.notes import SpottingNotes
from model.spotting.settings import SpotSettings
from model.time import Timebase

SAMPLES = 96_000


@pytest.mark.parametrize("start", ["00:00:00:00", "01:00:00:00", "00:59:58:07"])
@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001)])
def test_a_mix_is_read_back_from_the_first_frame_on(tmp_path: Path, rate: Fraction, start: str) -> None:
    base = Timebase.from_label(rate, start)
    notes = SpottingNotes(
        ReelInfo("reel.mov", "0" * 64, base, 48, 640, 360, "mov", "h264"), SpotSettings(), (), (), (), (), ()
    )
    sound = np.random.default_rng(3).uniform(-0.3, 0.3, (SAMPLES, 2)).astype(np.float32)
    mixed = mix([], FilmSound(sound, music_free=False), SAMPLES, ())
    record = write_mix(mixed, notes, "Show", tmp_path)
    back = read_mix(tmp_path / record.file, base)
    assert back.samples == SAMPLES
    assert back.before >= 0
    for first, last in ((0, 1000), (50_000, 60_000), (SAMPLES - 10, SAMPLES)):
        assert np.abs(back.master(first, last) - mixed.master(first, last)).max() <= 2.0**-23


def test_a_damaged_mix_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    with pytest.raises(NotesInvalid):
        read_mix(tmp_path / "x.wav", Timebase.from_label(Fraction(24)))
