"""``make demo FILM=...`` says where the notes are and ends by saying where to listen."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e


def test_the_demo_spots_and_scores_a_film_and_says_where_to_look_and_listen(tiny_film: Path, tmp_path: Path) -> None:
    out = tmp_path / "notes"
    command = [sys.executable, "-m", "data_tools.demo", "--film", str(tiny_film), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert f"{tiny_film.stem}.notes.html" in done.stdout
    assert (out / f"{tiny_film.stem}.notes.html").exists()
    said = next(line for line in done.stdout.splitlines() if line.startswith("Watch and listen: "))
    assert Path(said.removeprefix("Watch and listen: ")).stat().st_size > 0
