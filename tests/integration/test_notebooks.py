"""The notebooks run from top to bottom."""

import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.py"))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs(notebook: Path, tmp_path: Path) -> None:
    target = tmp_path / f"{notebook.stem}.ipynb"
    convert = [sys.executable, "-m", "jupytext", "--to", "ipynb", "--output", str(target), str(notebook)]
    subprocess.run(convert, check=True, capture_output=True, cwd=notebook.parents[1])
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbmake", str(target), "-c", "/dev/null"]
    done = subprocess.run(run, check=False, capture_output=True, text=True, cwd=notebook.parents[1])
    assert done.returncode == 0, done.stdout[-3000:]
