"""MusicXML as others read it: music21 and verovio without a word of complaint, every bar of its exact length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.benchmark.score_samples import make_random_sketch, make_theme_sketch
from model.errors import InstrumentUnknown
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import ThemeKey
from model.score.elements import tag, text_element
from model.score.meters import TICKS
from model.score.musicxml import write_musicxml, write_parts
from model.score.short_score import write_short_score
from model.score.titles import ScoreTitles
from model.sketch.sketch_types import BarPlan, Note, Part, PartNote, Sketch, VoiceRole
from model.time import Beat, Timebase
from model.timing.tempo_map import Meter, Tempo, TempoMap

TITLES = ScoreTitles("Agent 327", "v1", "A. Composer")
Writer = Callable[[Sketch, Timebase, ScoreTitles], bytes]


def _lengths(data: bytes) -> list[int]:
    """Say how far each measure's voices are from the bar's length, walking the file as a reader does."""
    wrong = []
    for part in fromstring(data).iter("part"):
        length = 0
        for measure in part.iter("measure"):
            time = measure.find("attributes/time")
            if time is not None:
                length = int(time.findtext("beats", "")) * 4 * TICKS // int(time.findtext("beat-type", ""))
            at = furthest = 0
            for element in measure:
                step = int(element.findtext("duration", "0"))
                if element.tag == "backup":
                    wrong += [at - length]
                    at -= step
                elif element.find("chord") is None:
                    at += step
                furthest = max(furthest, at)
            wrong += [at - length, furthest - length]
    return wrong


@pytest.mark.parametrize("writer", [write_musicxml, write_short_score])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_bar_of_noise_is_exact(writer: Writer, seed: int) -> None:
    assert set(_lengths(writer(*make_random_sketch(seed), TITLES))) == {0}


@st.composite
def _sketches(draw: st.DrawFn) -> Sketch:
    sketch, _ = make_theme_sketch(rounds=2)
    meters = draw(st.lists(st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (2, 2)]), min_size=4, max_size=4))
    changes = tuple(Meter(bar, *m) for bar, m in enumerate(meters))
    tempo_map = TempoMap(Fraction(1), 4, (Tempo(Beat(Fraction(0)), Fraction(draw(st.integers(60, 180)))),), changes)
    places = st.tuples(
        st.fractions(0, 15, max_denominator=24), st.fractions(Fraction(1, 24), 9, max_denominator=24),
        st.sampled_from(sorted(INSTRUMENTS)), st.integers(0, 12),
    )  # fmt: skip
    lines: dict[str, list[PartNote]] = {}
    for onset, length, name, step in draw(st.lists(places, max_size=25)):
        note = PartNote(Beat(onset), length, INSTRUMENTS[name].lowest + step, 70, VoiceRole.MELODY)
        lines.setdefault(name, []).append(note)
    parts = tuple(Part(name, tuple(notes)) for name, notes in lines.items())
    key = draw(st.builds(ThemeKey, st.integers(0, 11), st.sampled_from(["major", "minor", "harmonic minor"])))
    notes = tuple(Note(VoiceRole.HARMONY, n.onset, n.duration, n.pitch, 70) for p in parts for n in p.notes)
    plans = tuple(BarPlan(b, "statement", key, 0.5, 70, 0.5, 0.5, 0.0, 0.0) for b in range(4))
    return replace(sketch, tempo_map=tempo_map, parts=parts, notes=notes, bars=plans, chords=(), landings=())


@settings(max_examples=25, deadline=None)
@given(_sketches())
def test_any_onsets_and_lengths_fill_the_bars(sketch: Sketch) -> None:
    timebase = Timebase.from_label(Fraction(24))
    assert set(_lengths(write_musicxml(sketch, timebase, TITLES))) <= {0}
    assert set(_lengths(write_short_score(sketch, timebase, TITLES))) <= {0}


def test_every_tie_that_starts_stops_on_the_same_pitch() -> None:
    for part in fromstring(write_musicxml(*make_random_sketch(5), TITLES)).iter("part"):
        held: dict[tuple[str, str], int] = {}
        for note in part.iter("note"):
            pitch = _pitch(note)
            for kind in [t.get("type") for t in note.findall("tie")]:
                at = (note.findtext("voice", ""), pitch)
                held[at] = held.get(at, 0) + (1 if kind == "start" else -1)
        assert set(held.values()) <= {0}


def _pitch(note: Element) -> str:
    pitch = note.find("pitch")
    if pitch is None:
        return f"{note.findtext('unpitched/display-step')}{note.findtext('unpitched/display-octave')}"
    return f"{pitch.findtext('step')}{pitch.findtext('alter', '')}{pitch.findtext('octave')}"


def _few() -> tuple[Sketch, Timebase]:
    sketch, timebase = make_random_sketch(2, bars=6)
    return replace(sketch, parts=sketch.parts[::4], notes=sketch.notes[::3]), timebase


@pytest.mark.parametrize("make", [make_theme_sketch, _few])
@pytest.mark.parametrize("writer", [write_musicxml, write_short_score])
def test_verovio_reads_it_without_a_word(
    make: Callable[[], tuple[Sketch, Timebase]], writer: Writer, capfd: pytest.CaptureFixture[str]
) -> None:
    import verovio

    verovio.enableLog(verovio.LOG_WARNING)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(writer(*make(), TITLES).decode())
    for page in range(1, toolkit.getPageCount() + 1):
        assert "<svg" in toolkit.renderToSVG(page)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_verovio_does_complain_of_a_broken_score(capfd: pytest.CaptureFixture[str]) -> None:
    """The silence above means something."""
    import verovio

    verovio.enableLog(verovio.LOG_WARNING)
    broken = write_short_score(*make_random_sketch(2, bars=4), TITLES).replace(b'<tied type="stop"/>', b"", 3)
    verovio.toolkit().loadData(broken.decode())
    assert "Warning" in capfd.readouterr().err


@pytest.fixture(scope="module")
def read() -> Any:
    import music21

    sketch, timebase = make_theme_sketch()
    return music21.converter.parseData(write_musicxml(sketch, timebase, TITLES), format="musicxml")


def test_music21_hears_every_note_at_its_pitch_and_place(read: Any) -> None:
    sketch, _ = make_theme_sketch()
    parts = {INSTRUMENTS[p.instrument].name: p for p in sketch.parts}
    sounding = [p for p in read.toSoundingPitch().parts if p.partName not in {"Percussion", "Harp"}]
    assert len(sounding) == 10
    for found in sounding:
        part = parts[found.partName]
        heard = {
            (Fraction(note.getOffsetInHierarchy(found)).limit_denominator(12), pitch.midi)
            for note in found.recurse().notes
            if note.tie is None or note.tie.type == "start"
            for pitch in note.pitches
        }
        assert heard == {(n.onset.quarters, n.pitch) for n in part.notes}, part.instrument


def test_music21_finds_every_bar_full(read: Any) -> None:
    bars = [bar for part in read.parts for bar in part.getElementsByClass("Measure")]
    assert len(bars) == 24 * 13
    for bar in bars:
        for voice in list(bar.voices) or [bar]:
            assert sum(Fraction(x.quarterLength) for x in voice.notesAndRests) == bar.barDuration.quarterLength


def test_the_score_says_what_a_composer_looks_for() -> None:
    sketch, timebase = make_theme_sketch()
    root = fromstring(write_musicxml(sketch, timebase, TITLES))
    words = [w.text for w in root.iter("words")]
    assert "HIT 01:00:15:04 She turns" in words
    assert "(not caught) 01:00:35:09 A glass" in words
    assert words.count("A: Agent · fragment:head") == 3 * 3  # in every part that plays the tune
    assert "rit." in words
    assert [r.text for r in root.iter("rehearsal")][:3] == ["3", "7", "9"]
    assert root.findtext("movement-title") == "1m1 The Barbershop & the <Razor>"
    assert {w.get("enclosure") for w in root.iter("words") if (w.text or "").startswith("HIT")} == {"rectangle"}
    assert [float(s.get("tempo", "0")) for s in root.iter("sound")] == [96, 96.5, 94, 90, 86, 84]
    assert [m.findtext("per-minute") for m in root.iter("metronome")] == ["96", "96.5", "84"]
    assert root.findtext(".//creator") == "A. Composer"


def test_transposing_parts_are_written() -> None:
    sketch, timebase = make_theme_sketch()
    parts = write_parts(sketch, timebase, TITLES)
    horn = fromstring(parts["horn"])
    assert horn.findtext(".//transpose/chromatic") == "-7"
    assert horn.findtext(".//transpose/diatonic") == "-4"
    assert horn.findtext(".//key/fifths") == "1"
    first = next(n for n in horn.iter("note") if n.find("pitch") is not None)
    assert _pitch(first) == "E4"  # sounds A3
    bass = fromstring(parts["contrabass"])
    assert (bass.findtext(".//transpose/octave-change"), bass.findtext(".//transpose/chromatic")) == ("-1", "0")


def test_every_part_stands_alone_with_the_hits_over_it() -> None:
    sketch, timebase = make_theme_sketch()
    parts = write_parts(sketch, timebase, TITLES)
    assert sorted(parts) == sorted(p.instrument for p in sketch.parts)
    for data in parts.values():
        root = fromstring(data)
        assert len(root.findall("part")) == 1
        assert sum((w.text or "").startswith("HIT") for w in root.iter("words")) == 3


def test_families_stand_in_brackets() -> None:
    root = fromstring(write_musicxml(*make_theme_sketch(), TITLES))
    listed = [e.get("type") or e.findtext("part-name") for e in root.find("part-list") or []]
    assert listed[:5] == ["start", "Flutes", "Clarinets in B♭", "Bassoons", "stop"]
    assert listed[-7:] == ["start", "Violins I", "Violins II", "Violas", "Cellos", "Contrabasses", "stop"]


def test_a_cue_without_a_note_is_a_score_of_rests() -> None:
    sketch, timebase = make_theme_sketch()
    empty = replace(sketch, notes=(), parts=(), statements=(), landings=(), chords=())
    root = fromstring(write_short_score(empty, timebase, TITLES))
    assert len(list(root.iter("measure"))) == 24
    assert all(n.find("rest") is not None for n in root.iter("note"))


def test_an_unknown_instrument_is_named() -> None:
    sketch, timebase = make_theme_sketch()
    with pytest.raises(InstrumentUnknown, match="kazoo"):
        write_musicxml(replace(sketch, parts=(Part("kazoo", ()),)), timebase, TITLES)


@given(st.text(), st.text())
def test_no_text_can_break_the_markup(said: str, also: str) -> None:
    root = fromstring(tag("a", text_element("b", said, title=also)))
    assert (root.findtext("b") or "").split() == (root.findtext("b") or "").split(" ") or not root.findtext("b")


def test_the_same_sketch_gives_the_same_bytes() -> None:
    assert write_musicxml(*make_theme_sketch(), TITLES) == write_musicxml(*make_theme_sketch(), TITLES)
