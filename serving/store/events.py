"""Events: what happened in a project, in order, kept long enough for a stream that broke off to go on without a gap.

A number is given inside the writing transaction, and writers wait for each other, so nobody ever sees a number appear
below one already seen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import Session

from serving.store.tables import Event, JobState, Record

KEEP_S = 7 * 24 * 3600.0
KEEP_PROGRESS_S = 600.0  # each report of a running job is overtaken by the next


def publish(session: Session, project: str, topic: str, data: Record) -> int:
    """Record an event in the transaction of the change; return its number."""
    event = Event(project=project, topic=topic, data=data)
    session.add(event)
    session.flush()
    return event.number


def events_after(session: Session, project: str, number: int, limit: int = 200) -> Sequence[Event]:
    """Return what happened in a project after the event ``number``, oldest first."""
    after = select(Event).where(Event.project == project, Event.number > number)
    return session.scalars(after.order_by(Event.number).limit(limit)).all()


def last_event(session: Session, project: str) -> int:
    """Return the number of the newest event of a project; 0 if nothing ever happened."""
    return session.scalar(select(func.max(Event.number)).where(Event.project == project)) or 0


def prune(session: Session, now: float | None = None) -> int:
    """Forget events nobody will ask for; return how many."""
    moment = now or time.time()
    running = Event.data["state"].as_string() == JobState.RUNNING
    overtaken = and_(Event.topic == "job", Event.created < moment - KEEP_PROGRESS_S, running)
    gone = session.execute(delete(Event).where(or_(Event.created < moment - KEEP_S, overtaken)))
    return int(getattr(gone, "rowcount", 0))
