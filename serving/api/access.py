"""Who is asking, and what they may do: the one place that decides.

:func:`require` is the dependency of every route about a project or something in it; :func:`signed_in` and
:func:`person` are those of the few that are about none. What is not yours is not found; what your role, your key's
scopes or your link do not allow is not allowed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy import Select, null, select
from sqlalchemy.orm import Session

from model.errors import CuelightError, NotAllowed, NotFound, NotSignedIn, ServiceBusy
from serving.api.service import Service, hash_secret, service_of
from serving.problems import with_members
from serving.store.tables import Account, Comment, Job, Key, Member, Project, ReelRow, Role, Share, Take, Upload

SCOPES = frozenset({"read", "write", "admin"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SHARE_HEADER = "X-Cuelight-Share"

# who may do what somebody of a role may do
ALLOWED: dict[Role, frozenset[Role]] = {
    Role.VIEWER: frozenset(Role),
    Role.DIRECTOR: frozenset({Role.OWNER, Role.COMPOSER, Role.EDITOR, Role.DIRECTOR}),
    Role.EDITOR: frozenset({Role.OWNER, Role.COMPOSER, Role.EDITOR}),
    Role.COMPOSER: frozenset({Role.OWNER, Role.COMPOSER}),
    Role.OWNER: frozenset({Role.OWNER}),
}

Scope = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.

    Attributes
    ----------
    id: of the person or of the share
    key: the key or session they came with; empty for a share
    project, reel: what the key or the share is narrowed to
    role: of a share; people have one per project
    """

    kind: Literal["person", "share"]
    id: str
    name: str
    scopes: frozenset[str]
    admin: bool = False
    key: str = ""
    project: str | None = None
    reel: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """A caller in a project: what they are there. ``reel`` is the one that was asked for, if one was."""

    caller: Caller
    project: str
    role: Role
    reel: str | None = None

    def allows(self, role: Role) -> bool:
        """Tell whether they may do what somebody of ``role`` may do."""
        return self.role in ALLOWED[role]


@cache
def require(role: Role) -> Callable[[Request], Access]:
    """Make the dependency that lets in who may do what ``role`` may do with the thing in the path."""

    def decide(request: Request) -> Access:
        service = service_of(request)
        with service.database.read() as session:
            caller = _count_request(session, service, request)
            kind = next(kind for kind in _PLACES if kind in request.path_params)
            access = find(session, caller, kind, request.path_params[kind])
        allow(access, role, _scope(request, admin=role is Role.OWNER))
        return access

    return decide


def require_caller(request: Request) -> Caller:
    """Let in whoever is known, person or share link, with a scope for the method."""
    service = service_of(request)
    with service.database.read() as session:
        caller = _count_request(session, service, request)
    _check_scope(caller, _scope(request, admin=False))
    return caller


@cache
def require_person(scope: Scope) -> Callable[[Request], Caller]:
    """Make the dependency that lets in people whose key has ``scope`` and is not narrowed to a project."""

    def decide(request: Request) -> Caller:
        service = service_of(request)
        with service.database.read() as session:
            caller = _count_request(session, service, request)
        if caller.kind != "person" or caller.project:
            raise NotAllowed("A share link, or a key narrowed to a project, does not reach this.")
        _check_scope(caller, scope)
        return caller

    return decide


Viewer = Annotated[Access, Depends(require(Role.VIEWER))]
Director = Annotated[Access, Depends(require(Role.DIRECTOR))]
Editor = Annotated[Access, Depends(require(Role.EDITOR))]
Composer = Annotated[Access, Depends(require(Role.COMPOSER))]
Owner = Annotated[Access, Depends(require(Role.OWNER))]
LOOKING = [Depends(require(Role.VIEWER))]
OWNING = [Depends(require(Role.OWNER))]
WRITING = [Depends(require(Role.EDITOR))]
SignedIn = Annotated[Caller, Depends(require_caller)]
Reader = Annotated[Caller, Depends(require_person("read"))]
Writer = Annotated[Caller, Depends(require_person("write"))]
Manager = Annotated[Caller, Depends(require_person("admin"))]


def find(session: Session, caller: Caller, kind: str, name: str) -> Access:
    """Find something by the id somebody gave, and what the caller is in its project; raises NotFound.

    ``kind``: project, reel, comment, take, job or upload.
    """
    found = session.execute(_PLACES[kind](name)).one_or_none() if _is_id(kind, name) else None
    if found is None:
        raise _absent(kind)
    project, reel = str(found[0]), found[1]
    role = _role(session, caller, project)
    if role is None or (caller.reel and kind != "project" and reel != caller.reel):
        raise _absent(kind)
    return Access(caller, project, role, reel)


def allow(access: Access, role: Role, scope: Scope) -> None:
    """Check what was found against what is wanted; raises NotAllowed."""
    _check_scope(access.caller, scope)
    if not access.allows(role):
        raise NotAllowed(
            f"A {access.role} may not do this.",
            hint=f"Ask somebody who is {_join_roles(ALLOWED[role])} in this project.",
        )


def still_allowed(service: Service, request: Request, access: Access) -> bool:
    """Tell whether a stream that was allowed once would be allowed now."""
    with service.database.read() as session:
        try:
            return _role(session, _caller(session, service, request), access.project) is not None
        except ServiceBusy:
            return True  # asked again soon
        except CuelightError:
            return False


def find_local_owner(session: Session, name: str) -> Account:
    """Return the person who runs the service on this machine; made the first time."""
    found = session.scalar(select(Account).where(Account.subject == "local"))
    if found is None:
        found = Account(name=name, subject="local", admin=True)
        session.add(found)
        session.flush()
    return found


def by_share(session: Session, secret: str) -> Caller:
    """Return who has a share link; raises NotSignedIn if it is unknown, withdrawn or over."""
    share = session.scalar(select(Share).where(Share.secret_sha256 == hash_secret(secret)))
    if share is None or share.revoked or share.expires <= time.time():
        raise NotSignedIn("This link is not valid any more.", hint="Ask for a new one.")
    return Caller("share", share.id, share.name, SCOPES, project=share.project, reel=share.reel, role=Role(share.role))


def check_origin(service: Service, request: Request) -> None:
    """Refuse a change that a browser sends with a cookie from another site's page; raises NotAllowed."""
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site in {"same-origin", "none"} or (site is None and origin and _is_ours(service, request, origin)):
        return
    raise NotAllowed(
        "A change with a session's cookie must come from our own page.", hint="Programs use a key: see /v1/keys."
    )


def _count_request(session: Session, service: Service, request: Request) -> Caller:
    try:
        caller = _caller(session, service, request)
    except NotSignedIn:
        service.rates.count(client_address(request))
        raise
    service.rates.count(caller.key or caller.id)
    return caller


def client_address(request: Request) -> str:
    """Return the client's address."""
    return request.client.host if request.client else "nowhere"


def _caller(session: Session, service: Service, request: Request) -> Caller:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not secret.strip().startswith("cl_"):
            raise NotSignedIn("The Authorization header holds no key of ours.", hint="Send `Bearer cl_...`.")
        return _by_key(session, service, secret.strip(), browser=False)
    if share := request.headers.get(SHARE_HEADER):
        return by_share(session, share)
    cookie = request.cookies.get(service.cookie)
    if not cookie:
        nobody = NotSignedIn("Nobody is signed in.", hint="Open the link that the service printed, or send a key.")
        raise with_members(nobody, sign_in="/v1/session/oidc" if service.issuer is not None else None)
    check_origin(service, request)
    return by_share(session, cookie) if cookie.startswith("cs_") else _by_key(session, service, cookie, browser=True)


def _by_key(session: Session, service: Service, secret: str, *, browser: bool) -> Caller:
    now = time.time()
    row = session.execute(
        select(Key, Account).join(Account, Account.id == Key.person).where(Key.secret_sha256 == hash_secret(secret))
    ).one_or_none()
    if row is None or row.Key.browser != browser or (row.Key.expires is not None and row.Key.expires <= now):
        raise NotSignedIn("This key or session is not valid any more.", hint="Sign in again, or make a new key.")
    key, owner = row.Key, row.Account
    service.used[key.id] = now
    return Caller(
        "person", owner.id, owner.name, SCOPES & set(key.scopes), admin=owner.admin, key=key.id, project=key.project
    )


def _role(session: Session, caller: Caller, project: str) -> Role | None:
    if caller.project is not None and caller.project != project:
        return None
    if caller.role is not None:
        return caller.role
    role = session.scalar(select(Member.role).where(Member.project == project, Member.person == caller.id))
    return None if role is None else Role(role)


def _scope(request: Request, *, admin: bool) -> Scope:
    if request.method in SAFE:
        return "read"
    return "admin" if admin else "write"


def _check_scope(caller: Caller, scope: Scope) -> None:
    if scope not in caller.scopes:
        raise NotAllowed(f"This key has no {scope!r} scope.", hint="Make a key that has it.")


def _is_ours(service: Service, request: Request, origin: str) -> bool:
    return urlsplit(origin).netloc == request.headers.get("host") or origin == service.settings.public_url.rstrip("/")


def _is_id(kind: str, name: str) -> bool:
    """Tell whether it may be an id at all: nothing else reaches the database."""
    prefix, _, rest = name.partition("_")
    return prefix == kind and len(rest) == 30 and set(rest) <= set("0123456789abcdef")  # noqa: PLR2004 - as new_id makes them


def _absent(kind: str) -> NotFound:
    return NotFound(f"There is no such {kind}, or it is not yours.")


def _join_roles(roles: frozenset[Role]) -> str:
    return " or ".join(sorted(roles))


_PLACES: dict[str, Callable[[str], Select[Any, Any]]] = {
    "project": lambda name: select(Project.id, null()).where(Project.id == name),
    "reel": lambda name: select(ReelRow.project, ReelRow.id).where(ReelRow.id == name),
    "comment": lambda name: (
        select(ReelRow.project, ReelRow.id).join(Comment, Comment.reel == ReelRow.id).where(Comment.id == name)
    ),
    "take": lambda name: select(ReelRow.project, ReelRow.id).join(Take, Take.reel == ReelRow.id).where(Take.id == name),
    "job": lambda name: select(Job.project, Job.reel).where(Job.id == name),
    "upload": lambda name: select(Upload.project, Upload.reel).where(Upload.id == name),
}
