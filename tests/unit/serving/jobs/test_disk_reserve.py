"""Space held back for the database, and logs that nothing can stop."""

import errno
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from model.errors import DiskFull
from serving.jobs import disk_reserve as reserve
from serving.jobs.disk_reserve import Reserve
from serving.logs import Patient
from serving.store.tables import JobState
from tests.unit.serving.jobs.conftest import Room


def test_a_reserve_takes_up_space_until_it_is_needed(tmp_path: Path) -> None:
    kept = Reserve(tmp_path / "reserve", 2**20)
    assert not kept.give_up()
    kept.keep()
    kept.keep()
    assert kept.kept
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 2**20
    assert kept.give_up()
    assert not kept.kept
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_held_back_where_there_is_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserve.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 2**20}))
    kept = Reserve(tmp_path / "reserve", 2**20)
    kept.keep()
    assert not kept.kept


def test_a_database_without_space_gets_the_reserve_and_the_job_its_end(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.begin("inline")
    held = room.settings.home / "reserve"
    room.until(held.exists)
    write, refused = room.database.write, 0

    @contextmanager
    def full() -> Iterator[Session]:
        nonlocal refused
        if held.exists():
            refused += 1
            raise DiskFull("There is no space left for the database.")
        with write() as session:
            yield session

    job = room.order("full")
    monkeypatch.setattr(room.database, "write", full)
    ended = room.ended(job)
    assert (ended.state, (ended.problem or {})["code"]) == (JobState.FAILED, "disk-full")
    assert refused
    assert not held.exists()


def test_a_log_that_cannot_be_written_stops_nobody() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def flush(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    log = Patient(Full())
    assert log.write("lost") == 4
    log.flush()
    kept = io.StringIO()
    Patient(kept).write("kept")
    assert kept.getvalue() == "kept"
