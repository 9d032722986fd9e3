"""Delivering writes what was asked for, tells how far it is, and stops cleanly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from model.delivery.deliver import deliver
from model.delivery.exporter import Material
from model.errors import Cancelled, SettingInvalid


def test_deliver_writes_every_format_and_tells_how_far_it_is(
    tmp_path: Path, make_material: Callable[..., Material]
) -> None:
    heard: list[tuple[str, int, int]] = []
    paths = deliver(make_material(), tmp_path, progress=lambda *step: heard.append(step))
    assert len(paths) == 10
    assert sorted(paths) == sorted(tmp_path.iterdir())
    assert all(path.name.startswith("Sintel trailer – v3.") for path in paths)
    assert heard == [("deliver", n, 10) for n in range(11)]


def test_deliver_keeps_to_the_chosen_formats(tmp_path: Path, make_material: Callable[..., Material]) -> None:
    paths = deliver(make_material(), tmp_path, ["otio", "json", "otio"])
    assert [path.name for path in paths] == ["Sintel trailer – v3.otio", "Sintel trailer – v3.notes.json"]
    with pytest.raises(SettingInvalid, match="'docx'"):
        deliver(make_material(), tmp_path / "none", ["json", "docx"])
    assert not (tmp_path / "none").exists()


def test_a_stopped_delivery_writes_nothing(tmp_path: Path, make_material: Callable[..., Material]) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if done == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        deliver(make_material(), tmp_path / "out", ["json", "csv", "otio"], stop)
    assert not (tmp_path / "out").exists()
