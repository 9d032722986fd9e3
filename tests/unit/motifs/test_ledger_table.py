from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from model.motifs.devise import devise
from model.motifs.language import Language
from model.motifs.ledger_picture import ledger_svg
from model.motifs.ledger_table import ledger_csv, ledger_rows
from model.motifs.settings import DeviseSettings
from model.spotting.notes import Cue, SpottingNotes

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def film(make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]) -> SpottingNotes:
    cues = (make_cue("1m1", 0, 40), make_cue("1m2", 50, 110, ("urgent", "driving"), intensity=4.0))
    return make_notes(*cues, people=[(0, 60, ("person A",)), (60, 120, ("person A",))])


@pytest.fixture(scope="module")
def language(film: SpottingNotes) -> Language:
    return devise(film, None, DeviseSettings(names={"person A": '=Anna & <"Co">'}))


def test_the_table_lists_every_statement_in_order(language: Language, film: SpottingNotes) -> None:
    rows = ledger_rows(language, film)
    assert len(rows) == len(language.ledger) > 3
    assert [r.timecode for r in rows] == sorted(r.timecode for r in rows)
    assert rows[0].timecode == "01:00:00:00"
    assert all(r.why and r.heard and r.instrument for r in rows)


def test_the_table_opens_in_a_spreadsheet_and_calculates_nothing(language: Language, film: SpottingNotes) -> None:
    table = list(csv.reader(io.StringIO(ledger_csv(language, film))))
    assert table[0][:3] == ["timecode", "cue", "theme"]
    assert len(table) == len(language.ledger) + 1
    assert {row[3] for row in table[1:]} >= {'\'=Anna & <"Co">'}


def test_a_cue_that_is_gone_takes_its_statements_along(language: Language, film: SpottingNotes) -> None:
    shorter = replace(film, cues=film.cues[:1])
    assert {r.cue for r in ledger_rows(language, shorter)} == {"1m1"}
    assert ledger_svg(language, shorter)


def bars(root: Element) -> list[Element]:
    return [r for r in root.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None]


def test_the_picture_holds_every_statement_inside_the_paper(language: Language, film: SpottingNotes) -> None:
    root = fromstring(ledger_svg(language, film))
    width = float(root.get("width", "0"))
    drawn = bars(root)
    assert len(drawn) == len(language.ledger)
    for bar in drawn:
        assert float(bar.get("x", "0")) >= 210
        assert float(bar.get("x", "0")) + float(bar.get("width", "0")) <= width
    texts = [t.text or "" for t in root.iter(f"{SVG}text")]
    assert any("=Anna" in t for t in texts)
    assert "01:00:00:00" in texts
    assert "1m1" in texts


def test_the_picture_needs_nothing_from_elsewhere(language: Language, film: SpottingNotes) -> None:
    svg = ledger_svg(language, film)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert svg == ledger_svg(language, film)


def test_statements_lie_where_they_sound(language: Language, film: SpottingNotes) -> None:
    root = fromstring(ledger_svg(language, film))
    plot = float(root.get("width", "0")) - 210 - 26
    places = sorted(round(float(b.get("x", "0")), 1) for b in bars(root))
    cues = {c.id: c for c in film.cues}
    wanted = sorted(
        round(210 + plot * (cues[p.cue].span.start.index + round(p.at * cues[p.cue].span.frames)) / film.reel.frames, 1)
        for p in language.ledger
    )
    assert places == pytest.approx(wanted, abs=0.11)


@pytest.mark.parametrize("length_s", [6.0, 7200.0])
def test_short_and_long_reels_can_be_drawn(
    make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue], length_s: float
) -> None:
    notes = make_notes(make_cue("1m1", 0, min(length_s, 300.0)), length_s=length_s)
    root = fromstring(ledger_svg(devise(notes), notes))
    assert 1000 <= float(root.get("width", "0")) <= 4300
    labels = [t for t in root.iter(f"{SVG}text") if t.get("class") == "tc"]
    assert 2 <= len(labels) <= 60


def test_a_film_without_music_has_an_empty_picture(make_notes: Callable[..., SpottingNotes]) -> None:
    notes = make_notes()
    assert bars(fromstring(ledger_svg(devise(notes), notes))) == []
