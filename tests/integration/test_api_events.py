"""Streams of a real server: many at once, broken off, resumed, and across a kill."""

from __future__ import annotations

import http.client
import importlib.util
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import pytest

from data_tools.service_bench.service import RunningService
from data_tools.service_bench.streams import watch_streams

WORLD = Path(__file__).parents[1] / "unit" / "serving" / "api" / "world.py"


@pytest.fixture(scope="module")
def api() -> ModuleType:
    name = "api_world"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, WORLD)
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def server(api: ModuleType, tmp_path: Path) -> Iterator[RunningService]:
    """A real server over the world of the API's tests."""
    api.make_template(tmp_path / "home")
    with RunningService(tmp_path / "home", key="cl_owner", project=api.PROJECT) as running:
        yield running


class Listener:
    """Reads a stream in a thread, as a browser would: it comes back by itself with the number of its last event."""

    def __init__(self, server: RunningService, path: str) -> None:
        self.server, self.path = server, path
        self.last, self.told, self.over = "", list[tuple[int, str]](), False
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while not self.over:
            with suppress(OSError, http.client.HTTPException):
                self._once()
            time.sleep(0.05)

    def _once(self) -> None:
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=20)
        known = self.server.auth_headers() | ({"Last-Event-ID": self.last} if self.last else {})
        connection.request("GET", self.path, headers=known)
        answer, topic = connection.getresponse(), ""
        while not self.over and (line := answer.readline().decode()):
            name, _, value = line.strip().partition(": ")
            if name == "event":
                topic = value
            elif name == "id":
                number = int(value)
            elif name == "data":
                self.last = str(number)
                if topic != "hello":
                    self.told.append((number, topic))
        connection.close()


def soon(true: Callable[[], bool], patience_s: float = 20.0) -> None:
    ends = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


def remark(server: RunningService, api: ModuleType, text: str) -> None:
    made = server.ask("POST", f"/v1/reels/{api.REEL}/comments", {"frame": 1, "text": text}, {"Idempotency-Key": text})
    assert made.status == 201


def test_nobody_misses_an_event_or_hears_one_twice(server: RunningService, api: ModuleType) -> None:
    """The load figure (`service_bench/streams.py`), small: every tenth of 30 streams breaks off and resumes."""
    found = watch_streams(server, api.REEL, streams=30, lasts_s=4.0)
    assert (found.lost, found.doubled, found.refused) == (0, 0, 0)
    assert found.events >= 8
    assert len(found.took_s) == 200


def test_a_stream_goes_on_after_the_server_was_killed(server: RunningService, api: ModuleType) -> None:
    listener = Listener(server, f"/v1/projects/{api.PROJECT}/events")
    soon(lambda: listener.last != "")
    for n in range(5):
        remark(server, api, f"before-{n}")
    server.kill()
    server.start()
    for n in range(5):
        remark(server, api, f"after-{n}")
    soon(lambda: len(listener.told) == 10)
    listener.over = True
    remark(server, api, "goodbye")
    listener.thread.join(20)
    numbers = [number for number, _ in listener.told][:10]
    assert numbers == list(range(numbers[0], numbers[0] + 10))


def test_a_link_that_is_withdrawn_hears_no_more(server: RunningService, api: ModuleType) -> None:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=40)
    connection.request("GET", f"/v1/projects/{api.PROJECT}/events", headers={"X-Cuelight-Share": "cs_director-link"})
    answer = connection.getresponse()
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.readline() == b"id: 0\n"
    share = api.SHARES["director-link"]
    assert server.ask("DELETE", f"/v1/projects/{api.PROJECT}/shares/{share}").status == 204
    began = time.monotonic()
    while answer.readline():
        assert time.monotonic() - began < 5
    connection.close()
