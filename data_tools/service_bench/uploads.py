"""Uploads: how fast, how much they slow down other requests, and what a kill -9 in the middle costs.

Conventions
-----------
- One real ``cuelight serve`` on this machine, SQLite, no workers; the client is another process on loopback.
- Throughput counts from the first byte of the ``PATCH`` to its answer, which comes when the bytes are on the disk, the
  film's SHA-256 is known and it is a reel. The plain copy is a process that takes the same bytes from a socket, writes
  them in the same blocks, writes them to the disk with ``fdatasync`` and answers; the two take turns, and the
  ratio is that of the sums of their times, since disks of shared machines differ from second to second.
- The worst ``GET`` is the longest of requests for the upload's state and for the list of projects, one after the other
  as fast as they are answered, while 1 GiB comes in.
- A kill comes at a moment drawn from the time the ``PATCH`` takes; what was acknowledged before it must be there, what
  is there must be a beginning of the film, and after going on the store must hold the film, once.
"""

from __future__ import annotations

import hashlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from data_tools.benchmark.table import BenchRow
from data_tools.child_process import child_process
from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

NO_CONTENT = HTTPStatus.NO_CONTENT
GIB = 2**30
TURNS = 3  # of an upload and a copy each: the speed of shared disks changes from one to the next
KILLS = 50  # enough that a fault which one kill in twenty provokes is met nine times in ten
KILL_BYTES = 96 * 2**20
BLOCK_BYTES = 4 * 2**20
KILLED_SHARE = 0.8  # of the requests, while kills are left
WHOLE_SHARE = 0.4  # of the requests, that bring all that is left of the film
_COPY = """
import os, socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
length, block = int(sys.argv[2]), bytearray(int(sys.argv[3]))
while True:
    taken, _ = listening.accept()
    with open(sys.argv[1], "wb", buffering=0) as file:
        left, view = length, memoryview(block)
        while left:
            filled = 0
            while filled < min(len(block), left):
                filled += taken.recv_into(view[filled : min(len(block), left)])
            file.write(view[:filled])
            left -= filled
        os.fdatasync(file.fileno())
    taken.sendall(b"!")
    taken.close()
"""


@dataclass(frozen=True, slots=True)
class UploadSpeed:
    """Bytes a second of uploads and of plain copies, and the worst of so many answers to a GET meanwhile."""

    ours: float
    plain: float
    worst_get_s: float
    gets: int

    @property
    def ratio(self) -> float:
        """Our speed divided by that of a plain copy."""
        return self.ours / self.plain


def measure_upload_speed(folder: Path, length: int = GIB, turns: int = TURNS) -> UploadSpeed:
    """Measure uploads of ``length`` bytes against plain copies, in turns."""
    film = write_random_film(folder / "film", length)
    ours = plain = 0.0
    gets: list[float] = []
    with RunningService(folder / "home") as server:
        for _ in range(turns):
            plain += copy_plainly(film, folder / "copy", length)
            (folder / "copy").unlink()
            path = TusClient(server).begin(length)
            timer = _ResponseTimer(server, path)
            began = time.perf_counter()
            status = TusClient(server).send_file(path, 0, film, length)
            ours += time.perf_counter() - began
            gets += timer.stop()
            if status != NO_CONTENT or TusClient(server).ask_state(path)["state"] != "complete":
                raise RuntimeError(f"the upload failed: {status}\n{server.log[-2000:]}")
    return UploadSpeed(turns * length / ours, turns * length / plain, max(gets), len(gets))


def write_random_film(path: Path, length: int) -> Path:
    """Write ``length`` random bytes."""
    with path.open("wb") as file:
        for at in range(0, length, BLOCK_BYTES):
            file.write(os.urandom(min(BLOCK_BYTES, length - at)))
    return path


def copy_plainly(film: Path, target: Path, length: int) -> float:
    """Send a file to a process that does nothing but write it to the disk; return the seconds it took."""
    command = [sys.executable, "-c", _COPY, str(target), str(length), str(BLOCK_BYTES)]
    with child_process(command, stdout=subprocess.PIPE) as receiver:
        if receiver.stdout is None:
            raise RuntimeError("no receiver")
        port = int(receiver.stdout.readline())
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port)) as sending, film.open("rb") as source:
            sending.sendfile(source, 0, length)
            sending.recv(1)
        return time.perf_counter() - began


class _ResponseTimer:
    """Sends GETs one after the other, in a thread, and keeps the seconds of each answer."""

    def __init__(self, server: RunningService, path: str) -> None:
        self._server, self._paths = server, (path, "/v1/projects")
        self._seconds: list[float] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def _ask(self) -> None:
        turn = 0
        while not self._stopping.wait(0.01):
            began = time.perf_counter()
            self._server.ask("GET", self._paths[turn % 2])
            self._seconds.append(time.perf_counter() - began)
            turn += 1

    def stop(self) -> list[float]:
        """Stop asking; return the seconds of every answer."""
        self._stopping.set()
        self._thread.join()
        return self._seconds


@dataclass(slots=True)
class UploadKills:
    """What became of uploads whose server was killed.

    Attributes
    ----------
    lost: acknowledged bytes that were not there afterwards
    different: films that the store did not hold, byte for byte, in the end
    reels: how many more or fewer reels there were than films
    worst_resume_s: the longest from starting the next server to its answer about the offset
    """

    kills: int = 0
    films: int = 0
    lost: int = 0
    different: int = 0
    reels: int = 0
    worst_resume_s: float = 0.0


def kill_during_uploads(folder: Path, kills: int = KILLS, length: int = KILL_BYTES, seed: int = 0) -> UploadKills:
    """Kill the server ``kills`` times at random moments of uploads, resume each time, and count what is lost."""
    draw, found = random.Random(seed), UploadKills()
    film = write_random_film(folder / "film", length)
    sha256 = hashlib.sha256(film.read_bytes()).hexdigest()
    server = RunningService(folder / "home")
    server.start()
    once = _seconds_for(server, film, length)
    while found.kills < kills:
        path = TusClient(server).begin(length, sha256=sha256)
        offset = 0
        while offset < length:
            count = length - offset if draw.random() < WHOLE_SHARE else draw.randrange(1, length - offset + 1)
            if found.kills < kills and draw.random() < KILLED_SHARE:
                wait_s = draw.random() * 1.2 * once * count / length
                offset = _kill_while_sending(server, found, path, film, offset, count, wait_s)
            elif TusClient(server).send_file(path, offset, film, count) == NO_CONTENT:
                offset += count
            else:
                raise RuntimeError(f"not taken\n{server.log[-2000:]}")
        found.films += 1
        found.different += not _is_stored(server, path, sha256)
    found.reels = len(_reels(server)) - found.films - 1
    server.stop()
    return found


def _kill_while_sending(
    server: RunningService, found: UploadKills, path: str, film: Path, offset: int, count: int, wait_s: float
) -> int:
    """Kill the server while bytes come in and start it again; return the offset it answers with."""
    acknowledged = [offset]

    def send() -> None:
        with suppress(OSError, HTTPException):
            if TusClient(server).send_file(path, offset, film, count) == NO_CONTENT:
                acknowledged[0] = offset + count

    sending = threading.Thread(target=send)
    sending.start()
    time.sleep(wait_s)
    server.kill()
    sending.join()
    began = time.perf_counter()
    server.start()
    there = TusClient(server).ask_offset(path)
    found.worst_resume_s = max(found.worst_resume_s, time.perf_counter() - began)
    found.kills += 1
    found.lost += max(0, acknowledged[0] - there)
    return there


def _seconds_for(server: RunningService, film: Path, length: int) -> float:
    path = TusClient(server).begin(length)
    began = time.perf_counter()
    TusClient(server).send_file(path, 0, film, length)
    return time.perf_counter() - began


def _is_stored(server: RunningService, path: str, sha256: str) -> bool:
    """Tell whether the upload is complete and the store holds exactly the film."""
    ends = time.monotonic() + 30
    while TusClient(server).ask_state(path)["state"] != "complete":
        if time.monotonic() > ends:
            return False
        TusClient(server).ask_offset(path)
        time.sleep(0.05)
    with (server.home / "artefacts" / sha256[:2] / sha256).open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").hexdigest() == sha256


def _reels(server: RunningService) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = server.ask("GET", f"/v1/projects/{server.project}/reels?limit=100{cursor}").body
        found += [reel["id"] for reel in page["items"]]
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"


def rows() -> list[BenchRow]:
    """Return the rows of throughput, worst GET and kills; takes about five minutes on two cores."""
    with tempfile.TemporaryDirectory() as scratch:
        fast = measure_upload_speed(Path(scratch))
    with tempfile.TemporaryDirectory() as scratch:
        kills = kill_during_uploads(Path(scratch))
    anchors = {"plain copy, MB/s": fast.plain / 1e6, "ours, MB/s": fast.ours / 1e6}
    on = f"1 GiB over loopback, {TURNS} times"
    at = f"{kills.kills} x kill -9 while {KILL_BYTES // 2**20} MiB come in"
    return [
        BenchRow("upload / plain file copy", on, fast.ratio, 0.5, ">=", anchors),
        BenchRow("worst GET while it runs, ms", on, 1000 * fast.worst_get_s, 250, "<=", {"requests": fast.gets}),
        BenchRow("acknowledged bytes lost", at, kills.lost, 0, "=="),
        BenchRow("films that differ in the end", at, kills.different, 0, "==", {"films": kills.films}),
        BenchRow("reels too many or too few", at, kills.reels, 0, "=="),
        BenchRow("start until it answers with the offset, s", at, kills.worst_resume_s, 10, "<="),
    ]
