"""The MIDI file against the tempo map it was written from, at every rate; channels, ports, lengths."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.benchmark.score_samples import make_random_sketch, make_theme_sketch
from model.errors import InstrumentUnknown
from model.motifs.instruments import INSTRUMENTS
from model.score.marks import marks
from model.score.midi import channels, resolve_overlaps, write_midi
from model.score.smpte import smpte_offset
from model.score.tempo_track import LIMIT_US, tempo_changes
from model.sketch.sketch_types import Part, PartNote, VoiceRole
from model.time import Beat, Timebase
from model.timing.tempo_map import Tempo, TempoMap

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(48)]
RATES += [Fraction(50), Fraction(60000, 1001), Fraction(60)]


def _read(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(data))


def _markers(file: mido.MidiFile) -> list[tuple[float, str]]:
    """Seconds from tick 0 of every marker, by the file's own tempi."""
    tempo, seconds, found = 500_000, 0.0, []
    for event in file.tracks[0]:
        seconds += mido.tick2second(event.time, file.ticks_per_beat, tempo)
        if event.type == "set_tempo":
            tempo = event.tempo
        if event.type == "marker":
            found.append((seconds, event.text))
    return found


@pytest.mark.parametrize("rate", RATES, ids=str)
@settings(max_examples=4, deadline=None)
@given(bpm=st.integers(80, 280), start=st.integers(0, 10_000), frame=st.integers(0, 1500))
def test_every_mark_stands_within_a_third_of_a_millisecond(rate: Fraction, bpm: int, start: int, frame: int) -> None:
    sketch, timebase = make_theme_sketch(rate)
    tempi = (replace(sketch.tempo_map.tempi[0], bpm=Fraction(bpm, 2)), *sketch.tempo_map.tempi[1:])
    start_s = Fraction(start, 997)
    tempo_map = replace(sketch.tempo_map, tempi=tempi, start_s=start_s)
    lost = replace(sketch.landings[-1].aim, frame=timebase.nearest(start_s) + frame)
    sketch = replace(sketch, tempo_map=tempo_map, landings=(replace(sketch.landings[-1], aim=lost),))
    read = _markers(_read(write_midi(sketch, timebase, {})))
    said = marks(sketch, timebase)
    assert [text for _, text in read] == [m.text for m in said]
    worst = max(abs(at - float(tempo_map.seconds(m.beat) - start_s)) for (at, _), m in zip(read, said, strict=True))
    assert worst <= 0.00035


def test_a_hit_not_caught_stands_at_its_frame() -> None:
    sketch, timebase = make_theme_sketch()
    lost = next(x for x in sketch.landings if x.beat is None)
    at = next(s for s, text in _markers(_read(write_midi(sketch, timebase, {}))) if text.startswith("(not caught)"))
    assert at == pytest.approx(float(timebase.seconds(lost.aim.frame) - sketch.tempo_map.start_s), abs=0.00035)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(300, 3000), min_size=1, max_size=6), st.integers(100, 4000))
def test_rounded_tempi_never_drift(tenths: list[int], quarters: int) -> None:
    tempi = tuple(Tempo(Beat(Fraction(quarters * n)), Fraction(t, 10)) for n, t in enumerate(tenths))
    tempo_map = TempoMap(Fraction(0), quarters * len(tempi) // 4 + 1, tempi)
    changes = tempo_changes(tempo_map)
    elapsed = Fraction(0)
    for (now, tempo), (then, _) in pairwise([*changes, (tempo_map.end.quarters, 0)]):
        elapsed += tempo * (then - now)
        assert abs(elapsed - tempo_map.seconds(Beat(then)) * 1_000_000) <= LIMIT_US + 1


def test_a_usual_cue_has_one_tempo_event_a_tempo() -> None:
    sketch, _ = make_theme_sketch()
    assert len(tempo_changes(sketch.tempo_map)) == len(sketch.tempo_map.tempi)


@pytest.mark.parametrize(
    ("rate", "label", "wanted"),
    [
        (Fraction(24000, 1001), "01:00:00:00", (24, 1, 0, 10, 4, 0)),
        (Fraction(24), "01:00:00:00", (24, 1, 0, 10, 4, 0)),
        (Fraction(25), "01:00:00:00", (25, 1, 0, 9, 19, 0)),
        (Fraction(30000, 1001), "01:00:00;00", (29.97, 1, 0, 8, 4, 0)),
        (Fraction(30000, 1001), "01:00:00:00", (30, 1, 0, 8, 4, 0)),
        (Fraction(30), "10:00:00:00", (30, 10, 0, 8, 4, 0)),
        (Fraction(50), "01:00:00:00", (25, 1, 0, 4, 22, 0)),
        (Fraction(50), "01:00:00:01", (25, 1, 0, 4, 22, 50)),
    ],
)
def test_the_smpte_offset_is_the_label_of_the_first_beat(rate: Fraction, label: str, wanted: tuple[float, ...]) -> None:
    base = Timebase.from_label(rate, label)
    told: Any = smpte_offset(244 / rate, base)
    assert (told.frame_rate, told.hours, told.minutes, told.seconds, told.frames, told.sub_frames) == wanted


def test_a_rate_without_offset_has_none() -> None:
    assert smpte_offset(Fraction(1), Timebase.from_label(Fraction(18))) is None


def test_half_a_frame_is_fifty_hundredths() -> None:
    told: Any = smpte_offset(Fraction(1, 48), Timebase.from_label(Fraction(24)))
    assert (told.frames, told.sub_frames) == (0, 50)


def test_the_file_says_the_true_rate_where_the_offset_cannot() -> None:
    sketch, timebase = make_theme_sketch(Fraction(24000, 1001))
    texts = [e.text for e in _read(write_midi(sketch, timebase, {})).tracks[0] if e.type == "text"]
    assert any("23.976 fps non-drop" in text for text in texts)


def test_every_part_has_a_channel_of_its_own_and_drums_the_tenth() -> None:
    names = list(INSTRUMENTS)
    given_ = channels(names)
    assert len(set(given_)) == len(names) == 33
    assert [c for n, (_, c) in zip(names, given_, strict=True) if n == "drums"] == [9]
    assert max(port for port, _ in given_) == 2


def test_notes_read_back_where_they_were_written() -> None:
    sketch, timebase = make_random_sketch(3)
    file = _read(write_midi(sketch, timebase, {}))
    parts = sorted(sketch.parts, key=lambda p: INSTRUMENTS[p.instrument].order)
    for part, track in zip(parts, file.tracks[1:], strict=True):
        now, starts = 0, []
        for event in track:
            now += event.time
            if event.type == "note_on":
                starts.append((Fraction(now, file.ticks_per_beat), event.note, event.velocity))
        assert sorted(starts) == sorted((n.onset.quarters, n.pitch, n.velocity) for n in resolve_overlaps(part.notes))


def test_no_pitch_is_struck_while_it_sounds() -> None:
    sketch, timebase = make_random_sketch(4)
    for track in _read(write_midi(sketch, timebase, {})).tracks[1:]:
        held: set[int] = set()
        for event in track:
            if event.type == "note_on":
                assert event.note not in held
                held.add(event.note)
            elif event.type == "note_off":
                held.remove(event.note)
        assert not held


def test_articulations_are_lengths() -> None:
    sketch, timebase = make_theme_sketch()
    words = ("", "staccato", "marcato", "tenuto")
    notes = tuple(
        PartNote(Beat(Fraction(4 * n)), Fraction(2), 60 + n, 80, VoiceRole.MELODY, word) for n, word in enumerate(words)
    )
    file = _read(write_midi(replace(sketch, parts=(Part("flute", notes),)), timebase, {}))
    now, starts, lengths = 0, {}, {}
    for event in file.tracks[1]:
        now += event.time
        if event.type == "note_on":
            starts[event.note] = now
        elif event.type == "note_off":
            lengths[event.note] = Fraction(now - starts[event.note], file.ticks_per_beat)
    assert lengths == {60: 2, 61: 1, 62: Fraction(3, 2), 63: 2}


def test_statements_and_meters_and_keys_are_told() -> None:
    sketch, timebase = make_theme_sketch()
    track = _read(write_midi(sketch, timebase, {"agent": "B: Barber"})).tracks[0]
    assert any(e.type == "marker" and e.text == "B: Barber · fragment:head" for e in track)
    assert [(e.numerator, e.denominator) for e in track if e.type == "time_signature"] == [(4, 4), (5, 4), (4, 4)]
    assert [e.key for e in track if e.type == "key_signature"] == ["Am"]


def test_an_unknown_instrument_is_named() -> None:
    sketch, timebase = make_theme_sketch()
    with pytest.raises(InstrumentUnknown, match="theremin"):
        write_midi(replace(sketch, parts=(Part("theremin", ()),)), timebase, {})


def test_the_same_sketch_gives_the_same_bytes() -> None:
    assert write_midi(*make_theme_sketch(), {}) == write_midi(*make_theme_sketch(), {})
