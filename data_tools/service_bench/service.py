"""A real ``cuelight serve`` that can be started, signed in to, killed and started again on the same folder."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from data_tools.child_process import kill_child, start_child, stop_child

LINK = re.compile(r"http://([\w.]+):(\d+)/\?token=(\S+)")
READY_S = 60.0  # from its address to its first answer
STOP_S = 30.0  # from SIGTERM to SIGKILL


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer of the service; header names in lower case, ``body`` decoded where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class RunningService:
    """A running service.

    ``key`` and ``project`` (called ``title``) are made at the first start and outlive it, as the port does; ``link`` is
    what it printed: it signs a browser in.
    """

    home: Path
    workers: int = 0
    settings: dict[str, str] = field(default_factory=dict[str, str])
    host: str = "127.0.0.1"
    port: int = 0
    title: str = "Benchmark"
    key: str = ""
    project: str = ""
    link: str = ""
    process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """The address it listens on, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def log(self) -> str:
        """Everything it wrote, of all its runs."""
        return (self.home / "log.txt").read_text(encoding="utf-8", errors="replace")

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        command = [
            sys.executable,
            "-m",
            "serving.cli",
            "serve",
            "--port",
            str(self.port),
            "--workers",
            str(self.workers),
        ]
        environment = {**os.environ, "CUELIGHT_HOME": str(self.home), **self.settings}
        with (self.home / "log.txt").open("a", encoding="utf-8") as log:
            self.process = start_child(command, stdout=subprocess.PIPE, stderr=log, env=environment)
        try:
            token = self._address()
            self._wait()
            if not self.key:
                self._sign_in(token)
        except BaseException:
            self.kill()
            raise

    def ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> HttpAnswer:
        """Send one request, with the key if there is one."""
        sent = {"Content-Type": "application/json", **self.auth_headers(), **(headers or {})}
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return HttpAnswer(answer.status, names, json.loads(text) if "json" in names.get("content-type", "") else text)

    def auth_headers(self) -> dict[str, str]:
        """Headers that carry the key, if there is one."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def wait(self) -> None:
        """Wait until it ends by itself."""
        if self.process is not None:
            self.process.wait()

    def kill(self) -> None:
        """Kill it with SIGKILL: it cannot clean up."""
        process, self.process = self.process, None
        if process is not None:
            kill_child(process)

    def stop(self) -> None:
        """Stop it with SIGTERM; raises RuntimeError if it had to be killed or did not end cleanly."""
        process, self.process = self.process, None
        if process is not None and (code := stop_child(process, STOP_S)):
            raise RuntimeError(f"the service ended with exit code {code}:\n{self.log[-2000:]}")

    def _address(self) -> str:
        """Read where it listens; return the token that signs in."""
        if self.process is None or self.process.stdout is None:
            raise RuntimeError("not started")
        for line in self.process.stdout:
            if found := LINK.search(line):
                self.host, self.port, self.link = found[1], int(found[2]), found[0]
                return found[3]
        raise RuntimeError(f"the service did not start:\n{self.log[-2000:]}")

    def _wait(self) -> None:
        ends = time.monotonic() + READY_S
        while True:
            try:
                self.ask("GET", "/health")
            except OSError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.02)
            else:
                return

    def _sign_in(self, token: str) -> None:
        signed = self.ask("POST", "/v1/session", {"token": token}, {"Sec-Fetch-Site": "same-origin"})
        mine = {"Cookie": signed.headers["set-cookie"].partition(";")[0], "Sec-Fetch-Site": "same-origin"}
        scopes = ["read", "write", "admin"]
        self.key = self.ask("POST", "/v1/keys", {"name": self.title, "scopes": scopes}, mine).body["secret"]
        self.project = self.ask("POST", "/v1/projects", {"name": self.title}).body["id"]
