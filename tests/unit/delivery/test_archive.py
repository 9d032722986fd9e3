"""An archive holds its files as they are, below one folder, and is the same bytes for the same files."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from model.delivery.archive import write_archive
from model.errors import Cancelled


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    names = {"score/1m1/b.wav": b"\0" * 70_000, "notes/a.json": b"{}", "score/ü.mid": b"MThd"}
    for name, data in names.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    return {name: tmp_path / "in" / name for name in names}


def test_every_file_is_there_as_it_is_in_the_order_of_the_names(tmp_path: Path, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(write_archive(tmp_path / "a.zip", "Show_v1_r2", files)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"Show_v1_r2/{name}" for name in sorted(files)]
        assert all(archive.read(f"Show_v1_r2/{name}") == path.read_bytes() for name, path in files.items())
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_neither_the_order_given_nor_the_time_of_a_file_changes_a_byte(tmp_path: Path, files: dict[str, Path]) -> None:
    first = write_archive(tmp_path / "a.zip", "Show", files).read_bytes()
    for path in files.values():
        os.utime(path, (10**9, 10**9))
    again = write_archive(tmp_path / "b.zip", "Show", dict(reversed(files.items())))
    assert again.read_bytes() == first


def test_packing_can_be_stopped(tmp_path: Path, files: dict[str, Path]) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        assert (stage, total) == ("archive", 3)
        if done == 1:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_archive(tmp_path / "a.zip", "Show", files, stop)
