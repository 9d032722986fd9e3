"""Routes: projects."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from model.errors import EditConflict, KeyReused, NotAllowed, NotFound, NotSignedIn, RequestInvalid, VersionMissing
from serving.api import etags as versions
from serving.api import paging
from serving.api import removal as remove
from serving.api.access import Caller, Editor, Owner, SignedIn, Viewer, Writer
from serving.api.changes import record_action, record_change
from serving.api.etags import IfMatch
from serving.api.idempotency import IdempotencyKey, answer_once
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Page
from serving.api.schemas.projects import ProjectChange, ProjectNew, ProjectOut
from serving.api.service import Service, Svc
from serving.problems import answers
from serving.store.tables import Artefact, Member, Project, ReelRow, Role, Use

router = APIRouter(tags=["projects"])
ORDER = paging.PageOrder(Project.created, Project.id)


@router.get(
    "/projects",
    operation_id="listProjects",
    summary="Your projects, newest first",
    responses=answers(NotSignedIn, RequestInvalid),
)
def list_projects(caller: SignedIn, service: Svc, limit: Limit = 50, cursor: Cursor = None) -> Page[ProjectOut]:
    """List the projects that the caller is in."""
    query = select(Project)
    if caller.project is not None:
        query = query.where(Project.id == caller.project)
    if caller.role is None:
        query = query.join(Member, Member.project == Project.id).where(Member.person == caller.id)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, lambda row: _out(session, service, row, caller))


@router.post(
    "/projects",
    operation_id="createProject",
    summary="Make a project",
    status_code=201,
    response_model=ProjectOut,
    responses=answers(NotSignedIn, NotAllowed, RequestInvalid, KeyReused),
)
def create_project(body: ProjectNew, caller: Writer, service: Svc, key: IdempotencyKey = None) -> Response:
    """Make a project; whoever makes it owns it."""
    with service.database.write() as session:

        def make() -> ProjectOut:
            project = Project(name=body.name)
            session.add(project)
            session.flush()
            session.add(Member(project=project.id, person=caller.id, role=Role.OWNER))
            record_action(session, caller, "project.create", project.id, project.id, {"name": project.name})
            session.flush()
            return _out(session, service, project, caller)

        return answer_once(session, caller.id, key, "createProject", body, make)


@router.get(
    "/projects/{project}",
    operation_id="getProject",
    summary="A project",
    response_model=ProjectOut,
    responses=answers(NotSignedIn, NotFound),
)
def get_project(project: str, access: Viewer, service: Svc) -> Response:
    """Show a project."""
    with service.database.read() as session:
        found = _project(session, project)
        etag = versions.tag("v", found.version)
        return versions.answer_change(_out(session, service, found, access.caller), etag)


@router.patch(
    "/projects/{project}",
    operation_id="changeProject",
    summary="Rename a project",
    response_model=ProjectOut,
    responses=answers(NotSignedIn, NotAllowed, NotFound, EditConflict, VersionMissing, RequestInvalid),
)
def change_project(
    project: str, body: ProjectChange, access: Editor, service: Svc, if_match: IfMatch = None
) -> Response:
    """Rename a project."""
    with service.database.write() as session:
        found = _project(session, project)
        versions.check(if_match, versions.tag("v", found.version))
        found.name = body.name
        found.version += 1
        told = {"project": found.id, "name": found.name, "version": found.version}
        record_change(session, access, "project.change", found.id, told)
        session.flush()
        answer = _out(session, service, found, access.caller)
        return versions.answer_change(answer, versions.tag("v", found.version))


@router.delete(
    "/projects/{project}",
    operation_id="deleteProject",
    summary="Delete a project and everything in it",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound, EditConflict),
)
def delete_project(project: str, access: Owner, service: Svc, if_match: IfMatch = None) -> Response:
    """Delete a project with its reels, notes, takes, uploads and every file that no other project uses."""
    with service.database.write() as session:
        found = _project(session, project)
        versions.check(if_match, versions.tag("v", found.version), needed=False)
        uploads = remove.uploads_of(session, project)
        record_action(session, access.caller, "project.delete", found.id, found.id, {"name": found.name})
        session.delete(found)
    remove.clear(service, uploads)
    return Response(status_code=204)


def _project(session: Session, name: str) -> Project:
    found = session.get(Project, name)
    if found is None:
        raise NotFound("The project has just been deleted.")
    return found


def _out(session: Session, service: Service, project: Project, caller: Caller) -> ProjectOut:
    role = caller.role or session.scalar(
        select(Member.role).where(Member.project == project.id, Member.person == caller.id)
    )
    size = select(func.coalesce(func.sum(Artefact.size), 0)).join(Use, Use.sha256 == Artefact.sha256)
    reels = select(func.count(ReelRow.id)).where(ReelRow.project == project.id)
    return ProjectOut(
        id=project.id,
        name=project.name,
        role=Role(role or Role.VIEWER),
        created=project.created,  # type: ignore[arg-type]  # seconds become a moment
        version=project.version,
        reels=session.scalar(reels) or 0,
        bytes=session.scalar(size.where(Use.project == project.id)) or 0,
        quota_bytes=project.quota_bytes or service.settings.quota_bytes,
    )
