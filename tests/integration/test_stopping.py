"""SIGTERM and Ctrl-C end ``cuelight serve`` within seconds, with open event streams and a job under way."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

STREAMS = 100
STOPPED_WITHIN_S = 10.0  # 1.6 s on a machine that does nothing else


@pytest.fixture
def busy(tiny_film: Path, tmp_path: Path) -> Iterator[RunningService]:
    """A service whose worker watches a film."""
    with RunningService(tmp_path / "home", workers=1) as server:
        begin_job(server, tiny_film)
        yield server


def begin_job(server: RunningService, film: Path) -> None:
    upload = TusClient(server).send_all(film.read_bytes(), film.name, choices=json.dumps({}))
    job = f"/v1/jobs/{TusClient(server).ask_state(upload)['job']}"
    ends = time.monotonic() + 60
    while server.ask("GET", job).body["state"] != "running":
        assert time.monotonic() < ends, "the job never began"
        time.sleep(0.05)


def open_streams(server: RunningService) -> list[socket.socket]:
    headers = "".join(f"{name}: {value}\r\n" for name, value in server.auth_headers().items())
    request = f"GET /v1/projects/{server.project}/events HTTP/1.1\r\nHost: {server.host}\r\n{headers}\r\n".encode()
    streams = []
    for _ in range(STREAMS):
        stream = socket.create_connection((server.host, server.port), timeout=20)
        stream.sendall(request)
        streams.append(stream)
    assert all(b"200 OK" in stream.recv(4096) for stream in streams)
    return streams


def descendants(pid: int) -> set[int]:
    children = {int(p) for f in Path(f"/proc/{pid}/task").glob("*/children") for p in f.read_text().split()}
    return children.union(*map(descendants, children))


def stops_cleanly(server: RunningService, how: signal.Signals) -> None:
    process = server.process
    assert process is not None
    streams, workers = open_streams(server), descendants(process.pid)
    assert workers
    began = time.monotonic()
    process.send_signal(how)
    assert process.wait(30) == 0
    assert time.monotonic() - began < STOPPED_WITHIN_S
    for stream in streams:
        while stream.recv(4096):  # ends: the server has closed the connection
            pass
        stream.close()
    time.sleep(0.2)
    assert [pid for pid in workers if Path(f"/proc/{pid}").exists()] == []
    assert [word for word in ("Traceback", "ERROR", "CRITICAL") if word in server.log] == []


def test_a_busy_service_stops_on_ctrl_c(busy: RunningService) -> None:
    stops_cleanly(busy, signal.SIGINT)


def test_a_busy_service_that_ignores_sigint_stops_on_sigterm(ignored_sigint: None, busy: RunningService) -> None:
    stops_cleanly(busy, signal.SIGTERM)
