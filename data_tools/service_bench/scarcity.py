"""Jobs while something is missing: space on the disk, the database, a network's file, a clock that can be trusted.

In each scenario a service of its own loses something in the middle of a job. What has to hold: the job ends once and
says why, the service answers all the time, nothing stays in the scratch folders, and once the cause is gone the same
job, tried again, is done.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from data_tools.benchmark.table import BenchRow
from data_tools.service_bench.fault_scenario import LONGEST_S, FaultScenario, make_tiny_film, wait_until
from data_tools.service_bench.service import RunningService

ROOT = Path(__file__).resolve().parents[2]
DISK_BYTES = 384 * 2**20  # the service itself refuses uploads that leave too little
FREE_BYTES = 256 * 2**10  # on the full disk: room for database rows, none for results
LOCK_S = 9.0  # longer than any connection of the service waits for the database
MISSING_MODEL = "centerface.onnx"
CLOCK_JUMPS_S = (3600.0, -7200.0, 86400.0)
# sitecustomize.py of the service: time.time() is wrong by the seconds that the file WRONG_CLOCK holds
_WRONG_CLOCK = """
import os, time
_right, _file = time.time, os.environ["WRONG_CLOCK"]
def _wrong():
    try:
        with open(_file) as file:
            return _right() + float(file.read() or 0)
    except (OSError, ValueError):
        return _right()
time.time = _wrong
"""


@dataclass(slots=True)
class FaultOutcome:
    """What became of a job.

    Attributes
    ----------
    first, last: its state and code while the cause was there, and its state after the retry without it
    ends: how many events said that it ended, before the retry; 1 if all went well
    attempts: how often a worker took it
    leftover_bytes: in the scratch folders and half-written in the store after it ended
    slowest_answer_s: of the GETs that were sent all the time
    """

    first: str = ""
    last: str = ""
    ends: int = 0
    attempts: int = 0
    leftover_bytes: int = 0
    slowest_answer_s: float = 0.0


@dataclass(slots=True)
class ResponseMonitor:
    """Sends a GET every tenth of a second, in a thread, and keeps the seconds of the slowest answer."""

    server: RunningService
    slowest_s: float = 0.0
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def start(self) -> None:
        """Start to ask."""
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def stop(self) -> float:
        """Stop asking; return the seconds of the slowest answer (``LONGEST_S`` for one that was no 200)."""
        self.stopping.set()
        if self.thread:
            self.thread.join()
        return self.slowest_s

    def _ask(self) -> None:
        while not self.stopping.wait(0.1):
            began = time.monotonic()
            answered = self.server.ask("GET", f"/v1/projects/{self.server.project}").status == 200
            took_s = time.monotonic() - began
            self.slowest_s = max(self.slowest_s, took_s if answered else LONGEST_S)


def run_with_full_disk(folder: Path) -> FaultOutcome:
    """Fill the disk before a job, free it and try again. Needs the right to mount a tmpfs."""
    home = folder / "home"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(home)], check=True)
    try:
        filler = home / "filler"

        def fill() -> None:
            free = os.statvfs(home)
            with filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - FREE_BYTES)

        with FaultScenario(RunningService(home, workers=1)) as scenario:
            scenario.open(make_tiny_film(folder))
            return _run_without(scenario, "score", fill, filler.unlink)
    finally:
        subprocess.run(["umount", "-l", str(home)], check=False)


def run_with_model_missing(folder: Path) -> FaultOutcome:
    """Take a network's file away from a copy of the program, and put it back."""
    copy = folder / "program"
    for room in ("model", "serving"):
        shutil.copytree(
            ROOT / room, copy / room, symlinks=False, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
        )
    asset, hidden = copy / "model" / "runtime" / "assets" / MISSING_MODEL, folder / MISSING_MODEL
    settings = {"PYTHONPATH": str(copy), "PYTHONSAFEPATH": "1"}
    with FaultScenario(RunningService(folder / "home", workers=1, settings=settings)) as scenario:
        scenario.open(make_tiny_film(folder))
        return _run_without(scenario, "spot", lambda: _move(asset, hidden), lambda: _move(hidden, asset))


def _move(source: Path, target: Path) -> None:
    shutil.move(source, target)


def run_with_database_locked(folder: Path) -> FaultOutcome:
    """Hold the database's write lock for nine seconds in the middle of a job."""
    with FaultScenario(RunningService(folder / "home", workers=1)) as scenario:
        scenario.open(make_tiny_film(folder))

        def lock() -> None:
            path = scenario.server.home / "cuelight.db"
            with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
                other.execute("BEGIN IMMEDIATE")
                time.sleep(LOCK_S)
                other.execute("ROLLBACK")

        return _run_disturbed(scenario, lock)


def run_with_clock_jumps(folder: Path) -> FaultOutcome:
    """Set the clock an hour forward, two back and a day forward while a job runs."""
    (folder / "clock").mkdir()
    (folder / "clock" / "sitecustomize.py").write_text(_WRONG_CLOCK)
    wrong_by = folder / "wrong_by"
    path = os.pathsep.join(filter(None, [str(folder / "clock"), os.environ.get("PYTHONPATH", "")]))
    settings = {"PYTHONPATH": path, "WRONG_CLOCK": str(wrong_by)}
    with FaultScenario(RunningService(folder / "home", workers=1, settings=settings)) as scenario:
        scenario.open(make_tiny_film(folder))

        def jump() -> None:
            for seconds in CLOCK_JUMPS_S:
                wrong_by.write_text(str(seconds))
                time.sleep(1.0)

        return _run_disturbed(scenario, jump)


def _run_disturbed(scenario: FaultScenario, disturb: Callable[[], None]) -> FaultOutcome:
    """Disturb a running job that has to succeed nevertheless."""
    monitor = ResponseMonitor(scenario.server)
    monitor.start()
    job = scenario.request_job("spot")
    wait_until(lambda: scenario.read_job(job)["state"] == "running", LONGEST_S)
    disturb()
    ended = scenario.wait(job)
    return FaultOutcome(
        first=ended["state"],
        last=ended["state"],
        ends=scenario.count_endings(job),
        attempts=ended["attempt"],
        leftover_bytes=scenario.count_leftover_bytes(),
        slowest_answer_s=monitor.stop(),
    )


def _run_without(
    scenario: FaultScenario, kind: str, take_away: Callable[[], None], give_back: Callable[[], None]
) -> FaultOutcome:
    """Take something away, ask for a job, give it back, try the job again."""
    monitor, outcome = ResponseMonitor(scenario.server), FaultOutcome()
    monitor.start()
    take_away()
    job = scenario.request_job(kind)
    failed = scenario.wait(job)
    outcome.first = f"{failed['state']} {(failed['problem'] or {}).get('code', '')}".strip()
    outcome.ends, outcome.leftover_bytes = scenario.count_endings(job), scenario.count_leftover_bytes()
    give_back()
    scenario.server.ask("POST", f"/v1/jobs/{job}/retry")
    again = scenario.wait(job)
    outcome.last, outcome.attempts = again["state"], again["attempt"]
    outcome.slowest_answer_s = monitor.stop()
    return outcome


# by name: how it is run, and the state (and code) the job must end with while the cause is there
SCENARIOS: dict[str, tuple[Callable[[Path], FaultOutcome], str]] = {
    "disk full": (run_with_full_disk, "failed disk-full"),
    "model file missing": (run_with_model_missing, "failed asset-missing"),
    "database locked": (run_with_database_locked, "done"),
    "clock jumps": (run_with_clock_jumps, "done"),
}


def scarcity_rows() -> list[BenchRow]:
    """Return the rows of every scenario that can be run on this machine."""
    rows: list[BenchRow] = []
    for name, (run, expected) in SCENARIOS.items():
        if run is run_with_full_disk and (sys.platform != "linux" or os.geteuid() != 0):
            rows.append(BenchRow(f"{name}: not run", "needs the right to mount a tmpfs", 0, 0, "=="))
            continue
        with tempfile.TemporaryDirectory() as scratch:
            outcome = run(Path(scratch))
        rows += _outcome_rows(name, expected, outcome)
    return rows


def _outcome_rows(name: str, expected: str, outcome: FaultOutcome) -> list[BenchRow]:
    on = "tiny film, one service"
    return [
        BenchRow(f"{name}: ends as it should", on, outcome.first == expected, 1, "==", note=outcome.first),
        BenchRow(f"{name}: done in the end", on, outcome.last == "done", 1, "==", {"attempts": outcome.attempts}),
        BenchRow(f"{name}: ends reported before the retry", on, outcome.ends, 1, "=="),
        BenchRow(f"{name}: bytes left behind", on, outcome.leftover_bytes, 0, "=="),
        BenchRow(f"{name}: slowest answer meanwhile, s", on, outcome.slowest_answer_s, 2, "<="),
    ]
