"""The event broadcaster: one reader of the event table per process, however many streams are open.

It asks for events above the last number it saw and hands them to the queues of the streams. A stream that comes with
the number of its last event first reads from the table what lies between that and the broadcaster's own last number;
the queue, which was there before it began to read, holds what came after. So nothing is missed, nothing comes twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import func, select

from serving.background import keep_doing
from serving.store.database import Database
from serving.store.events import events_after
from serving.store.tables import Event

EVERY_S = 0.1
AT_ONCE = 1000  # events read from the table in one go
LOOK_AGAIN_S = 15.0
LEAVING = frozenset({"member", "share"})  # topics after which somebody may listen no longer
QUEUE = 5000  # a stream that falls so far behind is closed; it resumes by its last number


@dataclass(frozen=True, slots=True)
class BroadcastEvent:
    """An event as the streams tell it; ``wire`` is what goes over the wire, written once for all of them."""

    number: int
    project: str
    topic: str
    data: dict[str, Any]
    wire: bytes

    @classmethod
    def of(cls, event: Event) -> Self:
        """Write an event."""
        return cls(
            event.number, event.project, event.topic, event.data, encode_event(event.number, event.topic, event.data)
        )


@dataclass(slots=True, eq=False)
class EventStream:
    """One listener.

    Attributes
    ----------
    who: whose key, session or link it is
    since: the broadcaster's last number when it came
    allowed: tells whether it still may listen; blocking, asked now and then
    queue: what happened since; None ends it
    """

    project: str
    who: str
    since: int
    allowed: Callable[[], bool]
    queue: asyncio.Queue[BroadcastEvent | None] = field(
        default_factory=lambda: asyncio.Queue[BroadcastEvent | None](QUEUE + 1)
    )


def encode_event(number: int, topic: str, data: dict[str, Any]) -> bytes:
    """Write an event as a stream sends it; JSON has no line of its own, so neither has the event."""
    return f"id: {number}\nevent: {topic}\ndata: {json.dumps(data)}\n\n".encode()


class EventBroadcaster:
    """Hands events from the table to streams."""

    def __init__(self, database: Database) -> None:
        """Read from ``database``."""
        self._database = database
        self._streams: dict[str, set[EventStream]] = defaultdict(set)
        self._last = 0
        self._looked = time.monotonic()
        self._closed = False

    @property
    def last(self) -> int:
        """Number of the last event that was handed on."""
        return self._last

    @property
    def open_streams(self) -> int:
        """How many streams listen."""
        return sum(len(some) for some in self._streams.values())

    async def run(self) -> None:
        """Hand on events until cancelled; a database that does not answer is asked again."""
        await keep_doing("broadcaster", self._step, EVERY_S)

    async def _step(self) -> None:
        somebody_left = await self._turn()
        if somebody_left or time.monotonic() - self._looked > LOOK_AGAIN_S:
            self._looked = time.monotonic()
            await self.look_again()

    async def look_again(self) -> None:
        """End the streams of keys that were withdrawn, links that are over, people who left."""
        for stream in [stream for some in self._streams.values() for stream in some]:
            if not await asyncio.to_thread(stream.allowed):
                _end(stream)

    async def start(self) -> None:
        """Find out where the table ends."""
        self._last = await asyncio.to_thread(self._newest)

    def streams_of(self, who: str) -> int:
        """How many streams one key, session or link has open."""
        return sum(stream.who == who for some in self._streams.values() for stream in some)

    async def events(
        self, project: str, who: str, after: int, allowed: Callable[[], bool]
    ) -> AsyncIterator[BroadcastEvent]:
        """Yield the events of a project after number ``after``, until the service stops or it is no longer allowed."""
        with self._listening(project, who, allowed) as stream:
            told = after
            while told < stream.since and (some := await asyncio.to_thread(self._between, stream, told)):
                for one in some:
                    yield one
                told = some[-1].number
            while (new := await stream.queue.get()) is not None:
                if new.number > told:
                    yield new

    def close(self) -> None:
        """End every stream, and every one that comes later at once."""
        self._closed = True
        for stream in [stream for some in self._streams.values() for stream in some]:
            _end(stream)

    @contextlib.contextmanager
    def _listening(self, project: str, who: str, allowed: Callable[[], bool]) -> Generator[EventStream]:
        stream = EventStream(project, who, self._last, allowed)
        if self._closed:
            _end(stream)
        self._streams[project].add(stream)
        try:
            yield stream
        finally:
            self._streams[project].discard(stream)
            if not self._streams[project]:
                del self._streams[project]

    async def _turn(self) -> bool:
        """Hand on what is new; tell whether people or links of a project changed."""
        some = await asyncio.to_thread(self._after)
        for one in some:
            self._last = one.number
            for stream in tuple(self._streams.get(one.project, ())):
                if stream.queue.qsize() >= QUEUE:
                    _end(stream)
                else:
                    stream.queue.put_nowait(one)
        return any(one.topic in LEAVING for one in some)

    def _after(self) -> list[BroadcastEvent]:
        with self._database.read() as session:
            rows = session.scalars(select(Event).where(Event.number > self._last).order_by(Event.number).limit(AT_ONCE))
            return [BroadcastEvent.of(row) for row in rows]

    def _between(self, stream: EventStream, after: int) -> list[BroadcastEvent]:
        with self._database.read() as session:
            rows = events_after(session, stream.project, after)
            return [BroadcastEvent.of(row) for row in rows if row.number <= stream.since]

    def _newest(self) -> int:
        with self._database.read() as session:
            return session.scalar(select(func.max(Event.number))) or 0


def _end(stream: EventStream) -> None:
    with contextlib.suppress(asyncio.QueueFull):
        stream.queue.put_nowait(None)
