"""Clicks sound on their beats to the sample, free ones first."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from model.errors import CueInvalid
from model.render.click import click_blocks, click_sound, free_clicks_lost, write_click
from model.render.stems import Stems
from model.time import Beat, Frame, Timebase
from model.timing.sync import Click, click_track
from model.timing.tempo_map import Tempo, TempoMap

RATE = 48_000


def _clicks(start_s: Fraction, free: int = 8) -> tuple[Click, ...]:
    tempi = (Tempo(Beat(Fraction(0)), Fraction(97)), Tempo(Beat(Fraction(6)), Fraction(103)))
    return click_track(TempoMap(start_s, 4, tempi), Fraction(100), free)


def _stems(timebase: Timebase, cue_in: int) -> Stems:
    start = Frame(cue_in - 50)
    return Stems("c", "1m1", "x", timebase, Frame(cue_in), start, Frame(cue_in + 300), 16 * RATE, {}, 0, -70, -120)


def test_every_click_begins_on_its_sample() -> None:
    clicks = _clicks(Fraction(10))
    sound = np.concatenate(list(click_blocks(clicks, 2 * RATE, 20 * RATE)))
    quiet = np.concatenate([[True], np.abs(sound[:-1, 0]) < 1e-4]) & (np.abs(sound[:, 0]) > 0.1)
    starts = [i for i in np.flatnonzero(quiet) if not sound[max(i - 400, 0) : i].any()]
    assert starts == [round(c.seconds * RATE) - 2 * RATE for c in clicks]


def test_accents_and_free_clicks_differ_by_ear() -> None:
    assert np.abs(click_sound(accent=True)).max() > np.abs(click_sound(accent=False)).max()
    assert np.abs(click_sound(accent=True, free=True)).max() < np.abs(click_sound(accent=True)).max()


def test_the_file_begins_early_enough_for_the_free_clicks(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    timebase = Timebase.from_label(Fraction(24))
    stems = _stems(timebase, 240)
    clicks = _clicks(timebase.seconds(stems.cue_in))
    back, _ = soundfile.read(write_click(clicks, stems, tmp_path, "Show"))
    extra = len(back) - stems.samples
    assert extra > 0
    assert extra % 2000 == 0, "whole frames"
    first = stems.reel_sample - extra
    assert np.abs(back[round(clicks[0].seconds * RATE) - first]).max() > 0.1
    assert free_clicks_lost(clicks, timebase) == 0


def test_clicks_before_midnight_are_left_out_and_counted(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    timebase = Timebase.from_label(Fraction(24), "00:00:00:00")
    clicks = _clicks(Fraction(1))
    stems = _stems(timebase, 50)
    back, _ = soundfile.read(write_click(clicks, stems, tmp_path, "Show"))
    assert len(back) == stems.samples
    assert free_clicks_lost(clicks, timebase) == sum(c.seconds < 0 for c in clicks) > 0


def test_no_beat_no_click(tmp_path: Path) -> None:
    with pytest.raises(CueInvalid, match="no beat"):
        write_click((), _stems(Timebase.from_label(Fraction(24)), 50), tmp_path, "Show")
