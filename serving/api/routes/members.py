"""Routes: who is in a project."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from model.errors import NotAllowed, NotFound, NotSignedIn, RequestInvalid, StateConflict
from serving.api.access import Owner, Viewer
from serving.api.changes import record_change
from serving.api.schemas.common import Page
from serving.api.schemas.projects import MemberChange, MemberOut
from serving.api.service import Svc
from serving.problems import answers
from serving.store.tables import Account, Member, Role

router = APIRouter(tags=["members"])


@router.get(
    "/projects/{project}/members",
    operation_id="listMembers",
    summary="Who is in a project",
    responses=answers(NotSignedIn, NotFound),
)
def list_members(project: str, access: Viewer, service: Svc) -> Page[MemberOut]:
    """List the people in a project; whoever came by a link sees no addresses."""
    query = select(Member, Account).join(Account, Account.id == Member.person).where(Member.project == project)
    with service.database.read() as session:
        rows = session.execute(query.order_by(Account.name, Account.id)).all()
    hidden = access.caller.kind == "share"
    return Page(items=[_out(row.Member, row.Account, hidden=hidden) for row in rows])


@router.put(
    "/projects/{project}/members/{person}",
    operation_id="setMember",
    summary="Take somebody into a project, or give them another role",
    responses=answers(NotSignedIn, NotAllowed, NotFound, StateConflict, RequestInvalid),
)
def set_member(project: str, person: str, body: MemberChange, access: Owner, service: Svc) -> MemberOut:
    """Give somebody a role; a project keeps at least one owner."""
    with service.database.write() as session:
        somebody = session.get(Account, person)
        if somebody is None:
            raise NotFound("There is no such person.")
        member = session.get(Member, (project, person))
        if member is None:
            member = Member(project=project, person=person, role=body.role)
            session.add(member)
        elif body.role is not Role.OWNER:
            _keep_an_owner(session, member)
        member.role = body.role
        told = {"person": person, "name": somebody.name, "role": str(body.role)}
        record_change(session, access, "member.set", person, told)
        return _out(member, somebody)


@router.delete(
    "/projects/{project}/members/{person}",
    operation_id="removeMember",
    summary="Take somebody out of a project",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound, StateConflict),
)
def remove_member(project: str, person: str, access: Owner, service: Svc) -> Response:
    """Take somebody out of a project; what they did stays."""
    with service.database.write() as session:
        member = session.get(Member, (project, person))
        if member is None:
            raise NotFound("There is no such person in this project.")
        _keep_an_owner(session, member)
        session.delete(member)
        somebody = session.get(Account, person)
        told = {"person": person, "name": somebody.name if somebody else ""}
        record_change(session, access, "member.remove", person, told)
    return Response(status_code=204)


def _keep_an_owner(session: Session, member: Member) -> None:
    owners = select(func.count()).where(Member.project == member.project, Member.role == Role.OWNER)
    if member.role == Role.OWNER and session.scalar(owners) == 1:
        raise StateConflict("A project keeps at least one owner.", hint="Make somebody else owner first.")


def _out(member: Member, person: Account, *, hidden: bool = False) -> MemberOut:
    email = "" if hidden else person.email
    return MemberOut(person=person.id, name=person.name, email=email, role=Role(member.role))
