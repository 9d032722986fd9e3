"""What jobs do in these tests: ``params["act"]`` says it; each step begun is told in ``params["log"]``."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from model.errors import AssetMissing
from model.progress import Progress
from model.steps.step import Facts, Inputs, Step
from serving.jobs.work import JobAttempt
from serving.store.tables import Record


@dataclass(frozen=True)
class Orders:
    """What a step is to do, and in which attempt, which does not decide what it makes."""

    act: str
    log: str

    def tell(self, word: object) -> None:
        with Path(self.log).open("a") as file:
            file.write(f"{word}\n")


def _first(inputs: Inputs, orders: Orders, folder: Path, progress: Progress) -> Facts:
    orders.tell("first")
    progress("working", 1, 2)
    (folder / "made.txt").write_text(f"made of {inputs['film'].sha256[:8]}")
    return {"length": 12}


def _second(inputs: Inputs, orders: Orders, folder: Path, progress: Progress) -> Facts:
    orders.tell("second")
    (folder / "half").write_bytes(bytes(1000))
    _ACTS[orders.act](inputs, progress, orders)
    (folder / "half").unlink()
    (folder / "more").write_bytes(b"more")
    if orders.act == "lost":
        (folder / "none").write_bytes(b"none")
    return {}


FIRST, SECOND = Step("first", _first, ("film",)), Step("second", _second, ("film",))
_attempt = 0


def run(attempt: JobAttempt) -> Record:
    global _attempt  # noqa: PLW0603 - a step must not depend on it, but these tests do
    _attempt = attempt.task.fence.attempt
    attempt.plan(FIRST, SECOND)
    orders = Orders(attempt.task.params["act"], attempt.task.params["log"])
    film = {"film": attempt.find_file(min(attempt.task.inputs.values()))}
    made = attempt.runner.run(FIRST, film, orders).files["made.txt"]
    more = attempt.runner.run(SECOND, film, orders).files["more"]
    orders.tell(f"pid {os.getpid()}")
    return {"made": made.sha256, "more": more.sha256}


def _quick(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    progress("working", 1, 1)


def _work(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    for done in range(600):
        progress("working", done, 600)
        time.sleep(0.1)


def _once(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    """Work for long in the first attempt only."""
    if _attempt == 1:
        _work(inputs, progress, orders)


def _deaf(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    time.sleep(60)


def _die(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _full(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _missing(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    raise AssetMissing("The network cuts is missing.", hint="Run `make assets`.")


def _fault(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    raise KeyError(inputs["film"].sha256)


def _family(inputs: Inputs, progress: Progress, orders: Orders) -> None:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    orders.tell(f"child {child.pid}")
    _work(inputs, progress, orders)


_ACTS: dict[str, Callable[[Inputs, Progress, Orders], None]] = {
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
