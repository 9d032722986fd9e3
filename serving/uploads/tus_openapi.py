"""How the uploads are described in OpenAPI: headers, bodies, answers; what tus says of them is in ``tus.py``."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path

from model.errors import (
    ChecksumWrong,
    DiskFull,
    NotFound,
    QuotaExceeded,
    RequestInvalid,
    StateConflict,
    UploadBusy,
    UploadConflict,
    UploadTooLarge,
)
from serving.problems import MEDIA_TYPE, answers
from serving.uploads.tus import BYTES

Answers = dict[int | str, dict[str, Any]]

COUNT: dict[str, Any] = {"pattern": r"^[0-9]{1,18}$"}
Id = Annotated[str, Path(description="The upload's id, the last part of its address.")]
Version = Annotated[
    str | None,
    Header(
        alias="Tus-Resumable",
        description="Always `1.0.0`.",
        examples=["1.0.0"],
        json_schema_extra={"pattern": r"^1\.0\.0$"},
    ),
]
Length = Annotated[
    str | None,
    Header(
        alias="Upload-Length", description="Bytes of the whole film.", examples=["1048576"], json_schema_extra=COUNT
    ),
]
Offset = Annotated[
    str | None,
    Header(alias="Upload-Offset", description="Where these bytes begin.", examples=["0"], json_schema_extra=COUNT),
]
Checksum = Annotated[
    str | None,
    Header(
        alias="Upload-Checksum",
        description="`sha256` or `sha1` and the digest of this body in base64.",
        json_schema_extra={"pattern": r"^(sha256 [A-Za-z0-9+/]{43}=|sha1 [A-Za-z0-9+/]{27}=)$"},
    ),
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
    "requestBody": {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}},
}
Override = Annotated[str | None, Header(alias="X-HTTP-Method-Override", examples=["PATCH"])]

_STATUS = {
    410: "`not-found`: The upload has expired, or was refused.",
    412: "`request-invalid`: Another version of tus.",
    415: f"`request-invalid`: The body must come as `{BYTES}`.",
}
_HEADERS = {
    "Location": "Address to send the bytes to.",
    "Upload-Offset": "Bytes that are here for good.",
    "Upload-Length": "Bytes of the whole film.",
    "Upload-Metadata": "What the client said at the beginning, as it said it.",
    "Upload-Expires": "When the upload is forgotten, unless bytes come.",
}


def _describe_answer(status: int, *headers: str) -> Answers:
    """Describe an answer without a body, and its headers."""
    known = {name: {"description": _HEADERS[name], "schema": {"type": "string"}} for name in headers}
    return {status: {"description": "Done.", "headers": known}}


def _refusals(*statuses: int) -> Answers:
    """Describe the refusals whose status is tus's own."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _STATUS[status], "content": content} for status in statuses}


_STATE = ("Upload-Offset", "Upload-Length", "Upload-Expires")
FINDING = answers(NotFound)
ASKING = FINDING | _describe_answer(200, *_STATE, "Upload-Metadata") | _refusals(410, 412)
CHANGING = answers(NotFound, StateConflict, UploadBusy, RequestInvalid)
GIVING_UP = CHANGING | _refusals(412)
SENDING = (
    answers(NotFound, UploadConflict, UploadBusy, UploadTooLarge, ChecksumWrong, DiskFull)
    | _describe_answer(204, *_STATE)
    | _refusals(410, 412, 415)
)
CREATING = (
    answers(NotFound, RequestInvalid, UploadTooLarge, QuotaExceeded, DiskFull, ChecksumWrong)
    | _describe_answer(201, "Location", *_STATE)
    | _refusals(412)
)
