"""Scarcity while a job runs: no space, no database, no network file, no reliable clock.

Each scene is a service of its own in which something is taken away in the middle of a job. What has to hold: the job
ends once and says why, the service answers all the time, what the attempt took is given back, and once the cause is
gone the same job, tried again, is done.
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

from data_tools.benchmark.table import Row
from data_tools.service_bench.faults import LONGEST_S, Theatre, tiny_film, until
from data_tools.service_bench.service import Served

ROOT = Path(__file__).resolve().parents[2]
DISK_BYTES = 384 * 2**20  # the service itself refuses uploads that leave too little
LEFT_BYTES = 256 * 2**10  # on the full disk: room for rows, none for results
LOCKED_S = 9.0  # longer than anybody waits for the database
AWAY = "centerface.onnx"
JUMPS_S = (3600.0, -7200.0, 86400.0)
# a clock that somebody else sets: the file holds the seconds it is wrong by
_CLOCK = """
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
class Scene:
    """What became of a job.

    Attributes
    ----------
    first, last: its state and code when the cause was there, and after it had gone and it was tried again
    ends: how often it ended until then; ``left_bytes`` in scratch after it ended; ``silent_s`` longest GET
    """

    first: str = ""
    last: str = ""
    ends: int = 0
    attempts: int = 0
    left_bytes: int = 0
    silent_s: float = 0.0


@dataclass(slots=True)
class Watch:
    """Asks the service whether it lives, all the time."""

    server: Served
    worst_s: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to ask."""
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def end(self) -> float:
        """Stop asking; return the seconds of the slowest answer."""
        self.over.set()
        if self.thread:
            self.thread.join()
        return self.worst_s

    def _ask(self) -> None:
        while not self.over.wait(0.1):
            began = time.monotonic()
            answered = self.server.ask("GET", f"/v1/projects/{self.server.project}").status == 200
            took = time.monotonic() - began
            self.worst_s = max(self.worst_s, took if answered else LONGEST_S)


def disk_full(folder: Path) -> Scene:
    """Fill the disk before a job; free it; try again. Needs the right to mount."""
    home = folder / "home"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(home)], check=True)
    try:
        filler = home / "filler"

        def fill() -> None:
            free = os.statvfs(home)
            with filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - LEFT_BYTES)

        with Theatre(Served(home, workers=1)) as theatre:
            theatre.open(tiny_film(folder))
            return _played(theatre, "score", fill, filler.unlink)
    finally:
        subprocess.run(["umount", "-l", str(home)], check=False)


def model_missing(folder: Path) -> Scene:
    """Take a network's file away from a copy of the program, and put it back."""
    copy = folder / "program"
    for room in ("model", "serving"):
        shutil.copytree(
            ROOT / room, copy / room, symlinks=False, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
        )
    there = copy / "model" / "runtime" / "assets" / AWAY
    settings = {"PYTHONPATH": str(copy), "PYTHONSAFEPATH": "1"}
    with Theatre(Served(folder / "home", workers=1, settings=settings)) as theatre:
        theatre.open(tiny_film(folder))
        return _played(theatre, "spot", lambda: _move(there, folder / AWAY), lambda: _move(folder / AWAY, there))


def _move(source: Path, target: Path) -> None:
    shutil.move(source, target)


def database_locked(folder: Path) -> Scene:
    """Hold the writer's lock for nine seconds in the middle of a job."""
    with Theatre(Served(folder / "home", workers=1)) as theatre:
        theatre.open(tiny_film(folder))

        def lock() -> None:
            path = theatre.server.home / "cuelight.db"
            with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
                other.execute("BEGIN IMMEDIATE")
                time.sleep(LOCKED_S)
                other.execute("ROLLBACK")

        return _disturbed(theatre, lock)


def clock_jumps(folder: Path) -> Scene:
    """Set the clock an hour forward, two back and a day forward while a job runs."""
    (folder / "clock").mkdir()
    (folder / "clock" / "sitecustomize.py").write_text(_CLOCK)
    wrong_by = folder / "wrong_by"
    path = os.pathsep.join(filter(None, [str(folder / "clock"), os.environ.get("PYTHONPATH", "")]))
    settings = {"PYTHONPATH": path, "WRONG_CLOCK": str(wrong_by)}
    with Theatre(Served(folder / "home", workers=1, settings=settings)) as theatre:
        theatre.open(tiny_film(folder))

        def jump() -> None:
            for seconds in JUMPS_S:
                wrong_by.write_text(str(seconds))
                time.sleep(1.0)

        return _disturbed(theatre, jump)


def _disturbed(theatre: Theatre, disturb: Callable[[], None]) -> Scene:
    """Disturb a job that is to be done all the same."""
    watch = Watch(theatre.server)
    watch.begin()
    job = theatre.order("spot")
    until(lambda: theatre.job(job)["state"] == "running", LONGEST_S)
    disturb()
    ended = theatre.wait(job)
    return Scene(ended["state"], ended["state"], theatre.endings(job), ended["attempt"], _left(theatre), watch.end())


def _played(theatre: Theatre, kind: str, take_away: Callable[[], None], give_back: Callable[[], None]) -> Scene:
    """Take something away, order a job, give it back, try the job again."""
    watch, scene = Watch(theatre.server), Scene()
    watch.begin()
    take_away()
    job = theatre.order(kind)
    failed = theatre.wait(job)
    scene.first = f"{failed['state']} {(failed['problem'] or {}).get('code', '')}".strip()
    scene.ends, scene.left_bytes = theatre.endings(job), _left(theatre)
    give_back()
    theatre.server.ask("POST", f"/v1/jobs/{job}/retry")
    again = theatre.wait(job)
    scene.last, scene.attempts = again["state"], again["attempt"]
    scene.silent_s = watch.end()
    return scene


def _left(theatre: Theatre) -> int:
    """Count the bytes in the scratch folders and half-written in the store."""
    home = theatre.server.home
    files = [path for where in ("scratch", "artefacts/partial") for path in (home / where).rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files)


SCENES: dict[str, tuple[Callable[[Path], Scene], str]] = {
    "disk full": (disk_full, "failed disk-full"),
    "model file missing": (model_missing, "failed asset-missing"),
    "database locked": (database_locked, "done"),
    "clock jumps": (clock_jumps, "done"),
}


def scenes() -> list[Row]:
    """Play every scene that can be played here."""
    rows: list[Row] = []
    for name, (play, expected) in SCENES.items():
        if play is disk_full and (sys.platform != "linux" or os.geteuid() != 0):
            rows.append(Row(f"{name}: not played", "needs the right to mount a tmpfs", 0, 0, "=="))
            continue
        with tempfile.TemporaryDirectory() as scratch:
            scene = play(Path(scratch))
        rows += _rows(name, expected, scene)
    return rows


def _rows(name: str, expected: str, scene: Scene) -> list[Row]:
    on = "tiny film, one service"
    return [
        Row(f"{name}: ends as it should", on, scene.first == expected, 1, "==", note=scene.first),
        Row(f"{name}: done in the end", on, scene.last == "done", 1, "==", {"attempts": scene.attempts}),
        Row(f"{name}: endings told until then", on, scene.ends, 1, "=="),
        Row(f"{name}: bytes left behind", on, scene.left_bytes, 0, "=="),
        Row(f"{name}: slowest answer meanwhile, s", on, scene.silent_s, 2, "<="),
    ]
