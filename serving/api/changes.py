"""Deeds: every change is written into the audit log and told to whoever listens, in its own transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from serving.api.access import Access, Caller
from serving.store.events import publish
from serving.store.tables import Audit


def record_action(
    session: Session,
    caller: Caller,
    action: str,
    target: str,
    project: str | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write down who did what, and what there is to say of it."""
    who = {"actor": caller.id, "actor_name": caller.name[:200]}
    session.add(Audit(project=project, action=action, target=target[:120], data=data or {}, **who))


def record_change(session: Session, access: Access, action: str, target: str, data: dict[str, Any]) -> None:
    """Record a change in a project in the audit log and publish it as an event; ``action`` is ``topic.verb``."""
    record_action(session, access.caller, action, target, access.project, data)
    topic, _, verb = action.partition(".")
    publish(
        session, access.project, topic, {"action": verb, "by": access.caller.id, "by_name": access.caller.name, **data}
    )
