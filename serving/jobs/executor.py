"""Who runs attempts: the contract, and the executor that runs them where it stands.

The database owns the job; an executor owns only attempts, and may lose them. It is told what to run, says how it goes,
and knows nothing of rows: another kind (a cluster's) is one more class with these five methods.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from serving.jobs.attempt import run_attempt
from serving.jobs.queue import Fence
from serving.jobs.task import Report, Task
from serving.store.artefacts import Artefacts


@dataclass(frozen=True, slots=True)
class Capacity:
    """What there is to run attempts on.

    Attributes
    ----------
    workers: attempts that may run at a time; ``free``: how many more may be given now
    device: what networks were asked to run on; ``providers``: where each network that was opened really runs
    """

    workers: int
    free: int
    device: str = ""
    providers: dict[str, str] = field(default_factory=dict[str, str])


class Executor(Protocol):
    """Runs attempts. All its methods are called from one thread."""

    def submit(self, task: Task) -> None:
        """Begin an attempt; only as many as :meth:`capacity` says are free."""
        ...

    def cancel(self, fence: Fence) -> None:
        """Stop an attempt, with force if it does not listen; its last report is still to come."""
        ...

    def capacity(self) -> Capacity:
        """Say what there is."""
        ...

    def poll(self, timeout_s: float) -> list[Report]:
        """Wait for reports, at most so long; each attempt ends with exactly one of Ended, Failed, Stopped, Died."""
        ...

    def close(self) -> None:
        """End everything that runs, at once."""
        ...


class InlineExecutor:
    """Runs one attempt at a time in the calling thread, within :meth:`poll`."""

    def __init__(self, artefacts: Artefacts, scratch: Path) -> None:
        """Work with a store and a folder for scratch."""
        self._artefacts = artefacts
        self._scratch = scratch
        self._waiting: deque[Task] = deque()
        self._cancelled: set[Fence] = set()

    def submit(self, task: Task) -> None:
        """Take the task; it runs in the next poll."""
        self._waiting.append(task)

    def cancel(self, fence: Fence) -> None:
        """Stop an attempt that has not begun."""
        self._cancelled.add(fence)

    def capacity(self) -> Capacity:
        """Say whether the place is free."""
        return Capacity(1, 1 - len(self._waiting), "inline")

    def poll(self, timeout_s: float) -> list[Report]:
        """Run what was submitted, to its end; without a task, wait a little."""
        if not self._waiting:
            time.sleep(min(timeout_s, 0.01))
            return []
        task, reports = self._waiting.popleft(), list[Report]()
        run_attempt(task, self._artefacts, self._scratch, reports.append, lambda: task.fence in self._cancelled)
        self._cancelled.discard(task.fence)
        return reports

    def close(self) -> None:
        """Forget what has not begun."""
        self._waiting.clear()
