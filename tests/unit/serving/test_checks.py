"""The checks of a machine tell the truth: what is broken on purpose fails, in plain words, with what to do about it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.render import engine
from model.runtime import assets, session
from serving.checks import MACHINE_CHECKS, Check, check_all, run_checks


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of assets of its own, full of what was built, for checks that open everything anew."""
    folder = tmp_path / "assets"
    shutil.copytree(assets.ASSETS, folder, copy_function=lambda source, target: Path(target).symlink_to(source))
    monkeypatch.setattr(assets, "ASSETS", folder)
    _forget_opened()
    yield folder
    _forget_opened()


def _forget_opened() -> None:
    for cached in (assets.asset_path, session.open_net, engine.engine):
        cached.cache_clear()


def check(name: str) -> Check:
    (found,) = run_checks({name: MACHINE_CHECKS[name]})
    return found


def test_a_network_that_is_missing_is_named(built: Path) -> None:
    (built / "centerface.onnx").unlink()
    for name in ("assets", "networks"):
        found = check(name)
        assert (found.ok, found.code) == (False, "asset-missing")
        assert "centerface" in found.detail
        assert found.hint == "Run `make assets`."


def test_a_network_with_other_bytes_is_not_opened(built: Path) -> None:
    (built / "transnet.onnx").unlink()
    (built / "transnet.onnx").write_bytes(b"no network at all")
    assert "transnet is corrupt" in check("assets").detail
    assert check("networks").code == "asset-corrupt"


def test_without_the_synthesizer_nothing_sounds(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    found = check("sound")
    assert not found.ok
    assert "pip install --no-deps tinysoundfont" in found.hint


def test_a_soundfont_that_is_missing_is_named(built: Path) -> None:
    (built / "soundfont_piano.sf3").unlink()
    found = check("sound")
    assert (found.ok, "soundfont_piano" in found.detail) == (False, True)


def test_a_library_that_is_missing_or_broken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.delitem(sys.modules, "model.score.engrave", raising=False)
    monkeypatch.delitem(sys.modules, "model.score.pages", raising=False)
    found = check("page")
    assert (found.ok, "typst" in found.detail + found.hint) == (False, True)

    def crash() -> str:
        raise SystemError("initialization failed")

    (crashed,) = run_checks({"page": crash})
    assert (crashed.ok, crashed.detail) == (False, "SystemError: initialization failed")


@pytest.mark.parametrize(("name", "variable"), [("cache", "CUELIGHT_CACHE"), ("home", "CUELIGHT_HOME")])
def test_a_folder_that_cannot_be_written_is_told(
    name: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(variable, "/proc/cuelight" if name == "home" else str(tmp_path / "file" / "cache"))
    monkeypatch.setattr("serving.checks.MACHINE_CHECKS", {})
    found = {one.name: one for one in check_all()}[name]
    assert (found.ok, variable in found.hint) == (False, True), found
