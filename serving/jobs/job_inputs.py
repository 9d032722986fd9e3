"""What a job works on, fixed when it is ordered, so that every attempt works on the same.

Inputs are artefacts by name: ``film`` the upload, ``observations``, ``notes`` and ``language`` as they stand,
``previous`` the notes of the version before, ``picture`` and ``sound`` the film as the browser has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import NotFound, RequestInvalid, StateConflict
from serving.store.tables import JobKind, Record, ReelRow, Revision, Take, TakeState


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What was chosen, and what it is to be done to."""

    params: Record
    inputs: Record


def complete_inputs(session: Session, reel_id: str | None, kind: JobKind, params: Record, inputs: Record) -> JobOrder:
    """Add what an order leaves open from the reel as it stands; what it names is left as it is."""
    reel = session.get(ReelRow, reel_id) if reel_id else None
    if reel is None:
        raise NotFound("There is no such reel.")
    order = _ORDERS[kind](session, reel, params)
    found = {name: sha256 for name, sha256 in order.inputs.items() if sha256}
    return JobOrder(order.params, {**found, **inputs})


def _spot(session: Session, reel: ReelRow, params: Record) -> JobOrder:
    """Keep what was published: by this reel if it was spotted before, else by the version before it."""
    before = reel if reel.revision or not reel.previous else session.get(ReelRow, reel.previous)
    previous = _head(session, before) if before and before.revision else ""
    return JobOrder({**params, "revision": reel.revision + 1}, {"film": reel.film, "previous": previous})


def _themes(session: Session, reel: ReelRow, params: Record) -> JobOrder:
    return JobOrder(_at_revision(reel, params), _observed_inputs(session, reel, params))


def _score(session: Session, reel: ReelRow, params: Record) -> JobOrder:
    """Fix the choices of the take to start from, too."""
    chosen = _at_revision(reel, params)
    if params.get("base_take"):
        base = session.get(Take, params["base_take"])
        if base is None or base.reel != reel.id:
            raise NotFound("There is no such take of this reel.")
        chosen["base"] = base.record["choice"]
    return JobOrder(chosen, {**_observed_inputs(session, reel, params), "language": reel.language, "sound": reel.sound})


def _deliver(session: Session, reel: ReelRow, params: Record) -> JobOrder:
    """Fix the takes too: what is accepted later belongs into another archive."""
    accepted = select(Take.id).where(Take.reel == reel.id, Take.state == TakeState.ACCEPTED)
    takes = params.get("takes") or list(session.scalars(accepted.order_by(Take.cue, Take.created, Take.id)))
    if any((take := session.get(Take, name)) is None or take.reel != reel.id for name in takes):
        raise NotFound("There is no such take of this reel.")
    heard = {"language": reel.language, "picture": reel.picture, "sound": reel.sound}
    return JobOrder(
        {**_at_revision(reel, params), "takes": takes}, {**_observed_inputs(session, reel, params), **heard}
    )


_ORDERS: dict[JobKind, Callable[[Session, ReelRow, Record], JobOrder]] = {
    JobKind.SPOT: _spot,
    JobKind.THEMES: _themes,
    JobKind.SCORE: _score,
    JobKind.DELIVER: _deliver,
}


def _at_revision(reel: ReelRow, params: Record) -> Record:
    said = {name: value for name, value in params.items() if value is not None}
    return {**said, "revision": params.get("revision") or reel.revision}


def _observed_inputs(session: Session, reel: ReelRow, params: Record) -> Record:
    if not reel.revision:
        raise StateConflict("The reel has not been spotted yet.", hint="Wait until its notes are there.")
    return {"notes": _head(session, reel, params.get("revision")), "observations": reel.observations}


def _head(session: Session, reel: ReelRow, number: int | None = None) -> str:
    revision = session.get(Revision, (reel.id, number or reel.revision))
    if revision is None:
        raise RequestInvalid(f"The notes have no revision {number}.")
    return revision.notes
