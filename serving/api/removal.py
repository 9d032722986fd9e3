"""What goes when a project or a reel goes: rows by the database's own rules, then files that nobody uses any more."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from model.errors import CuelightError
from serving.api.service import Service
from serving.store.pairing import check_pair
from serving.store.tables import Job, ReelRow, Revision, Take, Upload, Use
from serving.uploads.store import UploadStore

_log = structlog.get_logger("cuelight.remove")


def uploads_of(session: Session, project: str) -> Sequence[str]:
    """Return the uploads of a project, whose unfinished files lie outside the store."""
    return session.scalars(select(Upload.id).where(Upload.project == project)).all()


def clear(service: Service, uploads: Sequence[str]) -> None:
    """Move the files of uploads, and every blob that no project uses any more, to the trash.

    The rows are gone already: what cannot be removed now, as when database and store do not
    belong together, is swept later.
    """
    files = UploadStore(service.settings.uploads)
    try:
        for upload in uploads:
            files.discard(upload)
        check_pair(service.database, service.artefacts)
        service.artefacts.collect(service.database)
    except (CuelightError, OSError) as error:
        _log.warning("not cleared", code=getattr(error, "code", ""), detail=str(error))


def release(session: Session, reel: ReelRow) -> None:
    """Let go of the blobs that only this reel uses in its project."""
    session.execute(
        delete(Use).where(Use.project == reel.project, Use.sha256.in_(_blobs(session, reel) - _others(session, reel)))
    )


def _others(session: Session, reel: ReelRow) -> set[str]:
    """Return the blobs of every other reel of the project."""
    reels = session.scalars(select(ReelRow).where(ReelRow.project == reel.project, ReelRow.id != reel.id))
    return {sha256 for other in reels for sha256 in _blobs(session, other)}


def _blobs(session: Session, reel: ReelRow) -> set[str]:
    """Return every blob that a reel's rows name."""
    found = {reel.film, reel.picture, reel.sound, reel.observations, reel.lanes, reel.waveform, reel.language}
    found.update(session.scalars(select(Revision.notes).where(Revision.reel == reel.id)))
    for files in session.scalars(select(Take.files).where(Take.reel == reel.id)):
        found.update(str(file["sha256"]) for file in files.values())
    for row in session.execute(select(Job.inputs, Job.stages, Job.result).where(Job.reel == reel.id)):
        found.update(_hashes([row.inputs, row.stages, row.result]))
    return found - {""}


def _hashes(value: object) -> set[str]:
    """Find every SHA-256 in plain data, however deep."""
    if isinstance(value, str):
        return {value} if len(value) == 64 and set(value) <= set("0123456789abcdef") else set()  # noqa: PLR2004 - SHA-256
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {sha256 for one in inner for sha256 in _hashes(one)}
