"""What happens when the last byte of an upload is there: it is verified, moved into the store, and becomes a reel.

Four steps, each of which may be the last one before a crash, and each of which may safely be taken again:

1. the bytes are hashed and the SHA-256 is written into the upload's row (or the upload is refused);
2. the store takes the file in under its own name, without copying it;
3. reel, ``spot`` job, events and the row's new state appear in one transaction, fenced by the old state;
4. the upload's own name of the file goes.

:func:`finish` goes on wherever the last attempt stopped, :func:`recover` does so for every upload at a start, and
:func:`sweep` forgets what expired or belongs to nobody.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import NamedTuple

import structlog
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from model.errors import (
    ChecksumWrong,
    CuelightError,
    DiskFull,
    NotFound,
    QuotaExceeded,
    RequestInvalid,
    StateConflict,
    UploadBusy,
)
from serving.jobs.queue import enqueue
from serving.store.artefacts import Artefacts, max_swept_files
from serving.store.database import Database
from serving.store.events import publish
from serving.store.sweeping import SWEPT, UPLOADS, may_sweep, refuse_sweep
from serving.store.tables import (
    Account,
    Artefact,
    Audit,
    JobKind,
    Project,
    Record,
    ReelRow,
    Upload,
    UploadState,
    Use,
    new_id,
)
from serving.uploads.store import UploadStore, Writing

SPARE_BYTES = 2**28  # what an upload must leave free on the disk
MOST_OPEN = 500
ORPHAN_S = 3600.0  # a file without a row may belong to an upload that is just being created
MEDIA_TYPE = "application/octet-stream"  # what it is, the sandbox will tell
_log = structlog.get_logger("cuelight.uploads")


class UploadContext(NamedTuple):
    """Where uploads arrive: rows, files on their way, the store they end in, and what a project may hold."""

    database: Database
    files: UploadStore
    artefacts: Artefacts
    quota_bytes: int


def create(uploads: UploadContext, row: Upload) -> None:
    """Begin an upload: its file, then its row, if project and disk have room for all of it.

    Raises ``QuotaExceeded``, ``DiskFull``, ``NotFound`` for a project that is not there, ``RequestInvalid`` for a
    previous reel that is not one of the project.
    """
    uploads.files.create(row.id)
    try:
        with uploads.database.write() as session:
            _check_room(uploads, session, row)
            _check_previous(session, row)
            session.add(row)
            _tell(session, row, "upload.create")
    except BaseException:
        uploads.files.remove(row.id)
        raise


def forget(uploads: UploadContext, upload: str) -> None:
    """Give up an upload; raises ``UploadBusy`` while it is written, ``StateConflict`` if it is a reel already."""
    try:
        with uploads.files.open(upload) as writing:
            _forget_row(uploads, upload)
            writing.forget()
            uploads.files.remove(upload)
    except NotFound:  # refused or swept: there is only the row
        _forget_row(uploads, upload)


def finish(uploads: UploadContext, upload: str) -> Upload:
    """Bring an upload whose bytes are all there to its end, once; return its row as it is now.

    An upload that is not whole, or ended already, or that somebody else is just finishing, is left alone. Raises
    ``ChecksumWrong`` if it is not the promised file; it is refused then and its bytes are gone.
    """
    row = _row(uploads, upload)
    if row.state != UploadState.OPEN:
        return row
    try:
        writing = uploads.files.open(upload)
    except UploadBusy:
        return row
    except NotFound:
        return _without_file(uploads, upload)
    with writing:
        if writing.offset != row.length:
            return row
        _verify(uploads, row, writing)
        uploads.files.touch(upload)  # young again, so that no sweep of the store takes it before its row is there
        uploads.artefacts.take_in(uploads.files.path(upload), MEDIA_TYPE, sha256=row.film)
        with uploads.database.write() as session:
            row = _arrive(uploads, session, upload)
        writing.forget()
        uploads.files.remove(
            upload
        )  # only now: a deleted project may take the same film out of the store at any moment
    return row


def recover(uploads: UploadContext) -> int:
    """Finish every upload whose bytes were all there when the service stopped; return how many became reels."""
    with uploads.database.read() as session:
        open_ones = select(Upload.id, Upload.film, Upload.length).where(Upload.state == UploadState.OPEN)
        waiting = session.execute(open_ones).all()
    finished = 0
    for row in waiting:
        if row.film or uploads.files.received_bytes(row.id) == row.length:
            try:
                finished += finish(uploads, row.id).state == UploadState.COMPLETE
            except (CuelightError, SQLAlchemyError, OSError) as error:  # the others must not wait for this one
                _log.warning("upload not finished", upload=row.id, why=str(error))
    return finished


def sweep(uploads: UploadContext, now: float | None = None) -> int:
    """Delete the bytes of uploads that expired or ended, move files without a row to the trash; return how many went.

    Nothing goes while it is not sure that database and files belong together, and of the files without a row none if
    they were too many at once.

    The row of an upload stays for as long again as the upload could have lived, to tell who asks what became of it.
    """
    if not may_sweep(uploads.database, uploads.artefacts, UPLOADS):
        return 0
    moment = time.time() if now is None else now
    ages = dict(uploads.files.list_kept())  # before the rows: a file without one now had none then, or one that is gone
    told = or_(Upload.state != UploadState.OPEN, Upload.film == "")  # what was verified is still to become a reel
    with uploads.database.write() as session:
        stale = delete(Upload).where(Upload.expires < moment, 2 * Upload.expires - Upload.created < moment, told)
        session.execute(stale)
    with uploads.database.read() as session:
        idle = {upload: _is_idle(session, upload, moment) for upload in ages}
    ended = [upload for upload in ages if idle[upload]]
    unknown = [upload for upload, age_s in ages.items() if idle[upload] is None and age_s > ORPHAN_S]
    if len(unknown) > max_swept_files(len(ages)):
        refuse_sweep(uploads.artefacts, UPLOADS, len(unknown), len(ages))
        unknown = []
    else:
        uploads.artefacts.refusals.pop(UPLOADS, None)
    moved = sum(_take_away(uploads, upload, uploads.files.discard) for upload in unknown)
    if moved:
        SWEPT.labels(UPLOADS).inc(moved)
        _log.info("swept", kind=UPLOADS, moved=moved, stored=len(ages))
    return moved + sum(_take_away(uploads, upload, uploads.files.remove) for upload in ended)


def refuse(uploads: UploadContext, upload: str, error: CuelightError) -> None:
    """End an upload for good, with the reason."""
    problem = {"code": error.code, "message": error.message, "hint": error.hint}
    with uploads.database.write() as session:
        refused = update(Upload).where(Upload.id == upload, Upload.state == UploadState.OPEN)
        session.execute(refused.values(state=UploadState.REFUSED, problem=problem))
    uploads.files.remove(upload)


def _check_room(uploads: UploadContext, session: Session, row: Upload) -> None:
    """Raise unless the project may hold the film and the disk can, with everything else that is on its way."""
    project = session.get(Project, row.project)
    if project is None:
        raise NotFound("There is no such project, or it is not yours.")
    on_its_way = select(Upload.id, Upload.project, Upload.length).where(Upload.state == UploadState.OPEN)
    coming = session.execute(on_its_way.where(Upload.expires > time.time())).all()
    ours = [length for _, place, length in coming if place == row.project]
    kept = select(func.coalesce(func.sum(Artefact.size), 0)).join(Use, Use.sha256 == Artefact.sha256)
    used = session.scalar(kept.where(Use.project == row.project)) or 0
    quota = uploads.quota_bytes if project.quota_bytes is None else project.quota_bytes
    if len(ours) >= MOST_OPEN:
        raise QuotaExceeded(
            f"The project has {len(ours)} unfinished uploads.", hint="Finish some of them, or give them up."
        )
    if used + sum(ours) + row.length > quota:
        raise QuotaExceeded(
            f"The project has {max(0, quota - used - sum(ours)) / 2**30:.1f} GiB left; the film has "
            f"{row.length / 2**30:.1f} GiB.",
            hint="Delete reels or unfinished uploads of the project, or ask for more room.",
        )
    missing = sum(length - (uploads.files.received_bytes(upload) or 0) for upload, _, length in coming)
    if missing + row.length + SPARE_BYTES > uploads.files.free():
        raise DiskFull("The disk of the service has no room for this film.", hint="Free some space there.")


def _check_previous(session: Session, row: Upload) -> None:
    if row.previous and session.scalar(select(ReelRow.project).where(ReelRow.id == row.previous)) != row.project:
        raise RequestInvalid("There is no such previous reel in this project.")


def _forget_row(uploads: UploadContext, upload: str) -> None:
    with uploads.database.write() as session:
        row = session.get(Upload, upload)
        if row is None:
            raise NotFound("There is no such upload.", hint="Begin a new one.")
        if row.state == UploadState.COMPLETE:
            raise StateConflict("The upload is a reel already.", hint="Delete the reel instead.")
        _tell(session, row, "upload.delete")
        session.delete(row)


def _verify(uploads: UploadContext, row: Upload, writing: Writing) -> None:
    """Hash the whole file, unless that was done before, and write down what it is."""
    if row.film:
        return
    film = writing.hash_bytes()
    if row.sha256 and film != row.sha256:
        said = "The film that arrived is not the one that was promised (SHA-256)."
        error = ChecksumWrong(said, hint="Upload it again.")
        refuse(uploads, row.id, error)
        raise error
    with uploads.database.write() as session:
        session.execute(update(Upload).where(Upload.id == row.id).values(film=film))
    row.film = film


def _without_file(uploads: UploadContext, upload: str) -> Upload:
    """Finish an upload that has no file: somebody else has finished it, its film is in the store, or it is lost."""
    row = _row(uploads, upload)
    if row.state != UploadState.OPEN:
        return row
    if not (row.film and uploads.artefacts.has(row.film)):
        gone = NotFound("The bytes of this upload are gone.", hint="Upload the film again.")
        refuse(uploads, upload, gone)
        raise gone
    with uploads.database.write() as session:
        return _arrive(uploads, session, upload)


def _arrive(uploads: UploadContext, session: Session, upload: str) -> Upload:
    """Make reel and job of a film that is in the store, unless somebody was first."""
    row = session.get(Upload, upload)
    if row is None:
        raise NotFound("There is no such upload.")
    if row.state != UploadState.OPEN:
        return row
    uploads.artefacts.keep(session, row.project, row.film, row.length, MEDIA_TYPE)
    reel = _reel(session, row)
    session.add(reel)
    session.flush()
    job = enqueue(
        session,
        project=row.project,
        reel=reel.id,
        kind=JobKind.SPOT,
        params={},  # what was chosen is the reel's: a screenplay is not for everybody who may see the jobs
        inputs={"film": row.film},
        creator=row.creator,
    )
    row.state, row.reel, row.job = UploadState.COMPLETE, reel.id, job.id
    _tell(session, row, "reel.create", {"id": reel.id, "name": reel.name, "cut": reel.cut})
    _tell(session, row, "upload.complete", {"reel": reel.id, "job": job.id})
    return row


def _reel(session: Session, row: Upload) -> ReelRow:
    """Make the reel of an upload; the version before it may have been deleted while the film was on its way."""
    before = session.get(ReelRow, row.previous) if row.previous else None
    if before is not None and before.project != row.project:
        before = None
    return ReelRow(
        id=new_id("reel"),
        project=row.project,
        name=row.name,
        cut=row.choices.get("cut") or _next_cut(session, row, before),
        previous=before.id if before else None,
        choices=row.choices,
        film=row.film,
        film_bytes=row.length,
    )


def _tell(session: Session, row: Upload, action: str, more: Record | None = None) -> None:
    """Record a change in the audit log and publish it as an event."""
    person = session.get(Account, row.creator)
    name = person.name if person else ""
    told: Record = {"id": row.id, "name": row.name, **(more or {})}
    who = {"actor": row.creator, "actor_name": name}
    session.add(Audit(project=row.project, action=action, target=told["id"], data=told, **who))
    topic, _, verb = action.partition(".")
    publish(session, row.project, topic, {"action": verb, "by": row.creator, "by_name": name, **told})


def _next_cut(session: Session, row: Upload, before: ReelRow | None) -> str:
    """Label the cut after the one it follows: ``v3`` after ``v2``; else count the reels of that name."""
    numbered = re.fullmatch(r"(.*?)(\d{1,6})", before.cut) if before else None
    if numbered:
        return f"{numbered[1]}{int(numbered[2]) + 1}"[:40]
    same = select(func.count()).select_from(ReelRow).where(ReelRow.project == row.project, ReelRow.name == row.name)
    return f"v{(session.scalar(same) or 0) + 1}"


def _is_idle(session: Session, upload: str, now: float) -> bool | None:
    """Tell whether the bytes of an upload will not be asked for any more; None if there is no such upload."""
    found = select(Upload.state, Upload.expires, Upload.film).where(Upload.id == upload)
    known = session.execute(found).one_or_none()
    return None if known is None else known.state != UploadState.OPEN or (known.expires < now and not known.film)


def _take_away(uploads: UploadContext, upload: str, take_away: Callable[[str], None]) -> bool:
    """Take away the bytes of an upload nobody is writing."""
    try:
        with uploads.files.open(upload):
            take_away(upload)
    except UploadBusy:
        return False
    except NotFound:
        take_away(upload)  # a note without bytes
    return True


def _row(uploads: UploadContext, upload: str) -> Upload:
    with uploads.database.read() as session:
        row = session.get(Upload, upload)
    if row is None:
        raise NotFound("There is no such upload.", hint="Begin a new one.")
    return row
