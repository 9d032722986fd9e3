"""Pages: one file the same on every run, with the words a page must have; themes and piano rolls."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from defusedxml.ElementTree import fromstring
from pypdf import PdfReader

from data_tools.benchmark.score_samples import make_theme_sketch
from model.motifs.language import Character, Chord, Theme, ThemeKey, ThemeNote
from model.score.engrave import Score, engrave, engrave_theme
from model.score.engraver import PageShape, engrave_pages
from model.score.hit_table import bar_and_beat, hit_rows
from model.score.piano_roll import piano_roll
from model.score.titles import ScoreTitles
from model.sketch.sketch_types import Sketch
from model.time import Beat, Timebase
from model.timing.landing import Aim, Grade, Landing
from model.timing.tempo_map import Meter, Tempo, TempoMap

TITLES = ScoreTitles("Agent 327", "v1", "A. Composer")
THEME = Theme(
    id="agent",
    label="A: Agent",
    owner="agent",
    notes=tuple(ThemeNote(Fraction(n), Fraction(1), 69 + n, 0.5) for n in range(8)),
    key=ThemeKey(9, "minor"),
    chords=(Chord(Fraction(0), Fraction(4), 9, "min"), Chord(Fraction(4), Fraction(4), 4, "7")),
    beats=Fraction(8),
    meter=(4, 4),
    bpm=92.5,
    character=Character("rising", "even", "minor", "middle", "horn"),
)


@pytest.fixture(scope="module")
def cue() -> tuple[Sketch, Timebase]:
    return make_theme_sketch()


@pytest.fixture(scope="module")
def score(cue: tuple[Sketch, Timebase]) -> Score:
    return engrave(*cue, TITLES)


def _text(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_same_sketch_gives_the_same_bytes(cue: tuple[Sketch, Timebase], score: Score) -> None:
    assert engrave(*cue, TITLES) == score


def test_the_page_says_what_it_is(score: Score) -> None:
    text = _text(score.pdf)
    for words in (
        "Agent 327",
        "1m1",
        "The Barbershop & the <Razor>",
        "01:00:10:03",
        "01:01:11:15",
        "A. Composer",
        "bpm",
    ):
        assert words in text
    assert "1 / " in text
    assert "01:00:15:04 She turns" in text
    assert "= 96.5" in text


def test_the_hits_stand_in_a_table_with_where_they_land(cue: tuple[Sketch, Timebase], score: Score) -> None:
    rows = hit_rows(*cue)
    assert rows[0][:4] == ("01:00:15:04", "3 | 1", "She turns", "on the beat")
    assert rows[1][1] == "8 | 4"
    assert rows[2] == ("01:00:35:09", "11 | 1.4", "A glass", "too near to a heavier hit", "")
    last = PdfReader(io.BytesIO(score.pdf)).pages[-1].extract_text()
    assert all(row[2] in last for row in rows)


@pytest.mark.parametrize(("quarters", "place"), [(0, "1 | 1"), (Fraction(7, 2), "1 | 4.5"), (Fraction(85), "22 | 2")])
def test_places_are_bars_and_beats(cue: tuple[Sketch, Timebase], quarters: Fraction, place: str) -> None:
    assert bar_and_beat(cue[0].tempo_map, Fraction(quarters)) == place


def test_every_system_after_the_first_shows_its_timecode(cue: tuple[Sketch, Timebase], score: Score) -> None:
    sketch, timebase = cue
    root = fromstring(score.short_score)
    breaks = [int(m.get("number", "0")) - 1 for m in root.iter("measure") if m.find("print") is not None]
    assert len(breaks) >= 3
    words = {w.text for w in root.iter("words")}
    for bar in breaks:
        at = timebase.nearest(sketch.tempo_map.seconds(sketch.tempo_map.bar_start(bar)))
        assert timebase.timecode(at) in words


def test_pages_stand_by_themselves(score: Score) -> None:
    for page in score.pages:
        assert "Leipzig" not in page
        assert "Times" not in page
        ids = set(re.findall(r'\bid="([^"]+)"', page))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_words_stay_on_the_paper(score: Score) -> None:
    """Estimated as the engraver does, with every letter half an em."""
    for page in score.pages:
        root = fromstring(page)
        inner = next(e for e in root.iter() if e.get("class") == "definition-scale")
        width = float(inner.get("viewBox", "").split()[2])
        for text in root.iter("{http://www.w3.org/2000/svg}text"):
            size = sum(len(s.text or "") * float(s.get("font-size", "0px")[:-2]) for s in text)
            if text.get("text-anchor") is None:
                assert float(text.get("x", "0")) + size * 0.5 <= width


def test_everything_is_there(cue: tuple[Sketch, Timebase], score: Score) -> None:
    assert score.midi[:4] == b"MThd"
    assert score.pdf[:5] == b"%PDF-"
    assert sorted(score.parts) == sorted(p.instrument for p in cue[0].parts)


def test_a_cue_of_one_bar_without_a_note_or_a_name_is_a_page(cue: tuple[Sketch, Timebase]) -> None:
    sketch, timebase = cue
    bar = TempoMap(Fraction(0), 1, (Tempo(Beat(Fraction(0)), Fraction(60)),), (Meter(0, 3, 8),))
    bare = replace(sketch, number="", title="", tempo_map=bar, notes=(), parts=(), statements=(), landings=())
    score = engrave(replace(bare, bars=(), chords=()), timebase, ScoreTitles(""))
    assert len(score.pages) == 1
    assert score.parts == {}


def test_two_hundred_hits_and_odd_names_are_pages_too(cue: tuple[Sketch, Timebase]) -> None:
    sketch, timebase = cue
    aims = [Aim(f"h{n}", sketch.cue_in + 4 * n, label="a long label of many words") for n in range(200)]
    crowded = replace(sketch, landings=tuple(Landing(aim, None, "", 0.0, Grade.MISS, "too near") for aim in aims))
    score = engrave(crowded, timebase, ScoreTitles("Ж 电影 🎬 \x00\x07", "v\n1"))
    assert _text(score.pdf).count("too near") == 200


def test_a_score_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot read"):
        engrave_pages(b"<nothing/>", PageShape(180, 240))


def test_a_theme_is_a_page() -> None:
    page = engrave_theme(THEME, ScoreTitles("Agent 327"))
    assert page == engrave_theme(THEME, ScoreTitles("Agent 327"))
    assert "A: Agent" in _text(page.pdf)
    root = fromstring(page.musicxml)
    assert root.findtext(".//per-minute") == "92.5"
    assert [h.findtext("kind") for h in root.iter("harmony")] == ["minor", "dominant"]
    assert len(list(root.iter("measure"))) == 4
    assert page.svg.startswith("<svg")


def test_a_theme_without_chords_or_instrument_is_a_page_too() -> None:
    bare = replace(THEME, chords=(), character=replace(THEME.character, instrument=""))
    assert engrave_theme(bare).pdf[:5] == b"%PDF-"


def test_the_piano_roll_shows_every_note_statement_and_hit(cue: tuple[Sketch, Timebase]) -> None:
    sketch, timebase = cue
    root = fromstring(piano_roll(sketch, timebase))
    svg = "{http://www.w3.org/2000/svg}"
    notes = [r for r in root.iter(f"{svg}rect") if r.get("rx") and r.get("fill-opacity")]
    assert len(notes) == len(sketch.notes)
    assert len(list(root.iter(f"{svg}polygon"))) == len(sketch.landings)
    texts = [t.text for t in root.iter(f"{svg}text")]
    assert "3 of 4 hits caught" in texts
    assert texts.count("A: Agent") == 3
    inside = [(float(n.get("x", "0")), float(n.get("width", "0"))) for n in notes]
    assert all(x >= 30 and x + width <= 760 for x, width in inside)


def test_an_empty_cue_has_a_piano_roll(cue: tuple[Sketch, Timebase]) -> None:
    sketch, timebase = cue
    empty = replace(sketch, notes=(), parts=(), statements=(), landings=())
    assert fromstring(piano_roll(empty, timebase)).tag.endswith("svg")
