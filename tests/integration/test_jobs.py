"""Jobs from end to end, with real films and real networks, in worker processes that are killed and stopped."""

import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.delivery.notes_json import read_notes
from model.delivery.review_take import read_take
from serving.jobs import queue
from serving.jobs.dispatcher import Dispatcher
from serving.jobs.start import make_dispatcher
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.tables import ENDED, Base, Job, JobKind, JobState, Project, Reel, Revision, Take, TakeState


class Room:
    """A database, a store, one reel, and a dispatcher that can be ended and begun again."""

    def __init__(self, home: Path, film: Path) -> None:
        self.settings = Settings(home=home, lease_s=2)
        self.database = Database(self.settings.database)
        Base.metadata.create_all(self.database.engine)
        self.artefacts = Artefacts(self.settings.artefacts)
        sha256 = self.artefacts.put_file(film)
        with self.database.write() as session:
            session.add(Project(id="p", name="P"))
            session.flush()
            self.artefacts.keep(session, "p", sha256, film.stat().st_size)
            session.add(Reel(id="r", project="p", name="Tiny cut.mp4", film=sha256, film_bytes=film.stat().st_size))
        self.dispatcher: Dispatcher | None = None

    def begin(self) -> None:
        self.dispatcher = make_dispatcher(self.settings, self.database, self.artefacts)
        self.dispatcher.start()

    def end(self) -> None:
        if self.dispatcher:
            self.dispatcher.stop()
            self.dispatcher = None

    def order(self, kind: JobKind = JobKind.SPOT, **params: object) -> str:
        with self.database.write() as session:
            return queue.enqueue(session, project="p", reel="r", kind=kind, params=params).id

    def job(self, job: str) -> Job:
        with self.database.read() as session:
            return session.get_one(Job, job)

    def ended(self, job: str, within_s: float = 60) -> Job:
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            now = self.job(job)
            if now.state in ENDED:
                return now
            time.sleep(0.05)
        raise AssertionError(f"the job did not end: {now.state} {now.progress}")

    def reel(self) -> Reel:
        with self.database.read() as session:
            return session.get_one(Reel, "r")


@pytest.fixture
def room(tmp_path: Path, tiny_film: Path) -> Iterator[Room]:
    made = Room(tmp_path, tiny_film)
    made.begin()
    yield made
    made.end()
    made.database.close()


def test_a_film_is_spotted(room: Room) -> None:
    job = room.ended(room.order())
    assert (job.state, job.problem) == (JobState.DONE, None)
    reel = room.reel()
    assert reel.revision == 1
    assert reel.facts
    assert reel.facts["name"] == "Tiny cut.mp4"
    for sha256 in (reel.picture, reel.sound, reel.waveform, reel.observations, reel.lanes):
        assert room.artefacts.verify(sha256)
    with room.database.read() as session:
        first = session.get_one(Revision, ("r", 1))
    assert read_notes(room.artefacts.read(first.notes)).reel.name == "Tiny cut.mp4"


def test_from_notes_to_an_archive(room: Room) -> None:
    room.ended(room.order())
    themes = room.ended(room.order(JobKind.THEMES))
    assert themes.problem is None
    assert themes.result
    assert room.reel().language == themes.result["language"]
    names = set(themes.result["files"])
    assert {"language.json", "ledger.csv", "ledger.svg"} < names
    assert any(name.endswith(".flac") for name in names)
    score = room.ended(room.order(JobKind.SCORE, seed=3, engine="rules"))
    assert score.problem is None
    assert score.result
    with room.database.write() as session:
        takes = [session.get_one(Take, take) for take in score.result["takes"]]
        assert takes
        for take in takes:
            assert take.record["choice"]["settings"]["seed"] == 3
            assert {"take.json", "mix.flac", "pages/1.svg"} < set(take.files)
            record = read_take(room.artefacts.read(take.files["take.json"]["sha256"]))
            assert record.levels
            take.state = TakeState.ACCEPTED
    delivery = room.ended(room.order(JobKind.DELIVER))
    assert delivery.problem is None
    assert delivery.result
    archive = room.artefacts.path(delivery.result["file"]["sha256"])
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        inside = [name.partition("/")[2] for name in opened.namelist()]
    assert inside == sorted(inside)
    print(inside)
