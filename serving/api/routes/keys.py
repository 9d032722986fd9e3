"""Routes: API keys."""

from __future__ import annotations

import time

from fastapi import APIRouter, Response
from sqlalchemy import select

from model.errors import KeyReused, NotAllowed, NotFound, NotSignedIn, RequestInvalid
from serving.api import paging
from serving.api.access import Manager, find
from serving.api.changes import record_action
from serving.api.idempotency import IdempotencyKey, answer_once
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Page
from serving.api.schemas.keys import KeyMade, KeyNew, KeyOut
from serving.api.service import Svc, hash_secret, new_secret
from serving.problems import answers
from serving.store.tables import Key

router = APIRouter(tags=["keys"])
ORDER = paging.PageOrder(Key.created, Key.id)


@router.get(
    "/keys",
    operation_id="listKeys",
    summary="Your keys and sessions, newest first",
    responses=answers(NotSignedIn, NotAllowed, RequestInvalid),
)
def list_keys(caller: Manager, service: Svc, limit: Limit = 50, cursor: Cursor = None) -> Page[KeyOut]:
    """List your keys and browser sessions, without their secrets."""
    query = select(Key).where(Key.person == caller.id)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, KeyOut.model_validate)


@router.post(
    "/keys",
    operation_id="createKey",
    summary="Make a key for a program",
    status_code=201,
    response_model=KeyMade,
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid, KeyReused),
)
def create_key(body: KeyNew, caller: Manager, service: Svc, key: IdempotencyKey = None) -> Response:
    """Make a key; its secret is told this once, and it can do no more than you."""
    with service.database.write() as session:

        def make() -> KeyMade:
            if body.project is not None:
                find(session, caller, "project", body.project)
            beyond = set(body.scopes) - caller.scopes
            if beyond:
                raise NotAllowed(f"You have no {', '.join(sorted(beyond))} scope to give.")
            secret = new_secret("cl")
            made = Key(
                person=caller.id,
                name=body.name,
                secret_sha256=hash_secret(secret),
                scopes=sorted(set(body.scopes)),
                project=body.project,
                expires=None if body.expires_in_s is None else time.time() + body.expires_in_s,
            )
            session.add(made)
            session.flush()
            record_action(session, caller, "key.create", made.id, body.project, {"name": made.name})
            return KeyMade(**KeyOut.model_validate(made).model_dump(), secret=secret)

        return answer_once(session, caller.id, key, "createKey", body, make, secrets=("secret",))


@router.delete(
    "/keys/{key}",
    operation_id="revokeKey",
    summary="Withdraw a key or end a session",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def revoke_key(key: str, caller: Manager, service: Svc) -> Response:
    """Withdraw one of your keys; whoever uses it is out at once."""
    with service.database.write() as session:
        found = session.get(Key, key)
        if found is None or found.person != caller.id:
            raise NotFound("You have no such key.")
        session.delete(found)
        record_action(session, caller, "key.revoke", key, data={"name": found.name})
    return Response(status_code=204)
