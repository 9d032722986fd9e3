"""The words of tus 1.0: versions, headers, metadata and checksums; no file and no database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from model.errors import ChecksumWrong, CuelightError, RequestInvalid
from serving.problems import problem_response, request_id, with_members
from serving.uploads.store import Sum

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
ALGORITHMS = ("sha256", "sha1")  # tus asks for sha1; who can choose takes sha256
BYTES = "application/offset+octet-stream"
CHOICES_BYTES = 10 * 2**20
METADATA_BYTES = 64 * 2**10
MOST_DIGITS = 18
NAME_LENGTH = 400  # characters of a film's name
HEADERS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}


class TusRoute(APIRoute):
    """A route whose every answer, refusals too, says which version of tus it speaks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's own handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(_bound_body(request))
            except CuelightError as error:
                response = answer_refusal(error, request)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return answer


@dataclass(frozen=True, slots=True)
class Promise:
    """The checksum that a client promises for the body of its request."""

    algorithm: str
    digest: bytes

    def sum(self) -> Sum:
        """Begin to add up."""
        return hashlib.new(self.algorithm, usedforsecurity=False)

    def check(self, found: Sum) -> None:
        """Raise ``ChecksumWrong`` unless what was found is what was promised."""
        if not hmac.compare_digest(bytes.fromhex(found.hexdigest()), self.digest):
            hint = "Send these bytes again; none of them was kept."
            raise ChecksumWrong(f"The bytes do not have the promised {self.algorithm}.", hint=hint)


def _bound_body(request: Request) -> Request:
    """Bound the bodies that are read as a whole; the bytes of films bound themselves."""
    if request.method != "PUT":
        return request
    taken = 0
    said = request.headers.get("content-length", "0")
    read = int(said) if said.isdecimal() and len(said) <= MOST_DIGITS else 0
    if read > CHOICES_BYTES:
        raise with_members(RequestInvalid(f"The body may have {CHOICES_BYTES} bytes."), status=413)

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > CHOICES_BYTES:
            raise with_members(RequestInvalid(f"The body may have {CHOICES_BYTES} bytes."), status=413)
        return message

    return Request(request.scope, receive)


def answer_refusal(error: CuelightError, request: Request) -> Response:
    """Answer with an error; where tus asks for another status than the error has, it is in its ``status``."""
    response = problem_response(error, request_id(request))
    response.status_code = vars(error).get("members", {}).get("status", response.status_code)
    if response.status_code == 412:  # noqa: PLR2004 - precondition failed: tus says to tell what would do
        response.headers["Tus-Version"] = VERSION
    return response


def check_version(said: str | None) -> None:
    """Raise unless the client speaks our version of tus."""
    if said != VERSION:
        error = RequestInvalid("This address speaks tus 1.0.0.", hint="Send the header Tus-Resumable: 1.0.0.")
        raise with_members(error, status=412, errors=[{"field": "header.tus-resumable", "message": "must be 1.0.0"}])


def check_media_type(said: str | None) -> None:
    """Raise unless the body is said to be bytes of an upload."""
    if (said or "").partition(";")[0].strip().lower() != BYTES:
        error = RequestInvalid(f"The bytes of an upload come as {BYTES}.")
        raise with_members(error, status=415, errors=[{"field": "header.content-type", "message": f"must be {BYTES}"}])


def count(said: str | None, header: str) -> int:
    """Read a header that counts bytes."""
    text = (said or "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise _malformed_header(header, "must be a number of bytes, 0 or more")
    return int(text)


def promise(said: str | None) -> Promise | None:
    """Read ``Upload-Checksum``: an algorithm and the digest in base64; None if there is no such header."""
    if said is None:
        return None
    algorithm, _, encoded = said.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise _malformed_header("upload-checksum", f"must name one of {', '.join(ALGORITHMS)}")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise _malformed_header("upload-checksum", f"must hold a {algorithm} digest in base64")
    return Promise(algorithm, digest)


def metadata(said: str | None) -> dict[str, str]:
    """Read ``Upload-Metadata``: pairs of a name and a text in base64, between commas."""
    text = said or ""
    if len(text) > METADATA_BYTES:
        raise _malformed_header("upload-metadata", f"must not be longer than {METADATA_BYTES} bytes")
    found: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in text.split(","))):
        name, _, encoded = pair.partition(" ")
        if name in found:
            raise _malformed_header("upload-metadata", f"names {name[:40]!r} twice")
        try:
            found[name] = base64.b64decode(encoded.strip(), validate=True).decode()
        except ValueError as error:  # UnicodeDecodeError and binascii.Error are such
            raise _malformed_header("upload-metadata", f"{name[:40]!r} is no UTF-8 text in base64") from error
    return found


def shown_name(said: str) -> str:
    """Make a client's file name fit to be shown: no control or direction marks, not endless, never empty."""
    plain = "".join(c for c in said if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    return plain.strip()[:NAME_LENGTH] or "Film"


def http_date(moment: float) -> str:
    """Write a time as HTTP does."""
    return formatdate(moment, usegmt=True)


def _malformed_header(header: str, message: str) -> CuelightError:
    error = RequestInvalid(f"{header}: {message}", hint="Correct the header and send it again.")
    return with_members(error, status=400, errors=[{"field": f"header.{header}", "message": message}])
