"""Routes: comments, pinned to frames."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import (
    EditConflict,
    KeyReused,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RequestInvalid,
    VersionMissing,
)
from serving.api import etags as versions
from serving.api import paging
from serving.api.access import LOOKING, Access, Director
from serving.api.changes import record_change
from serving.api.etags import IfMatch
from serving.api.idempotency import IdempotencyKey, answer_once
from serving.api.paging import Cursor, Limit
from serving.api.schemas.comments import CommentChange, CommentNew, CommentOut
from serving.api.schemas.common import Page
from serving.api.service import Svc
from serving.problems import answers, field_error
from serving.store.tables import Comment, ReelRow, Role

router = APIRouter(tags=["comments"])
ORDER = paging.PageOrder(Comment.created, Comment.id, ascending=True)


@router.get(
    "/reels/{reel}/comments",
    operation_id="listComments",
    summary="The comments on a reel, oldest first",
    responses=answers(NotSignedIn, NotFound, RequestInvalid),
    dependencies=LOOKING,
)
def list_comments(
    reel: str,
    service: Svc,
    resolved: Annotated[bool | None, Query(description="Only those that are, or are not, resolved.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CommentOut]:
    """List the comments on a reel."""
    query = select(Comment).where(Comment.reel == reel)
    if resolved is not None:
        query = query.where(Comment.resolved == resolved)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, CommentOut.model_validate)


@router.post(
    "/reels/{reel}/comments",
    operation_id="createComment",
    summary="Say something about a frame",
    status_code=201,
    response_model=CommentOut,
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid, KeyReused),
)
def create_comment(reel: str, body: CommentNew, access: Director, service: Svc, key: IdempotencyKey = None) -> Response:
    """Pin a comment to a frame."""
    with service.database.write() as session:

        def make() -> CommentOut:
            _check_frame(session, reel, body.frame)
            comment = Comment(
                reel=reel,
                frame=body.frame,
                cue=body.cue,
                text=body.text,
                author=access.caller.id,
                author_name=access.caller.name,
                author_role=access.role,
            )
            session.add(comment)
            session.flush()
            _tell(session, access, "comment.create", comment)
            return CommentOut.model_validate(comment)

        return answer_once(session, access.caller.id, key, f"createComment {reel}", body, make)


@router.get(
    "/comments/{comment}",
    operation_id="getComment",
    summary="A comment",
    response_model=CommentOut,
    responses=answers(NotSignedIn, NotFound) | versions.UNCHANGED,
    dependencies=LOOKING,
)
def get_comment(comment: str, service: Svc, request: Request) -> Response:
    """Show a comment."""
    with service.database.read() as session:
        found = _comment(session, comment)
        return versions.answer_with_etag(request, CommentOut.model_validate(found), versions.tag("v", found.version))


@router.patch(
    "/comments/{comment}",
    operation_id="changeComment",
    summary="Change or resolve a comment",
    response_model=CommentOut,
    responses=answers(NotSignedIn, NotAllowed, NotFound, EditConflict, VersionMissing, RequestInvalid),
)
def change_comment(
    comment: str, body: CommentChange, access: Director, service: Svc, if_match: IfMatch = None
) -> Response:
    """Change the text, if it is yours, or resolve it."""
    with service.database.write() as session:
        found = _comment(session, comment)
        versions.check(if_match, versions.tag("v", found.version))
        if body.text is not None:
            if found.author != access.caller.id:
                raise NotAllowed("Only its author changes what a comment says.")
            found.text = body.text
        if body.resolved is not None:
            found.resolved = body.resolved
        found.version += 1
        session.flush()
        _tell(session, access, "comment.change", found)
        return versions.answer_change(CommentOut.model_validate(found), versions.tag("v", found.version))


@router.delete(
    "/comments/{comment}",
    operation_id="deleteComment",
    summary="Delete a comment",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound, EditConflict),
)
def delete_comment(comment: str, access: Director, service: Svc, if_match: IfMatch = None) -> Response:
    """Delete a comment of yours; owners delete any."""
    with service.database.write() as session:
        found = _comment(session, comment)
        versions.check(if_match, versions.tag("v", found.version), needed=False)
        if found.author != access.caller.id and access.role is not Role.OWNER:
            raise NotAllowed("Only its author or an owner deletes a comment.")
        session.delete(found)
        _tell(session, access, "comment.delete", found)
    return Response(status_code=204)


def _comment(session: Session, name: str) -> Comment:
    found = session.get(Comment, name)
    if found is None:
        raise NotFound("The comment has just been deleted.")
    return found


def _check_frame(session: Session, reel: str, frame: int) -> None:
    row = session.get(ReelRow, reel)
    if row is None:
        raise NotFound("The reel has just been deleted.")
    frames = (row.facts or {}).get("frames")
    if frames is not None and frame >= frames:
        raise field_error("body.frame", f"the reel has {frames} frames")


def _tell(session: Session, access: Access, action: str, comment: Comment) -> None:
    told = {"reel": comment.reel, "comment": comment.id, "frame": comment.frame, "cue": comment.cue}
    record_change(session, access, action, comment.id, told)
