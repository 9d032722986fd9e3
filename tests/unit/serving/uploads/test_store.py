"""The size of the file is the offset: whatever is killed and whenever, the next one to look finds one that holds."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from model.errors import DiskFull, NotFound, OutputUnwritable, UploadBusy
from serving.store.tables import new_id
from serving.uploads.store import UploadStore, Writing

NAME = f"upload_{'a' * 30}"


@pytest.fixture
def files(tmp_path: Path) -> UploadStore:
    found = UploadStore(tmp_path / "uploads")
    found.create(NAME)
    return found


def add(files: UploadStore, data: bytes) -> None:
    with files.open(NAME) as writing:
        writing.begin(guarded=False)
        writing.append(data)
        writing.keep()


def test_bytes_are_appended_and_counted(files: UploadStore) -> None:
    assert files.received_bytes(NAME) == 0
    add(files, b"one")
    add(files, b"two")
    assert files.received_bytes(NAME) == 6
    assert files.path(NAME).read_bytes() == b"onetwo"
    with files.open(NAME) as writing:
        assert writing.hash_bytes() == hashlib.sha256(b"onetwo").hexdigest()


def test_the_sum_is_known_without_reading_and_right_after_a_restart(files: UploadStore, monkeypatch: Any) -> None:
    add(files, b"one")
    read = os.pread
    monkeypatch.setattr(os, "pread", lambda *_: pytest.fail("read again"))
    with files.open(NAME) as writing:
        assert writing.hash_bytes() == hashlib.sha256(b"one").hexdigest()
    monkeypatch.setattr(os, "pread", read)
    with UploadStore(files.folder).open(NAME) as writing:
        writing.begin(guarded=False)
        writing.append(b"two")
        writing.keep()
        assert writing.hash_bytes() == hashlib.sha256(b"onetwo").hexdigest()


def test_bytes_of_an_unknown_checksum_never_count(files: UploadStore) -> None:
    add(files, b"sure")
    writing = files.open(NAME)
    writing.begin(guarded=True)
    writing.append(b"perhaps")
    assert files.received_bytes(NAME) == 4
    os.close(writing._file)  # as a killed process does: nothing is said, the lock falls
    assert UploadStore(files.folder).received_bytes(NAME) == 4
    with UploadStore(files.folder).open(NAME) as after:
        assert after.offset == 4
    assert files.path(NAME).read_bytes() == b"sure"


def test_a_kept_checksum_counts(files: UploadStore) -> None:
    with files.open(NAME) as writing:
        writing.begin(guarded=True)
        writing.append(b"right")
        writing.keep()
    assert files.received_bytes(NAME) == 5
    assert [p.name for p in files.folder.iterdir()] == [f"{NAME}.part"]


def test_undo_goes_back_to_the_beginning_of_the_request(files: UploadStore) -> None:
    add(files, b"kept")
    with files.open(NAME) as writing:
        writing.begin(guarded=False)
        writing.append(b"not kept")
        writing.undo()
        assert writing.offset == 4
        writing.append(b"!")
        assert writing.hash_bytes() == hashlib.sha256(b"kept!").hexdigest()
    assert files.path(NAME).read_bytes() == b"kept!"


def test_one_connection_writes_at_a_time(files: UploadStore) -> None:
    with files.open(NAME), pytest.raises(UploadBusy):
        files.open(NAME)
    files.open(NAME).close()


def _hold(folder: str, held: Any, done: Any) -> None:
    with UploadStore(Path(folder)).open(NAME):
        held.set()
        done.wait(20)


def test_one_process_writes_at_a_time_and_a_killed_one_lets_go(files: UploadStore) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, done = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(str(files.folder), held, done))
    other.start()
    assert held.wait(30)
    with pytest.raises(UploadBusy):
        files.open(NAME)
    other.kill()
    other.join()
    files.open(NAME).close()


def test_nothing_of_an_upload_is_left_wherever_a_note_was_broken_off(files: UploadStore, monkeypatch: Any) -> None:
    with files.open(NAME) as writing, monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: pytest.fail("the service died here"))
        with pytest.raises(pytest.fail.Exception):
            writing.begin(guarded=True)
    assert len(list(files.folder.iterdir())) == 2
    files.remove(NAME)
    assert not list(files.folder.iterdir())


def test_removed_means_not_found(files: UploadStore) -> None:
    add(files, b"x")
    files.remove(NAME)
    files.remove(NAME)
    assert files.received_bytes(NAME) is None
    with pytest.raises(NotFound):
        files.open(NAME)
    assert not list(files.folder.iterdir())


def test_a_file_taken_away_while_waiting_for_its_lock_is_not_written(files: UploadStore, monkeypatch: Any) -> None:
    opened = os.open

    def slow(path: Any, flags: int, *rest: Any) -> int:
        file = opened(path, flags, *rest)
        files.path(NAME).unlink(missing_ok=True)
        return file

    monkeypatch.setattr(os, "open", slow)
    with pytest.raises(NotFound):
        files.open(NAME)


@pytest.mark.parametrize("name", ["../database", "upload_", f"upload_{'a' * 30}/..", f"upload_{'A' * 30}", "", "\0"])
def test_only_our_own_ids_become_paths(files: UploadStore, name: str) -> None:
    for act in (files.path, files.create, files.received_bytes, files.open, files.remove):
        with pytest.raises(NotFound):
            act(name)


def test_a_full_disk_keeps_what_fitted(files: UploadStore, monkeypatch: Any) -> None:
    write = os.pwrite

    def full(file: int, data: Any, at: int) -> int:
        if at >= 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[: 10 - at], at)

    monkeypatch.setattr(os, "pwrite", full)
    with files.open(NAME) as writing:
        writing.begin(guarded=False)
        with pytest.raises(DiskFull):
            writing.append(b"x" * 25)
        writing.keep()
    assert files.received_bytes(NAME) == 10


def test_a_disk_that_fails_is_told_as_such(files: UploadStore, monkeypatch: Any) -> None:
    def broken(*_: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "pwrite", broken)
    with files.open(NAME) as writing, pytest.raises(OutputUnwritable) as told:
        writing.append(b"x")
    assert str(files.folder) not in told.value.message


def test_writing_after_the_end_writes_nowhere(files: UploadStore) -> None:
    writing = files.open(NAME)
    writing.close()
    with pytest.raises(OutputUnwritable):
        writing.append(b"late")
    assert files.received_bytes(NAME) == 0


class Uploads(RuleBasedStateMachine):
    """The files against a bytearray: appended, cut, taken back, killed, restarted, removed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.files = UploadStore(Path(self.folder.name))
        self.name = ""
        self.model = bytearray()

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize()
    def create(self) -> None:
        self.name = new_id("upload")
        self.files.create(self.name)
        self.model.clear()

    def _begin(self, parts: list[bytes], *, guarded: bool) -> Writing:
        writing = self.files.open(self.name)
        assert writing.offset == len(self.model)
        writing.begin(guarded=guarded)
        for part in parts:
            writing.append(part)
        return writing

    @rule(parts=st.lists(st.binary(max_size=40)), guarded=st.booleans())
    def send(self, parts: list[bytes], guarded: bool) -> None:
        with self._begin(parts, guarded=guarded) as writing:
            writing.keep()
        self.model += b"".join(parts)

    @rule(parts=st.lists(st.binary(max_size=40)), guarded=st.booleans())
    def take_back(self, parts: list[bytes], guarded: bool) -> None:
        with self._begin(parts, guarded=guarded) as writing:
            writing.undo()

    @rule(parts=st.lists(st.binary(max_size=40)), guarded=st.booleans())
    def kill(self, parts: list[bytes], guarded: bool) -> None:
        os.close(self._begin(parts, guarded=guarded)._file)
        self.files = UploadStore(self.files.folder)
        if not guarded:
            self.model += b"".join(parts)

    @rule()
    def restart(self) -> None:
        self.files = UploadStore(self.files.folder)

    @rule()
    def terminate(self) -> None:
        self.files.remove(self.name)
        assert self.files.received_bytes(self.name) is None
        self.create()

    @precondition(lambda self: self.name)
    @invariant()
    def agrees(self) -> None:
        assert self.files.received_bytes(self.name) == len(self.model)
        assert self.files.path(self.name).read_bytes()[: len(self.model)] == self.model
        with self.files.open(self.name) as writing:
            assert writing.hash_bytes() == hashlib.sha256(self.model).hexdigest()
        assert self.files.path(self.name).stat().st_size == len(self.model)


TestUploads = Uploads.TestCase
TestUploads.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
