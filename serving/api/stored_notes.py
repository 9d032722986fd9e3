"""Reading the notes of a reel as they stand, or as they stood."""

from __future__ import annotations

from sqlalchemy.orm import Session

from model.errors import NotFound, StateConflict
from model.observe.observations import Observations
from model.spotting.notes import SpottingNotes
from serving.api.service import Service
from serving.store.tables import ReelRow, Revision


def reel_of(session: Session, name: str) -> ReelRow:
    """Read a reel that was there a moment ago."""
    found = session.get(ReelRow, name)
    if found is None:
        raise NotFound("The reel has just been deleted.")
    return found


def revision_of(session: Session, reel: ReelRow, number: int | None = None) -> Revision:
    """Return a revision of the notes, the newest if none is named; raises StateConflict before there is any."""
    if not reel.revision:
        raise StateConflict("The reel has not been spotted yet.", hint="Wait until its notes are there.")
    found = session.get(Revision, (reel.id, number or reel.revision))
    if found is None:
        raise NotFound(f"The notes have no revision {number}.")
    return found


def notes_of(service: Service, session: Session, reel: ReelRow, number: int | None = None) -> SpottingNotes:
    """Return the notes of a revision."""
    return service.notes(revision_of(session, reel, number).notes)


def observations_of(service: Service, reel: ReelRow) -> Observations:
    """Return what was observed in a reel; raises StateConflict before it was."""
    if not reel.observations:
        raise StateConflict("The reel has not been watched yet.", hint="Wait until its job is done.")
    return service.observations(reel.observations)
