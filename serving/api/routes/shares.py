"""Routes: links for people without an account."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from model.errors import KeyReused, NotAllowed, NotFound, NotSignedIn, RequestInvalid
from serving.api import paging
from serving.api.access import WRITING, Editor, find
from serving.api.changes import record_change
from serving.api.idempotency import IdempotencyKey, answer_once
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Page
from serving.api.schemas.projects import ShareMade, ShareNew, ShareOut
from serving.api.service import Svc, hash_secret, new_secret
from serving.problems import answers
from serving.store.tables import Role, Share

router = APIRouter(tags=["shares"])
ORDER = paging.PageOrder(Share.created, Share.id)


@router.get(
    "/projects/{project}/shares",
    operation_id="listShares",
    summary="The links into a project, newest first",
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid),
    dependencies=WRITING,
)
def list_shares(project: str, service: Svc, limit: Limit = 50, cursor: Cursor = None) -> Page[ShareOut]:
    """List the links, without their secrets; withdrawn ones too."""
    query = select(Share).where(Share.project == project)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, ShareOut.model_validate)


@router.post(
    "/projects/{project}/shares",
    operation_id="createShare",
    summary="Make a link for a director or a viewer",
    status_code=201,
    response_model=ShareMade,
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid, KeyReused),
)
def create_share(
    project: str, body: ShareNew, access: Editor, service: Svc, request: Request, key: IdempotencyKey = None
) -> Response:
    """Make a link; its secret is told this once."""
    with service.database.write() as session:

        def make() -> ShareMade:
            if body.reel is not None and find(session, access.caller, "reel", body.reel).project != project:
                raise NotFound("There is no such reel in this project.")
            secret = new_secret("cs")
            share = Share(
                project=project,
                reel=body.reel,
                name=body.name,
                role=Role(body.role),
                secret_sha256=hash_secret(secret),
                expires=time.time() + body.expires_in_s,
            )
            session.add(share)
            session.flush()
            record_change(session, access, "share.create", share.id, {"share": share.id, "name": share.name})
            shown = ShareOut.model_validate(share).model_dump()
            return ShareMade(**shown, token=secret, url=f"{service.address(request)}/#/share/{secret}")

        what = f"createShare {project}"
        return answer_once(session, access.caller.id, key, what, body, make, secrets=("token", "url"))


@router.delete(
    "/projects/{project}/shares/{share}",
    operation_id="revokeShare",
    summary="Withdraw a link",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def revoke_share(project: str, share: str, access: Editor, service: Svc) -> Response:
    """Withdraw a link; whoever has it is out at once."""
    with service.database.write() as session:
        found = session.get(Share, share)
        if found is None or found.project != project:
            raise NotFound("There is no such link in this project.")
        found.revoked = True
        record_change(session, access, "share.revoke", share, {"share": share, "name": found.name})
    return Response(status_code=204)
