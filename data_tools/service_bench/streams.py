"""Streams: many people watching one project while others read and a job runs.

Conventions
-----------
- One real ``cuelight serve`` on this machine, SQLite, one worker process; the client is another process on loopback and
  takes its share of the same cores, so the figures are what one machine gives both.
- 200 streams of events stay open. Readers ask, at fixed moments 20 ms apart whatever the answers take, for the project,
  its reels, a reel, its notes, its comments and its jobs in turn; the time of an answer counts from that moment, so a
  service that falls behind cannot hide it.
- Five times a second something happens (a comment). An event is lost if any stream has not told it, or told it twice or
  out of order, five seconds after the last. Every tenth stream breaks off in the middle and resumes by its last number.
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
PATIENCE_S = 5.0
MOST_P95_S = 0.15


@dataclass(slots=True)
class StreamResult:
    """What happened while the streams were open.

    ``took_s``: of each answer; ``refused``: answers that were none; ``lost``, ``doubled``: events over all streams
    """

    took_s: list[float] = field(default_factory=list[float])
    refused: int = 0
    told: int = 0
    lost: int = 0
    doubled: int = 0

    def quantile(self, share: float) -> float:
        """Quantile of the answers' seconds: so large a ``share`` of the answers took no longer."""
        ordered = sorted(self.took_s)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(slots=True)
class _Stream:
    """One listener, and the numbers it was told."""

    project: str
    breaks: bool
    told: list[int] = field(default_factory=list[int])
    last: str = ""

    async def listen(self, server: RunningService, over: asyncio.Event) -> None:
        """Listen until it is over; break off once if this one is to."""
        while not over.is_set():
            reader, writer = await asyncio.open_connection(server.host, server.port)
            try:
                writer.write(self._request(server))
                await self._read(reader, over)
            finally:
                writer.close()

    def _request(self, server: RunningService) -> bytes:
        """Write the least of a request: two hundred full clients would measure themselves."""
        known = {**server.auth_headers(), **({"Last-Event-ID": self.last} if self.last else {})}
        headers = "".join(f"{name}: {value}\r\n" for name, value in known.items())
        return f"GET /v1/projects/{self.project}/events HTTP/1.1\r\nHost: {server.host}\r\n{headers}\r\n".encode()

    async def _read(self, reader: asyncio.StreamReader, over: asyncio.Event) -> None:
        topic = ""
        while not over.is_set() and (line := (await reader.readline()).decode().strip()) is not None:
            name, _, value = line.partition(": ")
            if name == "id":
                self.last = value
            elif name == "event":
                topic = value
            elif not line and topic:
                self._note_event(topic)
                topic = ""
            if reader.at_eof() or (self.breaks and len(self.told) == BREAK_EVERY):
                self.breaks = False
                return

    def _note_event(self, topic: str) -> None:
        if topic != "hello":
            self.told.append(int(self.last))


def watch_streams(server: RunningService, reel: str, streams: int = STREAMS, lasts_s: float = LASTS_S) -> StreamResult:
    """Open the streams, read, and make things happen while one job after the other runs."""
    return asyncio.run(_watch(server, reel, streams, lasts_s))


async def _watch(server: RunningService, reel: str, streams: int, lasts_s: float) -> StreamResult:
    found = StreamResult()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=server.address, headers=server.auth_headers(), timeout=60, limits=limits
    ) as client:
        over = asyncio.Event()
        listeners = [_Stream(server.project, breaks=n % BREAK_EVERY == 0) for n in range(streams)]
        listening = [asyncio.create_task(one.listen(server, over)) for one in listeners]
        while not all(one.last for one in listeners):  # noqa: ASYNC110 - two hundred of them
            await asyncio.sleep(0.05)
        since = max(int(one.last) for one in listeners)
        ends = time.perf_counter() + lasts_s
        await asyncio.gather(
            _read(client, _addresses(server, reel), found, ends),
            _happen(client, reel, ends),
            _keep_busy(client, reel, ends),
        )
        await asyncio.sleep(PATIENCE_S)
        over.set()
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


async def _happen(client: httpx.AsyncClient, reel: str, ends: float) -> None:
    count = 0
    while time.perf_counter() < ends:
        await client.post(f"/v1/reels/{reel}/comments", json={"frame": 1, "text": f"Remark {count}"})
        count += 1
        await asyncio.sleep(1 / EVENTS_A_SECOND)


async def _keep_busy(client: httpx.AsyncClient, reel: str, ends: float) -> None:
    """Let one job run at any time: when it has ended, the reel is watched again."""
    while time.perf_counter() < ends:
        job = (await client.post("/v1/jobs", json={"kind": "spot", "reel": reel})).json()["id"]
        while (await client.get(f"/v1/jobs/{job}")).json()["state"] in {"queued", "running"}:
            if time.perf_counter() > ends:
                return
            await asyncio.sleep(0.5)


def _count(found: StreamResult, listeners: list[_Stream], since: int) -> None:
    """Compare what each stream was told with what any was: numbers above the one they all began from."""
    all_told = {number for one in listeners for number in one.told if number > since}
    found.told = len(all_told)
    for one in listeners:
        mine = [number for number in one.told if number > since]
        found.lost += len(all_told - set(mine))
        found.doubled += len(mine) - len(set(mine)) + (mine != sorted(mine))


def prepare_reel(server: RunningService, folder: Path) -> str:
    """Have one reel with notes; return its id."""
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
    """Measure, on a fresh service."""
    with tempfile.TemporaryDirectory() as name, RunningService(Path(name) / "home", workers=1) as server:
        found = watch_streams(server, prepare_reel(server, Path(name)))
    on = f"{STREAMS} streams, {REQUESTS_A_SECOND} requests/s, one job"
    asked = f"{len(found.took_s)} asked, p99 {found.quantile(0.99):.3f}"
    return [
        BenchRow("p95 of an answer, s", on, found.quantile(0.95), MOST_P95_S, "<=", note=asked),
        BenchRow("answers that were none", on, found.refused, 0, "=="),
        BenchRow("events lost", on, found.lost, 0, "==", note=f"{found.told} events to each stream"),
        BenchRow("events told twice or out of order", on, found.doubled, 0, "=="),
    ]
