"""What jobs do in these tests: ``params["act"]`` says it; each stage begun is told in ``params["log"]``."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from model.errors import AssetMissing
from model.progress import Progress
from serving.jobs.work import Made, Work
from serving.store.tables import Record


def run(work: Work) -> Record:
    act = work.task.params["act"]
    work.plan(["first", "second"])

    def log(word: object) -> None:
        with Path(work.task.params["log"]).open("a") as file:
            file.write(f"{word}\n")

    def first(folder: Path, progress: Progress) -> Made:
        log("first")
        progress("working", 1, 2)
        (folder / "made.txt").write_text(f"made of {min(work.task.inputs.values())[:8]}")
        return Made({"made": (folder / "made.txt", "text/plain")}, {"length": 12})

    def second(folder: Path, progress: Progress) -> Made:
        log("second")
        (folder / "half").write_bytes(bytes(1000))
        _ACTS[act](work, progress, log)
        lost = {"none": (folder / "none", "text/plain")} if act == "lost" else {}
        return Made({"more": (b"more", "text/plain"), **lost})

    made = work.stage("first", first).files["made"]
    more = work.stage("second", second).files["more"]
    log(f"pid {os.getpid()}")
    return {"made": made.sha256, "more": more.sha256}


def _quick(work: Work, progress: Progress, log: object) -> None:
    progress("working", 1, 1)


def _work(work: Work, progress: Progress, log: object) -> None:
    for done in range(600):
        progress("working", done, 600)
        time.sleep(0.1)


def _once(work: Work, progress: Progress, log: object) -> None:
    """Work for long in the first attempt only."""
    if work.task.fence.attempt == 1:
        _work(work, progress, log)


def _deaf(work: Work, progress: Progress, log: object) -> None:
    time.sleep(60)


def _die(work: Work, progress: Progress, log: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _full(work: Work, progress: Progress, log: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _missing(work: Work, progress: Progress, log: object) -> None:
    raise AssetMissing("The network cuts is missing.", hint="Run `make assets`.")


def _fault(work: Work, progress: Progress, log: object) -> None:
    raise KeyError(work.task.inputs["film"])


def _family(work: Work, progress: Progress, log: object) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    log(f"child {child.pid}")
    _work(work, progress, log)


_ACTS = {
    "quick": _quick,
    "lost": _quick,
    "work": _work,
    "once": _once,
    "deaf": _deaf,
    "die": _die,
    "full": _full,
    "missing": _missing,
    "fault": _fault,
    "family": _family,
}
