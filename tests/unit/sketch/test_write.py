from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import CueInvalid, InstrumentUnknown, NotesInvalid, SettingInvalid
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import CuePalette, PlannedStatement
from model.sketch.settings import SketchSettings
from model.sketch.write import dump, load
from model.spotting.notes import OutType
from model.time import Beat
from tests.unit.sketch.conftest import RULES, TIMEBASE, CueMaker, FitMaker, Writer


def test_the_same_settings_give_the_same_bytes_and_another_seed_other_notes(write: Writer) -> None:
    first, second = write(), write()
    assert dump(first) == dump(second)
    assert write(settings=replace(RULES, seed=8)).notes != first.notes


def test_a_sketch_can_be_read_back(write: Writer) -> None:
    written = write(ledger=(PlannedStatement("cue-1", "theme-a", 0.2, "statement"),))
    assert load(dump(written)) == written
    assert json.loads(dump(written))["schema"] == "cuelight.sketch/1"


def test_a_damaged_sketch_is_refused(write: Writer) -> None:
    plain = json.loads(dump(write()))
    plain["notes"][0]["pitch"] = "high"
    with pytest.raises(NotesInvalid, match="pitch"):
        load(json.dumps(plain).encode())


@pytest.mark.parametrize("out_type", list(OutType))
def test_the_music_ends_at_the_out_exactly_whatever_the_out(
    write: Writer, make_cue: CueMaker, make_fit: FitMaker, out_type: OutType
) -> None:
    cue = make_cue(end=240 + 24 * 30 + 7, out_type=out_type)
    fit = make_fit(cue, 97)
    written = write(cue, fit)
    out = fit.tempo_map.beat(TIMEBASE.seconds(cue.span.end))
    assert max(n.end for n in written.notes) == out
    sounding = [n.onset + n.duration for part in written.parts for n in part.notes]
    assert max(sounding) == out


@settings(max_examples=25, deadline=None)
@given(frames=st.integers(12, 900), bpm=st.integers(50, 180), beats=st.sampled_from([2, 3, 4, 5, 7]))
def test_any_length_tempo_and_meter_can_be_written(
    write: Writer, make_cue: CueMaker, make_fit: FitMaker, frames: int, bpm: int, beats: int
) -> None:
    cue = make_cue(end=240 + frames)
    fit = make_fit(cue, bpm, beats)
    written = write(cue, fit, ledger=(PlannedStatement("cue-1", "theme-a", 0.3, "statement"),))
    out = fit.tempo_map.beat(TIMEBASE.seconds(cue.span.end))
    assert max(n.end for n in written.notes) == out
    assert min(n.onset for n in written.notes) >= Beat(Fraction(0))
    assert len(written.bars) == fit.tempo_map.bars
    for part in written.parts:
        instrument = INSTRUMENTS[part.instrument]
        assert all(instrument.lowest <= n.pitch <= instrument.highest for n in part.notes)


def test_a_cue_of_half_a_second_is_one_gesture_with_a_caution(write: Writer, make_cue: CueMaker) -> None:
    written = write(make_cue(end=252))
    assert any("no longer than a bar" in c for c in written.cautions)
    assert written.notes


def test_impossible_cues_are_refused(write: Writer, make_cue: CueMaker, make_fit: FitMaker) -> None:
    short = make_cue()
    with pytest.raises(CueInvalid, match="before a note"):
        write(make_cue(end=241), make_fit(short))
    endless = make_cue(end=240 + 24 * 60 * 21)
    with pytest.raises(CueInvalid, match="20 minutes"):
        write(endless, make_fit(short))
    with pytest.raises(CueInvalid, match="no theme"):
        write(settings=replace(RULES, theme="nobody"))


def test_impossible_settings_and_instruments_are_refused(write: Writer) -> None:
    with pytest.raises(SettingInvalid):
        write(settings=SketchSettings(engine="magic"))  # type: ignore[arg-type]  # that is the point
    with pytest.raises(SettingInvalid):
        write(settings=SketchSettings(engine="rules", candidates=0))
    with pytest.raises(InstrumentUnknown, match="kazoo"):
        write(palette=CuePalette(("kazoo",)))


def test_redoing_one_cue_leaves_the_others_alone(write: Writer, make_cue: CueMaker) -> None:
    other = make_cue(id="cue-2", number="1m2")
    before = dump(write(other))
    write(settings=replace(RULES, seed=99, tone=("violent",)))
    assert dump(write(other)) == before
