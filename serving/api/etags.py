"""Versions: the tags that keep two people from overwriting each other, and save sending what is known already."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Header, Request, Response
from pydantic import BaseModel

from model.errors import EditConflict, VersionMissing
from serving.problems import with_members

_TAG = re.compile(r'(?:W/)?"([!#-~]*)"')

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "You have it: `If-None-Match` names its tag."}}

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The `ETag` of the state you change: without it 428, with another 412.",
        max_length=400,
    ),
]


def tag(prefix: str, version: int | str) -> str:
    """Write a tag: ``"v3"``."""
    return f'"{prefix}{version}"'


def check(if_match: str | None, current: str, *, needed: bool = True) -> None:
    """Check that a change is made to the state that is there; raises VersionMissing or EditConflict."""
    if if_match is None:
        if needed:
            raise VersionMissing(
                "The change does not say which state it changes.", hint="Send the ETag you were given as If-Match."
            )
        return
    if if_match.strip() != "*" and current.strip('"') not in _strong(if_match):
        raise with_members(
            EditConflict("Somebody else changed it first.", hint="Read it again, and make the change to that."),
            current=current,
        )


def is_unchanged(request: Request, current: str) -> bool:
    """Tell whether the caller already has this state."""
    wanted = request.headers.get("if-none-match", "")
    return wanted.strip() == "*" or current.strip('"') in _TAG.findall(wanted)


def document(request: Request, body: bytes, etag: str, media_type: str = "application/json") -> Response:
    """Answer with a document that has a version, or with 304 if the caller has it."""
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_unchanged(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type)


def answer_with_etag(request: Request, answer: BaseModel, etag: str) -> Response:
    """Answer with a record that has a version."""
    return document(request, answer.model_dump_json().encode(), etag)


def answer_change(answer: BaseModel, etag: str, status: int = 200) -> Response:
    """Answer with a state and its version, for a change to name.

    Also where a record tells more than what its version counts (how far a reel is, what the caller may do): its tag
    says whether it may be changed, not whether anything is new.
    """
    return Response(answer.model_dump_json(), status, {"ETag": etag, "Cache-Control": "no-store"}, "application/json")


def _strong(header: str) -> list[str]:
    return [] if header.strip().startswith("W/") else _TAG.findall(header)
