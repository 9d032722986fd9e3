"""Files of the store over HTTP: whole, in parts, or not at all because the caller has them.

A blob never changes, so its SHA-256 is its tag. Whatever was made from an upload or
by a person is shown without any right: no script of it runs, and the browser does not guess its type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from fastapi import Request, Response
from starlette.responses import FileResponse

from model.errors import NotFound
from serving.api import etags as versions
from serving.api.service import Service
from serving.problems import http_response, request_id

# what a browser may show in place; everything else it saves
SHOWN = frozenset(
    {
        "application/json",
        "application/octet-stream",
        "application/pdf",
        "application/vnd.recordare.musicxml+xml",
        "audio/flac",
        "audio/midi",
        "audio/mp4",
        "audio/wav",
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "video/mp4",
    }
)
FOR_GOOD = "private, max-age=31536000, immutable"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNSAFE = re.compile(r"[^A-Za-z0-9 ._()+-]")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the store: its blob, and the name and type it goes by. The name is data, never a path."""

    sha256: str
    media_type: str
    name: str = "file"

    @classmethod
    def of(cls, record: dict[str, Any], name: str = "") -> Self:
        """Read ``{sha256, media_type, name?}`` as rows keep it."""
        return cls(str(record["sha256"]), str(record["media_type"]), name or str(record.get("name") or "file"))


def send(
    service: Service, request: Request, file: Stored, *, download: bool = False, lasting: bool = False
) -> Response:
    """Answer with a file, with the part of it that is asked for, or with 304.

    ``lasting``: whether the address will never mean another file. Where it may (a reel is watched again), a browser
    keeps the file and asks each time, unless the address says which file it means: ``?v=`` and its SHA-256.
    """
    if not file.sha256:
        raise NotFound("This has not been made yet.", hint="Wait until the reel's job is done.")
    path = service.artefacts.path(file.sha256)
    etag = f'"{file.sha256}"'
    headers = {"ETag": etag, "Cache-Control": FOR_GOOD if lasting else cache_control(request, file.sha256)}
    if versions.is_unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    size = path.stat().st_size
    wanted = _is_range_satisfiable(request, size, etag)
    if wanted is False:
        headers = {"Content-Range": f"bytes */{size}"}
        return http_response(416, request_id(request), headers=headers)
    if download or file.media_type not in SHOWN:
        headers["Content-Disposition"] = disposition(file.name)
    return FileResponse(path, headers=headers, media_type=file.media_type)


def cache_control(request: Request, sha256: str) -> str:
    """Return the cache control of an answer: for good only if the address says which file it means."""
    return FOR_GOOD if request.query_params.get("v") == sha256 else "private, no-cache"


def disposition(name: str) -> str:
    """Write a Content-Disposition that saves under ``name`` (RFC 6266), whatever is in it."""
    last = re.split(r"[/\\]", name)[-1].strip(". ")[:180] or "file"
    plain = _UNSAFE.sub("_", last)
    encoded = quote(last.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def describe_file_answers(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Describe the answers with a file, for OpenAPI."""
    binary = {"type": "string", "format": "binary"}
    content = {kind: {"schema": {} if kind == "application/json" else binary} for kind in media_types}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        200: {"description": "The file.", "content": content},
        206: {"description": "The part that `Range` asks for.", "content": content},
        304: {"description": "You have it: `If-None-Match` names its tag."},
        416: {"description": "`range-unsatisfiable`: the file has no such bytes.", "content": problem},
    }


def _is_range_satisfiable(request: Request, size: int, etag: str) -> bool | None:
    """Tell whether the part asked for is there; None if no part is asked for that we understand.

    One range at a time is enough for every player; any other header is ignored, as RFC 9110 allows.
    """
    said = request.headers.get("range", "")
    match = _RANGE.fullmatch(said.strip())
    start, end = match.groups() if match else ("", "")
    backwards = bool(start and end) and int(end) < int(start)
    if not (start or end) or backwards or request.headers.get("if-range", etag) != etag:
        request.scope["headers"] = [(k, v) for k, v in request.scope["headers"] if k != b"range"]
        return None
    return int(start) < size if start else int(end) > 0 and size > 0
