"""The build hook: when the page is built, and what happens where it cannot be."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def hook() -> ModuleType:
    pytest.importorskip("hatchling", reason="the build backend is not installed here")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CUELIGHT_SKIP_WEB", raising=False)
    web = tmp_path / "serving" / "web"
    (web / "src").mkdir(parents=True)
    (web / "package.json").write_text("{}")
    (web / "src" / "main.ts").write_text("")
    runtime = tmp_path / "model" / "runtime"
    (runtime / "assets").mkdir(parents=True)
    (runtime / "assets.toml").write_text('[cuts]\nfile = "cuts.onnx"\n[piano]\nfile = "piano.sf3"\n')
    (runtime / "assets" / "cuts.onnx").write_bytes(b"")
    return tmp_path


def started(hook: ModuleType, root: Path, version: str) -> Mock:
    app = Mock()
    made = hook.WebBuildHook(str(root), {}, None, None, str(root / "out"), "wheel", app)
    made.initialize(version, {})
    return app


def test_built_once_and_again_only_after_a_change(
    hook: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = tree / "serving" / "web"
    built: list[Path] = []

    def build(where: Path) -> None:
        built.append(where)
        (where / "dist").mkdir(exist_ok=True)
        (where / "dist" / "index.html").write_text("page")

    monkeypatch.setattr(hook, "build", build)
    started(hook, tree, "standard")
    started(hook, tree, "editable")
    assert built == [web]
    later = (web / "dist" / "index.html").stat().st_mtime + 5
    os.utime(web / "src" / "main.ts", (later, later))
    started(hook, tree, "editable")
    assert len(built) == 2


def test_skipped_on_request_and_without_sources(hook: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "build", Mock(side_effect=AssertionError("built")))
    monkeypatch.setenv("CUELIGHT_SKIP_WEB", "1")
    started(hook, tree, "standard")
    monkeypatch.delenv("CUELIGHT_SKIP_WEB")
    (tree / "serving" / "web" / "package.json").unlink()
    started(hook, tree, "standard")


def test_a_failed_build_leaves_a_page_that_says_so_in_editable_mode_only(
    hook: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = subprocess.CalledProcessError(1, ["npm"], stderr="npm error <network>")
    monkeypatch.setattr(hook, "build", Mock(side_effect=failure))
    with pytest.raises(subprocess.CalledProcessError):
        started(hook, tree, "standard")
    app = started(hook, tree, "editable")
    page = (tree / "serving" / "web" / "dist" / "index.html").read_text()
    assert "make web" in page
    assert "npm error &lt;network&gt;" in page
    app.display_warning.assert_called_once()
    assert not hook.up_to_date(tree / "serving" / "web")  # the next build replaces it


def test_a_wheel_without_all_networks_and_sounds_says_so(
    hook: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUELIGHT_SKIP_WEB", "1")
    started(hook, tree, "editable").display_warning.assert_not_called()
    (warning,) = started(hook, tree, "standard").display_warning.call_args.args
    assert "piano.sf3 missing" in warning
    assert "cuts.onnx" not in warning
    (tree / "model" / "runtime" / "assets" / "piano.sf3").write_bytes(b"")
    started(hook, tree, "standard").display_warning.assert_not_called()


def test_node_is_found(hook: ModuleType) -> None:
    node, npm = hook.node_and_npm()
    said = subprocess.run([*npm, "--version"], check=True, capture_output=True, text=True)
    assert node.is_file()
    assert int(said.stdout.split(".")[0]) >= 10
