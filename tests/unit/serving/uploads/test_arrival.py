"""The last byte makes one reel and one job, wherever the service died on the way and whoever asks again."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import Session

from model.errors import (
    ChecksumWrong,
    DiskFull,
    NotFound,
    QuotaExceeded,
    RequestInvalid,
    ServiceBusy,
    StateConflict,
    UploadBusy,
)
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.events import events_after
from serving.store.pairing import pair
from serving.store.tables import Artefact, Audit, Base, Job, JobState, Project, Reel, Upload, UploadState, Use, new_id
from serving.uploads import arrival
from serving.uploads.arrival import Dock, create, finish, forget, recover, sweep
from serving.uploads.store import UploadFiles

FILM = b"not really a film" * 1000
SHA256 = hashlib.sha256(FILM).hexdigest()
PROJECT = new_id("project")


@pytest.fixture
def dock(tmp_path: Path) -> Dock:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Project(id=PROJECT, name="Film"))
    made = Dock(database, UploadFiles(tmp_path / "uploads"), Artefacts(tmp_path / "artefacts"), 2**30)
    pair(database, made.artefacts, made.files.folder)
    return made


def restarted(dock: Dock) -> Dock:
    return dock._replace(files=UploadFiles(dock.files.folder))


def begin(dock: Dock, data: bytes = FILM, **more: Any) -> str:
    now = time.time()
    row = Upload(
        **{
            "id": new_id("upload"),
            "project": PROJECT,
            "creator": "person_x",
            "name": "cut.mp4",
            "length": len(FILM),
            "sha256": SHA256,
            "film": "",
            "choices": {"coverage": 0.5},
            "state": UploadState.OPEN,
            "created": now,
            "expires": now + 60,
            **more,
        }
    )
    create(dock, row)
    with dock.files.open(row.id) as writing:
        writing.begin(guarded=False)
        writing.append(data)
        writing.keep()
    return row.id


def counts(dock: Dock) -> tuple[int, ...]:
    with dock.database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(t)) or 0 for t in (Reel, Job, Artefact, Use))


def the(dock: Dock, table: Any) -> Any:
    with dock.database.read() as session:
        return session.scalars(select(table)).one()


def test_a_whole_film_becomes_a_reel_and_a_job(dock: Dock) -> None:
    upload = begin(dock)
    row = finish(dock, upload)
    reel, job = the(dock, Reel), the(dock, Job)
    assert (row.state, row.reel, row.job) == (UploadState.COMPLETE, reel.id, job.id)
    assert (reel.name, reel.cut, reel.film, reel.film_bytes) == ("cut.mp4", "v1", SHA256, len(FILM))
    assert (job.kind, job.state, job.reel, job.inputs["film"]) == ("spot", JobState.QUEUED, reel.id, SHA256)
    assert reel.choices == {"coverage": 0.5}
    assert job.params == {"revision": 1}, "what was chosen is told to nobody else: a screenplay may be among it"
    assert dock.artefacts.read(SHA256) == FILM
    assert not list(dock.files.folder.iterdir())
    with dock.database.read() as session:
        topics = [one.topic for one in events_after(session, PROJECT, 0)]
        deeds = list(session.scalars(select(Audit.action)))
    assert topics.count("reel") == topics.count("job") == 1
    assert deeds == ["upload.create", "reel.create", "upload.complete"]


def test_finishing_again_changes_nothing(dock: Dock) -> None:
    upload = begin(dock)
    first = finish(dock, upload)
    assert finish(restarted(dock), upload).reel == first.reel
    assert recover(restarted(dock)) == 0
    assert counts(dock) == (1, 1, 1, 1)


def test_many_at_once_finish_it_once(dock: Dock) -> None:
    upload = begin(dock)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: finish(dock, upload), range(16)))
    assert counts(dock) == (1, 1, 1, 1)


@pytest.mark.parametrize("dies_in", ["verify", "touch", "take in", "taken in", "arrive", "arrived"])
def test_a_crash_anywhere_is_made_good_at_the_next_start(dock: Dock, dies_in: str, monkeypatch: Any) -> None:
    """Whatever step the service died in, the next start ends with one reel, one job and the same bytes."""

    def die(*_: object, **__: object) -> None:
        raise SystemExit

    def after(work: Any) -> Any:
        def both(*arguments: Any, **named: Any) -> None:
            work(*arguments, **named)
            raise SystemExit

        return both

    with monkeypatch.context() as patch:
        match dies_in:
            case "verify":
                patch.setattr(arrival, "_verify", after(arrival._verify))
            case "touch":
                patch.setattr(UploadFiles, "touch", die)
            case "take in":
                patch.setattr(Artefacts, "_commit", after(Artefacts._commit))  # in the store, and still an upload
            case "taken in":
                patch.setattr(Artefacts, "take_in", after(Artefacts.take_in))
            case "arrive":
                patch.setattr(arrival, "_arrive", after(arrival._arrive))  # inside the transaction
            case _:
                patch.setattr(UploadFiles, "remove", die)
        upload = begin(dock)
        with pytest.raises(SystemExit):
            finish(dock, upload)
    dock = restarted(dock)
    sweep(dock, now=time.time() + 30)
    assert recover(dock) == (dies_in != "arrived")
    assert finish(dock, upload).state == UploadState.COMPLETE
    assert counts(dock) == (1, 1, 1, 1)
    assert dock.artefacts.read(SHA256) == FILM
    assert not list(dock.files.folder.iterdir())


def test_another_film_than_promised_is_refused_for_good(dock: Dock) -> None:
    upload = begin(dock, FILM[:-1] + b"X")
    with pytest.raises(ChecksumWrong):
        finish(dock, upload)
    row = the(dock, Upload)
    assert (row.state, row.problem["code"]) == (UploadState.REFUSED, "checksum-wrong")
    assert counts(dock) == (0, 0, 0, 0)
    assert not list(dock.files.folder.iterdir())
    assert finish(dock, upload).state == UploadState.REFUSED
    forget(dock, upload)


def test_a_film_that_is_not_whole_is_left_alone(dock: Dock) -> None:
    upload = begin(dock, FILM[:-1])
    assert finish(dock, upload).state == UploadState.OPEN
    assert recover(dock) == 0
    assert dock.files.received(upload) == len(FILM) - 1


def test_the_same_film_twice_is_kept_once_and_counted_as_two_reels(dock: Dock) -> None:
    finish(dock, begin(dock))
    finish(dock, begin(dock))
    assert counts(dock) == (2, 2, 1, 1)


def test_bytes_that_are_gone_are_said_to_be_gone(dock: Dock) -> None:
    upload = begin(dock)
    dock.files.remove(upload)
    with pytest.raises(NotFound):
        finish(dock, upload)
    assert the(dock, Upload).state == UploadState.REFUSED


def test_a_film_that_a_deleted_project_had_too_is_not_lost_on_its_way(dock: Dock, monkeypatch: Any) -> None:
    other = new_id("project")
    with dock.database.write() as session:
        session.add(Project(id=other, name="Theirs"))
    finish(dock, begin(dock, project=other))
    upload = begin(dock)
    with dock.database.write() as session:
        session.delete(session.get_one(Project, other))
    keep = Artefacts.keep

    def collected(store: Artefacts, session: Session, *what: Any) -> None:
        for sha256 in session.scalars(select(Artefact.sha256)).all():
            store.remove(sha256)
        keep(store, session, *what)

    with monkeypatch.context() as patch:
        patch.setattr(Artefacts, "keep", collected)
        with pytest.raises(ServiceBusy):
            finish(dock, upload)
    assert finish(dock, upload).state == UploadState.COMPLETE
    assert dock.artefacts.read(SHA256) == FILM
    assert not list(dock.files.folder.iterdir())


def test_who_comes_while_another_finishes_hears_how_it_ended(dock: Dock, monkeypatch: Any) -> None:
    upload = begin(dock)
    lock = UploadFiles.open

    def late(files: UploadFiles, name: str) -> Any:
        monkeypatch.setattr(UploadFiles, "open", lock)
        finish(dock, name)
        return lock(files, name)

    monkeypatch.setattr(UploadFiles, "open", late)
    assert finish(dock, upload).state == UploadState.COMPLETE


def test_a_promise_is_no_film(dock: Dock) -> None:
    """Who names the hash of a film they do not have gets nothing of it."""
    finish(dock, begin(dock))
    upload = begin(dock, b"")
    dock.files.remove(upload)
    with pytest.raises(NotFound):
        finish(dock, upload)
    assert counts(dock) == (1, 1, 1, 1)


def test_a_database_that_is_busy_loses_nothing(dock: Dock, monkeypatch: Any) -> None:
    upload = begin(dock)

    def busy(*_: object) -> None:
        raise ServiceBusy("The database is busy.")

    with monkeypatch.context() as patch:
        patch.setattr(arrival, "_arrive", busy)
        with pytest.raises(ServiceBusy):
            finish(dock, upload)
    assert finish(dock, upload).state == UploadState.COMPLETE


@pytest.mark.parametrize(
    ("choices", "before", "cut"),
    [({}, "v2", "v3"), ({}, "Lock 9", "Lock 10"), ({}, "fine", "v2"), ({"cut": "v7"}, "v2", "v7")],
)
def test_the_cut_is_labelled_after_the_one_before(dock: Dock, choices: Any, before: str, cut: str) -> None:
    first = finish(dock, begin(dock, choices={"cut": before})).reel
    second = finish(dock, begin(dock, choices=choices, previous=first)).reel
    with dock.database.read() as session:
        reel = session.get_one(Reel, second)
        assert (reel.cut, reel.previous) == (cut, first)


def test_a_previous_reel_of_another_project_is_refused(dock: Dock) -> None:
    other = new_id("project")
    with dock.database.write() as session:
        session.add(Project(id=other, name="Theirs"))
    theirs = finish(dock, begin(dock, project=other)).reel
    for previous in (theirs, new_id("reel")):
        with pytest.raises(RequestInvalid):
            begin(dock, previous=previous)
    assert not list(dock.files.folder.iterdir())


def test_a_previous_reel_that_is_gone_meanwhile_stops_neither_this_film_nor_the_next(dock: Dock) -> None:
    first = finish(dock, begin(dock, choices={"cut": "v2"})).reel
    second, third = begin(dock, previous=first), begin(dock)
    with dock.database.write() as session:
        session.delete(session.get_one(Reel, first))
    assert recover(restarted(dock)) == 2
    with dock.database.read() as session:
        reels = [session.get_one(Reel, session.get_one(Upload, upload).reel) for upload in (second, third)]
    assert [reel.previous for reel in reels] == [None, None]


def test_a_film_that_cannot_be_finished_does_not_hold_up_the_others(dock: Dock, monkeypatch: Any) -> None:
    bad, good = begin(dock), begin(dock)
    arrive = arrival._arrive

    def refused(dock: Dock, session: Session, upload: str) -> Upload:
        if upload == bad:
            session.add(Project(id=PROJECT, name="Twice"))
            session.flush()
        return arrive(dock, session, upload)

    monkeypatch.setattr(arrival, "_arrive", refused)
    assert recover(dock) == 1
    assert finish(dock, good).state == UploadState.COMPLETE


def test_the_quota_counts_what_is_kept_and_what_is_coming(dock: Dock) -> None:
    dock = dock._replace(quota_bytes=3 * len(FILM))
    finish(dock, begin(dock))
    begin(dock, b"", sha256="")
    begin(dock, b"", sha256="")
    with pytest.raises(QuotaExceeded):
        begin(dock, b"", sha256="")
    with dock.database.write() as session:
        session.execute(update(Project).values(quota_bytes=4 * len(FILM)))
    begin(dock, b"", sha256="")
    with pytest.raises(QuotaExceeded):
        begin(dock, b"", length=1)


def test_only_so_many_are_open_at_once(dock: Dock, monkeypatch: Any) -> None:
    monkeypatch.setattr(arrival, "MOST_OPEN", 2)
    first = begin(dock)
    begin(dock, b"")
    with pytest.raises(QuotaExceeded):
        begin(dock, b"")
    finish(dock, first)
    begin(dock, b"")


def test_an_upload_that_cannot_be_taken_over_may_be_given_up(dock: Dock, monkeypatch: Any) -> None:
    upload = begin(dock)

    def full(*_: object, **__: object) -> None:
        raise DiskFull("There is no space left.")

    monkeypatch.setattr(Artefacts, "take_in", full)
    with pytest.raises(DiskFull):
        finish(dock, upload)
    assert the(dock, Upload).film == SHA256
    forget(dock, upload)
    assert counts(dock) == (0, 0, 0, 0)
    assert not list(dock.files.folder.iterdir())


def test_the_disk_counts_what_is_coming_from_everybody(dock: Dock, monkeypatch: Any) -> None:
    monkeypatch.setattr(UploadFiles, "free", lambda _: arrival.SPARE_BYTES + 2 * len(FILM))
    begin(dock, b"")
    begin(dock)  # all of it here already: it takes no more of what is free
    begin(dock, b"")
    with pytest.raises(DiskFull):
        begin(dock, b"", length=1)
    assert len(list(dock.files.folder.iterdir())) == 3


def test_a_project_that_is_not_there(dock: Dock) -> None:
    with pytest.raises(NotFound):
        begin(dock, project=new_id("project"))


def test_giving_up(dock: Dock) -> None:
    upload = begin(dock, b"x")
    with dock.files.open(upload), pytest.raises(UploadBusy):
        forget(dock, upload)
    forget(dock, upload)
    assert dock.files.received(upload) is None
    with pytest.raises(NotFound):
        forget(dock, upload)
    done = begin(dock)
    finish(dock, done)
    with pytest.raises(StateConflict):
        forget(dock, done)


def test_sweeping_what_expired_and_what_belongs_to_nobody(dock: Dock, monkeypatch: Any) -> None:
    now = time.time()
    expired, young = begin(dock, b"x", created=now - 60, expires=now - 1), begin(dock, b"x")
    busy = begin(dock, b"x", expires=now - 1)
    orphan, new_orphan = new_id("upload"), new_id("upload")
    dock.files.create(orphan)
    dock.files.create(new_orphan)
    (dock.files.folder / "README").touch()
    aged = {orphan: arrival.ORPHAN_S + 1}
    kept = UploadFiles.kept
    monkeypatch.setattr(UploadFiles, "kept", lambda files: ((name, aged.get(name, 0.0)) for name, _ in kept(files)))
    with dock.files.open(busy):
        assert sweep(dock, now) == 2
    assert {path.stem for path in dock.files.folder.iterdir()} == {young, busy, new_orphan, "README"}
    with dock.database.read() as session:
        assert session.get(Upload, expired) is not None  # it can still be told that it expired
    sweep(dock, now + 200)
    with dock.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0


def ids(dock: Dock) -> set[str]:
    with dock.database.read() as session:
        return set(session.scalars(select(Upload.id)))


def test_rows_of_uploads_that_ended_go_too_and_none_is_read_whole(dock: Dock, monkeypatch: Any) -> None:
    done, refused = begin(dock), begin(dock, FILM[:-1] + b"X")
    finish(dock, done)
    with pytest.raises(ChecksumWrong):
        finish(dock, refused)
    verified, young = begin(dock), begin(dock, expires=time.time() + 10**6)  # and its film is whole
    with monkeypatch.context() as patch:
        patch.setattr(Artefacts, "take_in", lambda *_, **__: pytest.fail("the service died here"))
        with pytest.raises(pytest.fail.Exception):
            finish(dock, verified)
    read: list[str] = []
    event.listen(dock.database.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    sweep(dock, time.time() + 90)
    assert ids(dock) == {done, refused, verified, young}, "who asks is still told what became of it"
    sweep(dock, time.time() + 130)
    assert ids(dock) == {verified, young}
    assert read
    assert not [statement for statement in read if "upload.choices" in statement], "a screenplay each"
    assert recover(dock) == 2
