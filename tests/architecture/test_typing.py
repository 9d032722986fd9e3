"""Both type checkers refuse to mix picture time and musical time; so does the interpreter."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from model.time import Beat, Frame

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "tests/typing/units.py"
EXPECTED = {n for n, line in enumerate(UNITS.read_text(encoding="utf-8").splitlines(), 1) if line.endswith("# refused")}


def _refused_lines(command: list[str]) -> set[int]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if "units.py:" in line and "error" in line]
    return {int(line.split("units.py:")[1].split(":")[0]) for line in lines}


def test_mypy_refuses_every_mixture_and_nothing_else() -> None:
    assert _refused_lines([sys.executable, "-m", "mypy", "--strict", str(UNITS)]) == EXPECTED


def test_pyright_refuses_every_mixture_and_nothing_else() -> None:
    pyright = Path(sys.executable).with_name("pyright")
    if not pyright.exists() or os.environ.get("CUELIGHT_SKIP_PYRIGHT"):
        pytest.skip("pyright is not installed in this environment")
    assert _refused_lines([str(pyright), str(UNITS)]) == EXPECTED


@pytest.mark.parametrize("other", [Beat(Fraction(1)), 1.5, Fraction(1), "1"])
def test_the_interpreter_refuses_too(other: Any) -> None:
    with pytest.raises(TypeError):
        Frame(1) + other
    with pytest.raises(TypeError):
        Frame(1) - other
    with pytest.raises(TypeError):
        _ = Frame(1) < other
