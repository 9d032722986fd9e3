"""How soon the command answers: help and version cost little more than the libraries that show them."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (("--help",), ("--version",), *((name, "--help") for name in ("run", "spot", "score", "serve")))
HEAVY = ("numpy", "av", "cv2", "scipy", "onnxruntime", "pydantic_settings", "fastapi", "sqlalchemy", "uvicorn")
RUNS = 5
ALONE = """
import typer
app = typer.Typer()
@app.command()
def command(number: int = 3) -> None: "Do nothing."
app()
"""


def cpu_seconds(command: list[str]) -> float:
    """CPU time of a process from its start to its end, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_costs_at_most_three_times_typer_and_rich_alone(arguments: tuple[str, ...], tmp_path: Path) -> None:
    alone = tmp_path / "alone.py"
    alone.write_text(ALONE)
    ratios = [
        cpu_seconds([sys.executable, "-m", "serving.cli", *arguments])
        / cpu_seconds([sys.executable, str(alone), "--help"])
        for _ in range(RUNS)
    ]
    assert statistics.median(ratios) <= 3.0


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from serving.cli import main\n"
        f"sys.argv = ['cuelight', *{arguments!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        f"print('HEAVY', sorted({set(HEAVY)!r} & set(sys.modules)))\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout.splitlines()[-1] == "HEAVY []"


@pytest.mark.parametrize(
    "module",
    [
        "model.observe.observations",
        "model.spotting.notes",
        "model.motifs.language",
        "model.motifs.settings",
        "model.sketch.sketch_types",
        "model.timing.landing",
    ],
)
def test_the_nouns_of_a_room_do_not_load_its_work(module: str) -> None:
    """A package imports nothing by itself: whoever reads notes needs no decoder, no network and no detector."""
    code = f"import sys, {module}; print(sorted({set(HEAVY) - {'numpy'}!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert shown.stdout == "[]\n"
