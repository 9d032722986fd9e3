"""Nothing is removed for want of a row unless database and store belong together, and little at once."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from model.errors import DatabaseNew, StoreError, StoreMismatch, StoreMissing
from serving.store import trash as trash_module
from serving.store.artefacts import GRACE_S, SWEEP_FLOOR, Artefacts, max_swept_files
from serving.store.database import Database
from serving.store.migrations import migrate
from serving.store.pairing import adopt_store, check_pair, identity_of, pair_identities
from serving.store.sweeping import sweep_artefacts
from serving.store.tables import Project
from serving.store.trash import Trash, current_day


class Home:
    """A database, a store and a folder of uploads."""

    def __init__(self, root: Path, database: str = "rows.db") -> None:
        self.root = root
        self.uploads = root / "uploads"
        self.uploads.mkdir(parents=True, exist_ok=True)
        self.database = Database(f"sqlite:///{root / database}")
        migrate(self.database)
        self.artefacts = Artefacts(root / "artefacts")

    def pair(self) -> None:
        pair_identities(self.database, self.artefacts, self.uploads)

    def check(self) -> None:
        check_pair(self.database, self.artefacts)

    def put(self, data: bytes, *, used: bool = True) -> str:
        name = self.artefacts.put_bytes(data)
        if used:
            with self.database.write() as session:
                if session.get(Project, "p") is None:
                    session.add(Project(id="p", name="P"))
                    session.flush()
                self.artefacts.keep(session, "p", name, len(data))
        return name

    def age(self) -> None:
        for path in self.artefacts.root.rglob("*"):
            if path.is_file():
                os.utime(path, (time.time(), time.time() - 2 * GRACE_S))

    def identities(self) -> tuple[str | None, str | None]:
        with self.database.read() as session:
            return identity_of(session), self.artefacts.identity()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    made.pair()
    yield made
    made.database.close()


def test_a_new_home_carries_one_identity(home: Home) -> None:
    known, kept = home.identities()
    assert known == kept
    assert known is not None
    home.pair()
    assert home.identities() == (known, kept)
    home.check()


def test_a_new_database_takes_the_identity_of_an_empty_store(home: Home) -> None:
    again = Home(home.root, "another.db")
    again.pair()
    again.check()
    assert again.identities() == home.identities()


@pytest.mark.parametrize("holds", ["a blob", "an upload", "a blob and no identity"])
def test_a_new_database_beside_files_is_told(home: Home, holds: str) -> None:
    if holds == "an upload":
        (home.uploads / "upload_0.part").write_bytes(b"half a film")
    else:
        home.put(b"notes")
    if "no identity" in holds:
        (home.artefacts.root / "identity.json").unlink()
    again = Home(home.root, "mistyped.db")
    again.pair()
    with pytest.raises(DatabaseNew):
        again.check()
    again.age()
    with pytest.raises(DatabaseNew):
        sweep_artefacts(again.database, again.artefacts)
    again.put(b"made in the wrong one")
    with pytest.raises(StoreMismatch):
        again.check()
    assert home.identities()[0] != again.identities()[0]


def test_a_store_of_another_database_is_no_ones(tmp_path: Path, home: Home) -> None:
    home.put(b"notes")
    other = Home(tmp_path / "other")
    other.pair()
    other.put(b"other notes")
    swapped = Artefacts(tmp_path / "other" / "artefacts")
    pair_identities(home.database, swapped, home.uploads)
    with pytest.raises(StoreMismatch):
        check_pair(home.database, swapped)
    with pytest.raises(StoreMismatch, match="less than half"):
        adopt_store(home.database, swapped, home.uploads)
    with pytest.raises(StoreMismatch):
        check_pair(home.database, swapped)


def test_an_emptied_store_is_missing_until_it_is_filled(tmp_path: Path, home: Home) -> None:
    home.put(b"notes")
    empty = Artefacts(tmp_path / "empty")
    pair_identities(home.database, empty, home.uploads)
    with pytest.raises(StoreMissing):
        check_pair(home.database, empty)
    assert empty.identity() is None
    empty.put_bytes(b"notes")
    pair_identities(home.database, empty, home.uploads)
    check_pair(home.database, empty)


def test_a_store_from_before_identities_is_ours_if_it_holds_what_we_name(home: Home) -> None:
    names = [home.put(bytes([n])) for n in range(4)]
    (home.artefacts.root / "identity.json").unlink()
    for name in names[:2]:
        home.artefacts.remove(name)
    home.pair()
    home.check()
    (home.artefacts.root / "identity.json").unlink()
    home.artefacts.remove(names[2])
    home.pair()
    with pytest.raises(StoreMismatch):
        home.check()
    adopted = home.artefacts.bring_back(names[0])
    assert adopted
    adopt_store(home.database, home.artefacts, home.uploads)
    home.check()


def test_an_identity_that_cannot_be_read_is_an_error(home: Home) -> None:
    (home.artefacts.root / "identity.json").write_bytes(b"\x00\x01")
    with pytest.raises(StoreError, match="identity"):
        home.check()


@pytest.mark.parametrize(("stored", "most"), [(0, SWEEP_FLOOR), (14, SWEEP_FLOOR), (200, 10), (1000, 50)])
def test_a_sweep_may_move_a_small_share(stored: int, most: int) -> None:
    assert max_swept_files(stored) == most


@pytest.mark.parametrize(("used", "unused"), [(1, SWEEP_FLOOR), (30, SWEEP_FLOOR + 1), (0, SWEEP_FLOOR + 1)])
def test_a_sweep_moves_few_or_none(home: Home, used: int, unused: int) -> None:
    kept = {home.put(b"used %d" % n) for n in range(used)}
    loose = {home.put(b"unused %d" % n, used=False) for n in range(unused)}
    home.age()
    count = sweep_artefacts(home.database, home.artefacts)
    assert (count.stored, count.unused) == (used + unused, unused)
    refused = unused > SWEEP_FLOOR
    assert (count.refused, count.moved, "artefacts" in home.artefacts.refusals) == (
        refused,
        0 if refused else unused,
        refused,
    )
    assert set(home.artefacts.names()) == (kept | loose if refused else kept)
    assert sweep_artefacts(home.database, home.artefacts, limited=False).moved == (unused if refused else 0)
    assert set(home.artefacts.names()) == kept
    assert not home.artefacts.refusals, "what was refused is settled"
    assert all(home.artefacts.bring_back(name) for name in loose)


def test_only_blobs_are_swept(home: Home) -> None:
    mine = home.artefacts.root / "my" / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("in a folder of two letters")
    home.age()
    assert sweep_artefacts(home.database, home.artefacts, limited=False).moved == 0
    assert mine.exists()


def test_the_trash_is_kept_for_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trash, first = Trash(tmp_path / "trash"), current_day()
    mine = tmp_path / "trash" / "mine"
    for day in range(3):
        monkeypatch.setattr(trash_module, "current_day", lambda day=day: first + timedelta(days=day))
        path = tmp_path / "blob"
        path.write_text(str(day))
        assert trash.put(path, "artefacts/ab")
        assert not path.exists()
    mine.mkdir()
    assert [path.read_text() for path in trash.find("artefacts/ab", "blob")] == ["2", "1", "0"]
    assert trash.empty(2) == 0
    assert trash.empty(1) == 1
    assert [path.read_text() for path in trash.find("artefacts/ab", "blob")] == ["2", "1"]
    assert trash.empty(0) == 2
    assert list(trash.files()) == []
    assert mine.exists()
    assert not trash.put(tmp_path / "nothing", "artefacts/ab")


def test_the_trash_may_be_on_another_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trash, path = Trash(tmp_path / "trash"), tmp_path / "blob"
    path.write_bytes(b"whole")
    replace = Path.replace

    def refused(source: Path, target: Path) -> Path:
        if source == path:
            raise OSError(18, "Invalid cross-device link")
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", refused)
    assert trash.put(path, "uploads")
    assert not path.exists()
    assert [found.read_bytes() for found in trash.files()] == [b"whole"]


def test_only_a_whole_file_comes_back(home: Home, tmp_path: Path) -> None:
    name = home.put(b"notes")
    home.artefacts.remove(name)
    thrown = next(home.artefacts.trash.files())
    thrown.chmod(0o644)
    thrown.write_bytes(b"NOTES")
    assert not home.artefacts.bring_back(name)
    backup = Artefacts(tmp_path / "backup" / "artefacts")
    backup.put_bytes(b"notes")
    assert home.artefacts.bring_back(name, backup.root)
    assert (home.artefacts.read(name), backup.read(name)) == (b"notes", b"notes")


def test_a_store_elsewhere_has_its_trash_there(tmp_path: Path) -> None:
    elsewhere = MemoryStore()
    store = Artefacts(tmp_path / "a" / "copies", elsewhere)
    store.write_identity("one")
    store.write_identity("another")
    name = store.put_bytes(b"notes")
    store.remove(name)
    again = Artefacts(tmp_path / "b" / "copies", elsewhere)
    assert (again.identity(), again.is_empty(), again.has(name)) == ("one", True, False)
    assert again.bring_back(name)
    assert again.read(name) == b"notes"
    again.remove(name)
    again.empty_trash(14)
    again.empty_trash(0)
    assert not Artefacts(tmp_path / "c" / "copies", elsewhere).bring_back(name)
