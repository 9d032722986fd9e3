"""Uploads by tus 1.0: create, send, ask how far it came, go on after any kind of end, give up.

A ``PATCH`` is acknowledged when its bytes are on the disk. When the last byte is there the film is verified, moved into
the store, and a reel and its ``spot`` job appear (``serving/jobs/arrival.py``).
"""

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import ValidationError
from sqlalchemy import update
from starlette.concurrency import run_in_threadpool

from model.errors import (
    ChecksumWrong,
    CuelightError,
    DiskFull,
    NotFound,
    QuotaExceeded,
    RequestInvalid,
    ServiceBusy,
    StateConflict,
    UploadBusy,
    UploadConflict,
    UploadTooLarge,
)
from serving.api import tus
from serving.api.access import SignedIn, allow, find, require
from serving.api.harbour import Harbour, harbour_of
from serving.api.receiving import Receiver
from serving.api.schemas.uploads import UploadChoices, UploadOut
from serving.jobs.arrival import create, forget
from serving.problems import answers, field_error, telling
from serving.store.tables import Role, Upload, UploadState, new_id

PATIENT_S, HASTY_S = 20.0, 2.0  # how long an answer waits for a film to be verified; it goes on by itself
RENEW = 0.5  # an upload that is written to gets its whole time again once this part of it has gone
SHA256_LENGTH = 64

LOOKING, WRITING = [Depends(require(Role.VIEWER))], [Depends(require(Role.EDITOR))]
FINDING = (NotFound, ServiceBusy)
CHANGING = (*FINDING, StateConflict, UploadBusy, RequestInvalid)
SENDING = (*FINDING, UploadConflict, UploadBusy, UploadTooLarge, ChecksumWrong, DiskFull, RequestInvalid)
CREATING = (NotFound, RequestInvalid, UploadTooLarge, QuotaExceeded, DiskFull, ChecksumWrong, ServiceBusy)

router = APIRouter(tags=["uploads"], route_class=tus.TusRoute)

Id = Annotated[str, Path(description="The upload's id, the last part of its address.")]
Version = Annotated[str | None, Header(alias="Tus-Resumable", description="Always `1.0.0`.", examples=["1.0.0"])]
Length = Annotated[
    str | None, Header(alias="Upload-Length", description="Bytes of the whole film.", examples=["1048576"])
]
Offset = Annotated[str | None, Header(alias="Upload-Offset", description="Where these bytes begin.", examples=["0"])]
Checksum = Annotated[
    str | None, Header(alias="Upload-Checksum", description="`sha256` or `sha1` and the digest of this body in base64.")
]
Metadata = Annotated[
    str | None,
    Header(
        alias="Upload-Metadata",
        description="Pairs `name base64`: `project`, `filename`, `sha256` of the film, `previous` reel, `choices`.",
        examples=["project cHJvamVjdF8wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA=,filename Y3V0Lm1wNA=="],
    ),
]
MediaType = Annotated[str | None, Header(alias="Content-Type", include_in_schema=False)]
BODY: dict[str, Any] = {
    "requestBody": {"content": {tus.BYTES: {"schema": {"type": "string", "format": "binary"}}}},
}


@router.options("/uploads", operation_id="describeUploads", status_code=204)
@router.options("/uploads/{upload}", status_code=204, include_in_schema=False)
async def options(request: Request) -> Response:
    """Tell what this address can do, as tus has it."""
    longest = harbour_of(request.app).settings.longest_upload_bytes
    headers = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
        "Tus-Max-Size": str(longest),
    }
    return Response(status_code=204, headers=headers)


@router.post("/uploads", operation_id="createUpload", status_code=201, responses=answers(*CREATING), openapi_extra=BODY)
async def begin(
    request: Request,
    caller: SignedIn,
    tus_resumable: Version = None,
    upload_length: Length = None,
    upload_metadata: Metadata = None,
    upload_checksum: Checksum = None,
    content_type: MediaType = None,
) -> Response:
    """Begin an upload; the address to send the bytes to is in `Location`. A body may bring the first bytes along."""
    tus.check_version(tus_resumable)
    harbour = harbour_of(request.app)
    row = _ordered(tus.count(upload_length, "upload-length"), upload_metadata, caller.id, harbour)
    promised = tus.promise(upload_checksum)

    def prepare() -> None:
        with harbour.database.read() as session:
            allow(find(session, caller, "project", row.project), Role.EDITOR, "write")
        create(harbour.dock, row)

    await run_in_threadpool(prepare)
    offset = 0
    try:
        if content_type is not None and content_type.partition(";")[0].strip().lower() == tus.BYTES:
            offset = await _receive(request, harbour, row, 0, promised)
        elif row.length == 0:
            await harbour.finish(row.id, PATIENT_S)
    except CuelightError:  # nobody was told its address
        await harbour.run(lambda: forget(harbour.dock, row.id))
        raise
    headers = _headers(row, offset) | {"Location": f"{request.url.path.rstrip('/')}/{row.id}"}
    return Response(status_code=201, headers=headers)


@router.head("/uploads/{upload}", operation_id="askUpload", dependencies=LOOKING, responses=answers(*FINDING))
async def ask(request: Request, upload: Id, tus_resumable: Version = None) -> Response:
    """Tell how many bytes are here for good: go on from there."""
    tus.check_version(tus_resumable)
    harbour = harbour_of(request.app)
    row, received = await run_in_threadpool(harbour.look, upload)
    if row.state == UploadState.OPEN and received == row.length:
        row = await harbour.finish(upload, HASTY_S) or row
    _check_alive(row)
    said = {"Upload-Metadata": row.said} if row.said else {}
    return Response(status_code=200, headers=_headers(row, received) | said)


@router.get("/uploads/{upload}", operation_id="getUpload", dependencies=LOOKING, responses=answers(*FINDING))
async def state(request: Request, upload: Id) -> UploadOut:
    """Tell how far an upload has come, and what became of it."""
    harbour = harbour_of(request.app)
    return _out(*await run_in_threadpool(harbour.look, upload))


@router.put(
    "/uploads/{upload}/choices", operation_id="chooseForUpload", dependencies=WRITING, responses=answers(*CHANGING)
)
async def choose(request: Request, upload: Id, choices: UploadChoices) -> UploadOut:
    """Say what was chosen with the film, subtitles and screenplay too, before its last byte is sent."""
    harbour = harbour_of(request.app)
    chosen = choices.model_dump(exclude_none=True)

    def change() -> tuple[Upload, int]:
        with harbour.database.write() as session:
            open_one = update(Upload).where(Upload.id == upload, Upload.state == UploadState.OPEN, Upload.film == "")
            if not session.execute(open_one.values(choices=chosen).returning(Upload.id)).all():
                raise StateConflict("The film is complete already.", hint="Change the reel instead.")
        return harbour.look(upload)

    return _out(*await run_in_threadpool(change))


@router.patch(
    "/uploads/{upload}",
    operation_id="sendUpload",
    dependencies=WRITING,
    status_code=204,
    responses=answers(*SENDING),
    openapi_extra=BODY,
)
async def send(
    request: Request,
    upload: Id,
    tus_resumable: Version = None,
    upload_offset: Offset = None,
    upload_checksum: Checksum = None,
    content_type: MediaType = None,
) -> Response:
    """Send the next bytes. They are on the disk when the answer comes; what arrives before a cut is kept too."""
    tus.check_version(tus_resumable)
    tus.check_media_type(content_type)
    offset, promised = tus.count(upload_offset, "upload-offset"), tus.promise(upload_checksum)
    harbour = harbour_of(request.app)
    row, received = await run_in_threadpool(harbour.look, upload)
    _check_alive(row)
    if row.state == UploadState.COMPLETE or received == row.length:
        if offset != row.length:
            raise _elsewhere(offset, row.length)
        await harbour.finish(upload, PATIENT_S)
    else:
        received = await _receive(request, harbour, row, offset, promised)
        row = await run_in_threadpool(_renewed, harbour, row)
    return Response(status_code=204, headers=_headers(row, received))


@router.delete(
    "/uploads/{upload}",
    operation_id="deleteUpload",
    dependencies=WRITING,
    status_code=204,
    responses=answers(*CHANGING),
)
async def terminate(request: Request, upload: Id, tus_resumable: Version = None) -> Response:
    """Give up an upload; its bytes go at once. What has become a reel is deleted as a reel."""
    tus.check_version(tus_resumable)
    harbour = harbour_of(request.app)
    await harbour.run(lambda: forget(harbour.dock, upload))
    return Response(status_code=204)


@router.post("/uploads/{upload}", dependencies=WRITING, status_code=204, include_in_schema=False)
async def override(
    request: Request,
    upload: Id,
    tus_resumable: Version = None,
    upload_offset: Offset = None,
    upload_checksum: Checksum = None,
    content_type: MediaType = None,
    method: Annotated[str | None, Header(alias="X-HTTP-Method-Override")] = None,
) -> Response:
    """Do what another method would, for clients behind something that lets only GET and POST through."""
    match (method or "").upper():
        case "PATCH":
            return await send(request, upload, tus_resumable, upload_offset, upload_checksum, content_type)
        case "DELETE":
            return await terminate(request, upload, tus_resumable)
        case _:
            raise field_error("header.x-http-method-override", "must be PATCH or DELETE")


async def _receive(request: Request, harbour: Harbour, row: Upload, offset: int, promised: tus.Promise | None) -> int:
    """Write a request's body behind what is there, as the only one; return how far the upload is then."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and offset + int(announced) > row.length:
        raise UploadTooLarge(f"The film was announced with {row.length} bytes; these go beyond.")
    writing = await harbour.run(lambda: harbour.dock.files.open(row.id))
    try:
        if writing.offset != offset:
            raise _elsewhere(offset, writing.offset)
        await Receiver(writing, row.length, promised, harbour.threads).take(request.stream())
        received = writing.offset
    finally:
        await harbour.run(writing.close)
    if received == row.length:
        await harbour.finish(row.id, PATIENT_S)
    return received


def _ordered(length: int, said: str | None, creator: str, harbour: Harbour) -> Upload:
    """Make the row of an upload from what the client says of it."""
    if length > harbour.settings.longest_upload_bytes:
        raise UploadTooLarge(f"A film may have {harbour.settings.longest_upload_bytes} bytes here.")
    told = tus.metadata(said)
    if not told.get("project"):
        raise field_error("header.upload-metadata.project", "must name the project")
    sha256 = told.get("sha256", "").lower()
    if sha256 and not (len(sha256) == SHA256_LENGTH and set(sha256) <= set("0123456789abcdef")):
        raise field_error("header.upload-metadata.sha256", "must be 64 hexadecimal digits")
    now = time.time()
    return Upload(
        id=new_id("upload"),
        project=told["project"],
        creator=creator,
        name=tus.shown_name(told.get("filename", "")),
        length=length,
        sha256=sha256,
        film="",
        said=said or "",
        previous=told.get("previous") or None,
        choices=_choices(told),
        state=UploadState.OPEN,
        created=now,
        expires=now + harbour.settings.upload_expires_s,
    )


def _choices(told: Mapping[str, str]) -> dict[str, Any]:
    text = told.get("choices")
    if not text:
        return {}
    try:
        return UploadChoices.model_validate(json.loads(text)).model_dump(exclude_none=True)
    except ValidationError as error:
        field = "header.upload-metadata.choices"
        faults = [{"field": ".".join([field, *map(str, one["loc"])]), "message": one["msg"]} for one in error.errors()]
        raise telling(RequestInvalid(f"{field}: {faults[0]['message']}"), errors=faults) from error
    except (ValueError, RecursionError) as error:
        raise field_error("header.upload-metadata.choices", "must be JSON") from error


def _renewed(harbour: Harbour, row: Upload) -> Upload:
    """Give an upload that is alive its whole time again, if much of it has gone."""
    lives, now = harbour.settings.upload_expires_s, time.time()
    if row.expires - now < RENEW * lives:
        row.expires = now + lives
        with harbour.database.write() as session:
            session.execute(update(Upload).where(Upload.id == row.id).values(expires=row.expires))
    return row


def _check_alive(row: Upload) -> None:
    """Raise unless bytes of the upload may still be had or sent."""
    if row.state == UploadState.REFUSED:
        why = (row.problem or {}).get("message", "")
        raise telling(NotFound(f"This upload was refused. {why}".strip(), hint="Upload the film again."), status=410)
    if row.state == UploadState.OPEN and not row.film and row.expires < time.time():
        raise telling(NotFound("This upload has expired.", hint="Begin a new one."), status=410)


def _headers(row: Upload, offset: int) -> dict[str, str]:
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(row.length)}
    if row.state == UploadState.OPEN and offset < row.length:
        headers["Upload-Expires"] = tus.http_date(row.expires)
    return headers


def _elsewhere(offset: int, received: int) -> UploadConflict:
    error = UploadConflict(
        f"These bytes begin at {offset}, but {received} are here.", hint="Ask for the offset and go on from there."
    )
    return telling(error, received=received)


def _out(row: Upload, received: int) -> UploadOut:
    return UploadOut.model_validate(
        {**{c.name: getattr(row, c.name) for c in Upload.__table__.columns}, "received": received}
    )
