"""Jobs under fire: kill -9 of worker, server and both; disk full, database locked, model file missing, clock jump.

Conventions
-----------
- One real ``cuelight serve`` with one worker on this machine, SQLite; the film is the tiny synthetic one; spotting and
  scoring take turns, with real networks.
- A kill lands at a moment drawn from the time an undisturbed job of that kind takes, and counts only if the job is
  running then. Worker, server and both are drawn alike; a killed server is started again at once, on the same folder.
- Resumed: from the kill (from the start of the next server, if that was killed) until the job's next attempt is running
  or the job is done.
- A job has ended once if its row says ``done`` and exactly one event of the whole history says that it ended.
- Artefacts are identical if reel, notes and takes name the same SHA-256 as after an undisturbed run (of the notes, all
  but the number of their revision), and every file in the store is what its name says.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from data_tools.benchmark.table import Row
from data_tools.films import make_tiny
from data_tools.service_bench.service import Served
from data_tools.service_bench.tus_client import Tus

KILLS = 50
LONGEST_S = 180.0
SOONER = 0.8  # the machine may be faster now than when the calm job ran: later moments would all be too late
SEED = 7
ORDERS: dict[str, dict[str, object]] = {"spot": {}, "score": {"seed": 3}}
ENDS = ("done", "failed", "cancelled")
Victim = Literal["worker", "server", "both"]
VICTIMS: tuple[Victim, ...] = ("worker", "server", "both")


@dataclass(slots=True)
class Theatre:
    """A service with one film in it, and eyes on its tables and files."""

    server: Served
    reel: str = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.stop()

    def open(self, film: bytes) -> None:
        """Start the service, upload the film and wait until it is spotted."""
        self.server.start()
        upload = Tus(self.server).send_all(film, "tiny.mp4")
        until(lambda: Tus(self.server).state(upload)["state"] == "complete", LONGEST_S)
        state = Tus(self.server).state(upload)
        self.reel = state["reel"]
        self.wait(state["job"])

    def order(self, kind: str) -> str:
        """Ask for a job; return its id, which is an acknowledgement."""
        asked = self.server.ask("POST", "/v1/jobs", {"kind": kind, "reel": self.reel, "params": ORDERS[kind]})
        if asked.status != 201:
            raise RuntimeError(f"no job: {asked}")
        return str(asked.body["id"])

    def job(self, job: str) -> dict[str, Any]:
        """Read where a job stands; also while no server runs."""
        row = self.rows("SELECT state, attempt, problem, progress FROM job WHERE id = ?", job)[0]
        return {"state": row[0], "attempt": row[1], "problem": json.loads(row[2] or "null"), "progress": row[3]}

    def wait(self, job: str, within_s: float = LONGEST_S) -> dict[str, Any]:
        """Wait for the end of a job."""
        until(lambda: self.job(job)["state"] in ENDS, within_s)
        return self.job(job)

    def workers(self) -> list[int]:
        """Find the worker processes."""
        if self.server.process is None:
            return []
        tasks = Path(f"/proc/{self.server.process.pid}/task")
        return [int(pid) for listed in tasks.glob("*/children") for pid in listed.read_text().split()]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the database beside the service."""
        with closing(sqlite3.connect(f"file:{self.server.home / 'cuelight.db'}?mode=ro", uri=True, timeout=30)) as read:
            return read.execute(query, values).fetchall()

    def made(self, kind: str, job: str) -> object:
        """Name what a job has made: SHA-256 of everything."""
        if kind == "score":
            takes = self.rows("SELECT cue, files FROM take WHERE job = ? ORDER BY cue", job)
            return [(cue, sorted((n, f["sha256"]) for n, f in json.loads(files).items())) for cue, files in takes]
        reel = self.rows("SELECT picture, sound, waveform, observations, lanes FROM reel WHERE id = ?", self.reel)
        head = "SELECT notes FROM revision WHERE reel = ? ORDER BY number DESC LIMIT 1"
        notes = self.document(self.rows(head, self.reel)[0][0])
        return [reel, {name: value for name, value in notes.items() if name != "revision"}]

    def document(self, sha256: str) -> dict[str, Any]:
        """Read a document of the store."""
        return dict(json.loads((self.server.home / "artefacts" / sha256[:2] / sha256).read_bytes()))

    def endings(self, job: str) -> int:
        """Count the events that say that the job ended."""
        told = self.rows("SELECT data FROM event WHERE topic = 'job' AND data LIKE ?", f"%{job}%")
        return sum(json.loads(data)["state"] in ENDS for (data,) in told)

    def damaged(self) -> int:
        """Count the files of the store that are not what their name says."""
        bad = 0
        for path in (self.server.home / "artefacts").glob("??/*"):
            with path.open("rb") as file:
                bad += hashlib.file_digest(file, "sha256").hexdigest() != path.name
        return bad


@dataclass(slots=True)
class Kills:
    """What became of jobs that were killed.

    Attributes
    ----------
    resumed_s: of every kill; ``started_s``: what of it the next server took until it answered
    lost: acknowledged jobs that are gone or did not end well; ``many_ends``: jobs that ended not exactly once
    different: jobs whose artefacts are not those of a calm run
    """

    kills: int = 0
    jobs: int = 0
    lost: int = 0
    many_ends: int = 0
    different: int = 0
    damaged: int = 0
    resumed_s: list[float] = field(default_factory=list[float])
    started_s: list[float] = field(default_factory=list[float])
    by_victim: dict[str, int] = field(default_factory=dict[str, int])


def until(seen: Callable[[], bool], within_s: float) -> float:
    """Wait until something is so; return the seconds it took."""
    began = time.monotonic()
    while not seen():
        if time.monotonic() - began > within_s:
            raise RuntimeError(f"not within {within_s} s")
        time.sleep(0.02)
    return time.monotonic() - began


def tiny_film(folder: Path) -> bytes:
    """Make the film of these figures."""
    make_tiny(SEED, folder / "tiny.mp4")
    return (folder / "tiny.mp4").read_bytes()


def killed(folder: Path, kills: int = KILLS, seed: int = 0) -> Kills:
    """Kill at ``kills`` random moments of spotting and scoring, and compare with a calm run in the same service."""
    settings = {"CUELIGHT_MOST_ATTEMPTS": "20"}
    with Theatre(Served(folder / "home", workers=1, settings=settings)) as theatre:
        theatre.open(tiny_film(folder))
        return _fought(theatre, kills, random.Random(seed))


def _fought(theatre: Theatre, kills: int, draw: random.Random) -> Kills:
    found = Kills()
    calm, took = _calm(theatre)
    while found.kills < kills:
        for kind in ORDERS:
            job = theatre.order(kind)
            for _ in range(draw.choice((1, 1, 2))):
                if not _strike(theatre, found, job, draw.random() * took[kind], draw.choice(VICTIMS)):
                    took[kind] *= SOONER
            ended = theatre.wait(job)
            found.jobs += 1
            found.lost += ended["state"] != "done"
            found.many_ends += theatre.endings(job) != 1
            found.different += theatre.made(kind, job) != calm[kind]
    found.damaged = theatre.damaged()
    found.lost += len(theatre.rows("SELECT id FROM job WHERE state != 'done'"))
    return found


def _calm(theatre: Theatre) -> tuple[dict[str, object], dict[str, float]]:
    """Do each kind of job undisturbed; return what it makes and how long it takes."""
    calm: dict[str, object] = {}
    took: dict[str, float] = {}
    for kind in ORDERS:
        began = time.monotonic()
        job = theatre.order(kind)
        if theatre.wait(job)["state"] != "done":
            raise RuntimeError(f"{kind} fails undisturbed\n{theatre.server.log[-2000:]}")
        took[kind], calm[kind] = time.monotonic() - began, theatre.made(kind, job)
    return calm, took


def _strike(theatre: Theatre, found: Kills, job: str, wait_s: float, victim: Victim) -> bool:
    """Kill somebody ``wait_s`` after now, if the job is running then, and see how soon it goes on."""
    until(lambda: theatre.job(job)["state"] != "queued", LONGEST_S)
    time.sleep(wait_s)
    workers, before = theatre.workers(), theatre.job(job)
    if before["state"] != "running":
        return False
    if victim != "server":
        for pid in workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    if victim != "worker":
        theatre.server.kill()
        began = time.monotonic()
        theatre.server.start()
        found.started_s.append(time.monotonic() - began)
    until(lambda: _goes_on(theatre.job(job), before["attempt"]), LONGEST_S)
    found.resumed_s.append(time.monotonic() - began)
    found.kills += 1
    found.by_victim[victim] = found.by_victim.get(victim, 0) + 1
    return True


def _goes_on(job: dict[str, Any], attempt: int) -> bool:
    return job["state"] in ENDS or (job["state"] == "running" and job["attempt"] > attempt)


def rows() -> list[Row]:
    """Kills and scarcity; about fifteen minutes on two cores."""
    from data_tools.service_bench.fault_scenarios import scenes

    with tempfile.TemporaryDirectory() as scratch:
        kills = killed(Path(scratch))
    return [*kill_rows(kills), *scenes()]


def kill_rows(kills: Kills) -> list[Row]:
    """Write down what became of killed jobs."""
    on = f"{kills.kills} x kill -9 in {kills.jobs} jobs, tiny film"
    who = {f"{victim}s killed": float(count) for victim, count in sorted(kills.by_victim.items())}
    times = {"median": _median(kills.resumed_s), "starting a server, median": _median(kills.started_s)}
    return [
        Row("acknowledged jobs lost", on, kills.lost, 0, "==", who),
        Row("jobs that did not end exactly once", on, kills.many_ends, 0, "=="),
        Row("jobs whose artefacts differ from a calm run", on, kills.different, 0, "=="),
        Row("damaged files in the store", on, kills.damaged, 0, "=="),
        Row("resumed, worst, s", on, max(kills.resumed_s), 10, "<=", times),
    ]


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0
