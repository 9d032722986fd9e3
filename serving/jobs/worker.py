"""The worker process: takes one task after the other from its line, and dies with the server.

Started by :mod:`serving.jobs.processes` as ``python -m serving.jobs.worker LINE PARENT ARTEFACTS SCRATCH LOGS``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue

from model.errors import CuelightError
from model.runtime.process import die_with_parent
from model.runtime.session import device, providers_in_use
from serving.jobs.attempt import run_attempt
from serving.jobs.task import Report, Task, report_to_json
from serving.logs import configure_logs
from serving.store.artefacts import Artefacts

COURTESY = 19  # whoever waits for a page goes before work that takes minutes


class WorkerLine:
    """The worker's end of the line: a thread listens all the time, so that a word to stop is heard during work."""

    def __init__(self, line: socket.socket) -> None:
        """Listen on a socket."""
        self._line = line
        self._tasks: SimpleQueue[Task] = SimpleQueue()
        self._stop = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def next_task(self) -> Task:
        """Wait for a task."""
        return self._tasks.get()

    def is_stopping(self) -> bool:
        """Tell whether the task under way is to stop."""
        return self._stop.is_set()

    def report(self, report: Report) -> None:
        """Send a report."""
        self._send(report_to_json(report))

    def tell(self, **facts: object) -> None:
        """Send what is worth knowing about this worker."""
        self._send(json.dumps(facts))

    def _send(self, text: str) -> None:
        self._line.sendall(text.encode() + b"\n")

    def _listen(self) -> None:
        """Hear tasks and words to stop; when the line closes, end this process and all it has started."""
        with self._line.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                if "task" in message:
                    self._stop.clear()
                    self._tasks.put(Task.from_json(message["task"]))
                elif "stop" in message:
                    self._stop.set()
        os.killpg(os.getpgrp(), signal.SIGKILL)


def main(arguments: Sequence[str]) -> None:
    """Serve tasks for ever."""
    handle, parent, artefacts, scratch, logs = arguments
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(int(parent))
    os.nice(COURTESY)
    configure_logs(as_json=logs == "json")
    line = WorkerLine(socket.socket(fileno=int(handle)))
    store = Artefacts(Path(artefacts))
    line.tell(device=_device())
    while True:
        run_attempt(line.next_task(), store, Path(scratch), line.report, line.is_stopping)
        line.tell(providers=providers_in_use())


def _device() -> str:
    try:
        return device()
    except CuelightError as error:  # the jobs that need networks will say so too
        return error.message


if __name__ == "__main__":
    main(sys.argv[1:])
