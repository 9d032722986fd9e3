"""Jobs from end to end, with real films and real networks, in worker processes that are killed and stopped."""

import os
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from model.delivery.notes_json import encode_notes, read_notes
from model.review.take import read_take
from serving.jobs import queue
from serving.jobs.dispatcher import Dispatcher
from serving.jobs.executor import Executor
from serving.jobs.processes import ProcessExecutor
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.migrations import migrate
from serving.store.tables import ENDED, Job, JobKind, JobState, Project, ReelRow, Revision, Take, TakeState

MADE = ("film", "picture", "sound", "waveform", "observations", "lanes")


class Room:
    """A database, a store, one reel, and a dispatcher."""

    def __init__(self, home: Path, film: Path) -> None:
        self.settings = Settings(home=home, lease_s=2)
        self.database = Database(self.settings.database)
        migrate(self.database)
        self.artefacts = Artefacts(self.settings.artefacts)
        sha256 = self.artefacts.put_file(film)
        with self.database.write() as session:
            session.add(Project(id="p", name="P"))
            session.flush()
            self.artefacts.keep(session, "p", sha256, film.stat().st_size)
            session.add(ReelRow(id="r", project="p", name="Tiny cut.mp4", film=sha256, film_bytes=film.stat().st_size))
        self.executors: list[ProcessExecutor] = []
        self.dispatcher = Dispatcher(self.settings, self.database, self.artefacts, self._executor)
        self.dispatcher.start()

    def _executor(self, owner: str) -> Executor:
        self.executors.append(ProcessExecutor(self.settings.artefacts, self.settings.scratch / owner))
        return self.executors[-1]

    def order(self, kind: JobKind = JobKind.SPOT, **params: object) -> str:
        with self.database.write() as session:
            return queue.enqueue(session, project="p", reel="r", kind=kind, params=params).id

    def job(self, job: str) -> Job:
        with self.database.read() as session:
            return session.get_one(Job, job)

    def until(self, seen: Callable[[], object], within_s: float = 60) -> None:
        end = time.monotonic() + within_s
        while not seen():
            assert time.monotonic() < end
            time.sleep(0.02)

    def done(self, job: str) -> dict[str, object]:
        self.until(lambda: self.job(job).state in ENDED)
        found = self.job(job)
        assert (found.state, found.problem) == (JobState.DONE, None)
        assert found.result is not None
        return found.result

    def kill_in(self, job: str, stage: str) -> None:
        self.until(lambda: self.job(job).progress.get("stage") == stage)
        os.kill(self.executors[0].pids[0], signal.SIGKILL)

    def reel(self) -> ReelRow:
        with self.database.read() as session:
            return session.get_one(ReelRow, "r")

    def notes(self) -> str:
        with self.database.read() as session:
            return session.get_one(Revision, ("r", self.reel().revision)).notes

    def takes(self) -> list[Take]:
        with self.database.read() as session:
            return session.query(Take).order_by(Take.cue).all()

    def close(self) -> None:
        self.dispatcher.stop()
        self.database.close()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, tiny_film: Path) -> Iterator[Room]:
    """A room in which nobody is killed, its film spotted."""
    room = Room(tmp_path_factory.mktemp("calm"), tiny_film)
    room.done(room.order())
    yield room
    room.close()


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory, tiny_film: Path) -> Iterator[Room]:
    """A room with the same film, whose workers are killed again and again."""
    room = Room(tmp_path_factory.mktemp("rough"), tiny_film)
    yield room
    room.close()


def test_a_film_is_spotted(calm: Room) -> None:
    reel = calm.reel()
    assert (reel.revision, (reel.facts or {})["name"]) == (1, "Tiny cut.mp4")
    for name in MADE:
        assert calm.artefacts.verify(getattr(reel, name))
    assert read_notes(calm.artefacts.read(calm.notes())).reel.name == "Tiny cut.mp4"


def test_killed_while_spotting_the_artefacts_are_the_same(calm: Room, rough: Room) -> None:
    job = rough.order()
    for stage in ("watch", "prepare", "spot"):
        rough.kill_in(job, stage)
        rough.until(lambda: rough.job(job).state == JobState.QUEUED or rough.job(job).losses, 10)
    rough.done(job)
    assert rough.job(job).losses >= 2
    assert rough.notes() == calm.notes()
    assert [getattr(rough.reel(), name) for name in MADE] == [getattr(calm.reel(), name) for name in MADE]
    assert rough.reel().revision == 1


def test_killed_while_scoring_the_takes_are_the_same(calm: Room, rough: Room) -> None:
    order = {"kind": JobKind.SCORE, "seed": 3, "engine": "rules"}
    calm.done(calm.order(**order))
    job = rough.order(**order)
    rough.kill_in(job, "compose")
    rough.done(job)
    assert rough.job(job).losses >= 1
    assert [(take.cue, take.files) for take in rough.takes()] == [(take.cue, take.files) for take in calm.takes()]
    for take in calm.takes():
        assert take.record["choice"]["settings"]["seed"] == 3
        assert read_take(calm.artefacts.read(take.files["take.json"]["sha256"])).levels


def test_a_delivery_holds_the_edit_and_the_takes(calm: Room, rough: Room) -> None:
    made = []
    for room in (calm, rough):
        notes = read_notes(room.artefacts.read(room.notes()))
        edited = encode_notes(notes).replace(b'"title": "', b'"title": "EDITED ', 1)
        sha256 = room.artefacts.put_bytes(edited)
        with room.database.write() as session:
            room.artefacts.keep(session, "p", sha256, len(edited))
            session.add(Revision(reel="r", number=2, notes=sha256, author="me", edits=[], created=0))
            session.get_one(ReelRow, "r").revision = 2
            for take in session.query(Take):
                take.state = TakeState.ACCEPTED
        made.append(room.done(room.order(JobKind.DELIVER))["file"])
    assert made[0] == made[1]
    assert made[0]["name"] == "Tiny cut_v1_r2.zip"
    with zipfile.ZipFile(calm.artefacts.path(made[0]["sha256"])) as archive:
        assert archive.testzip() is None
        inside = {name.partition("/")[2]: name for name in archive.namelist()}
        assert b'"EDITED ' in archive.read(inside["notes/Tiny cut.notes.json"])
    assert list(inside) == sorted(inside)
    for ending in (".mid", ".musicxml", ".pdf", "_TEMPMIX.wav", "_preview.mp4", "ledger.csv", ".xlsx", ".otio"):
        assert any(name.endswith(ending) for name in inside), ending
    assert any("_CLICK_" in name for name in inside)
    assert any("/stems/" in name for name in inside)


def test_themes_can_be_heard(calm: Room) -> None:
    result = calm.done(calm.order(JobKind.THEMES, most_themes=1))
    assert calm.reel().language == result["language"]
    files = result["files"]
    assert {"language.json", "ledger.csv", "ledger.svg"} < set(files)
    sound = next(file for name, file in files.items() if name.endswith(".flac"))
    assert calm.artefacts.read(sound["sha256"]).startswith(b"fLaC")


def test_a_broken_film_is_refused_in_words_about_the_upload(tmp_path: Path, tiny_film: Path) -> None:
    broken = tmp_path / "film"
    broken.write_bytes(tiny_film.read_bytes()[:3000])
    room = Room(tmp_path / "home", broken)
    job = room.order()
    room.until(lambda: room.job(job).state in ENDED)
    problem = room.job(job).problem
    assert problem
    assert problem["code"] in {"broken-reel", "not-a-film"}
    assert "Tiny cut.mp4" in problem["message"]
    assert room.reel().film not in problem["message"]
    assert room.reel().revision == 0
    room.close()
