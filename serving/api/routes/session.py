"""Routes: who is signed in."""

from __future__ import annotations

import secrets
import time

from fastapi import APIRouter, Request, Response
from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Rows

from model.errors import NotAllowed, NotSignedIn
from serving.api.access import (
    SCOPES,
    Caller,
    SignedIn,
    by_share,
    check_origin,
    client_address,
    find_local_owner,
)
from serving.api.changes import record_action
from serving.api.schemas.session import Session, SessionProject, SignInByShare, SignInByToken
from serving.api.service import Service, Svc, hash_secret, new_secret
from serving.problems import answers
from serving.store.tables import Account, Key, Member, Project, Role

SESSION_S = 30 * 86_400.0
INVITATION = "sign-in"  # the one scope of the key that an invitation is

router = APIRouter(tags=["session"])


@router.get("/session", operation_id="getSession", summary="Who is signed in, and what they may see")
def get_session(caller: SignedIn, service: Svc) -> Session:
    """Tell who the key, the cookie or the link belongs to."""
    with service.database.read() as session:
        return _session(session, caller)


@router.post(
    "/session",
    operation_id="signIn",
    summary="Sign in with the token of a link",
    responses=answers(NotSignedIn, NotAllowed),
    openapi_extra={"security": []},
)
def sign_in(body: SignInByToken | SignInByShare, request: Request, response: Response, service: Svc) -> Session:
    """Exchange the token of a printed link, an invitation or a share link for a session's cookie."""
    service.rates.count(client_address(request))
    if request.headers.get("sec-fetch-site") or request.headers.get("origin"):
        check_origin(service, request)
    with service.database.write() as session:
        if isinstance(body, SignInByShare):
            caller, secret, lasts = by_share(session, body.share), body.share, SESSION_S
        else:
            caller, secret, lasts = *begin_session(session, _token_owner(session, service, body.token)), SESSION_S
        answer = _session(session, caller)
    set_cookie(service, response, secret, lasts)
    return answer


@router.delete("/session", operation_id="signOut", summary="Sign out", status_code=204)
def sign_out(caller: SignedIn, service: Svc) -> Response:
    """End the browser's session; a key or a share link stays valid."""
    with service.database.write() as session:
        session.execute(delete(Key).where(Key.id == caller.key, Key.browser))
        if caller.kind == "person":
            record_action(session, caller, "session.end", caller.key)
    response = Response(status_code=204)
    response.delete_cookie(service.cookie, path="/", httponly=True, samesite="strict")
    return response


def begin_session(session: Rows, person: Account) -> tuple[Caller, str]:
    """Begin a browser's session of a person; return who they are and the cookie's value."""
    secret = new_secret("cb")
    key = Key(
        person=person.id,
        name="Browser",
        secret_sha256=hash_secret(secret),
        scopes=sorted(SCOPES),
        browser=True,
        expires=time.time() + SESSION_S,
    )
    session.add(key)
    session.flush()
    caller = Caller("person", person.id, person.name, SCOPES, admin=person.admin, key=key.id)
    record_action(session, caller, "session.begin", key.id)
    return caller, secret


def set_cookie(service: Service, response: Response, secret: str, lasts_s: float) -> None:
    """Give the browser its session."""
    response.set_cookie(
        service.cookie,
        secret,
        max_age=int(lasts_s),
        path="/",
        httponly=True,
        samesite="strict",
        secure=service.settings.public_url.startswith("https:"),
    )
    response.headers["Cache-Control"] = "no-store"


def _token_owner(session: Rows, service: Service, token: str) -> Account:
    """Find whose token it is: the local owner's of this run, or an invitation, which holds once."""
    hashed = hash_secret(token)
    if service.sign_in_sha256 and secrets.compare_digest(hashed, service.sign_in_sha256):
        return find_local_owner(session, service.owner_name)
    invitation = session.scalar(select(Key).where(Key.secret_sha256 == hashed, ~Key.browser))
    if invitation is None or list(invitation.scopes) != [INVITATION] or (invitation.expires or 0.0) <= time.time():
        raise NotSignedIn("This link is not valid any more.", hint="Use the newest link, or ask for a new one.")
    person = session.get_one(Account, invitation.person)
    session.delete(invitation)
    return person


def _session(session: Rows, caller: Caller) -> Session:
    return Session(
        kind=caller.kind,
        id=caller.id,
        name=caller.name,
        admin=caller.admin,
        scopes=sorted(caller.scopes),
        role=caller.role,
        reel=caller.reel,
        projects=_projects(session, caller),
    )


def _projects(session: Rows, caller: Caller) -> list[SessionProject]:
    if caller.role is not None:
        project = session.get_one(Project, caller.project)
        return [SessionProject(id=project.id, name=project.name, role=caller.role)]
    mine = select(Project, Member.role).join(Member, Member.project == Project.id).where(Member.person == caller.id)
    if caller.project:
        mine = mine.where(Project.id == caller.project)
    rows = session.execute(mine.order_by(Project.created.desc(), Project.id.desc()).limit(100)).all()
    return [SessionProject(id=row.Project.id, name=row.Project.name, role=Role(row.role)) for row in rows]
