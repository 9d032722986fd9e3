"""Webhooks: signed, in order, again after failures, never inside the house."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from model.errors import NotAllowed
from serving.api import outbound
from serving.api import webhook_sender as hooks
from serving.store.events import publish
from serving.store.tables import Event, Webhook


class Listener:
    """A server that answers as told and remembers what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        told = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(told.answers.pop(0) if told.answers else 204)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def numbers(self) -> list[int]:
        return [json.loads(body)["data"]["number"] for _, body in self.heard]


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def told(opened: Callable[..., Any], api: ModuleType, listener: Listener) -> Any:
    """A world that may tell addresses inside the house, with one webhook."""
    world = opened(private_webhooks=True)
    body = {"url": listener.url, "topics": ["notes", "job", "comment"]}
    made = world.ask("POST", f"/v1/projects/{api.PROJECT}/webhooks", json=body)
    assert made.status_code == 201
    world.extra |= made.json()
    return world


def happen(world: Any, api: ModuleType, topic: str = "notes", **data: Any) -> int:
    with world.service.database.write() as session:
        return publish(session, api.PROJECT, topic, {"reel": api.REEL, **data})


def row(world: Any) -> Webhook:
    with world.service.database.read() as session:
        found: Webhook = session.get_one(Webhook, world.extra["id"])
        return found


def tell(world: Any) -> None:
    for webhook in hooks._due(world.service):
        hooks.tell_one(world.service, webhook)


def test_what_is_told_is_signed(told: Any, api: ModuleType, listener: Listener) -> None:
    number = happen(told, api, revision=2)
    tell(told)
    headers, body = listener.heard[0]
    verified = Verifier(told.extra["secret"]).verify(body, headers)
    assert (verified["type"], verified["data"]["number"], verified["data"]["revision"]) == ("notes", number, 2)
    assert verified["data"]["project"] == api.PROJECT
    assert headers["webhook-id"] == f"msg_{told.extra['id']}_{number}"
    with pytest.raises(WebhookVerificationError):
        Verifier(told.extra["secret"]).verify(body.replace(b"notes", b"other"), headers)
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_b3RoZXI=").verify(body, headers)


def test_only_what_was_asked_for_is_told_and_no_step_of_a_job(told: Any, api: ModuleType, listener: Listener) -> None:
    happen(told, api, "take")
    happen(told, api, "job", state="running")
    last = happen(told, api, "job", state="done")
    tell(told)
    assert listener.numbers == [last]
    assert row(told).delivered == last


def test_a_failure_is_tried_again_and_nothing_overtakes_it(told: Any, api: ModuleType, listener: Listener) -> None:
    numbers = [happen(told, api) for _ in range(4)]
    listener.answers = [204, 500, 302, 204]
    tell(told)
    assert listener.numbers == numbers[:2]
    known = row(told)
    assert (known.delivered, known.failures, known.active) == (numbers[0], 1, True)
    assert known.retry_at > time.time() + 3
    tell(told)
    assert len(listener.heard) == 2  # not before its time
    for _ in range(2):
        with told.service.database.write() as session:
            session.execute(update(Webhook).values(retry_at=0.0))
        tell(told)
    assert listener.numbers == [numbers[0], numbers[1], numbers[1], *numbers[1:]]  # a redirect is a failure too
    assert (row(told).failures, row(told).delivered) == (0, numbers[3])


def test_who_never_answers_is_given_up(told: Any, api: ModuleType, listener: Listener) -> None:
    happen(told, api)
    with told.service.database.write() as session:
        session.execute(update(Webhook).values(failures=hooks.MOST_FAILURES - 1))
    listener.answers = [500]
    tell(told)
    assert not row(told).active
    tell(told)
    assert len(listener.heard) == 1
    shown = told.ask("GET", f"/v1/projects/{api.PROJECT}/webhooks").json()["items"]
    assert [(one["active"], "secret" in one) for one in shown if one["id"] == told.extra["id"]] == [(False, False)]


def test_one_that_was_given_up_says_why_and_goes_on_where_it_stopped(
    told: Any, api: ModuleType, listener: Listener
) -> None:
    place = f"/v1/projects/{api.PROJECT}/webhooks"
    missed = happen(told, api)
    listener.answers = [410]
    tell(told)
    shown = next(one for one in told.ask("GET", place).json()["items"] if one["id"] == told.extra["id"])
    assert (shown["active"], shown["why"], shown["failures"]) == (False, "HTTP 410", 1)
    assert abs(datetime.fromisoformat(shown["failed"]).timestamp() - time.time()) < 60
    assert told.ask("POST", f"{place}/{told.extra['id']}/resume", "director-link").status_code == 403
    again = told.ask("POST", f"{place}/{told.extra['id']}/resume").json()
    assert (again["active"], again["failures"], again["retry_at"]) == (True, 0, None)
    listener.answers = [204, 204]
    tell(told)
    assert listener.numbers == [missed, missed]
    assert row(told).delivered >= missed


def test_failures_count_only_in_a_row(told: Any, api: ModuleType, listener: Listener) -> None:
    for _ in range(3):
        happen(told, api)
    with told.service.database.write() as session:
        session.execute(update(Webhook).values(failures=hooks.MOST_FAILURES - 1))
    listener.answers = [204, 500]
    tell(told)
    assert (row(told).active, row(told).failures) == (True, 1)


def test_a_long_story_is_told_in_turns(
    told: Any, api: ModuleType, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "TURN_S", 0.0)
    for _ in range(3):
        happen(told, api)
    tell(told)
    assert len(listener.heard) < 3
    assert row(told).active


def test_slow_listeners_hold_up_nobody(told: Any, api: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as there are threads for them, and none of the service's own is taken."""
    slow = threading.Event()
    monkeypatch.setattr(hooks, "_due", lambda _service: [f"webhook_{n}" for n in range(3 * hooks.AT_ONCE)])
    monkeypatch.setattr(hooks, "tell_one", lambda _service, _name: slow.wait(20))
    monkeypatch.setattr(hooks, "EVERY_S", 0.01)

    async def listen() -> float:
        telling = asyncio.create_task(hooks.tell(told.service))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await asyncio.gather(*(asyncio.to_thread(int) for _ in range(20)))
        telling.cancel()
        slow.set()
        return time.monotonic() - began

    assert asyncio.run(listen()) < 2


def test_who_is_gone_is_told_no_more(told: Any, api: ModuleType, listener: Listener) -> None:
    happen(told, api)
    listener.answers = [410]
    tell(told)
    assert not row(told).active


def test_the_wait_grows_and_ends_within_a_day_or_two() -> None:
    waits = [hooks.wait_s(n) for n in range(1, hooks.MOST_FAILURES)]
    assert 4 <= waits[0] <= 6
    assert max(waits) <= hooks.LONGEST_WAIT_S * 1.2
    assert 8 * 3600 < sum(waits) < 48 * 3600


@pytest.mark.parametrize(
    "url",
    [
        "http://studio.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user:pass@studio.example/",
        "https://studio.example:0/",
        "https://studio.example:99999/",
        "ftp://studio.example/",
        "https://",
    ],
)
def test_an_address_inside_the_house_is_refused_at_once(world: Any, api: ModuleType, url: str) -> None:
    answer = world.ask("POST", f"/v1/projects/{api.PROJECT}/webhooks", json={"url": url})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.url")


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"], ["fe80::1%eth0"], ["::ffff:192.168.0.1"], ["100.64.0.1"]],
)
def test_a_name_that_leads_inside_the_house_is_refused(addresses: list[str]) -> None:
    with pytest.raises(NotAllowed):
        outbound.post("https://studio.example/", b"", {}, look_up=lambda _host, _port: addresses)


def test_the_address_that_was_checked_is_the_one_that_is_used(listener: Listener) -> None:
    """The name would lead elsewhere by now: it is looked up once."""
    asked: list[str] = []

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    port = listener.server.server_port
    status = outbound.post(f"http://moves.invalid:{port}/", b"{}", {}, private=True, look_up=look_up)
    assert (status, asked) == (204, ["moves.invalid"])
    assert listener.heard[0][0]["host"] == f"moves.invalid:{port}"


def test_who_answers_drop_by_drop_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TOTAL_S", 0.5)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            taken, _ = listening.accept()
            with taken:
                while not over.wait(0.05):
                    try:
                        taken.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises((OSError, HTTPException)):
            outbound.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"{}", {}, private=True)
        assert time.monotonic() - began < 4
        over.set()
        thread.join()


def test_a_message_says_when_it_happened() -> None:
    webhook = Webhook(id="webhook_1", project="p", url="", topics=[], secret="whsec_c2VjcmV0")  # noqa: S106
    body, headers = hooks.write_message(
        webhook, Event(number=5, project="p", topic="take", data={"id": "t"}, created=0.0), datetime.now(UTC)
    )
    assert json.loads(body)["timestamp"] == "1970-01-01T00:00:00Z"
    assert headers["webhook-id"] == "msg_webhook_1_5"
