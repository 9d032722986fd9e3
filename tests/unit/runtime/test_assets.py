"""Assets are what was promised, or a typed error says so."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from model.errors import AssetCorrupt, AssetMissing, SettingInvalid
from model.runtime import assets, session
from model.runtime.session import open_net


def _doubling_graph() -> bytes:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None])
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "double", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("ASSETS", "WEIGHTS"):
        (tmp_path / name.lower()).mkdir()
        monkeypatch.setattr(assets, name, tmp_path / name.lower())
    entry = assets.Asset("double", "double.onnx", "package", "1", "MIT", {"a": "b"})
    monkeypatch.setattr(assets, "catalogue", lambda: {"double": entry})
    assets.asset_path.cache_clear()
    open_net.cache_clear()
    yield tmp_path
    assets.asset_path.cache_clear()
    open_net.cache_clear()


def _build(room: Path) -> Path:
    path = room / "assets" / "double.onnx"
    path.write_bytes(_doubling_graph())
    manifest = {path.name: {"sha256": assets.sha256_of_file(path), "recipe": ""}}
    (room / "assets" / assets.MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return path


def test_a_network_is_a_callable_with_named_arrays(room: Path) -> None:
    _build(room)
    net = open_net("double")
    assert net.inputs == ("x",)
    assert net.provider.endswith("ExecutionProvider")
    np.testing.assert_array_equal(net(x=np.array([1, 2], np.float32))["y"], [2, 4])


def test_missing_says_how_to_build_it(room: Path) -> None:
    with pytest.raises(AssetMissing) as caught:
        open_net("double")
    assert "make assets" in caught.value.hint
    assert assets.inventory() == [("double", "MIT", "missing")]


def test_one_altered_byte_is_refused(room: Path) -> None:
    path = _build(room)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(AssetCorrupt, match="SHA-256"):
        open_net("double")
    assert assets.inventory() == [("double", "MIT", "corrupt")]


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.onnx"
    path.write_bytes(b"not a graph")
    with pytest.raises(AssetCorrupt, match="does not open"):
        session.Net(path)


def test_own_weights_come_before_assets_and_are_checked(room: Path) -> None:
    own = room / "weights" / "ours.onnx"
    own.write_bytes(_doubling_graph())
    (room / "weights" / assets.SUMS).write_text(f"{assets.sha256_of_file(own)}  ours.onnx\n", encoding="utf-8")
    assert open_net("ours")(x=np.zeros(1, np.float32))["y"] == 0
    assert ("ours", "Apache-2.0 (trained here)", "ok") in assets.inventory()


def test_an_unknown_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_DEVICE", "abacus")
    with pytest.raises(SettingInvalid, match="abacus"):
        session.device()
    monkeypatch.setenv("CUELIGHT_DEVICE", "cpu")
    assert session.device() == "cpu"


def test_every_declared_asset_has_a_permissive_licence_and_a_checksum() -> None:
    for asset in assets.catalogue().values():
        assert asset.licence in {"MIT", "Apache-2.0", "BSD-3-Clause", "ISC", "CC0-1.0"}, asset.name
        assert all(len(digest) == 64 for digest in asset.members.values())
        assert asset.version.strip("0123456789.") == "", "exact versions only"
