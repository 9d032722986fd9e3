"""Uploads by tus 1.0: create, send, ask how far it came, go on after any kind of end, give up.

A ``PATCH`` is acknowledged when its bytes are on the disk. When the last byte is there the film is verified, moved into
the store, and a reel and its ``spot`` job appear (``serving/uploads/arrival.py``).
"""

import json
import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from sqlalchemy import update
from starlette.concurrency import run_in_threadpool

from model.errors import (
    CuelightError,
    NotFound,
    RequestInvalid,
    StateConflict,
    UploadConflict,
    UploadTooLarge,
)
from serving.api.access import SignedIn, allow, find, require
from serving.api.schemas.uploads import UploadChoices, UploadOut
from serving.problems import field_error, with_members
from serving.store.tables import Role, Upload, UploadState, new_id
from serving.uploads import tus, tus_openapi
from serving.uploads.arrival import create, forget
from serving.uploads.receiving import Receiver
from serving.uploads.service import UploadService, upload_service_of

PATIENT_S = 20.0  # how long the last answer waits for a film to be verified; it goes on by itself
HASTY_S = 2.0  # how long a question about an upload waits for it
RENEW = 0.5  # an upload that is written to gets its whole time again once this part of it has gone
SHA256_LENGTH = 64

router = APIRouter(tags=["uploads"], route_class=tus.TusRoute)

LOOKING, WRITING = [Depends(require(Role.VIEWER))], [Depends(require(Role.EDITOR))]


@router.options("/uploads", operation_id="describeUploads", summary="What this address can do", status_code=204)
@router.options("/uploads/{upload}", status_code=204, include_in_schema=False)
async def tell_options(request: Request) -> Response:
    """Tell what this address can do, as tus has it."""
    longest = upload_service_of(request.app).settings.longest_upload_bytes
    headers = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        "Tus-Max-Size": str(longest),
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "/uploads",
    operation_id="createUpload",
    summary="Begin an upload",
    status_code=201,
    responses=tus_openapi.CREATING,
    openapi_extra=tus_openapi.BODY,
)
async def begin(
    request: Request,
    caller: SignedIn,
    tus_resumable: tus_openapi.Version = None,
    upload_length: tus_openapi.Length = None,
    upload_metadata: tus_openapi.Metadata = None,
    upload_checksum: tus_openapi.Checksum = None,
    content_type: tus_openapi.MediaType = None,
) -> Response:
    """Begin an upload; the address to send the bytes to is in `Location`. A body may bring the first bytes along."""
    tus.check_version(tus_resumable)
    upload_service = upload_service_of(request.app)
    row = _make_upload_row(tus.count(upload_length, "upload-length"), upload_metadata, caller.id, upload_service)
    promised = tus.promise(upload_checksum)

    def prepare() -> None:
        with upload_service.database.read() as session:
            allow(find(session, caller, "project", row.project), Role.EDITOR, "write")
        create(upload_service.uploads, row)

    await run_in_threadpool(prepare)
    offset = 0
    try:
        if content_type is not None and content_type.partition(";")[0].strip().lower() == tus.BYTES:
            offset = await _receive(request, upload_service, row, 0, promised)
        elif row.length == 0:
            await upload_service.finish(row.id, PATIENT_S)
    except CuelightError:  # nobody was told its address
        await upload_service.run(lambda: forget(upload_service.uploads, row.id))
        raise
    headers = _headers(row, offset) | {"Location": f"{request.url.path.rstrip('/')}/{row.id}"}
    return Response(status_code=201, headers=headers)


@router.head(
    "/uploads/{upload}",
    operation_id="askUpload",
    summary="How far an upload has come",
    dependencies=LOOKING,
    responses=tus_openapi.ASKING,
)
async def ask(request: Request, upload: tus_openapi.Id, tus_resumable: tus_openapi.Version = None) -> Response:
    """Tell how many bytes are here for good: go on from there."""
    tus.check_version(tus_resumable)
    upload_service = upload_service_of(request.app)
    row, received = await run_in_threadpool(upload_service.look, upload)
    if row.state == UploadState.OPEN and received == row.length:
        row = await upload_service.finish(upload, HASTY_S) or row
    _check_alive(row)
    said = {"Upload-Metadata": row.said} if row.said else {}
    return Response(status_code=200, headers=_headers(row, received) | said)


@router.get(
    "/uploads/{upload}",
    operation_id="getUpload",
    summary="What has become of an upload",
    dependencies=LOOKING,
    responses=tus_openapi.FINDING,
)
async def get_upload_state(request: Request, upload: tus_openapi.Id) -> UploadOut:
    """Tell how far an upload has come, and what became of it."""
    upload_service = upload_service_of(request.app)
    return _out(*await run_in_threadpool(upload_service.look, upload))


@router.put(
    "/uploads/{upload}/choices",
    operation_id="chooseForUpload",
    summary="Say what was chosen with the film",
    dependencies=WRITING,
    responses=tus_openapi.CHANGING,
)
async def choose(request: Request, upload: tus_openapi.Id, choices: UploadChoices) -> UploadOut:
    """Say what was chosen with the film, subtitles and screenplay too, before its last byte is sent."""
    upload_service = upload_service_of(request.app)
    chosen = choices.model_dump(exclude_none=True)

    def change() -> tuple[Upload, int]:
        with upload_service.database.write() as session:
            open_one = update(Upload).where(Upload.id == upload, Upload.state == UploadState.OPEN, Upload.film == "")
            if not session.execute(open_one.values(choices=chosen).returning(Upload.id)).all():
                raise StateConflict("The film is complete already.", hint="Change the reel instead.")
        return upload_service.look(upload)

    return _out(*await run_in_threadpool(change))


@router.patch(
    "/uploads/{upload}",
    operation_id="sendUpload",
    dependencies=WRITING,
    status_code=204,
    responses=tus_openapi.SENDING,
    openapi_extra=tus_openapi.BODY,
    summary="Send the next bytes",
)
async def send(
    request: Request,
    upload: tus_openapi.Id,
    tus_resumable: tus_openapi.Version = None,
    upload_offset: tus_openapi.Offset = None,
    upload_checksum: tus_openapi.Checksum = None,
    content_type: tus_openapi.MediaType = None,
) -> Response:
    """Send the next bytes. They are on the disk when the answer comes; what arrives before a cut is kept too."""
    tus.check_version(tus_resumable)
    tus.check_media_type(content_type)
    offset, promised = tus.count(upload_offset, "upload-offset"), tus.promise(upload_checksum)
    upload_service = upload_service_of(request.app)
    row, received = await run_in_threadpool(upload_service.look, upload)
    _check_alive(row)
    if row.state == UploadState.COMPLETE or received == row.length:
        if offset != row.length:
            raise _elsewhere(offset, row.length)
        await upload_service.finish(upload, PATIENT_S)
    else:
        received = await _receive(request, upload_service, row, offset, promised)
        row = await run_in_threadpool(_renew_upload, upload_service, row)
    return Response(status_code=204, headers=_headers(row, received))


@router.delete(
    "/uploads/{upload}",
    operation_id="deleteUpload",
    dependencies=WRITING,
    status_code=204,
    responses=tus_openapi.GIVING_UP,
    summary="Give up an upload",
)
async def terminate(request: Request, upload: tus_openapi.Id, tus_resumable: tus_openapi.Version = None) -> Response:
    """Give up an upload; its bytes go at once. What has become a reel is deleted as a reel."""
    tus.check_version(tus_resumable)
    upload_service = upload_service_of(request.app)
    await upload_service.run(lambda: forget(upload_service.uploads, upload))
    return Response(status_code=204)


@router.post("/uploads/{upload}", dependencies=WRITING, status_code=204, include_in_schema=False)
async def post_instead_of_method(
    request: Request,
    upload: tus_openapi.Id,
    tus_resumable: tus_openapi.Version = None,
    upload_offset: tus_openapi.Offset = None,
    upload_checksum: tus_openapi.Checksum = None,
    content_type: tus_openapi.MediaType = None,
    method: tus_openapi.Override = None,
) -> Response:
    """Do what another method would, for clients behind something that lets only GET and POST through."""
    match (method or "").upper():
        case "PATCH":
            return await send(request, upload, tus_resumable, upload_offset, upload_checksum, content_type)
        case "DELETE":
            return await terminate(request, upload, tus_resumable)
        case _:
            raise field_error("header.x-http-method-override", "must be PATCH or DELETE")


async def _receive(
    request: Request, upload_service: UploadService, row: Upload, offset: int, promised: tus.Promise | None
) -> int:
    """Write a request's body behind what is there, as the only one; return how far the upload is then."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and offset + int(announced) > row.length:
        raise UploadTooLarge(f"The film was announced with {row.length} bytes; these go beyond.")
    writing = await upload_service.run(lambda: upload_service.uploads.files.open(row.id))
    try:
        if writing.offset != offset:
            raise _elsewhere(offset, writing.offset)
        await Receiver(writing, row.length, promised, upload_service.threads).take(request.stream())
        received = writing.offset
    finally:
        await upload_service.run(writing.close)
    if received == row.length:
        await upload_service.finish(row.id, PATIENT_S)
    return received


def _make_upload_row(length: int, said: str | None, creator: str, upload_service: UploadService) -> Upload:
    """Make the row of an upload from what the client says of it."""
    if length > upload_service.settings.longest_upload_bytes:
        raise UploadTooLarge(f"A film may have {upload_service.settings.longest_upload_bytes} bytes here.")
    known = tus.metadata(said)
    if not known.get("project"):
        raise field_error("header.upload-metadata.project", "must name the project")
    sha256 = known.get("sha256", "").lower()
    if sha256 and not (len(sha256) == SHA256_LENGTH and set(sha256) <= set("0123456789abcdef")):
        raise field_error("header.upload-metadata.sha256", "must be 64 hexadecimal digits")
    now = time.time()
    return Upload(
        id=new_id("upload"),
        project=known["project"],
        creator=creator,
        name=tus.shown_name(known.get("filename", "")),
        length=length,
        sha256=sha256,
        film="",
        said=said or "",
        previous=known.get("previous") or None,
        choices=_choices(known),
        state=UploadState.OPEN,
        created=now,
        expires=now + upload_service.settings.upload_expires_s,
    )


def _choices(known: Mapping[str, str]) -> dict[str, Any]:
    text = known.get("choices")
    if not text:
        return {}
    try:
        return UploadChoices.model_validate(json.loads(text)).model_dump(exclude_none=True)
    except ValidationError as error:
        field = "header.upload-metadata.choices"
        faults = [{"field": ".".join([field, *map(str, one["loc"])]), "message": one["msg"]} for one in error.errors()]
        raise with_members(RequestInvalid(f"{field}: {faults[0]['message']}"), errors=faults) from error
    except (ValueError, RecursionError) as error:
        raise field_error("header.upload-metadata.choices", "must be JSON") from error


def _renew_upload(upload_service: UploadService, row: Upload) -> Upload:
    """Give an upload that is alive its whole time again, if much of it has gone."""
    lives, now = upload_service.settings.upload_expires_s, time.time()
    if row.expires - now < RENEW * lives:
        row.expires = now + lives
        with upload_service.database.write() as session:
            session.execute(update(Upload).where(Upload.id == row.id).values(expires=row.expires))
    return row


def _check_alive(row: Upload) -> None:
    """Raise unless bytes of the upload may still be had or sent."""
    if row.state == UploadState.REFUSED:
        why = (row.problem or {}).get("message", "")
        raise with_members(
            NotFound(f"This upload was refused. {why}".strip(), hint="Upload the film again."), status=410
        )
    if row.state == UploadState.OPEN and not row.film and row.expires < time.time():
        raise with_members(NotFound("This upload has expired.", hint="Begin a new one."), status=410)


def _headers(row: Upload, offset: int) -> dict[str, str]:
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(row.length)}
    if row.state == UploadState.OPEN and offset < row.length:
        headers["Upload-Expires"] = tus.http_date(row.expires)
    return headers


def _elsewhere(offset: int, received: int) -> UploadConflict:
    error = UploadConflict(
        f"These bytes begin at {offset}, but {received} are here.", hint="Ask for the offset and go on from there."
    )
    return with_members(error, received=received)


def _out(row: Upload, received: int) -> UploadOut:
    return UploadOut.model_validate(
        {**{c.name: getattr(row, c.name) for c in Upload.__table__.columns}, "received": received}
    )
