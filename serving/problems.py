"""Errors as RFC 9457 problem documents: the one place that knows which error has which HTTP status.

Every error answer of the service is ``application/problem+json`` with ``type``, ``title``, ``status``, ``detail``,
``code``, ``hint``, ``instance`` (the request's id) and, where fields are to blame, ``errors``.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from model import errors
from model.errors import CuelightError

MEDIA_TYPE = "application/problem+json"
RETRY_S = 1

STATUS: dict[type[CuelightError], int] = {
    CuelightError: 500,
    errors.Cancelled: 409,
    errors.ReelError: 422,
    errors.InputError: 422,
    errors.OutputError: 500,
    errors.DiskFull: 507,
    errors.AssetError: 503,
    errors.SandboxError: 500,
    errors.ServiceError: 500,
    errors.RequestInvalid: 422,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.EditConflict: 412,
    errors.VersionMissing: 428,
    errors.StateConflict: 409,
    errors.UploadConflict: 409,
    errors.UploadBusy: 423,
    errors.UploadTooLarge: 413,
    errors.ChecksumWrong: 460,  # as tus has it
    errors.QuotaExceeded: 413,
    errors.TooManyRequests: 429,
    errors.KeyReused: 422,
    errors.WorkerLost: 500,
    errors.ServiceBusy: 503,
}

# what HTTP itself refuses before any of our code is asked
HTTP_CODES: dict[int, tuple[str, str]] = {
    400: ("request-malformed", "The request is no well-formed HTTP or JSON."),
    404: ("not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "This address does not know this method."),
    413: ("body-too-large", "The body is longer than this address takes."),
    415: ("media-type-unknown", "This address does not take such a body."),
    416: ("range-unsatisfiable", "The file has no such bytes."),
    431: ("header-too-large", "A header is longer than we take."),
}

E = TypeVar("E", bound=CuelightError)
_log = structlog.get_logger("cuelight.problems")


class FieldProblem(BaseModel):
    """What is wrong with one field, parameter or header."""

    field: str = Field(description="Where it is: `body.frame`, `query.limit`, `header.if-match`.")
    message: str = Field(description="What is wrong with it, in a sentence.")


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it. Rely on `code`: it is stable; the sentences are for people."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`urn:cuelight:problem:` and the code.")
    title: str = Field(description="What kind of problem it is.")
    status: int = Field(description="The HTTP status, again.")
    detail: str = Field(description="What happened here.")
    code: str = Field(description="Stable name of the problem.")
    hint: str = Field(default="", description="What can be done about it; empty if nothing comes to mind.")
    instance: str = Field(default="", description="The request's id, as the log has it.")
    errors: list[FieldProblem] = Field(default_factory=list[FieldProblem], description="The fields to blame.")


def status_of(error: CuelightError | type[CuelightError]) -> int:
    """HTTP status of an error: that of the nearest class in ``STATUS``."""
    kind = error if isinstance(error, type) else type(error)
    return next(STATUS[ancestor] for ancestor in kind.__mro__ if ancestor in STATUS)


def with_members(error: E, **members: object) -> E:
    """Attach further members of the problem document to an error, and return it."""
    vars(error)["members"] = members
    return error


def field_error(field: str, message: str) -> errors.RequestInvalid:
    """Make the error that blames one field."""
    error = errors.RequestInvalid(f"{field}: {message}", hint="Correct the field and send it again.")
    return with_members(error, errors=[{"field": field, "message": message}])


def document(error: CuelightError, instance: str = "") -> dict[str, Any]:
    """Write an error as a problem document."""
    title = (type(error).__doc__ or "").strip().splitlines()[0]
    members: dict[str, object] = vars(error).get("members", {})
    return _document(status_of(error), error.code, title, error.message, error.hint, instance) | members


def problem_response(error: CuelightError, instance: str = "") -> Response:
    """Answer with an error."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = str(vars(error).get("members", {}).get("retry_after_s", RETRY_S))
    return _response(document(error, instance), status, headers)


def http_response(
    status: int, instance: str = "", detail: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with what HTTP itself refuses."""
    code, title = HTTP_CODES.get(status, (f"http-{status}", HTTPStatus(status).phrase + "."))
    return _response(_document(status, code, title, detail or title, "", instance), status, headers or {})


def answers(*kinds: type[CuelightError]) -> dict[int | str, dict[str, Any]]:
    """Describe the problems an operation may answer with, for OpenAPI."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in sorted(kinds, key=lambda kind: (status_of(kind), kind.code)):
        status = status_of(kind)
        title = (kind.__doc__ or "").strip().splitlines()[0]
        entry = by_status.setdefault(
            status,
            {
                "description": "",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        entry["description"] = " ".join(filter(None, [entry["description"], f"`{kind.code}`: {title}"]))
        example = _document(status, kind.code, title, title, "", "7f3a9c5e21b04d68")
        entry["content"][MEDIA_TYPE]["examples"][kind.code] = {"value": example}
    return by_status


def install(app: FastAPI) -> None:
    """Make the application answer every error with a problem document."""
    app.add_exception_handler(CuelightError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _handle_unexpected)


def request_id(request: Request) -> str:
    """Return the id that the log and the answer share."""
    return str(request.scope.get("cuelight.request_id", ""))


def answer_unexpected(error: BaseException, instance: str) -> Response:
    """Log a fault of ours with its trace, and answer without it."""
    # as text: the logger's own way would show what variables held, and some of that is secret
    _log.error("fault", request=instance, trace="".join(traceback.format_exception(error)))
    said = "Something went wrong on our side."
    document = _document(500, "internal", said, said, "Tell whoever runs the service this id.", instance)
    return _response(document, 500, {})


async def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, CuelightError):
        raise TypeError(type(error).__name__)
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.warning("problem", request=request_id(request), code=error.code, detail=error.message)
    return problem_response(error, request_id(request))


async def _invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise TypeError(type(error).__name__)
    found = [{"field": _field(fault["loc"]), "message": str(fault["msg"])[:300]} for fault in error.errors()]
    said = "; ".join(f"{one['field']}: {one['message']}" for one in found[:3])
    invalid = errors.RequestInvalid(f"The request does not fit: {said}.", hint="Correct the fields and send it again.")
    return problem_response(with_members(invalid, errors=found[:50]), request_id(request))


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError(type(error).__name__)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return http_response(error.status_code, request_id(request), headers=headers)


def _methods(request: Request) -> set[str]:
    """Collect what an address takes: each method has a route of its own, and each route knows only itself."""
    path = request.scope["path"]
    found: set[str] = set()
    for one in iter_route_contexts(request.app.routes):
        if one.path and compile_path(one.path)[0].match(path):
            found |= one.methods or set()
    return found


async def _handle_unexpected(request: Request, error: Exception) -> Response:
    return answer_unexpected(error, request_id(request))


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)[:200]


def _document(status: int, code: str, title: str, detail: str, hint: str, instance: str) -> dict[str, Any]:
    return {
        "type": f"urn:cuelight:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "hint": hint,
        "instance": instance,
        "errors": [],
    }


def _response(content: dict[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    # lone surrogates may come in with a body and must not break the answer
    body = json.dumps(content, ensure_ascii=True, default=str).encode()
    return Response(body, status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE)
