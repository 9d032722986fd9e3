from __future__ import annotations

from pathlib import Path

import pytest

from model.errors import DiskFull, OutputUnwritable
from model.files import fresh_folder


def spoil(parent: Path) -> None:
    with fresh_folder(parent, "1m1") as folder:
        (folder / "new.wav").write_bytes(b"1")
        raise RuntimeError


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    with fresh_folder(tmp_path / "score", "1m1") as folder:
        (folder / "a.mid").write_bytes(b"1")
        assert not (tmp_path / "score/1m1").exists()
    assert (tmp_path / "score/1m1/a.mid").read_bytes() == b"1"
    assert [p.name for p in (tmp_path / "score").iterdir()] == ["1m1"]


def test_the_new_folder_takes_the_place_of_the_old_with_all_that_was_in_it(tmp_path: Path) -> None:
    for name in ("old.wav", "new.wav"):
        with fresh_folder(tmp_path, "1m1") as folder:
            (folder / name).write_bytes(b"1")
    assert [p.name for p in (tmp_path / "1m1").iterdir()] == ["new.wav"]


def test_when_something_goes_wrong_the_old_folder_stays(tmp_path: Path) -> None:
    with fresh_folder(tmp_path, "1m1") as folder:
        (folder / "old.wav").write_bytes(b"1")
    with pytest.raises(RuntimeError):
        spoil(tmp_path)
    assert [p.name for p in (tmp_path / "1m1").iterdir()] == ["old.wav"]
    assert [p.name for p in tmp_path.iterdir()] == ["1m1"]


def test_what_the_disk_says_becomes_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputUnwritable), fresh_folder(tmp_path / "file", "1m1"):
        pass
    with pytest.raises(DiskFull), fresh_folder(tmp_path, "1m1"):
        raise OSError(28, "No space left on device")
