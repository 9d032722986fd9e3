"""Routes: who did what."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import select

from model.errors import NotAllowed, NotFound, NotSignedIn, RequestInvalid
from serving.api import paging
from serving.api.access import OWNING
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Page
from serving.api.schemas.projects import AuditOut
from serving.api.service import Svc
from serving.problems import answers
from serving.store.tables import Audit

router = APIRouter(tags=["audit"])
ORDER = paging.PageOrder(Audit.number)


@router.get(
    "/projects/{project}/audit",
    operation_id="listAudit",
    summary="Who did what in a project, newest first",
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid),
    dependencies=OWNING,
)
def list_audit(project: str, service: Svc, limit: Limit = 50, cursor: Cursor = None) -> Page[AuditOut]:
    """List what was done in a project; the list is only added to."""
    query = select(Audit).where(Audit.project == project)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, AuditOut.model_validate)
