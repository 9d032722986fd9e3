"""Streams: whoever listens hears everything once, from where they left, and no longer than they may."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

import pytest

from serving.api import event_broadcaster
from serving.api.access import Access, Caller
from serving.api.event_broadcaster import BroadcastEvent, EventBroadcaster
from serving.api.routes import events
from serving.api.routes.events import _concerns
from serving.store.events import publish
from serving.store.tables import Role


def happen(world: Any, project: str, count: int = 1) -> list[int]:
    with world.service.database.write() as session:
        return [publish(session, project, "comment", {"text": "line\nbreak"}) for _ in range(count)]


async def take(events: AsyncIterator[BroadcastEvent], count: int) -> list[int]:
    return [(await asyncio.wait_for(anext(events), 5)).number for _ in range(count)]


def test_a_stream_hears_what_was_and_what_comes_once(world: Any, api: ModuleType) -> None:
    async def listen() -> None:
        before = happen(world, api.PROJECT, 450)  # more than one page of history
        broadcaster = EventBroadcaster(world.service.database)
        await broadcaster.start()
        running = asyncio.create_task(broadcaster.run())
        stream = broadcaster.events(api.PROJECT, "me", before[9], lambda: True)
        first = await take(stream, 5)
        after = await asyncio.to_thread(happen, world, api.PROJECT, 30)
        await asyncio.to_thread(happen, world, api.OTHER, 30)
        assert first + await take(stream, 440 - 5 + 30) == before[10:] + after
        assert broadcaster.open_streams == 1
        broadcaster.close()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert broadcaster.open_streams == 0
        running.cancel()

    asyncio.run(listen())


def test_many_streams_hear_the_same_while_it_happens(world: Any, api: ModuleType) -> None:
    async def listen() -> None:
        broadcaster = EventBroadcaster(world.service.database)
        await broadcaster.start()
        running = asyncio.create_task(broadcaster.run())
        streams = [broadcaster.events(api.PROJECT, "me", broadcaster.last, lambda: True) for _ in range(20)]
        hearing = [asyncio.create_task(take(stream, 60)) for stream in streams]
        numbers: list[int] = []
        for _ in range(20):
            numbers += await asyncio.to_thread(happen, world, api.PROJECT, 3)
        assert all(heard == numbers for heard in await asyncio.gather(*hearing))
        running.cancel()

    asyncio.run(listen())


def test_who_may_no_longer_listen_hears_no_more(world: Any, api: ModuleType) -> None:
    async def listen() -> None:
        broadcaster = EventBroadcaster(world.service.database)
        allowed = {"one": True, "other": True}
        one = broadcaster.events(api.PROJECT, "me", 0, lambda: allowed["one"])
        other = broadcaster.events(api.PROJECT, "me", 0, lambda: allowed["other"])
        waiting = [asyncio.create_task(anext(stream, None)) for stream in (one, other)]
        await asyncio.sleep(0)
        allowed["one"] = False
        await broadcaster.look_again()
        assert await asyncio.wait_for(waiting[0], 5) is None
        assert not waiting[1].done()
        broadcaster.close()
        await waiting[1]

    asyncio.run(listen())


def test_who_falls_behind_is_let_go_and_can_come_back(
    world: Any, api: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_broadcaster, "QUEUE", 5)

    async def listen() -> None:
        broadcaster = EventBroadcaster(world.service.database)
        await broadcaster.start()
        stream = broadcaster.events(api.PROJECT, "me", broadcaster.last, lambda: True)
        first = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        numbers = happen(world, api.PROJECT, 9)
        await broadcaster._turn()
        heard = [(await first).number] + [one.number async for one in stream]
        assert heard == numbers[: len(heard)]
        assert len(heard) < 9
        again = broadcaster.events(api.PROJECT, "me", heard[-1], lambda: True)
        assert heard + await take(again, 9 - len(heard)) == numbers

    asyncio.run(listen())


def test_an_event_is_one_event_on_the_wire() -> None:
    lines = event_broadcaster.encode_event(7, "comment", {"text": "a\r\n\nid: 9\u2028"}).decode().splitlines()
    assert lines[:2] == ["id: 7", "event: comment"]
    assert json.loads(lines[2].removeprefix("data: ")) == {"text": "a\r\n\nid: 9\u2028"}
    assert lines[3:] == [""]


@pytest.mark.parametrize(
    ("topic", "data", "heard"),
    [
        ("notes", {"reel": "r1"}, True),
        ("notes", {"reel": "r2"}, False),
        ("reel", {"id": "r1"}, True),
        ("take", {"id": "r1", "reel": "r2"}, False),
        ("member", {"person": "p"}, False),
    ],
)
def test_a_link_to_one_reel_hears_of_that_reel(topic: str, data: dict[str, str], heard: bool) -> None:
    link = Caller("share", "s", "Ada", frozenset({"read"}), project="p", reel="r1", role=Role.VIEWER)
    told = BroadcastEvent(1, "p", topic, data, b"")
    assert _concerns(Access(link, "p", Role.VIEWER), told) is heard
    somebody = Caller("person", "x", "X", frozenset({"read"}))
    assert _concerns(Access(somebody, "p", Role.VIEWER), told)


def test_a_number_must_be_one(world: Any, api: ModuleType) -> None:
    for headers, query in (
        ({"Last-Event-ID": "x"}, ""),
        ({"Last-Event-ID": "-1"}, ""),
        ({"Last-Event-ID": "٣"}, ""),
        ({}, "?after=-1"),
    ):
        encoded = {name: value.encode() for name, value in headers.items()}
        answer = world.ask("GET", f"/v1/projects/{api.PROJECT}/events{query}", headers=encoded)
        assert answer.status_code == 422


def test_nobody_takes_all_the_streams(world: Any, api: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_OF_A_LINK", 0)
    answer = world.ask("GET", f"/v1/projects/{api.PROJECT}/events", "director-link")
    assert (answer.status_code, answer.json()["code"]) == (503, "service-busy")

    async def count() -> None:
        broadcaster = EventBroadcaster(world.service.database)
        some = [broadcaster.events(api.PROJECT, who, 0, lambda: True) for who in ("one", "one", "other")]
        waiting = [asyncio.create_task(anext(stream, None)) for stream in some]
        await asyncio.sleep(0)
        assert (broadcaster.streams_of("one"), broadcaster.streams_of("other"), broadcaster.streams_of("nobody")) == (
            2,
            1,
            0,
        )
        broadcaster.close()
        await asyncio.gather(*waiting)

    asyncio.run(count())
