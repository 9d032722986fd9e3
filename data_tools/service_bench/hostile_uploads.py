"""Hostile files through the real upload path: 2,000 of them must do the service no harm.

Conventions
-----------
- One real ``cuelight serve`` with two workers that watch films, every file uploaded by tus under a hostile name and
  watched in the sandbox, as any film is; several are under way at once.
- A job ends well if it is done, or failed with a code that says what is wrong with the film. ``internal``,
  ``worker-lost`` and the like are faults of ours; so is a job that takes longer than ``LONGEST_S``.
- Reads outside the file: some of the files are playlists and references in disguise. What they point to is watched: a
  folder by inotify, an address of this machine by a listener. Nothing may be opened, and nobody may connect.
- Memory is the largest resident set that any process of the service reached.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_tools.benchmark.table import BenchRow
from data_tools.service_bench.hostile import HostileFile, hostile_files
from data_tools.service_bench.hostile_films import FORMATS, encode_film
from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

FILES = 2000
WORKERS = 3  # one of several workers is kept from watching films
AT_ONCE = 6
LONGEST_S = 120.0
MOST_MEMORY_MIB = 2048
FINAL_STATES = frozenset({"done", "failed", "cancelled"})
# codes that tell the user what is wrong with the film, or that watching it would take too much
EXPECTED_CODES = frozenset(
    {
        *("reel-missing", "not-a-film", "no-picture", "empty-reel", "broken-reel", "codec-refused", "reel-too-large"),
        *("picture-changed", "child-out-of-memory", "child-timed-out"),
    }
)
# flags of inotify(7)
_IN_ACCESS = 0x1  # a file was read
_IN_OPEN = 0x20  # a file was opened
_IN_NONBLOCK = 0x800  # reading the events does not wait
_IN_ISDIR = 0x40000000  # the event is about a folder
_EVENT = struct.Struct("iIII")  # of inotify: watch, mask, cookie, length of the name that follows


@dataclass(slots=True)
class AttackResult:
    """What the files did to the service.

    Attributes
    ----------
    ends: how many jobs ended how: ``done`` or the code they failed with
    faults: files whose job ended badly or not at all: how the file was made, and the end
    slowest: the longest time a job took, and the file
    outside: what was read or connected to although nobody may
    crashes: how often the service ended, did not answer or logged a traceback
    """

    files: int = 0
    ends: Counter[str] = field(default_factory=Counter[str])
    faults: list[str] = field(default_factory=list[str])
    slowest: tuple[float, str] = (0.0, "")
    outside: list[str] = field(default_factory=list[str])
    crashes: int = 0
    memory_mb: float = 0.0


def upload_hostile_files(folder: Path, files: Iterable[HostileFile], workers: int = WORKERS) -> AttackResult:
    """Upload every file to a real service and wait for the end of every job."""
    found = AttackResult()
    settings = {"CUELIGHT_REQUESTS_PER_MINUTE": "1000000"}
    with RunningService(folder / "home", workers, settings) as server:
        first = server.process.pid if server.process else 0
        with _memory(first, found):
            pending: dict[str, HostileFile] = {}
            for file in files:
                found.files += 1
                pending[TusClient(server).ask_state(TusClient(server).send_all(file.data, file.name))["job"]] = file
                while len(pending) >= AT_ONCE:
                    _collect(server, found, pending)
            while pending:
                _collect(server, found, pending)
        alive = server.process is not None and server.process.poll() is None
        found.crashes += not alive or server.ask("GET", "/health").status != 200
        found.crashes += server.log.count("Traceback")
    return found


def _collect(server: RunningService, found: AttackResult, pending: dict[str, HostileFile]) -> None:
    """Take the jobs that have ended out of ``pending`` and count how they ended."""
    time.sleep(0.1)
    for job, file in list(pending.items()):
        record = server.ask("GET", f"/v1/jobs/{job}").body
        took = _seconds(record)
        if record["state"] in FINAL_STATES:
            end = _end(record)
            found.ends[end] += 1
            if end not in EXPECTED_CODES | {"done"}:
                found.faults.append(f"{file.made}: {end}: {(record['problem'] or {}).get('message', '')}")
        elif took > LONGEST_S:
            found.faults.append(f"{file.made}: no end")
        else:
            continue
        del pending[job]
        found.slowest = max(found.slowest, (took, file.made))


def _seconds(record: dict[str, Any]) -> float:
    """Return for how long a job has run."""
    if record["started"] is None:
        return 0.0
    ended = datetime.fromisoformat(record["finished"]) if record["finished"] else datetime.now(UTC)
    return (ended - datetime.fromisoformat(record["started"])).total_seconds()


def _end(record: dict[str, Any]) -> str:
    return str(record["problem"]["code"]) if record["problem"] else str(record["state"])


@contextmanager
def watched_targets(folder: Path, found: list[str]) -> Generator[tuple[str, ...]]:
    """Yield targets (paths and an address) that nobody may read; add to ``found`` what was read and who connected."""
    folder.mkdir()
    (folder / "film.mp4").write_bytes(encode_film(FORMATS[0]))
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(_IN_NONBLOCK)
    libc.inotify_add_watch(watch, os.fsencode(folder), _IN_ACCESS | _IN_OPEN)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/film.mp4"
        try:
            yield (str(folder / "film.mp4"), f"file:{folder}/film.mp4", "../../../canary/film.mp4", address)
            with suppress(BlockingIOError):
                caller, peer = listening.accept()
                caller.close()
                found.append(f"connection from {peer}")
            found += _read(watch)
        finally:
            os.close(watch)


def _read(watch: int) -> list[str]:
    """Name the files that were read in a watched folder; listing it, as a backup does, is not reading."""
    names: list[str] = []
    with suppress(BlockingIOError):
        while events := os.read(watch, 65536):
            at = 0
            while at < len(events):
                _, mask, _, length = _EVENT.unpack_from(events, at)
                at += _EVENT.size + length
                if not mask & _IN_ISDIR:
                    names.append("read " + events[at - length : at].rstrip(b"\0").decode())
    return names


@contextmanager
def _memory(process: int, found: AttackResult) -> Generator[None]:
    """Note the largest resident set of the processes of the service."""
    stopping = threading.Event()

    def measure() -> None:
        while not stopping.wait(0.05):
            peaks = [_peak_kb(one) for one in _family(process)]
            found.memory_mb = max([found.memory_mb, *(kb / 1024 for kb in peaks)])

    thread = threading.Thread(target=measure, daemon=True)
    thread.start()
    yield
    stopping.set()
    thread.join()


def _family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [process]
    for one in found:
        with suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _peak_kb(process: int) -> int:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    return 0


def rows(files: int = FILES) -> list[BenchRow]:
    """Measure what ``files`` hostile files do."""
    with tempfile.TemporaryDirectory() as scratch:
        opened: list[str] = []
        with watched_targets(Path(scratch) / "canary", opened) as targets:
            found = upload_hostile_files(Path(scratch), hostile_files(files, targets=targets))
        found.outside = opened
    ends = {end: float(count) for end, count in found.ends.most_common()}
    on = f"{found.files} hostile files by tus"
    slow = f"{found.slowest[1]}; of all jobs the slowest"
    return [
        BenchRow("crashes of the service", on, found.crashes, 0, "=="),
        BenchRow(
            "jobs that end badly or not at all", on, len(found.faults), 0, "==", ends, "; ".join(found.faults[:5])
        ),
        BenchRow("reads outside the file", on, len(found.outside), 0, "==", note="; ".join(found.outside[:5])),
        BenchRow("slowest job, s", on, found.slowest[0], LONGEST_S, "<=", note=slow),
        BenchRow("largest process, MB", on, found.memory_mb, MOST_MEMORY_MIB, "<="),
    ]
