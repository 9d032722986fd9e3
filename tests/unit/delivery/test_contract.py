"""One contract for every exporter: an independent reader of each format finds every cue, silence and hit on its frame.

Timecodes are read back by OpenTimelineIO's own arithmetic, MIDI ticks by fractions, never by the code under test.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from fractions import Fraction
from html.parser import HTMLParser

import mido
import opentimelineio as oio
import pytest
from openpyxl import load_workbook
from opentimelineio.opentime import RationalTime, from_timecode, to_timecode
from pypdf import PdfReader

from model.delivery.deliver import exporters
from model.delivery.exporter import Exporter, Material
from model.spotting.notes import SpottingNotes
from model.time import Timebase

Positions = set[tuple[str, int]]
Reader = Callable[[bytes, Timebase], tuple[Positions, str]]
CARRIED = frozenset(
    {"cues", "silences", "hits", "dialogue", "scenes", "colours", "text", "timecode", "curves", "pictures"}
)
LABEL = r"\d\d:\d\d:\d\d[:;]\d\d"


def frame_of(label: str, base: Timebase) -> int:
    """The reel's frame that carries a label, by OTIO's arithmetic and modulo 24 hours."""
    rate = float(base.rate)
    day = from_timecode("23:59:59" + (";" if base.drop_frame else ":") + f"{base.nominal - 1:02d}", rate).value + 1
    return int((from_timecode(label, rate).value - base.start) % day)


def label_of(frame: int, base: Timebase) -> str:
    rate = float(base.rate)
    day = from_timecode("23:59:59" + (";" if base.drop_frame else ":") + f"{base.nominal - 1:02d}", rate).value + 1
    return to_timecode(RationalTime((base.start + frame) % day, rate), rate, base.drop_frame)


def expected(notes: SpottingNotes, carries: frozenset[str]) -> Positions:
    found: Positions = set()
    if "cues" in carries:
        found |= {("in", c.span.start.index) for c in notes.cues} | {("out", c.span.end.index) for c in notes.cues}
    if "silences" in carries:
        found |= {("silence", s.span.start.index) for s in notes.silences}
    if "hits" in carries:
        found |= {("hit", h.frame.index) for h in notes.hits}
    return found


def kinds(name: str) -> list[str]:
    words = {r"\bIN\b": "in", r"\bOUT\b": "out", r"\bHIT w": "hit", r"\bSILENCE\b": "silence"}
    return [kind for pattern, kind in words.items() if re.search(pattern, name)]


def read_json(data: bytes, base: Timebase) -> tuple[Positions, str]:
    plain = json.loads(data)
    found = {("in", c["span"]["in"]) for c in plain["cues"]} | {("out", c["span"]["out"]) for c in plain["cues"]}
    found |= {("silence", s["span"]["in"]) for s in plain["silences"]} | {("hit", h["frame"]) for h in plain["hits"]}
    return found, data.decode()


def read_csv(data: bytes, base: Timebase) -> tuple[Positions, str]:
    text = data.decode("utf-8")
    found: Positions = set()
    for row in csv.DictReader(io.StringIO(text, newline="")):
        assert frame_of(row["in"], base) == int(row["in_frame"])
        assert frame_of(row["out"], base) == int(row["out_frame"])
        first = {"cue": "in"}.get(row["what"], row["what"])
        found |= {(first, int(row["in_frame"]))} | ({("out", int(row["out_frame"]))} if first == "in" else set())
    return found, text


def read_xlsx(data: bytes, base: Timebase) -> tuple[Positions, str]:
    book = load_workbook(io.BytesIO(data))
    tables = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    rows = {name: [dict(zip(table[0], row, strict=True)) for row in table[1:]] for name, table in tables.items()}
    found: Positions = set()
    for row in rows["Cues"]:
        found |= {("in", row["in frame"]), ("out", row["out frame"])}
        assert (frame_of(row["in"], base), frame_of(row["out"], base)) == (row["in frame"], row["out frame"])
    for row in rows["Silences"]:
        found.add(("silence", frame_of(row["in"], base)))
        assert frame_of(row["in"], base) == row["in frame"]
    for row in rows["Hits"]:
        found.add(("hit", frame_of(row["at"], base)))
        assert frame_of(row["at"], base) == row["frame"]
    return found, str(rows["Reel"]) + str([sheet.oddHeader.right.text for sheet in book])


def read_midi(data: bytes, base: Timebase) -> tuple[Positions, str]:
    file = mido.MidiFile(file=io.BytesIO(data))
    assert file.type == 1
    track = file.tracks[0]
    tempi = [m.tempo for m in track if m.type == "set_tempo"]
    assert len(tempi) == 1
    tick_s = Fraction(tempi[0], file.ticks_per_beat * 1_000_000)
    found: Positions = set()
    tick, text = 0, ""
    for message in track:
        tick += message.time
        if message.type == "marker":
            frame = tick * tick_s * base.rate
            assert frame.denominator == 1, "a marker between two frames"
            assert message.text.isascii()
            assert len(message.text) <= 60
            found |= {(kind, int(frame)) for kind in kinds(message.text)}
        text += message.text + "\n" if message.type == "text" else ""
    return found, text


def read_otio(data: bytes, base: Timebase) -> tuple[Positions, str]:
    timeline = oio.adapters.read_from_string(data.decode(), "otio_json")
    assert timeline.global_start_time.value == base.start
    assert timeline.global_start_time.rate == float(base.rate)
    (clip,) = timeline.tracks[0]
    assert clip.source_range.start_time == timeline.global_start_time
    found: Positions = set()
    for marker in timeline.tracks.markers:
        start = marker.marked_range.start_time
        assert start.rate == float(base.rate)
        assert start.value == int(start.value)
        found |= {(kind, int(start.value)) for kind in kinds(marker.name)}
    return found, timeline.name + json.dumps(dict(timeline.metadata["cuelight"]))


def read_resolve(data: bytes, base: Timebase) -> tuple[Positions, str]:
    lines = data.decode("ascii").split("\r\n")
    assert lines[1] == ("FCM: DROP FRAME" if base.drop_frame else "FCM: NON-DROP FRAME")
    found: Positions = set()
    for event, note in zip(lines[3::3], lines[4::3], strict=False):
        match = re.fullmatch(rf"(\d{{3,}})  001      V     C        ({LABEL}) ({LABEL}) \2 \3  ", event)
        assert match, event
        frame = frame_of(match[2], base)
        assert frame_of(match[3], base) == frame + 1
        fields = re.fullmatch(r"([^|]*) \|C:ResolveColor(\w+) \|M:([^|]*) \|D:(\d+)", note)
        assert fields, note
        assert not re.match(r"[\d*]", fields[1])
        found |= {(kind, frame) for kind in kinds(fields[3])}
    return found, lines[0]


def read_avid(data: bytes, base: Timebase) -> tuple[Positions, str]:
    lines = data.decode("ascii").split("\r\n")
    assert lines[1] == ("FCM: DROP FRAME" if base.drop_frame else "FCM: NON-DROP FRAME")
    event = re.fullmatch(rf"001  AX       V     C        ({LABEL}) ({LABEL}) \1 \2", lines[2])
    assert event
    assert frame_of(event[1], base) == 0
    found: Positions = set()
    for line in lines[5:-1]:
        match = re.fullmatch(rf"\* LOC: ({LABEL}) (RED|GREEN|BLUE|CYAN|MAGENTA|YELLOW|BLACK|WHITE) +(.+)", line)
        assert match, line
        found |= {(kind, frame_of(match[1], base)) for kind in kinds(match[3].split(":")[0])}
    return found, lines[4]


def read_txt(data: bytes, base: Timebase) -> tuple[Positions, str]:
    found: Positions = set()
    lines = data.decode("ascii").removesuffix("\r\n").split("\r\n")
    for line in lines:
        _, label, track, colour, comment, frames = line.split("\t")
        assert track == "V1"
        assert colour in {"red", "green", "blue", "cyan", "magenta", "yellow", "black", "white"}
        assert int(frames) >= 1
        found |= {(kind, frame_of(label, base)) for kind in kinds(re.sub(LABEL, "", comment).split(":")[0])}
    return found, lines[0]


class Page(HTMLParser):
    """Collects the timecodes of articles: those of headings and of the rows of hits, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.kind, self.place, self.text = "", "", ""
        self.spans: list[tuple[str, str]] = []
        self.hits: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.place = tag if dict(attrs).get("class") in {"tc", "meta"} else self.place if tag == "span" else ""
        if tag == "article":
            self.kind = dict(attrs)["class"] or ""
            self.fresh = True

    def handle_data(self, data: str) -> None:
        self.text += data
        match = re.fullmatch(rf"({LABEL}) – ({LABEL})", data.strip())
        if match and self.kind and self.fresh:
            self.spans.append((self.kind, data.strip()))
            self.fresh = False
        if self.place == "td" and re.fullmatch(LABEL, data.strip()):
            self.hits.append(data.strip())


def read_html(data: bytes, base: Timebase) -> tuple[Positions, str]:
    page = Page()
    page.feed(data.decode())
    found: Positions = {("hit", frame_of(label, base)) for label in page.hits}
    for kind, span in page.spans:
        start, end = (frame_of(label, base) for label in span.split(" – "))
        found |= {("in", start), ("out", end)} if kind == "cue" else {("silence", start)}
    return found, page.text


def read_pdf(data: bytes, base: Timebase) -> tuple[Positions, str]:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    text = "\n".join(pages)
    found: Positions = set()
    for kind, start, end in re.findall(rf"(Silence)?\s*({LABEL}) – ({LABEL})", text):
        found |= (
            {("silence", frame_of(start, base))}
            if kind
            else {("in", frame_of(start, base)), ("out", frame_of(end, base))}
        )
    found |= {
        ("hit", frame_of(label, base)) for label in re.findall(rf"^({LABEL})\s+-?[\d:]*\d\.\d\d\b", text, re.MULTILINE)
    }
    for page in pages:
        assert label_of(0, base) in page, "a page without the reel's start"
    return found, text


READERS: dict[str, Reader] = {
    "json": read_json,
    "csv": read_csv,
    "xlsx": read_xlsx,
    "midi": read_midi,
    "otio": read_otio,
    "resolve-edl": read_resolve,
    "avid-edl": read_avid,
    "marker-txt": read_txt,
    "html": read_html,
    "pdf": read_pdf,
}
EXPORTERS = exporters()


@pytest.fixture(params=list(EXPORTERS))
def exporter(request: pytest.FixtureRequest) -> Exporter:
    return EXPORTERS[request.param]


def test_every_exporter_has_an_independent_reader() -> None:
    assert set(EXPORTERS) == set(READERS)


def test_names_and_suffixes_are_distinct_and_honest(exporter: Exporter) -> None:
    assert EXPORTERS[exporter.name] is exporter
    assert sum(other.suffix == exporter.suffix for other in EXPORTERS.values()) == 1
    assert exporter.suffix.startswith(".")
    assert exporter.title
    assert exporter.carries <= CARRIED


def test_positions_agree_to_the_frame(
    exporter: Exporter, clock: Timebase, make_material: Callable[..., Material]
) -> None:
    material = make_material(clock)
    found, _ = READERS[exporter.name](exporter.write(material), clock)
    wanted = expected(material.notes, exporter.carries)
    if exporter.name == "pdf":  # its text does not tell a cue's span from an alternative's
        assert wanted <= found
        assert {f for kind, f in found if kind == "hit"} == {f for kind, f in wanted if kind == "hit"}
    else:
        assert found == wanted


def test_every_document_tells_its_reel_rate_counting_start_and_version(
    exporter: Exporter, clock: Timebase, make_material: Callable[..., Material]
) -> None:
    _, text = READERS[exporter.name](exporter.write(make_material(clock)), clock)
    squeezed = re.sub(r"\s+", " ", text)
    assert "Sintel trailer" in squeezed
    assert "v3" in squeezed
    assert label_of(0, clock) in squeezed
    rate = f"{clock.rate.numerator}/{clock.rate.denominator}"
    assert rate in squeezed or re.search(rf"(?<![\d.]){float(clock.rate):.5g}", squeezed), "rate"
    assert re.search(r"(?i)\bN?DF\b|drop.frame|non-drop", squeezed)
    if re.search(r"\bN?DF\b", squeezed):
        assert (" DF " in squeezed) == clock.drop_frame
    assert ("ssumed" in squeezed.lower()) >= clock.assumed


def test_same_material_same_bytes(exporter: Exporter, make_material: Callable[..., Material]) -> None:
    assert exporter.write(make_material()) == exporter.write(make_material())


def test_notes_alone_are_enough(exporter: Exporter, make_material: Callable[..., Material], clock: Timebase) -> None:
    data = exporter.write(make_material(clock, observed=False))
    found, _ = READERS[exporter.name](data, clock)
    assert expected(make_material(clock).notes, exporter.carries) <= found


def test_a_reader_would_notice_one_frame(make_material: Callable[..., Material]) -> None:
    """The proof that the readers can fail: a document of the notes one frame later agrees nowhere."""
    base = Timebase.from_label(Fraction(25))
    late = Timebase(base.rate, base.start + 1, base.drop_frame, base.assumed)
    for name in ("resolve-edl", "marker-txt", "html"):
        found, _ = READERS[name](EXPORTERS[name].write(make_material(late)), base)
        assert found.isdisjoint(expected(make_material(base).notes, EXPORTERS[name].carries) - {("in", 1)})
