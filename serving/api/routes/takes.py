"""Routes: takes, the sketches of cues, and the musical language they speak."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import NotAllowed, NotFound, NotSignedIn, RequestInvalid
from serving.api import files, paging
from serving.api.access import LOOKING, Access, Composer
from serving.api.changes import record_change
from serving.api.files import Stored
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import CueId, Page
from serving.api.schemas.takes import TakeFile, TakeOut, ThemesOut
from serving.api.service import Svc
from serving.api.stored_notes import reel_of
from serving.problems import answers
from serving.store.tables import Job, JobKind, JobState, Take, TakeState

router = APIRouter(tags=["takes"])
ORDER = paging.PageOrder(Take.created, Take.id)
FileName = Annotated[str, Path(max_length=300, description="Its name, as the take has it: `stems/strings.flac`.")]


@router.get(
    "/reels/{reel}/takes",
    operation_id="listTakes",
    summary="The takes of a reel, newest first",
    responses=answers(NotSignedIn, NotFound, RequestInvalid),
    dependencies=LOOKING,
)
def list_takes(
    reel: str,
    service: Svc,
    cue: Annotated[CueId | None, Query(description="Only those of a cue.")] = None,
    state: Annotated[TakeState | None, Query(description="Only those in a state.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[TakeOut]:
    """List the takes of a reel, or of one cue."""
    query = select(Take).where(Take.reel == reel)
    if cue is not None:
        query = query.where(Take.cue == cue)
    if state is not None:
        query = query.where(Take.state == state)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, _out)


@router.get(
    "/takes/{take}",
    operation_id="getTake",
    summary="A take",
    responses=answers(NotSignedIn, NotFound),
    dependencies=LOOKING,
)
def get_take(take: str, service: Svc) -> TakeOut:
    """Show a take: what was written, from which choices, and its files."""
    with service.database.read() as session:
        return _out(_take(session, take))


@router.post(
    "/takes/{take}/accept",
    operation_id="acceptTake",
    summary="Accept a take",
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def accept_take(take: str, access: Composer, service: Svc) -> TakeOut:
    """Accept a take; another accepted one of the same cue is only proposed again."""
    return _judge(service, access, take, TakeState.ACCEPTED)


@router.post(
    "/takes/{take}/reject",
    operation_id="rejectTake",
    summary="Reject a take",
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def reject_take(take: str, access: Composer, service: Svc) -> TakeOut:
    """Reject a take; its files stay."""
    return _judge(service, access, take, TakeState.REJECTED)


@router.get(
    "/takes/{take}/files/{name:path}",
    operation_id="getTakeFile",
    summary="A file of a take",
    response_class=Response,
    responses=files.describe_file_answers("application/octet-stream", "audio/flac", "application/json", "image/svg+xml")
    | answers(NotSignedIn, NotFound, RequestInvalid),
    dependencies=LOOKING,
)
def get_take_file(
    take: str,
    name: FileName,
    service: Svc,
    request: Request,
    download: Annotated[bool, Query(description="Save it instead of showing it.")] = False,
) -> Response:
    """Fetch a file of a take: sound, pages, roll, MIDI, MusicXML."""
    with service.database.read() as session:
        row = _take(session, take)
    return files.send(service, request, _stored_file(row.files, name), download=download, lasting=True)


@router.get(
    "/reels/{reel}/themes",
    operation_id="getThemes",
    summary="The musical language of a reel",
    responses=answers(NotSignedIn, NotFound),
    dependencies=LOOKING,
)
def get_themes(reel: str, service: Svc) -> ThemesOut:
    """Show the themes agreed on, and where to hear them."""
    with service.database.read() as session:
        row = reel_of(session, reel)
        job = _latest_themes_job(session, reel)
    language = json.loads(service.artefacts.read(row.language)) if row.language else None
    made: dict[str, Any] = _demos(job)
    demos = [_file(name, file, f"/v1/reels/{reel}/themes/files") for name, file in made.items()]
    return ThemesOut(language=language, demos=demos, job=job.id if job else None)


@router.get(
    "/reels/{reel}/themes/files/{name:path}",
    operation_id="getThemeFile",
    summary="A theme, played or written",
    response_class=Response,
    responses=files.describe_file_answers("application/octet-stream", "audio/flac")
    | answers(NotSignedIn, NotFound, RequestInvalid),
    dependencies=LOOKING,
)
def get_theme_file(reel: str, name: FileName, service: Svc, request: Request) -> Response:
    """Fetch a demo of a theme."""
    with service.database.read() as session:
        job = _latest_themes_job(session, reel)
    return files.send(service, request, _stored_file(_demos(job), name))


def _judge(service: Svc, access: Access, take: str, verdict: TakeState) -> TakeOut:
    with service.database.write() as session:
        row = _take(session, take)
        if verdict is TakeState.ACCEPTED:
            accepted = select(Take).where(
                Take.reel == row.reel, Take.cue == row.cue, Take.state == TakeState.ACCEPTED, Take.id != row.id
            )
            for other in session.scalars(accepted):
                other.state = TakeState.PROPOSED
                _tell(session, access, other)
        row.state = verdict
        session.flush()
        _tell(session, access, row)
        return _out(row)


def _tell(session: Session, access: Access, take: Take) -> None:
    told = {
        "id": take.id,
        "reel": take.reel,
        "cue": take.cue,
        "number": take.record.get("number"),
        "state": str(take.state),
    }
    record_change(session, access, f"take.{take.state}", take.id, told)


def _latest_themes_job(session: Session, reel: str) -> Job | None:
    made = select(Job).where(Job.reel == reel, Job.kind == JobKind.THEMES, Job.state == JobState.DONE)
    return session.scalars(made.order_by(Job.finished.desc(), Job.id).limit(1)).first()


def _demos(job: Job | None) -> dict[str, Any]:
    return dict((job.result or {}).get("files", {})) if job else {}


def _stored_file(made: dict[str, Any], name: str) -> Stored:
    if name not in made:
        raise NotFound("There is no such file.")
    return Stored.of(made[name], name)


def _take(session: Session, name: str) -> Take:
    found = session.get(Take, name)
    if found is None:
        raise NotFound("The take has just been deleted.")
    return found


def _out(take: Take) -> TakeOut:
    return TakeOut(
        id=take.id,
        reel=take.reel,
        cue=take.cue,
        job=take.job,
        revision=take.revision,
        state=TakeState(take.state),
        record=take.record,
        files=[_file(name, file, f"/v1/takes/{take.id}/files") for name, file in take.files.items()],
        created=take.created,  # type: ignore[arg-type]  # seconds become a moment
    )


def _file(name: str, file: dict[str, Any], base: str) -> TakeFile:
    return TakeFile(name=name, bytes=file["bytes"], media_type=file["media_type"], url=f"{base}/{name}")
