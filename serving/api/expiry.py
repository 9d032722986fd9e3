"""Forgetting what nobody will ask for again: answers kept for a retry, sessions, keys, old trash."""

from __future__ import annotations

import asyncio
import time

import structlog
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from serving.api.service import Service
from serving.background import keep_doing
from serving.store.pairing import check_pair
from serving.store.tables import Idempotency, Key

EVERY_S = 3600.0
USE_EVERY_S = 60.0
ANSWERS_S = 7 * 86_400.0
KEYS_S = 30 * 86_400.0  # how long a key that is over is still listed

_log = structlog.get_logger("cuelight.store")


async def tidy(service: Service) -> None:
    """Forget now and then, until cancelled."""
    await keep_doing("tidy", lambda: asyncio.to_thread(_remove_expired, service), EVERY_S)


async def remember_use(service: Service) -> None:
    """Write down now and then when keys were last used, until cancelled; nobody who reads waits for that."""
    await keep_doing("keys", lambda: asyncio.to_thread(write_use, service), USE_EVERY_S)


def write_use(service: Service) -> None:
    """Write down when keys were last used."""
    used, service.used = service.used, {}
    if not used:
        return
    with service.database.write() as session:
        for key, moment in used.items():
            session.execute(update(Key).where(Key.id == key).values(used=moment))


def forget(session: Session, now: float) -> None:
    """Delete what is over."""
    session.execute(delete(Idempotency).where(Idempotency.created < now - ANSWERS_S))
    session.execute(delete(Key).where(Key.expires < now - KEYS_S))
    session.execute(delete(Key).where(Key.expires < now, Key.browser))


def _remove_expired(service: Service) -> None:
    with service.database.write() as session:
        forget(session, time.time())
    check_pair(service.database, service.artefacts)  # else the trash is needed yet
    days = service.artefacts.empty_trash(service.settings.trash_days)
    if days:
        _log.info("trash emptied", days=days)
