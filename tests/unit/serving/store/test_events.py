"""Events: numbered without a gap, told per project, forgotten when nobody needs them."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serving.store.database import Database
from serving.store.events import KEEP_PROGRESS_S, KEEP_S, events_after, last_event, prune, publish
from serving.store.tables import Base, Project


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    Base.metadata.create_all(made.engine)
    with made.write() as session:
        session.add_all([Project(id="a", name="A"), Project(id="b", name="B")])
    return made


def test_events_come_in_order_and_per_project(database: Database) -> None:
    with database.write() as session:
        numbers = [publish(session, project, "notes", {"n": n}) for n, project in enumerate("abaa")]
    with database.read() as session:
        assert [e.data["n"] for e in events_after(session, "a", 0)] == [0, 2, 3]
        assert [e.data["n"] for e in events_after(session, "a", numbers[0], limit=1)] == [2]
        assert last_event(session, "a") == numbers[-1]
        assert last_event(session, "nobody") == 0


def publish_and_fail(database: Database) -> None:
    with database.write() as session:
        publish(session, "a", "notes", {})
        raise ZeroDivisionError


def test_what_is_rolled_back_was_never_told(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        publish_and_fail(database)
    with database.read() as session:
        assert not events_after(session, "a", 0)


def test_a_reader_of_many_writers_misses_nothing(database: Database) -> None:
    def write() -> None:
        for _ in range(25):
            with database.write() as session:
                publish(session, "a", "notes", {})

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        read: list[int] = []
        writing = True
        while writing:
            writing = not all(w.done() for w in writers)  # asked first: one more look after the last was written
            with database.read() as session:
                read += [e.number for e in events_after(session, "a", read[-1] if read else 0)]
            time.sleep(0.001)  # a reader that never rests keeps the writers from running
    for writer in writers:
        writer.result()  # a writer that failed says why
    assert read == sorted(set(read))
    assert len(read) == 100


def test_old_events_are_forgotten_and_overtaken_ones_sooner(database: Database) -> None:
    with database.write() as session:
        publish(session, "a", "job", {"state": "running"})
        publish(session, "a", "job", {"state": "done"})
        publish(session, "a", "notes", {"state": "running"})
    now = time.time()
    with database.write() as session:
        assert prune(session, now) == 0
        assert prune(session, now + KEEP_PROGRESS_S + 1) == 1
        assert prune(session, now + KEEP_S + 1) == 2
