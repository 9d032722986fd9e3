"""Routes: the notes."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from model.delivery.deliver import exporters
from model.delivery.exporter import Material
from model.delivery.notes_json import encode_notes
from model.errors import (
    CueInvalid,
    EditConflict,
    KeyReused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RequestInvalid,
    SettingInvalid,
    StateConflict,
    VersionMissing,
)
from model.files import safe_stem
from model.spotting.diff import compare_notes
from serving.api import editing, paging
from serving.api import etags as versions
from serving.api.access import LOOKING, WRITING, Editor, Viewer, find
from serving.api.etags import IfMatch
from serving.api.files import describe_file_answers, disposition
from serving.api.idempotency import IdempotencyKey, recall_answer, remember
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Id, Page
from serving.api.schemas.edits import (
    Batch,
    CompareOut,
    DifferenceOut,
    NotesOut,
    PreviewIn,
    PreviewOut,
    RevisionOut,
    Side,
)
from serving.api.service import Service, Svc
from serving.api.stored_notes import notes_of, observations_of, reel_of, revision_of
from serving.problems import answers
from serving.store.tables import ReelRow, Revision

router = APIRouter(tags=["notes"])
ORDER = paging.PageOrder(Revision.number)
READING = answers(NotSignedIn, NotFound, StateConflict, RequestInvalid)
Number = Annotated[int | None, Query(ge=1, le=10_000_000, description="A revision; the newest if left out.")]

# what a person prints: our own page, which may run its own scripts but reaches nothing and is nobody's origin
PRINTED = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; font-src data:; "
    "frame-ancestors 'self'; sandbox allow-scripts allow-modals"
)
TYPES = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "mid": "audio/midi",
    "otio": "application/json",
    "edl": "text/plain; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}


@router.get(
    "/reels/{reel}/notes",
    operation_id="getNotes",
    summary="The notes, as they stand or as they stood",
    response_model=NotesOut,
    responses=READING | versions.UNCHANGED,
    dependencies=LOOKING,
)
def get_notes(reel: str, service: Svc, request: Request, revision: Number = None) -> Response:
    """Fetch a revision of the notes; its tag is what an edit is made to."""
    with service.database.read() as session:
        found = revision_of(session, reel_of(session, reel), revision)
    return versions.document(request, _body(service, found), versions.tag("r", found.number))


@router.get(
    "/reels/{reel}/notes/revisions",
    operation_id="listRevisions",
    summary="The history of the notes, newest first",
    responses=answers(NotSignedIn, NotFound, RequestInvalid),
    dependencies=LOOKING,
)
def list_revisions(reel: str, service: Svc, limit: Limit = 50, cursor: Cursor = None) -> Page[RevisionOut]:
    """List who changed the notes, when, and how."""
    query = select(Revision).where(Revision.reel == reel)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, _line)


@router.post(
    "/reels/{reel}/notes/edits",
    operation_id="editNotes",
    summary="Change the notes",
    status_code=201,
    response_model=NotesOut,
    responses=answers(
        NotSignedIn,
        NotAllowed,
        NotFound,
        StateConflict,
        EditConflict,
        VersionMissing,
        RequestInvalid,
        CueInvalid,
        SettingInvalid,
        KeyReused,
    ),
)
def edit_notes(
    reel: str, body: Batch, access: Editor, service: Svc, if_match: IfMatch = None, key: IdempotencyKey = None
) -> Response:
    """Make a new revision by a batch of edits; `base`, `current`, `theirs`, `yours`, `clashes` tell of a collision."""
    what, caller = f"editNotes {reel} {if_match}", access.caller.id
    with service.database.read() as session:
        before = recall_answer(session, caller, key, what, body)
        if before is not None:
            return _answer_revision(
                service, revision_of(session, reel_of(session, reel), before["revision"]), again=True
            )
    records = [one.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in body.edits]
    made = editing.draft(service, reel, editing.read_base_revision(if_match), records)
    try:
        with service.database.write() as session:
            again = recall_answer(session, caller, key, what, body)  # it may have been faster on another connection
            if again is not None:
                return _answer_revision(
                    service, revision_of(session, reel_of(session, reel), again["revision"]), again=True
                )
            revision = editing.keep(service, session, access, made, records, body.summary)
            remember(session, caller, key, what, body, {"revision": revision.number})
    except editing.Overtaken as error:
        raise editing.explain_lost_race(service, made, records) from error
    return _answer_revision(service, revision)


@router.post(
    "/reels/{reel}/notes/preview",
    operation_id="previewNotes",
    summary="Try another share of music",
    response_model=PreviewOut,
    responses=answers(NotSignedIn, NotAllowed, NotFound, StateConflict, RequestInvalid, SettingInvalid),
    dependencies=WRITING,
)
def preview_notes(reel: str, body: PreviewIn, service: Svc) -> Response:
    """Spot from what was observed, as the edit `respot` would; nothing is kept."""
    with service.database.read() as session:
        row = reel_of(session, reel)
        notes = notes_of(service, session, row)
        past = editing.past_of(service, session, row, row.revision)
    tried = editing.respot_notes(service, row, notes, body.coverage, past)
    start = json.dumps({"revision": row.revision})[:-1].encode()
    return Response(start + b', "notes": ' + encode_notes(tried) + b"}", media_type="application/json")


@router.get(
    "/reels/{reel}/notes/compare",
    operation_id="compareRevisions",
    summary="Two revisions side by side",
    responses=READING,
    dependencies=LOOKING,
)
def compare_revisions(
    reel: str,
    service: Svc,
    before: Annotated[int, Query(alias="from", ge=1, le=10_000_000, description="The earlier revision.")],
    after: Annotated[int | None, Query(alias="to", ge=1, le=10_000_000, description="The newest if left out.")] = None,
) -> CompareOut:
    """Tell what differs between two revisions of the notes."""
    with service.database.read() as session:
        row = reel_of(session, reel)
        return _compare_revisions(service, session, (row, before), (row, after))


@router.get(
    "/reels/{reel}/compare",
    operation_id="compareReels",
    summary="Two cuts side by side",
    responses=READING,
)
def compare_reels(
    reel: str, access: Viewer, service: Svc, other: Annotated[Id, Query(alias="with", description="The newer cut.")]
) -> CompareOut:
    """Tell what differs between the notes of two cuts as they stand."""
    with service.database.read() as session:
        second = find(session, access.caller, "reel", other)
        pair = (reel_of(session, reel), None), (reel_of(session, str(second.reel)), None)
        return _compare_revisions(service, session, *pair)


@router.get(
    "/reels/{reel}/notes/page",
    operation_id="getNotesPage",
    summary="The notes to print",
    response_class=Response,
    responses=READING | {200: {"content": {"text/html": {"schema": {"type": "string"}}}}} | versions.UNCHANGED,
    dependencies=LOOKING,
)
def get_notes_page(reel: str, service: Svc, request: Request, revision: Number = None) -> Response:
    """Show the notes as a page to print."""
    answer = _export_notes(service, request, reel, "html", revision)
    answer.headers["Content-Security-Policy"] = PRINTED
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@router.get(
    "/reels/{reel}/notes/files/{exporter}",
    operation_id="downloadNotes",
    summary="The notes as a file for another program",
    response_class=Response,
    responses=describe_file_answers("application/octet-stream", *TYPES.values()) | READING,
    dependencies=LOOKING,
)
def download_notes(reel: str, exporter: str, service: Svc, request: Request, revision: Number = None) -> Response:
    """Download the notes: json, html, pdf, xlsx, csv, midi, otio, resolve-edl, avid-edl, marker-txt or a plug-in's."""
    answer = _export_notes(service, request, reel, exporter, revision)
    if answer.status_code == 200:  # noqa: PLR2004 - not 304
        with service.database.read() as session:
            name = reel_of(session, reel).name
        answer.headers["Content-Disposition"] = disposition(safe_stem(name) + exporters()[exporter].suffix)
    return answer


def _export_notes(service: Service, request: Request, reel: str, exporter: str, number: int | None) -> Response:
    chosen = exporters().get(exporter)
    if chosen is None:
        raise NotFound("There is no such kind of file.", hint=f"Choose {', '.join(exporters())}.")
    with service.database.read() as session:
        row = reel_of(session, reel)
        revision = revision_of(session, row, number)
    etag = f'"{exporter}-{revision.notes}"'
    if versions.is_unchanged(request, etag):
        return versions.document(request, b"", etag)
    material = Material(service.notes(revision.notes), observations_of(service, row))
    media_type = TYPES.get(chosen.suffix.rsplit(".", 1)[-1], "application/octet-stream")
    return versions.document(request, chosen.write(material), etag, media_type)


def _compare_revisions(
    service: Service, session: Session, one: tuple[ReelRow, int | None], other: tuple[ReelRow, int | None]
) -> CompareOut:
    before, after = notes_of(service, session, *one), notes_of(service, session, *other)
    changes = [DifferenceOut(**asdict(change)) for change in compare_notes(before, after)]
    return CompareOut(before=_side(*one), after=_side(*other), changes=changes)


def _side(reel: ReelRow, number: int | None) -> Side:
    return Side(reel=reel.id, name=reel.name, cut=reel.cut, revision=number or reel.revision)


def _line(revision: Revision) -> RevisionOut:
    fields = {"revision": revision.number, "edits": revision.edits, "summary": revision.summary}
    who = {"author": revision.author, "author_name": revision.author_name, "created": revision.created}
    return RevisionOut.model_validate(fields | who)


def _answer_revision(service: Service, revision: Revision, *, again: bool = False) -> Response:
    headers = {"ETag": versions.tag("r", revision.number), "Cache-Control": "no-store"}
    if again:
        headers["Idempotent-Replay"] = "true"
    return Response(_body(service, revision), 201, headers, "application/json")


def _body(service: Service, revision: Revision) -> bytes:
    """Put the document, as it lies in the store, into its envelope."""
    envelope = {
        "revision": revision.number,
        "author": revision.author,
        "author_name": revision.author_name,
        "created": datetime.fromtimestamp(revision.created, UTC).isoformat().replace("+00:00", "Z"),
        "summary": revision.summary,
    }
    return json.dumps(envelope)[:-1].encode() + b', "notes": ' + service.artefacts.read(revision.notes) + b"}"
