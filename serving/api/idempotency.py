"""Idempotency: a request that comes again with the same key gets the answer it got, and makes nothing twice.

The answer is kept in the transaction that makes the thing. Secrets are not kept: an answer given again has none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from model.errors import KeyReused
from serving.store.tables import Idempotency

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Any text of yours, new for each thing you make: sent again, it makes nothing twice.",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
    ),
]


def recall_answer(
    session: Session, caller: str, key: str | None, what: str, body: BaseModel | None
) -> dict[str, Any] | None:
    """Return the answer given before to this key; raises KeyReused if it was to another request.

    ``what``: the operation and its target, so that a body sent elsewhere is another request.
    """
    found = session.get(Idempotency, (caller, key)) if key else None
    if found is None:
        return None
    if found.request_sha256 != _hash(what, body):
        raise KeyReused("This Idempotency-Key was used for another request.", hint="Take a new key.")
    return dict(found.body)


def remember(
    session: Session, caller: str, key: str | None, what: str, body: BaseModel | None, answer: dict[str, Any]
) -> None:
    """Keep the answer to this key, in the transaction of the change."""
    if key:
        session.add(Idempotency(caller=caller, key=key, request_sha256=_hash(what, body), status=201, body=answer))


def answer_once(
    session: Session,
    caller: str,
    key: str | None,
    what: str,
    body: BaseModel | None,
    make: Callable[[], BaseModel],
    secrets: Iterable[str] = (),
) -> Response:
    """Make something and answer 201, or answer as before if this key made it already."""
    before = recall_answer(session, caller, key, what, body)
    if before is None:
        made = make()
        kept = made.model_dump(mode="json") | dict.fromkeys(secrets, "")
        remember(session, caller, key, what, body, kept)
        return Response(made.model_dump_json(), 201, {"Cache-Control": "no-store"}, "application/json")
    return _again(before)


def _again(before: dict[str, Any]) -> Response:
    headers = {"Idempotent-Replay": "true", "Cache-Control": "no-store"}
    return Response(json.dumps(before), 201, headers, "application/json")


def _hash(what: str, body: BaseModel | None) -> str:
    text = what + "\n" + (body.model_dump_json() if body is not None else "")
    return hashlib.sha256(text.encode()).hexdigest()
