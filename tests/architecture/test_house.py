"""The rules of the house that no linter knows: sizes, cards, plug-ins, names."""

import ast
import re
import subprocess
import tomllib
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("model", "serving", "training", "data_tools")
MODULES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))
MAX_LINES = 500
MAX_FUNCTION_LINES = 80


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_longer_than_a_person_can_hold(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= MAX_LINES


def _functions() -> list[tuple[str, int]]:
    return [
        (f"{path.name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_functions_are_small() -> None:
    sizes = sorted(size for _, size in _functions())
    assert sizes[len(sizes) // 2] <= 12
    assert sizes[int(len(sizes) * 0.95)] <= 42
    assert [name for name, size in _functions() if size > MAX_FUNCTION_LINES] == []


def test_every_network_has_a_card_with_what_a_reader_needs() -> None:
    assets = tomllib.loads((ROOT / "model/runtime/assets.toml").read_text(encoding="utf-8"))
    cards = [ROOT / "model/runtime/cards" / f"{a.get('card') or name}.md" for name, a in assets.items()]
    cards += [p.with_suffix("").with_suffix(".card.md") for p in (ROOT / "model/runtime/weights").glob("*.onnx")]
    assert cards
    for card in cards:
        text = card.read_text(encoding="utf-8").lower()
        missing = [word for word in ("licen", "data", "limit") if word not in text]
        assert missing == [], f"{card.name} does not speak of {missing}"


def test_committed_weights_are_the_promised_ones() -> None:
    from model.runtime.assets import WEIGHTS, promised_weights, sha256_of_file

    promised = promised_weights()
    assert sorted(promised) == sorted(p.name for p in WEIGHTS.glob("*.onnx"))
    assert {name: sha256_of_file(WEIGHTS / name) for name in promised} == promised


@pytest.mark.parametrize("group", ["cuelight.detectors", "cuelight.exporters"])
def test_registered_plug_ins_load_under_their_own_name(group: str) -> None:
    points = [p for p in entry_points(group=group) if p.value.startswith("model.")]
    assert points
    for point in points:
        assert point.load().name == point.name


def test_no_other_distribution_ships_our_rooms() -> None:
    owners = packages_distributions()
    assert {room: set(owners.get(room, ["cuelight"])) for room in ROOMS} == {room: {"cuelight"} for room in ROOMS}


def test_the_makefile_targets_the_readme_names_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"`?make ([a-z]+)", readme))
    assert {"demo", "test"} <= named
    assert named <= set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))


def test_every_error_and_command_is_documented() -> None:
    from model import errors

    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.CuelightError)]
    codes = {kind.code for kind in kinds}
    assert len(codes) == len(kinds), "two errors share a code"
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == []


def test_nothing_committed_is_large() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    sizes = [(ROOT / f).stat().st_size for f in listed.stdout.split("\n") if f and (ROOT / f).exists()]
    assert sum(sizes) < 45_000_000


def test_tests_and_tools_start_processes_in_one_place() -> None:
    """Through ``data_tools.child_process``, which also stops it; ``acts.py`` runs in a worker and dies with it."""
    found = [
        str(path.relative_to(ROOT))
        for folder in ("tests", "data_tools")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "Popen"
    ]
    assert sorted(set(found)) == ["data_tools/child_process.py", "tests/unit/serving/jobs/acts.py"]
