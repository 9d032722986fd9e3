"""Routes: the stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse

from model.errors import NotFound, NotSignedIn, RequestInvalid, ServiceBusy
from serving.api.access import Access, Viewer, still_allowed
from serving.api.event_broadcaster import BroadcastEvent, encode_event
from serving.api.service import Service, Svc
from serving.problems import answers, field_error

PING_S = 15
LAST_EVENTS_S = 2  # when the service stops: the broadcaster ends every stream, this is how long a slow client may take
MOST_STREAMS = 1000
MOST_OF_A_KEY = 300  # streams, so that nobody can take them all
MOST_OF_A_LINK = 50  # streams, so that nobody can take them all
MOST = 2**53

router = APIRouter(tags=["events"])

STREAM: dict[str, Any] = {
    "description": "Events as they happen: `id` is the number, `event` the topic, `data` JSON. The first is `hello`.",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": 'id: 41\nevent: notes\ndata: {"action":"edit","reel":"reel_0f","revision":8}\n\n',
        }
    },
}


@router.get(
    "/projects/{project}/events",
    operation_id="streamEvents",
    summary="What happens in a project, as it happens",
    response_class=Response,
    responses=answers(NotSignedIn, NotFound, RequestInvalid) | {200: STREAM},
)
async def stream_events(
    project: str,  # noqa: ARG001 - the dependency reads it from the path
    access: Viewer,
    service: Svc,
    request: Request,
    after: Annotated[int | None, Query(ge=0, le=MOST, description="Go on after this number.")] = None,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="The same, as a browser sends it.", max_length=20)
    ] = None,
) -> EventSourceResponse:
    """Stream events; whoever comes back with the number of their last event misses none and gets none twice."""
    who = access.caller.key or access.caller.id
    most = MOST_OF_A_LINK if access.caller.kind == "share" else MOST_OF_A_KEY
    if service.broadcaster.open_streams >= MOST_STREAMS or service.broadcaster.streams_of(who) >= most:
        raise ServiceBusy("Too many streams are open.", hint="Close some, or try again in a moment.")
    number = _number(last_event_id) if last_event_id else after
    told = _tell(service, request, access, who, number)
    return EventSourceResponse(told, ping=PING_S, send_timeout=30, shutdown_grace_period=LAST_EVENTS_S)


async def _tell(
    service: Service, request: Request, access: Access, who: str, after: int | None
) -> AsyncIterator[bytes]:
    """Say hello with the number to go on from, then tell each event."""
    since = service.broadcaster.last if after is None else after
    yield encode_event(since, "hello", {"after": since})
    allowed = partial(still_allowed, service, request, access)
    async for told in service.broadcaster.events(access.project, who, since, allowed):
        if _concerns(access, told):
            yield told.wire


def _concerns(access: Access, told: BroadcastEvent) -> bool:
    """Tell whether whoever listens may hear of it: a link to one reel hears of that reel."""
    only = access.caller.reel
    return only is None or told.data.get("reel") == only or (told.topic == "reel" and told.data.get("id") == only)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST):
        raise field_error("header.last-event-id", "this is no number of an event")
    return int(text)
