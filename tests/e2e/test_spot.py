"""Whole journeys of the command: a film in, notes out, and what happens when something goes wrong on the way."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from data_tools.child_process import child_process

pytestmark = pytest.mark.e2e
COMMAND = [sys.executable, "-m", "serving.cli"]


def cuelight(*arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=300, **more)


def spot(film: Path, out: Path, *more: str) -> dict[str, Any]:
    done = cuelight("spot", str(film), "--out", str(out), "--json", *more)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "quiet when piped"
    record: dict[str, Any] = json.loads(done.stdout)
    return record


@pytest.fixture(scope="module")
def spotted(tiny_film: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("notes")
    return spot(tiny_film, out), out


def test_the_contract_for_scripts(spotted: tuple[dict[str, Any], Path], tiny_film: Path) -> None:
    record, _ = spotted
    assert set(record) == {"rate", "frames", "notes", "files", "cues", "silences", "hits", "dialogue"}
    truth = json.loads(tiny_film.with_suffix(".truth.json").read_text(encoding="utf-8"))
    assert record["frames"] == truth["frames"]
    assert all(set(c) == {"number", "in", "out", "usage"} for c in record["cues"])
    assert all(set(h) == {"frame", "weight", "kind", "label"} for h in record["hits"])
    edges = sorted([(c["in"], c["out"]) for c in record["cues"]] + [(s["in"], s["out"]) for s in record["silences"]])
    assert edges[0][0] == 0
    assert edges[-1][1] == record["frames"]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(edges)), "cues and silences cover the reel"


def test_every_file_is_there_and_nothing_else(spotted: tuple[dict[str, Any], Path]) -> None:
    record, out = spotted
    assert sorted(record["files"]) == sorted(str(p) for p in out.iterdir())
    assert record["notes"].endswith(".notes.json")
    assert all(Path(f).stat().st_size > 0 for f in record["files"])
    assert len(record["files"]) >= 10


def test_the_cuts_of_a_film_with_known_truth(tiny_film: Path) -> None:
    done = cuelight("cuts", str(tiny_film), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"cuts", "gradual", "flashes"}
    truth = json.loads(tiny_film.with_suffix(".truth.json").read_text(encoding="utf-8"))
    hard = {t["start"] for t in truth["transitions"] if t["kind"] == "cut"}
    assert hard <= set(found["cuts"])


def test_same_film_same_bytes(spotted: tuple[dict[str, Any], Path], tiny_film: Path, tmp_path: Path) -> None:
    record, _ = spotted
    again = spot(tiny_film, tmp_path, "--no-cache")
    for before, after in zip(sorted(record["files"]), sorted(again["files"]), strict=True):
        assert Path(before).read_bytes() == Path(after).read_bytes(), Path(before).name


def test_a_changed_dial_does_not_decode_again(
    spotted: tuple[dict[str, Any], Path], tiny_film: Path, tmp_path: Path
) -> None:
    record, _ = spotted
    began = time.monotonic()
    more = spot(tiny_film, tmp_path, "--coverage", "1", "--formats", "json")
    dial_s = time.monotonic() - began
    began = time.monotonic()
    spot(tiny_film, tmp_path, "--no-cache", "--formats", "json")
    assert dial_s < time.monotonic() - began

    def music(r: dict[str, Any]) -> int:
        return sum(c["out"] - c["in"] for c in r["cues"])

    assert music(more) >= music(record)


def test_an_unwritable_folder_is_found_out_first(tiny_film: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    done = cuelight("spot", str(tiny_film), "--out", str(blocked / "notes"))
    assert done.returncode == 5
    assert "output-unwritable" in done.stderr


def test_a_full_disk_leaves_nothing_behind(tiny_film: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        done = cuelight("spot", str(tiny_film), "--out", str(small))
        assert done.returncode == 5, done.stderr
        assert "disk-full" in done.stderr
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_stopped_in_the_middle_nothing_half_written_remains(
    how: signal.Signals, code: int, tiny_film: Path, tmp_path: Path
) -> None:
    out = tmp_path / "notes"
    command = [*COMMAND, "spot", str(tiny_film), "--out", str(out), "--no-cache"]
    with child_process(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        _wait_until_at_work(child.pid)
        child.send_signal(how)
        child.communicate(timeout=30)
    assert child.returncode == code
    final = [p.name for p in out.glob("*")] if out.exists() else []
    assert [name for name in final if not name.endswith(".partial")] == []


def test_ctrl_c_leaves_no_child_behind(tiny_film: Path, tmp_path: Path) -> None:
    marker = tmp_path / "unmistakable_name.mp4"
    shutil.copy(tiny_film, marker)
    with child_process([*COMMAND, "spot", str(marker), "--out", str(tmp_path / "n"), "--no-cache"]) as child:
        _wait_until_at_work(child.pid)
        child.send_signal(signal.SIGINT)
        child.wait(timeout=30)
    time.sleep(0.5)
    running = [p for p in Path("/proc").glob("[0-9]*/cmdline") if _mentions(p, marker.name)]
    assert running == []


def _wait_until_at_work(pid: int) -> None:
    """Wait for the command to start a child: on a busy machine the interpreter alone takes seconds."""
    deadline = time.monotonic() + 60
    while not Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").strip():
        assert time.monotonic() < deadline, "no child was ever started"
        time.sleep(0.05)
    time.sleep(0.5)  # past the trial of the sandbox


def _mentions(path: Path, name: str) -> bool:
    try:
        return name.encode() in path.read_bytes() and path.parent.name != str(os.getpid())
    except OSError:
        return False


def test_published_numbers_never_change(spotted: tuple[dict[str, Any], Path], tiny_film: Path, tmp_path: Path) -> None:
    record, _ = spotted
    again = spot(tiny_film, tmp_path, "--previous", record["notes"])
    assert {c["number"] for c in record["cues"]} <= {c["number"] for c in again["cues"]}


def test_a_real_film_gets_sensible_notes(real_films: Path, tmp_path: Path) -> None:
    record = spot(real_films / "sintel_trailer_720p.mp4", tmp_path)
    assert record["frames"] == 1253
    assert record["rate"] == "24/1"
    assert record["cues"]
    assert record["hits"]
    truth = json.loads((real_films / "sintel_trailer_720p.truth.json").read_text(encoding="utf-8"))
    strong = [h["frame"] for h in truth["hits"]]
    near = [f for f in strong if any(abs(h["frame"] - f) <= 2 for h in record["hits"])]
    assert len(near) >= len(strong) // 2
