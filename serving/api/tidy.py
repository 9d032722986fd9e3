"""Forgetting what nobody will ask for again: answers kept for a retry, sessions, keys and invitations that are over."""

from __future__ import annotations

import asyncio
import time

import structlog
from sqlalchemy import delete
from sqlalchemy.orm import Session

from model.errors import CuelightError
from serving.api.service import Service
from serving.store.tables import Idempotency, Key

EVERY_S = 3600.0
ANSWERS_S = 7 * 86_400.0
KEYS_S = 30 * 86_400.0  # how long a key that is over is still listed

_log = structlog.get_logger("cuelight.tidy")


async def tidy(service: Service) -> None:
    """Forget now and then, until cancelled."""
    while True:
        try:
            await asyncio.to_thread(_tidied, service)
        except CuelightError as error:
            _log.warning("not tidied", code=error.code, detail=error.message)
        await asyncio.sleep(EVERY_S)


def forget(session: Session, now: float) -> None:
    """Delete what is over."""
    session.execute(delete(Idempotency).where(Idempotency.created < now - ANSWERS_S))
    session.execute(delete(Key).where(Key.expires < now - KEYS_S))
    session.execute(delete(Key).where(Key.expires < now, Key.browser))


def _tidied(service: Service) -> None:
    with service.database.write() as session:
        forget(session, time.time())
