"""Telling webhooks: each hears of its project's events in order, signed after the Standard Webhooks.

A message that is not answered with 2xx is sent again, later and later, and nothing after it before it; so a webhook may
hear of an event twice, never out of turn. After a day or so of failures it is given up.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook as Signer

from model.errors import CuelightError
from serving.api import metrics as figures
from serving.api import outbound
from serving.api.service import Service
from serving.background import keep_doing
from serving.store.events import events_after
from serving.store.tables import Event, JobState, Webhook

EVERY_S = 1.0
AT_ONCE = 8  # webhooks that are told at a time
IN_A_ROW = 50  # events that one is told before the next has its turn
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 3 * 3600.0
TURN_S = 20.0  # for so long one is told before another has its turn
MOST_FAILURES = 16  # about a day
GONE = 410

_log = structlog.get_logger("cuelight.webhooks")


async def tell(service: Service) -> None:
    """Tell every webhook, until cancelled."""
    threads = ThreadPoolExecutor(AT_ONCE, "webhook")  # their own: a slow listener holds up nothing else
    under_way: dict[str, asyncio.Future[None]] = {}

    async def tell_due() -> None:
        for name in [name for name, telling in under_way.items() if telling.done()]:
            _look_at(name, under_way.pop(name))
        for name in await asyncio.to_thread(_due, service):
            if name not in under_way:
                under_way[name] = asyncio.get_running_loop().run_in_executor(threads, tell_one, service, name)

    try:
        await keep_doing("webhooks", tell_due, EVERY_S)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _look_at(webhook: str, telling: asyncio.Future[None]) -> None:
    if not telling.cancelled() and (error := telling.exception()):
        _log.warning("webhook held up", webhook=webhook, why=f"{type(error).__name__}: {error}")


def tell_one(service: Service, name: str) -> None:
    """Tell one webhook what it has not heard, until it is all told, it does not answer, or others want their turn."""
    ends = time.monotonic() + TURN_S
    with service.database.read() as session:
        webhook = session.get(Webhook, name)
        events = tuple(events_after(session, webhook.project, webhook.delivered, IN_A_ROW)) if webhook else ()
    if webhook is None or not events:
        return
    told = webhook.delivered
    for event in events:
        if time.monotonic() > ends:
            break
        if _is_told_of(webhook, event):
            if not _send_message(service, webhook, event, told):
                return
            webhook.failures = 0  # in a row, that is
        told = event.number
    _write(service, webhook, delivered=told, failures=0, retry_at=0.0)


def write_message(webhook: Webhook, event: Event, now: datetime) -> tuple[bytes, dict[str, str]]:
    """Write what is sent of an event: the body, and headers with its signature."""
    happened = datetime.fromtimestamp(event.created, UTC).isoformat().replace("+00:00", "Z")
    data = {"number": event.number, "project": event.project, **event.data}
    body = json.dumps({"type": event.topic, "timestamp": happened, "data": data})
    name = f"msg_{webhook.id}_{event.number}"
    return body.encode(), {
        "Content-Type": "application/json",
        "User-Agent": "Cuelight",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(webhook.secret).sign(name, now, body),
    }


def wait_s(failures: int) -> float:
    """How long to wait after so many failures: twice as long each time, and never in step with others."""
    wait = min(FIRST_WAIT_S * 2.0 ** (failures - 1), LONGEST_WAIT_S)
    return wait * random.uniform(0.8, 1.2)


def _send_message(service: Service, webhook: Webhook, event: Event, told: int) -> bool:
    """Send one message; whatever becomes of it is written down."""
    body, headers = write_message(webhook, event, datetime.now(UTC))
    try:
        status = outbound.post(webhook.url, body, headers, private=service.settings.private_webhooks)
        why = f"HTTP {status}"
    except (CuelightError, OSError, http.client.HTTPException, ValueError) as error:
        status, why = 0, str(error) or type(error).__name__
    if 200 <= status < 300:  # noqa: PLR2004 - whatever succeeded
        figures.WEBHOOKS.labels("delivered").inc()
        return True
    figures.WEBHOOKS.labels("failed").inc()
    failures = webhook.failures + 1
    active = failures < MOST_FAILURES and status != GONE
    _log.warning("webhook not told", webhook=webhook.id, why=why, failures=failures, active=active)
    now = time.time()
    failed: dict[str, float | str] = {"failures": failures, "failed": now, "why": why[:400]}
    _write(service, webhook, delivered=told, active=active, retry_at=now + wait_s(failures), **failed)
    return False


def _is_told_of(webhook: Webhook, event: Event) -> bool:
    """Tell whether it is told of an event; every step of a running job would be too much."""
    if webhook.topics and event.topic not in webhook.topics:
        return False
    return not (event.topic == "job" and event.data.get("state") == JobState.RUNNING)


def _due(service: Service) -> list[str]:
    """Find the webhooks that have not heard everything and may be tried now."""
    with service.database.read() as session:
        waiting = select(Webhook).where(Webhook.active, Webhook.retry_at <= time.time())
        return [webhook.id for webhook in session.scalars(waiting) if _behind(session, webhook)]


def _behind(session: Session, webhook: Webhook) -> bool:
    newer = select(Event.number).where(Event.project == webhook.project, Event.number > webhook.delivered)
    return session.scalar(newer.limit(1)) is not None


def _write(service: Service, webhook: Webhook, **values: float | str) -> None:
    with service.database.write() as session:
        session.execute(update(Webhook).where(Webhook.id == webhook.id).values(**values))
