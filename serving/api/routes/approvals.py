"""Routes: what each role says about each cue."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Path, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import NotAllowed, NotFound, NotSignedIn, RequestInvalid, StateConflict
from serving.api.access import LOOKING, Director
from serving.api.changes import record_change
from serving.api.schemas.comments import ApprovalNew, ApprovalOut
from serving.api.schemas.common import CueId, Page
from serving.api.service import Service, Svc
from serving.api.stored_notes import notes_of, reel_of
from serving.problems import answers
from serving.store.tables import Approval, Take

router = APIRouter(tags=["approvals"])
InCue = Annotated[CueId, Path()]


@router.get(
    "/reels/{reel}/approvals",
    operation_id="listApprovals",
    summary="What each role last said about each cue",
    responses=answers(NotSignedIn, NotFound),
    dependencies=LOOKING,
)
def list_approvals(reel: str, service: Svc) -> Page[ApprovalOut]:
    """List the approvals of a reel: one for each cue and role at most."""
    query = select(Approval).where(Approval.reel == reel).order_by(Approval.cue, Approval.role)
    with service.database.read() as session:
        return Page(items=[ApprovalOut.model_validate(row) for row in session.scalars(query)])


@router.put(
    "/reels/{reel}/cues/{cue}/approval",
    operation_id="setApproval",
    summary="Approve a cue, or ask for changes",
    responses=answers(NotSignedIn, NotAllowed, NotFound, StateConflict, RequestInvalid),
)
def set_approval(reel: str, cue: InCue, body: ApprovalNew, access: Director, service: Svc) -> ApprovalOut:
    """Say what your role thinks of a cue, in place of what it said before."""
    with service.database.write() as session:
        row = reel_of(session, reel)
        cues = _numbers(service, session, reel)
        if cue not in cues:
            raise NotFound("There is no such cue in the notes.")
        take = session.get(Take, body.take) if body.take else None
        if body.take and (take is None or (take.reel, take.cue) != (reel, cue)):
            raise NotFound("There is no such take of this cue.")
        approval = session.merge(
            Approval(
                reel=reel,
                cue=cue,
                role=access.role,
                verdict=body.verdict,
                text=body.text,
                author=access.caller.id,
                author_name=access.caller.name,
                revision=row.revision,
                take=body.take,
                created=time.time(),
            )
        )
        told = {"reel": reel, "cue": cue, "number": cues[cue], "role": str(access.role), "verdict": str(body.verdict)}
        record_change(session, access, "approval.set", f"{reel}/{cue}", told)
        return ApprovalOut.model_validate(approval)


@router.delete(
    "/reels/{reel}/cues/{cue}/approval",
    operation_id="removeApproval",
    summary="Take back what your role said about a cue",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid),
)
def remove_approval(reel: str, cue: InCue, access: Director, service: Svc) -> Response:
    """Take back your role's verdict."""
    with service.database.write() as session:
        approval = session.get(Approval, (reel, cue, access.role))
        if approval is None:
            raise NotFound("Your role has said nothing about this cue.")
        session.delete(approval)
        cues = _numbers(service, session, reel)
        told = {"reel": reel, "cue": cue, "number": cues.get(cue), "role": str(access.role), "verdict": None}
        record_change(session, access, "approval.remove", f"{reel}/{cue}", told)
    return Response(status_code=204)


def _numbers(service: Service, session: Session, reel: str) -> dict[str, str]:
    """Return the number of each cue of the notes as they stand."""
    return {cue.id: cue.number for cue in notes_of(service, session, reel_of(session, reel)).cues}
