"""One command does everything, says how long each step took, and goes on where it was broken off."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from data_tools.child_process import child_process

pytestmark = pytest.mark.e2e
COMMAND = [sys.executable, "-m", "serving.cli", "run"]
STEPS = ["watch", "spot", "deliver", "devise", "prepare", "compose", "mix", "preview"]
DEADLINE_S = 180
Files = dict[str, tuple[int, bytes]]


def run(film: Path, out: Path, *more: str) -> dict[str, Any]:
    command = [*COMMAND, str(film), "--out", str(out), "--engine", "rules", "--json", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    record: dict[str, Any] = json.loads(done.stdout)
    return record


def files_of(folder: Path) -> Files:
    """Inode and bytes of every file."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.stat().st_ino, path.read_bytes()) for path in paths}


@pytest.fixture(scope="module")
def done(tiny_film: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    out = tmp_path_factory.mktemp("run")
    return run(tiny_film, out, "--show", "Alpha"), out


def test_the_notes_and_the_score_are_there(done: tuple[dict[str, Any], Path]) -> None:
    record, out = done
    assert set(record) == {"notes", "score", "steps", "seconds"}
    assert Path(record["notes"]["notes"]).parent == out / "notes"
    assert len(record["notes"]["files"]) >= 10
    score = record["score"]
    assert score["cues"]
    listed = [*record["notes"]["files"], score["preview"], score["score"], score["ledger"]]
    listed += [path for cue in score["cues"] for path in (cue["midi"], cue["mix"], *cue["stems"].values())]
    assert all(Path(path).stat().st_size > 0 for path in listed)
    assert all(Path(cue["midi"]).name.casefold().startswith("alpha_") for cue in score["cues"])


def test_each_step_says_how_long_it_took(done: tuple[dict[str, Any], Path]) -> None:
    steps = done[0]["steps"]
    assert [step["step"] for step in steps] == STEPS
    assert all(set(step) == {"step", "made", "reused", "files", "seconds"} for step in steps)
    assert all(step["seconds"] >= 0 and step["files"] > 0 for step in steps)
    assert sum(step["seconds"] for step in steps) <= done[0]["seconds"] + 0.01


def test_on_a_terminal_there_is_a_table_of_the_steps(done: tuple[dict[str, Any], Path], tiny_film: Path) -> None:
    command = [*COMMAND, str(tiny_film), "--out", str(done[1]), "--engine", "rules", "--show", "Alpha"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE_S).stdout
    table = shown[shown.index("The steps") :]
    assert all(f" {step} " in table for step in STEPS)


def test_the_second_run_makes_nothing_again(done: tuple[dict[str, Any], Path], tiny_film: Path) -> None:
    first, out = done
    before = {name: file for name, file in files_of(out).items() if name != "score/score.json"}
    again = run(tiny_film, out, "--show", "Alpha")
    assert [(step["made"], step["reused"] > 0) for step in again["steps"]] == [(0, True)] * len(STEPS)
    assert {name: file for name, file in files_of(out).items() if name != "score/score.json"} == before
    assert (again["notes"], again["score"]) == (first["notes"], first["score"])


def test_a_run_that_was_stopped_goes_on(tiny_film: Path, tmp_path: Path) -> None:
    command = [*COMMAND, str(tiny_film), "--out", str(tmp_path), "--engine", "rules", "--seed", "9"]
    with child_process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        end = time.monotonic() + DEADLINE_S
        while not (tmp_path / "score" / "language.json").exists():
            assert child.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        child.terminate()
        assert child.wait(DEADLINE_S) == 130
    there = files_of(tmp_path)
    assert [name for name in there if "partial" in name] == []
    steps = run(tiny_film, tmp_path, "--seed", "9")["steps"]
    kept = [step["step"] for step in steps if step["reused"]]
    assert kept[:4] == STEPS[:4]
    assert "preview" not in kept
    after = files_of(tmp_path)
    notes = {name: file for name, file in there.items() if name.startswith("notes/")}
    assert len(notes) >= 10
    assert {name: after[name] for name in notes} == notes


def test_a_film_that_is_none_is_told_as_such(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"no film")
    command = [*COMMAND, str(film), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode == 3
    assert "not-a-film" in done.stderr
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
