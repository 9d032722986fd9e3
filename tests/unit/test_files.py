"""Files appear whole or not at all, under names that cannot leave their folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import DiskFull, OutputUnwritable
from model.files import check_writable, safe_stem, write_all, write_atomically


def failing(number: int, after: int = 0) -> Callable[[int], None]:
    """An fsync that fails with ``number`` once it has been called ``after`` times."""
    calls = iter(range(1000))

    def fsync(_: int) -> None:
        if next(calls) >= after:
            raise OSError(number, os.strerror(number))

    return fsync


def test_files_are_written_and_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "deeper"
    assert write_all(folder, {"a.txt": b"1", "b.txt": b"2"}) == [folder / "a.txt", folder / "b.txt"]
    assert write_atomically(folder / "a.txt", b"3") == folder / "a.txt"
    assert sorted(p.name for p in folder.iterdir()) == ["a.txt", "b.txt"]
    assert (folder / "a.txt").read_bytes() == b"3"
    assert (folder / "a.txt").stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EROFS, OutputUnwritable),
        (errno.EIO, OutputUnwritable),
    ],
)
def test_a_failure_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    write_all(tmp_path, {"a.txt": b"old"})
    monkeypatch.setattr(os, "fsync", failing(number, after=1))
    with pytest.raises(kind):
        write_all(tmp_path, {"a.txt": b"new", "b.txt": b"new"})
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"old"


def test_places_that_are_no_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder" / "a.txt").mkdir(parents=True)
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/cuelight")):
        with pytest.raises(OutputUnwritable, match="cannot be written"):
            check_writable(place)
        with pytest.raises(OutputUnwritable):
            write_all(place, {"a.txt": b""})
    with pytest.raises(OutputUnwritable):
        write_all(tmp_path / "folder", {"a.txt": b""})
    assert [p.name for p in (tmp_path / "folder").iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputUnwritable):
        check_writable(tmp_path)


def test_checking_a_folder_leaves_nothing_in_it(tmp_path: Path) -> None:
    check_writable(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


@given(st.text())
def test_a_stem_stays_in_its_folder(name: str) -> None:
    stem = safe_stem(name)
    assert stem
    assert not set(stem) & set('/\\<>:"|?*%\0\n\r')
    assert not stem.startswith((".", "-", " "))
    assert len(stem.encode()) <= 121
    assert Path("out", stem + ".x").parent == Path("out")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Sintel – v3.mp4", "Sintel – v3"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\r1.mov", "r1"),
        ("-rf.mov", "rf"),
        ("con.mp4", "_con"),
        ("...", "reel"),
        (".mov", "mov"),
        ("a\nb\x00c.mp4", "a_b_c"),
        ("r1.v3.final.mov", "r1.v3.final"),
    ],
)
def test_stems_by_example(name: str, stem: str) -> None:
    assert safe_stem(name) == stem
