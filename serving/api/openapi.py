"""The description of the API: what FastAPI finds out by itself, and what it cannot."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from model.errors import NotAllowed, NotSignedIn, RequestInvalid, ServiceBusy, TooManyRequests
from serving.api.access import SHARE_HEADER
from serving.problems import HTTP_CODES, Problem, answers

DESCRIPTION = """Cuelight watches a rough cut, proposes spotting notes with reasons, and writes a temp score.

Every error is a problem document (RFC 9457) with a stable `code`. Lists come in pages: pass `next` as `cursor`. What
has an `ETag` is changed with `If-Match`. What makes something takes an `Idempotency-Key`. Frames count from the reel's
first frame."""

IDS = frozenset({"project", "person", "share", "key", "webhook", "upload", "reel", "comment", "take", "job"})

TAGS = {
    "session": "Who is signed in.",
    "projects": "A film or an episode with its reels.",
    "members": "Who is in a project, and as what.",
    "shares": "Links for people without an account.",
    "audit": "Who did what.",
    "people": "Who may sign in.",
    "keys": "Keys for programs.",
    "uploads": "Films on their way, by tus 1.0.",
    "reels": "The versions of a cut, and what was made from their film.",
    "notes": "Spotting notes: read, edited by operations, compared.",
    "comments": "Remarks pinned to frames.",
    "approvals": "What each role says about each cue.",
    "takes": "Sketches of cues, and the musical language they speak.",
    "jobs": "Work that takes time.",
    "events": "What happens, as it happens.",
    "webhooks": "Where to tell of it.",
    "service": "Whether the service lives and works.",
}


def describe(app: FastAPI, cookie: str) -> None:
    """Give the application its description; made once, when it is first asked for."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _describe_api(app, cookie)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _describe_api(app: FastAPI, cookie: str) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        separate_input_output_schemas=False,
    )
    parts = schema["components"]
    parts["schemas"].pop("HTTPValidationError", None)
    parts["schemas"].pop("ValidationError", None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"].update(problem.pop("$defs"))
    parts["schemas"]["Problem"] = problem
    parts["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key: `cl_...`."},
        "session": {"type": "apiKey", "in": "cookie", "name": cookie, "description": "A browser's session."},
        "share": {"type": "apiKey", "in": "header", "name": SHARE_HEADER, "description": "The token of a share link."},
    }
    schema["security"] = [{"key": []}, {"session": []}, {"share": []}]
    for path in schema["paths"].values():
        for method, operation in path.items():
            if method == "options":
                operation["security"] = []
            _name_ids(operation)
            _finish(operation)
            if method == "head":
                for answer in operation["responses"].values():
                    answer.pop("content", None)
    return schema


def _name_ids(operation: dict[str, Any]) -> None:
    """Say what ids in an address look like. The routes take any text: a wrong one is not found, not misspelt."""
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] == "path" and name in IDS:
            parameter["schema"] = {"type": "string", "pattern": f"^{name}_[0-9a-f]{{30}}$"}
            parameter["description"] = f"Id of the {name}."
            parameter["example"] = f"{name}_0f1e2d3c4b5a69788796a5b4c3d2e1"


def _finish(operation: dict[str, Any]) -> None:
    """Put our problems in the place of FastAPI's own, and add those that every operation may answer with."""
    responses = operation["responses"]
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]
    open_to_all = operation.get("security") == []
    general = (ServiceBusy,) if open_to_all else (ServiceBusy, TooManyRequests, NotSignedIn, NotAllowed)
    if operation.get("parameters") or operation.get("requestBody"):
        general = (*general, RequestInvalid)
    for status, answer in answers(*general).items():
        _merge(responses, str(status), answer)
    for status in (400, 413) if operation.get("requestBody") else (400,):
        code, title = HTTP_CODES[status]
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses.setdefault(str(status), {"description": f"`{code}`: {title}", "content": content})
    if "304" in responses:
        for status in ("200", "206"):
            if status in responses:
                responses[status].setdefault("headers", {})["ETag"] = {
                    "description": "Names this state: send it as `If-None-Match`, or as `If-Match` with a change.",
                    "schema": {"type": "string"},
                }
    operation["responses"] = dict(sorted(responses.items()))


def _merge(responses: dict[str, Any], status: str, answer: dict[str, Any]) -> None:
    """Add an answer, beside what the operation says of that status already."""
    known = responses.setdefault(status, answer)
    if known is answer:
        return
    kind = next(iter(answer["content"]))
    examples = known.setdefault("content", {}).setdefault(kind, answer["content"][kind]).setdefault("examples", {})
    for code, example in answer["content"][kind]["examples"].items():
        if code not in examples:
            examples[code] = example
            known["description"] += " " + answer["description"]
