"""Routes: webhooks."""

from __future__ import annotations

import base64
import secrets
from urllib.parse import urlsplit

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from model.errors import KeyReused, NotAllowed, NotFound, NotSignedIn, RequestInvalid
from serving.api import outbound, paging
from serving.api.access import OWNING, Owner
from serving.api.changes import record_change
from serving.api.idempotency import IdempotencyKey, answer_once
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Page
from serving.api.schemas.projects import WebhookMade, WebhookNew, WebhookOut
from serving.api.service import Svc
from serving.problems import answers, field_error
from serving.store.events import last_event
from serving.store.tables import Webhook

SECRET_BYTES = 32

router = APIRouter(tags=["webhooks"])
ORDER = paging.PageOrder(Webhook.id)


@router.get(
    "/projects/{project}/webhooks",
    operation_id="listWebhooks",
    summary="Where a project's events are told",
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid),
    dependencies=OWNING,
)
def list_webhooks(project: str, service: Svc, limit: Limit = 50, cursor: Cursor = None) -> Page[WebhookOut]:
    """List the webhooks of a project, without their secrets."""
    query = select(Webhook).where(Webhook.project == project)
    with service.database.read() as session:
        return ORDER.page(session, query, limit, cursor, WebhookOut.model_validate)


@router.post(
    "/projects/{project}/webhooks",
    operation_id="createWebhook",
    summary="Be told of a project's events",
    status_code=201,
    response_model=WebhookMade,
    responses=answers(NotSignedIn, NotAllowed, NotFound, RequestInvalid, KeyReused),
)
def create_webhook(project: str, body: WebhookNew, access: Owner, service: Svc, key: IdempotencyKey = None) -> Response:
    """Make a webhook; its secret is told this once. It hears of what happens from now on."""
    try:
        outbound.check_url(body.url, private=service.settings.private_webhooks)
    except NotAllowed as error:
        raise field_error("body.url", error.message) from error
    with service.database.write() as session:

        def make() -> WebhookMade:
            secret = "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
            made = Webhook(
                project=project,
                url=body.url,
                topics=sorted(set(body.topics)),
                secret=secret,
                delivered=last_event(session, project),
            )
            session.add(made)
            session.flush()
            record_change(session, access, "webhook.create", made.id, _about(made))
            return WebhookMade(**WebhookOut.model_validate(made).model_dump(), secret=secret)

        return answer_once(session, access.caller.id, key, f"createWebhook {project}", body, make, secrets=("secret",))


@router.post(
    "/projects/{project}/webhooks/{webhook}/resume",
    operation_id="resumeWebhook",
    summary="Try a webhook again, now",
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def resume_webhook(project: str, webhook: str, access: Owner, service: Svc) -> WebhookOut:
    """Try again one that was given up or is waiting; it hears of what it missed, as far as that is still known."""
    with service.database.write() as session:
        found = _webhook(session, project, webhook)
        found.active, found.failures, found.retry_at = True, 0, 0.0
        record_change(session, access, "webhook.resume", webhook, _about(found))
        return WebhookOut.model_validate(found)


@router.delete(
    "/projects/{project}/webhooks/{webhook}",
    operation_id="deleteWebhook",
    summary="Be told no more",
    status_code=204,
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def delete_webhook(project: str, webhook: str, access: Owner, service: Svc) -> Response:
    """Delete a webhook."""
    with service.database.write() as session:
        found = _webhook(session, project, webhook)
        session.delete(found)
        record_change(session, access, "webhook.delete", webhook, _about(found))
    return Response(status_code=204)


def _webhook(session: Session, project: str, webhook: str) -> Webhook:
    found = session.get(Webhook, webhook)
    if found is None or found.project != project:
        raise NotFound("There is no such webhook in this project.")
    return found


def _about(webhook: Webhook) -> dict[str, str | None]:
    """Name its host alone: what follows in an address may be a secret of whoever listens there."""
    return {"webhook": webhook.id, "name": urlsplit(webhook.url).hostname}
