"""Routes: reels, the versions of a cut, and what was made from their film."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from model.errors import (
    EditConflict,
    NotAllowed,
    NotesInvalid,
    NotFound,
    NotSignedIn,
    RequestInvalid,
    StateConflict,
    VersionMissing,
)
from model.review.lanes import read_thumbnail
from serving.api import etags as versions
from serving.api import files, paging
from serving.api import removal as remove
from serving.api.access import LOOKING, Editor, Owner, Viewer
from serving.api.changes import record_change
from serving.api.etags import IfMatch
from serving.api.files import Stored
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Page
from serving.api.schemas.reels import ReelChange, ReelMedia, ReelOut
from serving.api.service import Svc
from serving.api.stored_notes import observations_of, reel_of
from serving.problems import answers, field_error
from serving.store.tables import Job, JobKind, JobState, Record, ReelRow

router = APIRouter(tags=["reels"])
ORDER = paging.PageOrder(ReelRow.created, ReelRow.id)
MISSING = answers(NotSignedIn, NotFound)


@router.get(
    "/projects/{project}/reels",
    operation_id="listReels",
    summary="The reels of a project, newest first",
    responses=answers(NotSignedIn, NotFound, RequestInvalid),
)
def list_reels(project: str, access: Viewer, service: Svc, limit: Limit = 50, cursor: Cursor = None) -> Page[ReelOut]:
    """List the reels of a project."""
    query = select(ReelRow).where(ReelRow.project == project)
    if access.caller.reel is not None:
        query = query.where(ReelRow.id == access.caller.reel)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, lambda row: _out(session, row))


@router.get(
    "/reels/{reel}",
    operation_id="getReel",
    summary="A reel",
    response_model=ReelOut,
    responses=MISSING,
    dependencies=LOOKING,
)
def get_reel(reel: str, service: Svc) -> Response:
    """Show a reel."""
    with service.database.read() as session:
        found = reel_of(session, reel)
        return versions.answer_change(_out(session, found), versions.tag("v", found.version))


@router.patch(
    "/reels/{reel}",
    operation_id="changeReel",
    summary="Rename a reel, or say which cut it is",
    response_model=ReelOut,
    responses=answers(NotSignedIn, NotAllowed, NotFound, EditConflict, VersionMissing, RequestInvalid),
)
def change_reel(reel: str, body: ReelChange, access: Editor, service: Svc, if_match: IfMatch = None) -> Response:
    """Change a reel's name, its cut, which reel it follows, or how its film is watched the next time."""
    wanted = body.model_dump(exclude_unset=True)
    choices = wanted.pop("choices", None) or {}
    if wanted.get("name", "") is None or wanted.get("cut", "") is None:
        raise field_error("body", "a name and a cut cannot be null")
    with service.database.write() as session:
        found = reel_of(session, reel)
        versions.check(if_match, versions.tag("v", found.version))
        if wanted.get("previous"):
            _check_previous(session, found, wanted["previous"])
        for name, value in wanted.items():
            setattr(found, name, value)
        if choices:
            _choose(session, found, choices)
        found.version += 1
        session.flush()
        record_change(session, access, "reel.change", reel, {**_about(found), "version": found.version})
        return versions.answer_change(_out(session, found), versions.tag("v", found.version))


@router.delete(
    "/reels/{reel}",
    operation_id="deleteReel",
    summary="Delete a reel and everything made from it",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound, EditConflict),
)
def delete_reel(reel: str, access: Owner, service: Svc, if_match: IfMatch = None) -> Response:
    """Delete a reel with its notes, takes, comments and every file that nothing else in the project uses."""
    with service.database.write() as session:
        found = reel_of(session, reel)
        versions.check(if_match, versions.tag("v", found.version), needed=False)
        remove.release(session, found)
        told = _about(found)
        session.delete(found)
        session.flush()
        record_change(session, access, "reel.delete", reel, told)
    remove.clear(service, ())
    return Response(status_code=204)


@router.get(
    "/reels/{reel}/film",
    operation_id="getFilm",
    summary="The film for the browser",
    response_class=Response,
    responses=files.describe_file_answers("video/mp4") | MISSING,
    dependencies=LOOKING,
)
def get_film(reel: str, service: Svc, request: Request) -> Response:
    """Play the film: MP4, byte ranges."""
    row = _row(service, reel)
    return files.send(service, request, Stored(row.picture, "video/mp4", f"{row.name}.mp4"))


@router.get(
    "/reels/{reel}/sound",
    operation_id="getSound",
    summary="The film's sound, lossless",
    response_class=Response,
    responses=files.describe_file_answers("audio/flac") | MISSING,
    dependencies=LOOKING,
)
def get_sound(reel: str, service: Svc, request: Request) -> Response:
    """Play the film's own sound: FLAC, byte ranges."""
    row = _row(service, reel)
    return files.send(service, request, Stored(row.sound, "audio/flac", f"{row.name}.flac"))


@router.get(
    "/reels/{reel}/lanes",
    operation_id="getLanes",
    summary="What was seen and heard, to draw",
    response_class=Response,
    responses=files.describe_file_answers("application/json") | MISSING,
    dependencies=LOOKING,
)
def get_lanes(reel: str, service: Svc, request: Request) -> Response:
    """Fetch the document `cuelight.lanes/1`: cuts, dialogue, music, effects, people, loudness, feeling, thumbnails."""
    return files.send(service, request, Stored(_row(service, reel).lanes, "application/json"))


@router.get(
    "/reels/{reel}/waveform",
    operation_id="getWaveform",
    summary="The film's sound, to draw",
    response_class=Response,
    responses=files.describe_file_answers("application/octet-stream") | MISSING,
    dependencies=LOOKING,
)
def get_waveform(reel: str, service: Svc, request: Request) -> Response:
    """Fetch lowest and highest samples in several resolutions, binary."""
    return files.send(service, request, Stored(_row(service, reel).waveform, "application/octet-stream"))


@router.get(
    "/reels/{reel}/thumbnails/{n}",
    operation_id="getThumbnail",
    summary="A small picture of the film",
    response_class=Response,
    responses=files.describe_file_answers("image/jpeg") | answers(NotSignedIn, NotFound, StateConflict, RequestInvalid),
    dependencies=LOOKING,
)
def get_thumbnail(
    reel: str,
    n: Annotated[int, Path(ge=0, le=1_000_000, description="Its number, as the lanes have it.")],
    service: Svc,
    request: Request,
) -> Response:
    """Fetch a thumbnail; the lanes say which frame it shows."""
    row = _row(service, reel)
    try:
        jpeg = read_thumbnail(observations_of(service, row), n)
    except NotesInvalid as error:
        raise NotFound(error.message) from error
    answer = versions.document(request, jpeg, f'"{row.observations}-{n}"', "image/jpeg")
    answer.headers["Cache-Control"] = files.cache_control(request, row.observations)
    return answer


def _row(service: Svc, name: str) -> ReelRow:
    with service.database.read() as session:
        return reel_of(session, name)


def _choose(session: Session, reel: ReelRow, choices: Record) -> None:
    """Change what was chosen with the film; what a stopped job saw of it under other choices is seen anew."""
    reel.choices = {name: value for name, value in (reel.choices | choices).items() if value is not None}
    stopped = update(Job).where(Job.reel == reel.id, Job.kind == JobKind.SPOT)
    session.execute(stopped.where(Job.state.in_((JobState.FAILED, JobState.CANCELLED))).values(stages={}))


def _check_previous(session: Session, reel: ReelRow, previous: str) -> None:
    """Check that a reel of the same project comes before, and that no reel follows itself."""
    before = session.get(ReelRow, previous)
    if before is None or before.project != reel.project:
        raise NotFound("There is no such reel in this project.")
    seen: set[str] = set()
    while before is not None and before.id not in seen:
        if before.id == reel.id:
            raise field_error("body.previous", "a reel cannot follow itself")
        seen.add(before.id)
        before = session.get(ReelRow, before.previous) if before.previous else None


def _out(session: Session, reel: ReelRow) -> ReelOut:
    latest = select(Job.id, Job.state).where(Job.reel == reel.id, Job.kind == JobKind.SPOT)
    job = session.execute(latest.order_by(Job.created.desc(), Job.id.desc()).limit(1)).one_or_none()
    return ReelOut(
        id=reel.id,
        project=reel.project,
        name=reel.name,
        cut=reel.cut,
        previous=reel.previous,
        revision=reel.revision,
        version=reel.version,
        created=reel.created,  # type: ignore[arg-type]  # seconds become a moment
        bytes=reel.film_bytes,
        facts=reel.facts,
        choices=_without_texts(reel.choices),
        media=_media(reel),
        job=job.id if job else None,
        state=JobState(job.state) if job else None,
    )


def _media(reel: ReelRow) -> ReelMedia:
    base = f"/v1/reels/{reel.id}"

    def lies(sha256: str, name: str) -> str | None:
        return f"{base}/{name}?v={sha256}" if sha256 else None

    return ReelMedia(
        film=lies(reel.picture, "film"),
        sound=lies(reel.sound, "sound"),
        lanes=lies(reel.lanes, "lanes"),
        waveform=lies(reel.waveform, "waveform"),
        thumbnails=lies(reel.observations, "thumbnails/{n}"),
        notes=f"{base}/notes" if reel.revision else None,
        language=f"{base}/themes" if reel.language else None,
    )


def _without_texts(choices: dict[str, Any]) -> dict[str, Any]:
    """Leave out the texts of subtitles and script: they are long, and were sent by whoever asks."""
    return {name: _without_text(value) for name, value in choices.items()}


def _without_text(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: inner for name, inner in value.items() if name != "text"}


def _about(reel: ReelRow) -> Record:
    return {"id": reel.id, "reel": reel.id, "name": reel.name, "cut": reel.cut}
