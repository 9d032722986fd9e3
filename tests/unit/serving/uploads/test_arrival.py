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
from serving.store.pairing import pair_identities
from serving.store.tables import (
    Artefact,
    Audit,
    Base,
    Job,
    JobState,
    Project,
    ReelRow,
    Upload,
    UploadState,
    Use,
    new_id,
)
from serving.uploads import arrival
from serving.uploads.arrival import UploadContext, create, finish, forget, recover, sweep
from serving.uploads.store import UploadStore

FILM = b"not really a film" * 1000
SHA256 = hashlib.sha256(FILM).hexdigest()
PROJECT = new_id("project")


@pytest.fixture
def uploads(tmp_path: Path) -> UploadContext:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        session.add(Project(id=PROJECT, name="Film"))
    made = UploadContext(database, UploadStore(tmp_path / "uploads"), Artefacts(tmp_path / "artefacts"), 2**30)
    pair_identities(database, made.artefacts, made.files.folder)
    return made


def restarted(uploads: UploadContext) -> UploadContext:
    return uploads._replace(files=UploadStore(uploads.files.folder))


def begin(uploads: UploadContext, data: bytes = FILM, **more: Any) -> str:
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
    create(uploads, row)
    with uploads.files.open(row.id) as writing:
        writing.begin(guarded=False)
        writing.append(data)
        writing.keep()
    return row.id


def counts(uploads: UploadContext) -> tuple[int, ...]:
    with uploads.database.read() as session:
        return tuple(session.scalar(select(func.count()).select_from(t)) or 0 for t in (ReelRow, Job, Artefact, Use))


def the(uploads: UploadContext, table: Any) -> Any:
    with uploads.database.read() as session:
        return session.scalars(select(table)).one()


def test_a_whole_film_becomes_a_reel_and_a_job(uploads: UploadContext) -> None:
    upload = begin(uploads)
    row = finish(uploads, upload)
    reel, job = the(uploads, ReelRow), the(uploads, Job)
    assert (row.state, row.reel, row.job) == (UploadState.COMPLETE, reel.id, job.id)
    assert (reel.name, reel.cut, reel.film, reel.film_bytes) == ("cut.mp4", "v1", SHA256, len(FILM))
    assert (job.kind, job.state, job.reel, job.inputs["film"]) == ("spot", JobState.QUEUED, reel.id, SHA256)
    assert reel.choices == {"coverage": 0.5}
    assert job.params == {"revision": 1}, "what was chosen is told to nobody else: a screenplay may be among it"
    assert uploads.artefacts.read(SHA256) == FILM
    assert not list(uploads.files.folder.iterdir())
    with uploads.database.read() as session:
        topics = [one.topic for one in events_after(session, PROJECT, 0)]
        deeds = list(session.scalars(select(Audit.action)))
    assert topics.count("reel") == topics.count("job") == 1
    assert deeds == ["upload.create", "reel.create", "upload.complete"]


def test_finishing_again_changes_nothing(uploads: UploadContext) -> None:
    upload = begin(uploads)
    first = finish(uploads, upload)
    assert finish(restarted(uploads), upload).reel == first.reel
    assert recover(restarted(uploads)) == 0
    assert counts(uploads) == (1, 1, 1, 1)


def test_many_at_once_finish_it_once(uploads: UploadContext) -> None:
    upload = begin(uploads)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: finish(uploads, upload), range(16)))
    assert counts(uploads) == (1, 1, 1, 1)


@pytest.mark.parametrize("dies_in", ["verify", "touch", "take in", "taken in", "arrive", "arrived"])
def test_a_crash_anywhere_is_made_good_at_the_next_start(
    uploads: UploadContext, dies_in: str, monkeypatch: Any
) -> None:
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
                patch.setattr(UploadStore, "touch", die)
            case "take in":
                patch.setattr(Artefacts, "_commit", after(Artefacts._commit))  # in the store, and still an upload
            case "taken in":
                patch.setattr(Artefacts, "take_in", after(Artefacts.take_in))
            case "arrive":
                patch.setattr(arrival, "_arrive", after(arrival._arrive))  # inside the transaction
            case _:
                patch.setattr(UploadStore, "remove", die)
        upload = begin(uploads)
        with pytest.raises(SystemExit):
            finish(uploads, upload)
    uploads = restarted(uploads)
    sweep(uploads, now=time.time() + 30)
    assert recover(uploads) == (dies_in != "arrived")
    assert finish(uploads, upload).state == UploadState.COMPLETE
    assert counts(uploads) == (1, 1, 1, 1)
    assert uploads.artefacts.read(SHA256) == FILM
    assert not list(uploads.files.folder.iterdir())


def test_another_film_than_promised_is_refused_for_good(uploads: UploadContext) -> None:
    upload = begin(uploads, FILM[:-1] + b"X")
    with pytest.raises(ChecksumWrong):
        finish(uploads, upload)
    row = the(uploads, Upload)
    assert (row.state, row.problem["code"]) == (UploadState.REFUSED, "checksum-wrong")
    assert counts(uploads) == (0, 0, 0, 0)
    assert not list(uploads.files.folder.iterdir())
    assert finish(uploads, upload).state == UploadState.REFUSED
    forget(uploads, upload)


def test_a_film_that_is_not_whole_is_left_alone(uploads: UploadContext) -> None:
    upload = begin(uploads, FILM[:-1])
    assert finish(uploads, upload).state == UploadState.OPEN
    assert recover(uploads) == 0
    assert uploads.files.received_bytes(upload) == len(FILM) - 1


def test_the_same_film_twice_is_kept_once_and_counted_as_two_reels(uploads: UploadContext) -> None:
    finish(uploads, begin(uploads))
    finish(uploads, begin(uploads))
    assert counts(uploads) == (2, 2, 1, 1)


def test_bytes_that_are_gone_are_said_to_be_gone(uploads: UploadContext) -> None:
    upload = begin(uploads)
    uploads.files.remove(upload)
    with pytest.raises(NotFound):
        finish(uploads, upload)
    assert the(uploads, Upload).state == UploadState.REFUSED


def test_a_film_that_a_deleted_project_had_too_is_not_lost_on_its_way(uploads: UploadContext, monkeypatch: Any) -> None:
    other = new_id("project")
    with uploads.database.write() as session:
        session.add(Project(id=other, name="Theirs"))
    finish(uploads, begin(uploads, project=other))
    upload = begin(uploads)
    with uploads.database.write() as session:
        session.delete(session.get_one(Project, other))
    keep = Artefacts.keep

    def collected(store: Artefacts, session: Session, *what: Any) -> None:
        for sha256 in session.scalars(select(Artefact.sha256)).all():
            store.remove(sha256)
        keep(store, session, *what)

    with monkeypatch.context() as patch:
        patch.setattr(Artefacts, "keep", collected)
        with pytest.raises(ServiceBusy):
            finish(uploads, upload)
    assert finish(uploads, upload).state == UploadState.COMPLETE
    assert uploads.artefacts.read(SHA256) == FILM
    assert not list(uploads.files.folder.iterdir())


def test_who_comes_while_another_finishes_hears_how_it_ended(uploads: UploadContext, monkeypatch: Any) -> None:
    upload = begin(uploads)
    lock = UploadStore.open

    def late(files: UploadStore, name: str) -> Any:
        monkeypatch.setattr(UploadStore, "open", lock)
        finish(uploads, name)
        return lock(files, name)

    monkeypatch.setattr(UploadStore, "open", late)
    assert finish(uploads, upload).state == UploadState.COMPLETE


def test_a_promise_is_no_film(uploads: UploadContext) -> None:
    """Who names the hash of a film they do not have gets nothing of it."""
    finish(uploads, begin(uploads))
    upload = begin(uploads, b"")
    uploads.files.remove(upload)
    with pytest.raises(NotFound):
        finish(uploads, upload)
    assert counts(uploads) == (1, 1, 1, 1)


def test_a_database_that_is_busy_loses_nothing(uploads: UploadContext, monkeypatch: Any) -> None:
    upload = begin(uploads)

    def busy(*_: object) -> None:
        raise ServiceBusy("The database is busy.")

    with monkeypatch.context() as patch:
        patch.setattr(arrival, "_arrive", busy)
        with pytest.raises(ServiceBusy):
            finish(uploads, upload)
    assert finish(uploads, upload).state == UploadState.COMPLETE


@pytest.mark.parametrize(
    ("choices", "before", "cut"),
    [({}, "v2", "v3"), ({}, "Lock 9", "Lock 10"), ({}, "fine", "v2"), ({"cut": "v7"}, "v2", "v7")],
)
def test_the_cut_is_labelled_after_the_one_before(uploads: UploadContext, choices: Any, before: str, cut: str) -> None:
    first = finish(uploads, begin(uploads, choices={"cut": before})).reel
    second = finish(uploads, begin(uploads, choices=choices, previous=first)).reel
    with uploads.database.read() as session:
        reel = session.get_one(ReelRow, second)
        assert (reel.cut, reel.previous) == (cut, first)


def test_a_previous_reel_of_another_project_is_refused(uploads: UploadContext) -> None:
    other = new_id("project")
    with uploads.database.write() as session:
        session.add(Project(id=other, name="Theirs"))
    theirs = finish(uploads, begin(uploads, project=other)).reel
    for previous in (theirs, new_id("reel")):
        with pytest.raises(RequestInvalid):
            begin(uploads, previous=previous)
    assert not list(uploads.files.folder.iterdir())


def test_a_previous_reel_that_is_gone_meanwhile_stops_neither_this_film_nor_the_next(uploads: UploadContext) -> None:
    first = finish(uploads, begin(uploads, choices={"cut": "v2"})).reel
    second, third = begin(uploads, previous=first), begin(uploads)
    with uploads.database.write() as session:
        session.delete(session.get_one(ReelRow, first))
    assert recover(restarted(uploads)) == 2
    with uploads.database.read() as session:
        reels = [session.get_one(ReelRow, session.get_one(Upload, upload).reel) for upload in (second, third)]
    assert [reel.previous for reel in reels] == [None, None]


def test_a_film_that_cannot_be_finished_does_not_hold_up_the_others(uploads: UploadContext, monkeypatch: Any) -> None:
    bad, good = begin(uploads), begin(uploads)
    arrive = arrival._arrive

    def refused(uploads: UploadContext, session: Session, upload: str) -> Upload:
        if upload == bad:
            session.add(Project(id=PROJECT, name="Twice"))
            session.flush()
        return arrive(uploads, session, upload)

    monkeypatch.setattr(arrival, "_arrive", refused)
    assert recover(uploads) == 1
    assert finish(uploads, good).state == UploadState.COMPLETE


def test_the_quota_counts_what_is_kept_and_what_is_coming(uploads: UploadContext) -> None:
    uploads = uploads._replace(quota_bytes=3 * len(FILM))
    finish(uploads, begin(uploads))
    begin(uploads, b"", sha256="")
    begin(uploads, b"", sha256="")
    with pytest.raises(QuotaExceeded):
        begin(uploads, b"", sha256="")
    with uploads.database.write() as session:
        session.execute(update(Project).values(quota_bytes=4 * len(FILM)))
    begin(uploads, b"", sha256="")
    with pytest.raises(QuotaExceeded):
        begin(uploads, b"", length=1)


def test_only_so_many_are_open_at_once(uploads: UploadContext, monkeypatch: Any) -> None:
    monkeypatch.setattr(arrival, "MOST_OPEN", 2)
    first = begin(uploads)
    begin(uploads, b"")
    with pytest.raises(QuotaExceeded):
        begin(uploads, b"")
    finish(uploads, first)
    begin(uploads, b"")


def test_an_upload_that_cannot_be_taken_over_may_be_given_up(uploads: UploadContext, monkeypatch: Any) -> None:
    upload = begin(uploads)

    def full(*_: object, **__: object) -> None:
        raise DiskFull("There is no space left.")

    monkeypatch.setattr(Artefacts, "take_in", full)
    with pytest.raises(DiskFull):
        finish(uploads, upload)
    assert the(uploads, Upload).film == SHA256
    forget(uploads, upload)
    assert counts(uploads) == (0, 0, 0, 0)
    assert not list(uploads.files.folder.iterdir())


def test_the_disk_counts_what_is_coming_from_everybody(uploads: UploadContext, monkeypatch: Any) -> None:
    monkeypatch.setattr(UploadStore, "free", lambda _: arrival.SPARE_BYTES + 2 * len(FILM))
    begin(uploads, b"")
    begin(uploads)  # all of it here already: it takes no more of what is free
    begin(uploads, b"")
    with pytest.raises(DiskFull):
        begin(uploads, b"", length=1)
    assert len(list(uploads.files.folder.iterdir())) == 3


def test_a_project_that_is_not_there(uploads: UploadContext) -> None:
    with pytest.raises(NotFound):
        begin(uploads, project=new_id("project"))


def test_giving_up(uploads: UploadContext) -> None:
    upload = begin(uploads, b"x")
    with uploads.files.open(upload), pytest.raises(UploadBusy):
        forget(uploads, upload)
    forget(uploads, upload)
    assert uploads.files.received_bytes(upload) is None
    with pytest.raises(NotFound):
        forget(uploads, upload)
    done = begin(uploads)
    finish(uploads, done)
    with pytest.raises(StateConflict):
        forget(uploads, done)


def test_sweeping_what_expired_and_what_belongs_to_nobody(uploads: UploadContext, monkeypatch: Any) -> None:
    now = time.time()
    expired, young = begin(uploads, b"x", created=now - 60, expires=now - 1), begin(uploads, b"x")
    busy = begin(uploads, b"x", expires=now - 1)
    orphan, new_orphan = new_id("upload"), new_id("upload")
    uploads.files.create(orphan)
    uploads.files.create(new_orphan)
    (uploads.files.folder / "README").touch()
    aged = {orphan: arrival.ORPHAN_S + 1}
    kept = UploadStore.list_kept
    monkeypatch.setattr(
        UploadStore, "list_kept", lambda files: ((name, aged.get(name, 0.0)) for name, _ in kept(files))
    )
    with uploads.files.open(busy):
        assert sweep(uploads, now) == 2
    assert {path.stem for path in uploads.files.folder.iterdir()} == {young, busy, new_orphan, "README"}
    with uploads.database.read() as session:
        assert session.get(Upload, expired) is not None  # it can still be told that it expired
    sweep(uploads, now + 200)
    with uploads.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Upload)) == 0


def ids(uploads: UploadContext) -> set[str]:
    with uploads.database.read() as session:
        return set(session.scalars(select(Upload.id)))


def test_rows_of_uploads_that_ended_go_too_and_none_is_read_whole(uploads: UploadContext, monkeypatch: Any) -> None:
    done, refused = begin(uploads), begin(uploads, FILM[:-1] + b"X")
    finish(uploads, done)
    with pytest.raises(ChecksumWrong):
        finish(uploads, refused)
    verified, young = begin(uploads), begin(uploads, expires=time.time() + 10**6)  # and its film is whole
    with monkeypatch.context() as patch:
        patch.setattr(Artefacts, "take_in", lambda *_, **__: pytest.fail("the service died here"))
        with pytest.raises(pytest.fail.Exception):
            finish(uploads, verified)
    read: list[str] = []
    event.listen(uploads.database.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    sweep(uploads, time.time() + 90)
    assert ids(uploads) == {done, refused, verified, young}, "who asks is still told what became of it"
    sweep(uploads, time.time() + 130)
    assert ids(uploads) == {verified, young}
    assert read
    assert not [statement for statement in read if "upload.choices" in statement], "a screenplay each"
    assert recover(uploads) == 2
