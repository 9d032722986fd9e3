"""The second half as a person uses it: notes in, a temp score out, one cue done again, and what can go wrong."""

import io
import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import mido
import pytest
from defusedxml import ElementTree
from pypdf import PdfReader

from model.delivery.notes_json import read_notes
from model.scoring.record import encode_record, read_record
from model.spotting.notes import SpottingNotes

pytestmark = pytest.mark.e2e
COMMAND = [sys.executable, "-m", "serving.cli"]


def cuelight(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=300)


def score(film: Path, notes: Path, out: Path, *more: str) -> dict[str, Any]:
    done = cuelight("score", str(film), "--notes", str(notes), "--out", str(out), "--json", *more)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


@pytest.fixture(scope="module")
def notes_file(tiny_film: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Notes with two cues and a silence between them, whatever the judgement says of so short a film."""
    out = tmp_path_factory.mktemp("notes")
    done = cuelight("spot", str(tiny_film), "--out", str(out), "--formats", "json", "--coverage", "1", "--json")
    assert done.returncode == 0, done.stderr
    path = Path(json.loads(done.stdout)["notes"])
    written = json.loads(path.read_text(encoding="utf-8"))
    frames = written["reel"]["frames"]
    first = written["cues"][0]
    spans = [{"in": 0, "out": frames * 2 // 5}, {"in": frames * 3 // 5, "out": frames}]
    names = (("first", "1m1"), ("second", "1m2"))
    written["cues"] = [
        {**first, "id": name, "number": number, "span": span, "alternatives": [], "changes": []}
        for (name, number), span in zip(names, spans, strict=True)
    ]
    path.write_text(json.dumps(written), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def notes(notes_file: Path) -> SpottingNotes:
    return read_notes(notes_file)


@pytest.fixture(scope="module")
def scored(tiny_film: Path, notes_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("score")
    return score(tiny_film, notes_file, out, "--show", "Tiny", "--candidates", "1"), out


def chunks(path: Path) -> Iterator[tuple[bytes, bytes]]:
    data = path.read_bytes()
    at = 12
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def test_the_contract_for_scripts(scored: tuple[dict[str, Any], Path], notes: SpottingNotes) -> None:
    record, _ = scored
    assert [cue["number"] for cue in record["cues"]] == [cue.number for cue in notes.cues]
    for cue in record["cues"]:
        assert {"number", "midi", "musicxml", "mix", "stems", "hits"} <= set(cue)
        assert all({"frame", "frames_off", "landed"} <= set(hit) for hit in cue["hits"])
        files = [cue["midi"], cue["musicxml"], cue["pdf"], cue["mix"], cue["click"], *cue["stems"].values()]
        assert all(Path(f).stat().st_size > 0 for f in files)
        assert cue["stems"]
    assert Path(record["preview"]).stat().st_size > 0
    assert Path(record["ledger"]).read_text(encoding="utf-8").startswith("<svg")


def test_the_files_open_in_programs_that_are_not_ours(scored: tuple[dict[str, Any], Path]) -> None:
    for cue in scored[0]["cues"]:
        midi = mido.MidiFile(cue["midi"])
        assert any(m.type == "note_on" for track in midi.tracks for m in track)
        assert ElementTree.parse(cue["musicxml"]).getroot().tag == "score-partwise"
        assert "1m" in PdfReader(io.BytesIO(Path(cue["pdf"]).read_bytes())).pages[0].extract_text()


def test_stems_and_mix_begin_together_at_the_cue_and_carry_its_timecode(
    scored: tuple[dict[str, Any], Path], notes: SpottingNotes
) -> None:
    base = notes.reel.timebase
    for cue, noted in zip(scored[0]["cues"], notes.cues, strict=True):
        found = [dict(chunks(Path(path))) for path in (cue["mix"], *cue["stems"].values())]
        assert len({len(c[b"data"]) for c in found}) == 1
        references = {struct.unpack_from("<Q", c[b"bext"], 338)[0] for c in found}
        assert len(references) == 1
        before_s = (base.start + noted.span.start.index) / base.rate - references.pop() / 48_000
        assert 0 <= before_s < 2.5


def test_the_preview_has_every_frame_of_the_film_and_sound_to_its_end(
    scored: tuple[dict[str, Any], Path], notes: SpottingNotes
) -> None:
    with av.open(scored[0]["preview"]) as film:
        frames = sum(1 for _ in film.decode(video=0))
    with av.open(scored[0]["preview"]) as film:
        seconds = sum(frame.samples / frame.sample_rate for frame in film.decode(audio=0))
    assert frames == notes.reel.frames
    assert seconds == pytest.approx(float(notes.reel.frames / notes.reel.timebase.rate), abs=0.1)


def test_the_record_can_be_read_back(scored: tuple[dict[str, Any], Path]) -> None:
    _, out = scored
    record = read_record(out)
    assert record is not None
    assert encode_record(record) == (out / "score.json").read_bytes()
    assert record.mix is not None
    assert record.mix.true_peak_dbtp <= -1


def test_one_cue_done_again_leaves_the_others_alone_and_the_same_seed_gives_the_same_bytes(
    scored: tuple[dict[str, Any], Path], tiny_film: Path, notes_file: Path
) -> None:
    _, out = scored

    def bytes_of(folder: str) -> dict[str, bytes]:
        return {str(p.relative_to(out)): p.read_bytes() for p in sorted((out / folder).rglob("*")) if p.is_file()}

    other, own = bytes_of("1m1"), bytes_of("1m2")
    more = ("--cue", "1m2", "--no-preview", "--candidates", "1")
    score(tiny_film, notes_file, out, *more, "--seed", "8")
    assert bytes_of("1m1") == other
    assert bytes_of("1m2") != own
    score(tiny_film, notes_file, out, *more, "--seed", "7")
    assert bytes_of("1m1") == other
    assert bytes_of("1m2") == own


def test_a_cue_nobody_has_is_refused_with_those_there_are(
    scored: tuple[dict[str, Any], Path], tiny_film: Path, notes_file: Path
) -> None:
    done = cuelight("score", str(tiny_film), "--notes", str(notes_file), "--out", str(scored[1]), "--cue", "9m9")
    assert done.returncode == 4
    assert "1m1, 1m2" in done.stderr


def test_the_themes_can_be_heard_and_read_before_anything_is_scored(
    tiny_film: Path, notes_file: Path, tmp_path: Path
) -> None:
    done = cuelight("motifs", str(tiny_film), "--notes", str(notes_file), "--out", str(tmp_path), "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["themes"]
    endings = {Path(f).suffix for f in record["files"]}
    assert {".wav", ".pdf", ".musicxml", ".json", ".svg"} <= endings
    assert all(Path(f).stat().st_size > 0 for f in record["files"])
    assert sum(f.endswith(".wav") for f in record["files"]) == 3 * len(record["themes"])
