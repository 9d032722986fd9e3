"""Streams: many people watching one project while others read and a job runs.

Conventions
-----------
- One real ``cuelight serve`` on this machine, SQLite, one worker process; the client is another process on loopback and
  takes its share of the same cores, so the figures are what one machine gives both.
- 200 streams of events stay open. Readers ask, at fixed moments 20 ms apart whatever the answers take, for the project,
  its reels, a reel, its notes, its comments and its jobs in turn; the time of an answer counts from that moment, so a
  service that falls behind cannot hide it.
- Five times a second something happens (a comment). An event is lost if a stream has not delivered it five seconds
  after the last one, and doubled if a stream delivers it twice or out of order. Every tenth stream breaks off in the
  middle and resumes after the last number it received.
- Meanwhile the worker watches and spots a synthetic film, again and again.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from data_tools.benchmark.table import BenchRow
from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

STREAMS = 200  # people who watch one project at once
REQUESTS_A_SECOND = 50  # of all readers together
EVENTS_A_SECOND = 5  # faster than people comment
BREAK_EVERY = 10  # every tenth stream breaks off once, after as many events
LASTS_S = 30.0
SETTLE_S = 5.0
MOST_P95_S = 0.15


@dataclass(slots=True)
class StreamResult:
    """What happened while the streams were open.

    ``took_s``: of each answer; ``refused``: requests that failed; ``lost``, ``doubled``: events over all streams
    """

    took_s: list[float] = field(default_factory=list[float])
    refused: int = 0
    events: int = 0
    lost: int = 0
    doubled: int = 0

    def quantile(self, share: float) -> float:
        """Quantile of the answers' seconds: so large a ``share`` of the answers took no longer."""
        ordered = sorted(self.took_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(slots=True)
class _Stream:
    """One listener, and the numbers of the events it received."""

    project: str
    breaks_off: bool
    received: list[int] = field(default_factory=list[int])
    last: str = ""

    async def listen(self, server: RunningService, stopping: asyncio.Event) -> None:
        """Listen until told to stop; break off once where ``breaks_off``."""
        while not stopping.is_set():
            reader, writer = await asyncio.open_connection(server.host, server.port)
            try:
                writer.write(self._request(server))
                await self._read(reader, stopping)
            finally:
                writer.close()

    def _request(self, server: RunningService) -> bytes:
        """Return a minimal request: two hundred full HTTP clients would be slower than the service."""
        headers_sent = {**server.auth_headers(), **({"Last-Event-ID": self.last} if self.last else {})}
        headers = "".join(f"{name}: {value}\r\n" for name, value in headers_sent.items())
        return f"GET /v1/projects/{self.project}/events HTTP/1.1\r\nHost: {server.host}\r\n{headers}\r\n".encode()

    async def _read(self, reader: asyncio.StreamReader, stopping: asyncio.Event) -> None:
        topic = ""
        while not stopping.is_set() and (line := (await reader.readline()).decode().strip()) is not None:
            name, _, value = line.partition(": ")
            if name == "id":
                self.last = value
            elif name == "event":
                topic = value
            elif not line and topic:
                if topic != "hello":
                    self.received.append(int(self.last))
                topic = ""
            if reader.at_eof() or (self.breaks_off and len(self.received) == BREAK_EVERY):
                self.breaks_off = False
                return


def watch_streams(server: RunningService, reel: str, streams: int = STREAMS, lasts_s: float = LASTS_S) -> StreamResult:
    """Open the streams, read and comment while one job after the other runs; return what the streams delivered."""
    return asyncio.run(_watch(server, reel, streams, lasts_s))


async def _watch(server: RunningService, reel: str, streams: int, lasts_s: float) -> StreamResult:
    found = StreamResult()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=server.address, headers=server.auth_headers(), timeout=60, limits=limits
    ) as client:
        stopping = asyncio.Event()
        listeners = [_Stream(server.project, breaks_off=n % BREAK_EVERY == 0) for n in range(streams)]
        listening = [asyncio.create_task(one.listen(server, stopping)) for one in listeners]
        while not all(one.last for one in listeners):  # noqa: ASYNC110 - two hundred of them
            await asyncio.sleep(0.05)
        since = max(int(one.last) for one in listeners)
        ends = time.perf_counter() + lasts_s
        await asyncio.gather(
            _read(client, _addresses(server, reel), found, ends),
            _comment(client, reel, ends),
            _keep_spotting(client, reel, ends),
        )
        await asyncio.sleep(SETTLE_S)
        stopping.set()
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    _count(found, listeners, since)
    return found


def _addresses(server: RunningService, reel: str) -> list[str]:
    project = f"/v1/projects/{server.project}"
    return [
        project,
        f"{project}/reels",
        f"/v1/reels/{reel}",
        f"/v1/reels/{reel}/comments?limit=20",
        f"/v1/jobs?reel={reel}&limit=5",
        f"/v1/reels/{reel}/notes",
    ]


async def _read(client: httpx.AsyncClient, addresses: list[str], found: StreamResult, ends: float) -> None:
    """Ask at fixed moments, whatever the answers take."""
    under_way: set[asyncio.Task[None]] = set()
    began = time.perf_counter()
    count = 0
    while (due := began + count / REQUESTS_A_SECOND) < ends:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(_ask(client, addresses[count % len(addresses)], found, due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        count += 1
    await asyncio.gather(*under_way)


async def _ask(client: httpx.AsyncClient, address: str, found: StreamResult, due: float) -> None:
    answer = await client.get(address)
    found.took_s.append(time.perf_counter() - due)
    found.refused += answer.status_code != httpx.codes.OK


async def _comment(client: httpx.AsyncClient, reel: str, ends: float) -> None:
    count = 0
    while time.perf_counter() < ends:
        await client.post(f"/v1/reels/{reel}/comments", json={"frame": 1, "text": f"Remark {count}"})
        count += 1
        await asyncio.sleep(1 / EVENTS_A_SECOND)


async def _keep_spotting(client: httpx.AsyncClient, reel: str, ends: float) -> None:
    """Keep one job running: when it has ended, spot the reel again."""
    while time.perf_counter() < ends:
        job = (await client.post("/v1/jobs", json={"kind": "spot", "reel": reel})).json()["id"]
        while (await client.get(f"/v1/jobs/{job}")).json()["state"] in {"queued", "running"}:
            if time.perf_counter() > ends:
                return
            await asyncio.sleep(0.5)


def _count(found: StreamResult, listeners: list[_Stream], since: int) -> None:
    """Compare what each stream received with what any did; ``since`` is the last number before all listened."""
    all_received = {number for one in listeners for number in one.received if number > since}
    found.events = len(all_received)
    for one in listeners:
        mine = [number for number in one.received if number > since]
        found.lost += len(all_received - set(mine))
        found.doubled += len(mine) - len(set(mine)) + (mine != sorted(mine))


def prepare_reel(server: RunningService, folder: Path) -> str:
    """Upload the tiny film and wait until it is spotted; return its reel."""
    from data_tools.films import make_tiny

    film = folder / "film.mp4"
    make_tiny(7, film)
    upload = TusClient(server).ask_state(TusClient(server).send_all(film.read_bytes()))
    while (state := server.ask("GET", f"/v1/jobs/{upload['job']}").body["state"]) != "done":
        if state not in {"queued", "running"}:
            raise RuntimeError(f"the film was not spotted: {state}\n{server.log[-2000:]}")
        time.sleep(0.3)
    return str(upload["reel"])


def rows() -> list[BenchRow]:
    """Return the rows, measured on a fresh service."""
    with tempfile.TemporaryDirectory() as name, RunningService(Path(name) / "home", workers=1) as server:
        found = watch_streams(server, prepare_reel(server, Path(name)))
    on = f"{STREAMS} streams, {REQUESTS_A_SECOND} requests/s, one job"
    asked = f"{len(found.took_s)} asked, p99 {found.quantile(0.99):.3f}"
    return [
        BenchRow("p95 of an answer, s", on, found.quantile(0.95), MOST_P95_S, "<=", note=asked),
        BenchRow("requests that failed", on, found.refused, 0, "=="),
        BenchRow("events lost", on, found.lost, 0, "==", note=f"{found.events} events to each stream"),
        BenchRow("events delivered twice or out of order", on, found.doubled, 0, "=="),
    ]
