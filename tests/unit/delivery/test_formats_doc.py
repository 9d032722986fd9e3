"""docs/formats.md tells the truth: its matrix is what the exporters say, its members are those of the code."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from model.delivery.deliver import exporters
from model.delivery.marker_midi import TickClock, smpte_offset
from model.documents import schema_of
from model.spotting.notes import Alternative, Cue, Evidence, Hit, Scene, Silence, SpottingNotes
from model.spotting.settings import SpotSettings
from model.time import Timebase, parse_rate

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    section = PAGE.split(f"{heading}\n", 1)[1]
    lines = re.search(r"(?m)(^\|.*\n)+", section)
    assert lines
    rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in lines[0].splitlines()]
    return [rows[0], *rows[2:]]


def test_the_matrix_is_what_the_exporters_say() -> None:
    head, *rows = table("## What survives where")
    told = {
        row[0]: (row[1].strip("`"), {name for name, cell in zip(head[2:], row[2:], strict=True) if cell})
        for row in rows
    }
    assert told == {name: (e.suffix, set(e.carries)) for name, e in exporters().items()}


@pytest.mark.parametrize(
    ("heading", "kind"), [("### The document", SpottingNotes), ("### A cue", Cue), ("### A hit", Hit)]
)
def test_every_member_is_described(heading: str, kind: type) -> None:
    named = [name for row in table(heading)[1:] for name in re.findall(r"`(\w+)`", row[0])]
    written = (["schema"] if schema_of(kind) else []) + [f.name for f in fields(kind)]
    assert sorted(named) == sorted(written)


@pytest.mark.parametrize("kind", [Scene, Silence, Evidence, Alternative, SpotSettings])
def test_the_smaller_records_are_described(kind: type) -> None:
    assert all(f"`{f.name}`" in PAGE for f in fields(kind))


def test_the_ticks_are_those_of_the_code() -> None:
    codes = {24: 0, 25: 1, 29.97: 2, 30: 3}
    for name, tempo, division, ticks, code in table("## Marker MIDI")[1:]:
        rate = parse_rate(name.split()[0])
        assert TickClock.of(rate) == TickClock(int(tempo.replace(" ", "")), int(division), int(ticks))
        offset = smpte_offset(Timebase.from_label(rate, "01:00:00;00" if name.endswith(" drop") else "01:00:00:00"))
        assert offset is not None
        assert codes[offset.frame_rate] == int(code[0])
