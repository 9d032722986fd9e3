"""The content-addressed store: whole or not at all, once, and gone when nobody uses it."""

import errno
import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import AssetCorrupt, DiskFull, NotFound, ServiceBusy
from serving.store import artefacts as room
from serving.store.artefacts import Artefacts, used_blobs
from serving.store.database import Database
from serving.store.tables import Artefact, Base, Project, Use

DATA = b"spotting notes" * 1000
NAME = hashlib.sha256(DATA).hexdigest()
Open = Callable[[], Artefacts]


@pytest.fixture(params=["local", "elsewhere"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Open the same store again and again, as after a restart; elsewhere, the local copies are lost in between."""
    store = MemoryStore()
    count = iter(range(9))

    def again() -> Artefacts:
        if request.param == "local":
            return Artefacts(tmp_path / "blobs")
        return Artefacts(tmp_path / f"copies-{next(count)}", store)

    return again


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    Base.metadata.create_all(made.engine)
    with made.write() as session:
        session.add_all([Project(id="a", name="A"), Project(id="b", name="B")])
    return made


def test_a_blob_is_named_by_its_content(opened: Open) -> None:
    assert opened().put_bytes(DATA) == NAME
    again = opened()
    assert again.has(NAME)
    assert again.read(NAME) == DATA
    assert again.path(NAME).read_bytes() == DATA
    assert again.size(NAME) == len(DATA)
    assert again.verify(NAME)


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    kept = Artefacts(tmp_path)
    source = tmp_path / "source"
    source.write_bytes(DATA)
    assert {kept.put_bytes(DATA), kept.put_file(source), kept.adopt(source)} == {NAME}
    assert not source.exists()
    assert [p.name for p in tmp_path.glob("??/*")] == [NAME]


def test_adopting_does_not_copy(tmp_path: Path) -> None:
    kept = Artefacts(tmp_path / "blobs")
    source = tmp_path / "upload"
    source.write_bytes(DATA)
    inode = source.stat().st_ino
    assert kept.adopt(source, sha256=NAME) == NAME
    assert kept.path(NAME).stat().st_ino == inode


def test_adopting_across_file_systems_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Artefacts(tmp_path / "blobs")
    source = tmp_path / "upload"
    source.write_bytes(DATA)
    link = os.link

    def refused(a: Path, b: Path) -> None:
        if a == source:
            raise OSError(errno.EXDEV, "other device")
        link(a, b)

    monkeypatch.setattr(room.os, "link", refused)
    assert kept.adopt(source) == NAME
    assert not source.exists()
    assert kept.read(NAME) == DATA


def test_ranges_are_exact(opened: Open) -> None:
    kept = opened()
    kept.put_bytes(DATA)
    assert b"".join(kept.open_range(NAME, 9, 20)) == DATA[9:29]
    assert b"".join(kept.open_range(NAME, len(DATA) - 3)) == DATA[-3:]


@pytest.mark.parametrize("name", ["", "../etc/passwd", "A" * 64, "0" * 63, "0" * 63 + "/", "partial"])
def test_only_a_hash_becomes_a_path(opened: Open, name: str) -> None:
    kept = opened()
    assert not kept.has(name)
    with pytest.raises(NotFound):
        kept.path(name)
    kept.remove(name)


def test_what_is_not_there_is_not_found(opened: Open) -> None:
    with pytest.raises(NotFound):
        opened().read("0" * 64)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Artefacts(tmp_path)

    def full(handle: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(room.os, "write", full)
    with pytest.raises(DiskFull):
        kept.put_bytes(DATA)
    assert not kept.has(NAME)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_damage_is_noticed_and_mended(tmp_path: Path) -> None:
    kept = Artefacts(tmp_path)
    kept.put_bytes(DATA)
    path = kept.path(NAME)
    path.chmod(0o644)
    path.write_bytes(DATA[:100])
    assert not kept.verify(NAME)
    with pytest.raises(AssetCorrupt):
        kept.read(NAME)
    kept.put_bytes(DATA)
    assert kept.read(NAME) == DATA


def test_damage_that_keeps_the_size_is_mended_too(tmp_path: Path) -> None:
    kept = Artefacts(tmp_path)
    kept.put_bytes(DATA)
    path = kept.path(NAME)
    path.chmod(0o644)
    path.write_bytes(b"S" + DATA[1:])
    for _ in range(2):
        with pytest.raises(AssetCorrupt):
            kept.read(NAME)
    assert not kept.has(NAME)
    kept.sweep({NAME}, grace_s=0)
    with pytest.raises(AssetCorrupt):  # it is still known why it is not there
        kept.path(NAME)
    kept.put_bytes(DATA)
    assert kept.read(NAME) == DATA
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [NAME]


def test_a_damaged_copy_elsewhere_is_not_taken(tmp_path: Path) -> None:
    store = MemoryStore()
    Artefacts(tmp_path / "a", store).put_bytes(DATA)
    store.put(f"{NAME[:2]}/{NAME}", b"something else")
    with pytest.raises(AssetCorrupt):
        Artefacts(tmp_path / "b", store).path(NAME)


def test_removing(opened: Open) -> None:
    kept = opened()
    kept.put_bytes(DATA)
    kept.remove(NAME)
    kept.remove(NAME)
    assert not opened().has(NAME)


def test_sweeping_spares_what_is_used_or_young(opened: Open) -> None:
    kept = opened()
    kept.put_bytes(DATA)
    other = kept.put_bytes(b"other")
    kept.sweep({NAME})
    assert kept.has(other)
    count = kept.sweep({NAME}, grace_s=0)
    assert (count.moved, count.moved_bytes) == (1, len(b"other"))
    assert kept.has(NAME)
    assert not kept.has(other)


def test_sweeping_takes_half_written_files(tmp_path: Path) -> None:
    kept = Artefacts(tmp_path)
    (tmp_path / "partial" / "left-by-a-killed-worker").write_bytes(b"half")
    kept.sweep((), grace_s=0)
    assert list((tmp_path / "partial").iterdir()) == []


def test_a_deleted_project_gives_its_blobs_back(tmp_path: Path, database: Database) -> None:
    kept = Artefacts(tmp_path / "blobs")
    shared, own = kept.put_bytes(DATA), kept.put_bytes(b"own")
    with database.write() as session:
        for project, name in (("a", shared), ("b", shared), ("a", own)):
            kept.keep(session, project, name, kept.size(name))
            kept.keep(session, project, name, kept.size(name))
    with database.write() as session:
        session.delete(session.get_one(Project, "a"))
    assert kept.collect(database) == 1
    assert (kept.has(shared), kept.has(own)) == (True, False)
    with database.read() as session:
        assert used_blobs(session) == {shared}
        assert session.scalars(select(Artefact.sha256)).all() == [shared]
        assert len(session.scalars(select(Use)).all()) == 1


def test_others_may_write_while_much_is_removed(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PORTION", 2)
    kept = Artefacts(tmp_path / "blobs")
    names = [kept.put_bytes(bytes([n])) for n in range(6)]
    with database.write() as session:
        for name in names:
            kept.keep(session, "b" if name == names[0] else "a", name, 1)
    with database.write() as session:
        session.delete(session.get_one(Project, "a"))
    write, sizes = database.write, list[int]()

    @contextmanager
    def watched() -> Generator[Session]:
        before = sum(map(kept.has, names))
        with write() as session:
            yield session
        sizes.append(before - sum(map(kept.has, names)))

    monkeypatch.setattr(database, "write", watched)
    assert kept.collect(database) == 5
    assert sizes == [2, 2, 1]
    with database.read() as session:
        assert session.scalars(select(Artefact.sha256)).all() == [names[0]]


def test_nobody_keeps_what_was_swept_in_between(tmp_path: Path, database: Database) -> None:
    """A job that found the blob there, and a project deleted before the job could write that it uses it."""
    kept = Artefacts(tmp_path / "blobs")
    name = kept.put_bytes(DATA)
    with database.write() as session:
        kept.keep(session, "a", name, len(DATA))
    kept.put_bytes(DATA)
    with database.write() as session:
        session.delete(session.get_one(Project, "a"))
    kept.collect(database)
    with pytest.raises(ServiceBusy), database.write() as session:
        kept.keep(session, "b", name, len(DATA))
    kept.put_bytes(DATA)
    with database.write() as session:
        kept.keep(session, "b", name, len(DATA))
    assert kept.collect(database) == 0
    assert kept.read(name) == DATA
