"""Worker processes: one attempt each at a time, warm between attempts, dead as soon as the server is.

A worker is ``python -m serving.jobs.worker`` at the other end of a socket, over which tasks go and reports come as JSON
lines. It leads its own process group, so whatever it started ends with it; what leaves the group (the sandbox's child)
dies with its parent by itself. Networks stay open in a worker until nobody has used it for a while; then the process is
ended, which is the only way to get all of their memory back, and the next task starts a new one.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from serving.jobs.executor import Capacity
from serving.jobs.metrics import WORKER_STARTS
from serving.jobs.queue import Fence
from serving.jobs.task import Died, Ended, Failed, Report, Stopped, Task, report_from_json
from serving.store.tables import Record

PATIENCE_S = 2.0  # how long a worker may take to hear that it is to stop
_LINE = 1 << 16
_WORKER = ("-m", "serving.jobs.worker")
_log = structlog.get_logger("cuelight.jobs")


@dataclass(slots=True, eq=False)
class _Worker:
    """One process, its end of the line, and what it is doing."""

    process: subprocess.Popen[bytes]
    line: socket.socket
    pending: bytes = b""
    fence: Fence | None = None
    kind: str = ""
    used: bool = False
    idle_since: float = field(default_factory=time.monotonic)
    stop_asked: float | None = None

    def send(self, **message: object) -> None:
        with contextlib.suppress(OSError):  # it is dead: its closed line will tell
            self.line.sendall(json.dumps(message).encode() + b"\n")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()


class ProcessExecutor:
    """Runs attempts in worker processes of this machine."""

    def __init__(
        self,
        artefacts: Path,
        scratch: Path,
        *,
        workers: int = 1,
        device: str = "auto",
        idle_unload_s: float = 300.0,
        log_json: bool = False,
        command: tuple[str, ...] = _WORKER,
    ) -> None:
        """Prepare to run ``workers`` attempts at a time; processes start when they are needed.

        ``command``: arguments of the interpreter; only tests give others.
        """
        self._command = command
        self._arguments = [str(artefacts), str(scratch), "json" if log_json else "text"]
        self._most = workers
        self._device = device
        self._idle_unload_s = idle_unload_s
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._facts: Record = {}

    def submit(self, task: Task) -> None:
        """Give the task to an idle worker, starting one if there is none."""
        idle = [worker for worker in self._workers if worker.fence is None]
        # the one that did such a job last has its networks open
        worker = max(idle, key=lambda w: w.kind == task.kind, default=None) or self._start()
        worker.fence, worker.kind, worker.used = task.fence, task.kind, True
        worker.send(task=task.to_json())

    def cancel(self, fence: Fence) -> None:
        """Ask the worker to stop; if it has not in two seconds, its process is ended."""
        for worker in self._workers:
            if worker.fence == fence and worker.stop_asked is None:
                worker.stop_asked = time.monotonic()
                worker.send(stop=True)

    def capacity(self) -> Capacity:
        """Say how many workers are free, and where their networks run."""
        busy = sum(worker.fence is not None for worker in self._workers)
        return Capacity(
            self._most, self._most - busy, self._facts.get("device", self._device), self._facts.get("providers", {})
        )

    def poll(self, timeout_s: float) -> list[Report]:
        """Wait for reports; notice at once who died, who does not listen and who has been idle for long."""
        if not self._workers:
            time.sleep(timeout_s)
            return []
        reports: list[Report] = []
        for key, _ in self._selector.select(timeout_s):
            reports += self._hear(key.data)
        now = time.monotonic()
        for worker in list(self._workers):
            deaf = worker.stop_asked is not None and now - worker.stop_asked > PATIENCE_S
            stale = worker.fence is None and worker.used and now - worker.idle_since > self._idle_unload_s
            if deaf or stale:
                reports += self._bury(worker)
        return reports

    def close(self) -> None:
        """End every worker with all it has started."""
        for worker in list(self._workers):
            self._bury(worker)
        self._selector.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid for worker in self._workers]

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                worker = _Worker(self._spawn(theirs), ours)
        except BaseException:
            ours.close()
            raise
        self._workers.append(worker)
        self._selector.register(ours, selectors.EVENT_READ, worker)
        WORKER_STARTS.inc()
        _log.info("worker started", pid=worker.process.pid)
        return worker

    def _spawn(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        line = (str(theirs.fileno()), str(os.getpid()))
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, *self._command, *line, *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno() if _real(sys.stderr) else subprocess.DEVNULL,
            env=self._environment(),
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        """Give every worker the same hashes, so that nothing can depend on them, and our packages wherever we stand."""
        above = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, [above, os.environ.get("PYTHONPATH", "")]))
        return {**os.environ, "CUELIGHT_DEVICE": self._device, "PYTHONHASHSEED": "0", "PYTHONPATH": path}

    def _hear(self, worker: _Worker) -> list[Report]:
        try:
            data = worker.line.recv(_LINE)
        except OSError:
            data = b""
        if not data:
            return self._bury(worker)
        *lines, worker.pending = (worker.pending + data).split(b"\n")
        return list(self._understood(worker, lines))

    def _understood(self, worker: _Worker, lines: list[bytes]) -> Iterator[Report]:
        for line in lines:
            message: Record = json.loads(line)
            if "report" not in message:
                self._facts.update(message)
                continue
            report = report_from_json(message)
            if isinstance(report, Ended | Failed | Stopped):
                worker.fence, worker.stop_asked, worker.idle_since = None, None, time.monotonic()
            yield report

    def _bury(self, worker: _Worker) -> list[Report]:
        """Forget a dead worker after ending what it left behind; say what became of its attempt."""
        worker.kill()
        code = worker.process.wait()
        self._workers.remove(worker)
        self._selector.unregister(worker.line)
        worker.line.close()
        _log.info("worker ended", pid=worker.process.pid, code=code)
        if worker.fence is None:
            return []
        return [Stopped(worker.fence) if worker.stop_asked is not None else Died(worker.fence, _how(code))]


def _how(code: int) -> str:
    known = -code in {s.value for s in signal.Signals}
    return f"It was ended by {signal.Signals(-code).name}." if known else f"It ended with exit code {code}."


def _real(stream: object) -> bool:
    """Tell whether a stream has a file descriptor a child can inherit."""
    try:
        return int(stream.fileno()) >= 0  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        return False
