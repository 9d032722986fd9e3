"""A service with one film, and what its database, files and processes say while something is done to it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from data_tools.films import make_tiny
from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

LONGEST_S = 180.0  # spotting the tiny film takes some 20 s; a job that takes this long hangs
FILM_SEED = 7  # of the tiny film; any seed would do, the same one makes runs comparable
JOB_PARAMS: dict[str, dict[str, object]] = {"spot": {}, "score": {"seed": 3}}
FINAL_STATES = ("done", "failed", "cancelled")


def wait_until(condition: Callable[[], bool], within_s: float) -> float:
    """Wait until a condition holds; return the seconds it took. Raises RuntimeError after ``within_s`` seconds."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > within_s:
            raise RuntimeError(f"not within {within_s} s")
        time.sleep(0.02)
    return time.monotonic() - began


def make_tiny_film(folder: Path) -> bytes:
    """Make the tiny film in ``folder``; return its bytes."""
    make_tiny(FILM_SEED, folder / "tiny.mp4")
    return (folder / "tiny.mp4").read_bytes()


@dataclass(slots=True)
class FaultScenario:
    """A service that has spotted one film; its rows and files are read directly, also while no server runs."""

    server: RunningService
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
        upload = TusClient(self.server).send_all(film, "tiny.mp4")
        wait_until(lambda: TusClient(self.server).ask_state(upload)["state"] == "complete", LONGEST_S)
        state = TusClient(self.server).ask_state(upload)
        self.reel = state["reel"]
        self.wait(state["job"])

    def request_job(self, kind: str) -> str:
        """Ask for a job; return its id: from then on the service has promised to do it."""
        answer = self.server.ask("POST", "/v1/jobs", {"kind": kind, "reel": self.reel, "params": JOB_PARAMS[kind]})
        if answer.status != 201:
            raise RuntimeError(f"no job: {answer}")
        return str(answer.body["id"])

    def read_job(self, job: str) -> dict[str, Any]:
        """Read a job's state, attempt, problem and progress from the database."""
        row = self.query("SELECT state, attempt, problem, progress FROM job WHERE id = ?", job)[0]
        return {"state": row[0], "attempt": row[1], "problem": json.loads(row[2] or "null"), "progress": row[3]}

    def wait(self, job: str, within_s: float = LONGEST_S) -> dict[str, Any]:
        """Wait for the end of a job; return it as ``read_job`` does."""
        wait_until(lambda: self.read_job(job)["state"] in FINAL_STATES, within_s)
        return self.read_job(job)

    def find_workers(self) -> list[int]:
        """Find the process ids of the workers."""
        if self.server.process is None:
            return []
        tasks = Path(f"/proc/{self.server.process.pid}/task")
        return [int(pid) for listed in tasks.glob("*/children") for pid in listed.read_text().split()]

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Query the service's database, read-only."""
        path = self.server.home / "cuelight.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(statement, values).fetchall()

    def list_results(self, kind: str, job: str) -> object:
        """List what a job of this kind has made as SHA-256 sums, so that two runs can be compared."""
        if kind == "score":
            takes = self.query("SELECT cue, files FROM take WHERE job = ? ORDER BY cue", job)
            return [(cue, sorted((n, f["sha256"]) for n, f in json.loads(files).items())) for cue, files in takes]
        reel = self.query("SELECT picture, sound, waveform, observations, lanes FROM reel WHERE id = ?", self.reel)
        latest = "SELECT notes FROM revision WHERE reel = ? ORDER BY number DESC LIMIT 1"
        sha256 = self.query(latest, self.reel)[0][0]
        notes = json.loads((self.server.home / "artefacts" / sha256[:2] / sha256).read_bytes())
        return [reel, {name: value for name, value in notes.items() if name != "revision"}]

    def count_endings(self, job: str) -> int:
        """Count the events that say that the job ended: 1 if all went well."""
        events = self.query("SELECT data FROM event WHERE topic = 'job' AND data LIKE ?", f"%{job}%")
        return sum(json.loads(data)["state"] in FINAL_STATES for (data,) in events)

    def count_damaged_files(self) -> int:
        """Count the files of the store whose SHA-256 is not their name."""
        damaged = 0
        for path in (self.server.home / "artefacts").glob("??/*"):
            with path.open("rb") as file:
                damaged += hashlib.file_digest(file, "sha256").hexdigest() != path.name
        return damaged

    def count_leftover_bytes(self) -> int:
        """Count the bytes in the scratch folders and half-written in the store."""
        folders = (self.server.home / "scratch", self.server.home / "artefacts" / "partial")
        return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
