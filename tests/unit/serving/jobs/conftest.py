"""A database with one reel, a store, and dispatchers to begin and end."""

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from serving.jobs import attempt, queue
from serving.jobs import outcomes as conclude
from serving.jobs.dispatcher import Dispatcher
from serving.jobs.executor import Executor, InlineExecutor
from serving.jobs.processes import ProcessExecutor
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.migrations import migrate
from serving.store.pairing import pair_identities
from serving.store.tables import ENDED, Job, JobKind, JobState, Project, ReelRow, Revision

HERE = Path(__file__).parent
LEASE_S = 60.0  # whatever happens sooner did not wait for a lease
WORKER = (str(HERE / "worker_child.py"),)


class Room:
    """Everything a dispatcher needs, and eyes on what it does."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, lease_s=LEASE_S, workers=1, most_attempts=2)
        self.database = Database(self.settings.database)
        migrate(self.database)
        self.artefacts = Artefacts(self.settings.artefacts)
        pair_identities(self.database, self.artefacts, self.settings.uploads)
        self.log = home / "log"
        self.dispatchers: list[Dispatcher] = []
        self.executors: list[Executor] = []
        film, notes = self.artefacts.put_bytes(b"a film"), self.artefacts.put_bytes(b"its notes")
        with self.database.write() as session:
            session.add(Project(id="p", name="P"))
            session.flush()
            self.artefacts.keep(session, "p", film, 6)
            self.artefacts.keep(session, "p", notes, 9)
            session.add(ReelRow(id="r", project="p", name="cut.mov", film=film, film_bytes=6, revision=1))
            session.flush()
            session.add(Revision(reel="r", number=1, notes=notes, author="a", edits=[]))

    def order(self, act: str, kind: JobKind = JobKind.SPOT) -> str:
        params = {"act": act, "log": str(self.log)}
        with self.database.write() as session:
            return queue.enqueue(session, project="p", reel="r", kind=kind, params=params).id

    def begin(self, kind: str = "processes", **choices: float) -> Dispatcher:
        def make(owner: str) -> Executor:
            scratch = self.settings.scratch / owner
            if kind == "inline":
                made: Executor = InlineExecutor(self.artefacts, scratch)
            else:
                made = ProcessExecutor(
                    self.settings.artefacts,
                    scratch,
                    workers=self.settings.workers,
                    command=WORKER,
                    idle_unload_s=choices.get("idle_unload_s", 300),
                )
            self.executors.append(made)
            return made

        dispatcher = Dispatcher(self.settings, self.database, self.artefacts, make)
        self.dispatchers.append(dispatcher)
        dispatcher.start()
        return dispatcher

    def pids(self) -> list[int]:
        return [pid for e in self.executors if isinstance(e, ProcessExecutor) for pid in e.pids]

    def job(self, job: str) -> Job:
        with self.database.read() as session:
            return session.get_one(Job, job)

    def until(self, seen: Callable[[], object], within_s: float = 40) -> None:
        end = time.monotonic() + within_s
        while not seen():
            assert time.monotonic() < end, f"not within {within_s} s; the log says {self.lines()}"
            time.sleep(0.02)

    def ended(self, job: str, within_s: float = 40) -> Job:
        self.until(lambda: self.job(job).state in ENDED, within_s)
        return self.job(job)

    def running(self, job: str, stage: str = "second") -> None:
        self.until(lambda: self.job(job).state == JobState.RUNNING and self.job(job).progress.get("stage") == stage)

    def lines(self) -> list[str]:
        return self.log.read_text().split("\n")[:-1] if self.log.exists() else []

    def scratch(self) -> list[Path]:
        return [path for path in self.settings.scratch.rglob("*") if path.is_file()]

    def close(self) -> None:
        for dispatcher in self.dispatchers:
            dispatcher.stop()
        self.database.close()


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """Jobs in it do what ``acts`` says, and what they made is their result."""
    spec = importlib.util.spec_from_file_location("acts", HERE / "acts.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "acts", module)
    monkeypatch.setattr(attempt, "_KINDS", dict.fromkeys(JobKind, "acts"))
    monkeypatch.setattr(conclude, "_CONCLUSIONS", dict.fromkeys(JobKind, lambda _s, _j, _r, outcome: outcome))
    made = Room(tmp_path)
    yield made
    made.close()
