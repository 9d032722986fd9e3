"""Routes: the people who may sign in."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from model.errors import KeyReused, NotAllowed, NotFound, NotSignedIn, RequestInvalid
from serving.api import paging
from serving.api.access import Caller, Manager, Reader
from serving.api.changes import record_action
from serving.api.idempotency import IdempotencyKey, answer_once
from serving.api.paging import Cursor, Limit
from serving.api.routes.session import INVITATION
from serving.api.schemas.common import Page
from serving.api.schemas.keys import InvitationOut, PersonNew, PersonOut
from serving.api.service import Svc, hash_secret, new_secret
from serving.problems import answers
from serving.store.tables import Account, Key, Member

INVITED_S = 3 * 86_400.0

router = APIRouter(tags=["people"])
ORDER = paging.PageOrder(Account.created, Account.id)


@router.get(
    "/people",
    operation_id="listPeople",
    summary="People you may take into a project",
    responses=answers(NotSignedIn, NotAllowed, RequestInvalid),
)
def list_people(
    caller: Reader,
    service: Svc,
    email: Annotated[str | None, Query(max_length=320, pattern=r"^[!-~]+$", description="Whose address it is.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PersonOut]:
    """List yourself and whoever shares a project with you; administrators see all. An address finds its person."""
    query = select(Account)
    if email is not None:
        query = query.where(Account.email == email)
    elif not caller.admin:
        mine, theirs = aliased(Member), aliased(Member)
        shared = select(theirs.person).join(mine, mine.project == theirs.project).where(mine.person == caller.id)
        query = query.where(or_(Account.id == caller.id, Account.id.in_(shared)))
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, PersonOut.model_validate)


@router.post(
    "/people",
    operation_id="createPerson",
    summary="Let somebody in",
    status_code=201,
    response_model=PersonOut,
    responses=answers(NotSignedIn, NotAllowed, RequestInvalid, KeyReused),
)
def create_person(body: PersonNew, caller: Manager, service: Svc, key: IdempotencyKey = None) -> Response:
    """Make a person; only administrators may."""
    _only_admins(caller)
    with service.database.write() as session:

        def make() -> PersonOut:
            made = Account(name=body.name, email=body.email, admin=body.admin)
            session.add(made)
            session.flush()
            record_action(session, caller, "person.create", made.id, data={"name": made.name})
            return PersonOut.model_validate(made)

        return answer_once(session, caller.id, key, "createPerson", body, make)


@router.post(
    "/people/{person}/invitation",
    operation_id="invitePerson",
    summary="Make a link with which somebody signs in, once",
    status_code=201,
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def invite_person(person: str, caller: Manager, service: Svc, request: Request, response: Response) -> InvitationOut:
    """Make an invitation; it holds for three days and for one sign-in."""
    _only_admins(caller)
    response.headers["Cache-Control"] = "no-store"
    with service.database.write() as session:
        somebody = session.get(Account, person)
        if somebody is None:
            raise NotFound("There is no such person.")
        token, expires = new_secret("ct"), time.time() + INVITED_S
        session.add(
            Key(
                person=person,
                name="Invitation",
                secret_sha256=hash_secret(token),
                scopes=[INVITATION],
                expires=expires,
            )
        )
        record_action(session, caller, "person.invite", person)
    url = f"{service.address(request)}/?token={token}"
    return InvitationOut.model_validate({"person": person, "token": token, "url": url, "expires": expires})


def _only_admins(caller: Caller) -> None:
    if not caller.admin:
        raise NotAllowed("Only an administrator lets people in.", hint="Ask whoever runs the service.")
