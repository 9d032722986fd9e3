"""Spreadsheets get data, never formulas, and never a line that is two."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from model.delivery.deliver import exporters
from model.delivery.exporter import Material
from model.delivery.tables import tables

EVIL = ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-1+1", "@SUM(A1)", "%0A", "|calc", "\t=1", "\r\n=1"]


def with_title(material: Material, title: str) -> Material:
    cue = replace(material.notes.cues[0], title=title, instruction=title, tone=(title,))
    return replace(material, notes=replace(material.notes, cues=(cue, *material.notes.cues[1:])))


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_begins_like_a_formula(text: str, make_material: Callable[..., Material]) -> None:
    data = exporters()["csv"].write(with_title(make_material(), text)).decode()
    cells = [cell for row in csv.reader(io.StringIO(data, newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r|%")]


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_of_the_workbook_is_a_formula(text: str, make_material: Callable[..., Material]) -> None:
    data = exporters()["xlsx"].write(with_title(make_material(), text))
    book = load_workbook(io.BytesIO(data))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert book["Cues"]["B2"].value == text.strip()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets" in name)


def test_control_characters_and_line_ends_do_not_reach_a_cell(make_material: Callable[..., Material]) -> None:
    material = with_title(make_material(), "a\x00b\x07\nc\u202ed\ud800")
    for row in tables(material.notes)[0].rows[:1]:
        assert row[1] == "ab cd"
    assert exporters()["xlsx"].write(material)
    assert exporters()["csv"].write(material).count(b"\r\n") == 1 + len(material.notes.cues) + 3 + 8


def test_every_row_has_a_value_per_column(make_material: Callable[..., Material]) -> None:
    for table in tables(make_material().notes):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_the_workbook_carries_no_clock(make_material: Callable[..., Material]) -> None:
    with zipfile.ZipFile(io.BytesIO(exporters()["xlsx"].write(make_material()))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("1980-01-01T00:00:00Z") == 2


def test_sheets_and_print_headers(make_material: Callable[..., Material]) -> None:
    book = load_workbook(io.BytesIO(exporters()["xlsx"].write(make_material())))
    assert book.sheetnames == ["Cues", "Hits", "Silences", "Dialogue", "Reel"]
    for sheet in book:
        assert "24 fps non-drop" in sheet.oddHeader.right.text
        assert sheet.freeze_panes == "B2"


def test_hits_outside_any_cue_have_no_relative_time(make_material: Callable[..., Material]) -> None:
    notes = make_material().notes
    loose = replace(notes.hits[0], cue="")
    hits = tables(replace(notes, hits=(loose, notes.hits[1])))[1]
    place = hits.columns.index("relative_seconds")
    assert hits.rows[0][place] == ""
    assert hits.rows[1][place] == round((notes.hits[1].frame - notes.cues[1].span.start) / 24, 3)
