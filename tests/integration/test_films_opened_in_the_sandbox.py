"""Every command decodes the film in the sandbox: outside it, whoever opens it is stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

GUARD = """
import os, sys
import av, cv2

FILM = os.environ["FORBIDDEN_FILM"]
_open = av.open

def guarded(file, *more, **options):
    name = os.fspath(file).removeprefix("file:") if isinstance(file, (str, os.PathLike)) else ""
    if not name or (os.path.exists(name) and os.path.samefile(name, FILM)):
        raise RuntimeError(f"the film was opened outside the sandbox, by process {os.getpid()}")
    return _open(file, *more, **options)

def refuse(*_, **__):
    raise RuntimeError("OpenCV opened a film")

av.open, cv2.VideoCapture = guarded, refuse
"""
DEADLINE_S = 300


@pytest.fixture
def guarded(tiny_film: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which every Python process but the sandbox's child, which gets none, guards the film."""
    (tmp_path / "sitecustomize.py").write_text(GUARD, encoding="utf-8")
    return {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "FORBIDDEN_FILM": str(tiny_film),
        "CUELIGHT_CACHE": str(tmp_path / "cache"),
    }


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def test_the_guard_catches_whoever_opens_the_film(tiny_film: Path, guarded: dict[str, str]) -> None:
    ran = run(["-c", f"from model.media.open import open_reel; open_reel({str(tiny_film)!r})"], guarded)
    assert ran.returncode != 0
    assert "opened outside the sandbox" in ran.stderr


@pytest.mark.parametrize("command", ["observe", "cuts", "spot", "score"])
def test_no_command_opens_the_film_itself(
    command: str, tiny_film: Path, tmp_path: Path, guarded: dict[str, str]
) -> None:
    """``score`` spots, composes, mixes and makes the preview film; the others stop where they stop."""
    out = tmp_path / ("out.json" if command == "observe" else "out")
    more = [] if command == "cuts" else ["--out", str(out)]
    more += ["--engine", "rules", "--candidates", "1"] if command == "score" else []
    ran = run(["-m", "serving.cli", command, str(tiny_film), *more, "--json"], guarded)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)
    if command == "score":
        assert list(out.rglob("*preview*.mp4")), "the preview film was made all the same"
