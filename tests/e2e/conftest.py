"""A real server with a home of its own, and a headless Chromium that looks at it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
_LINK = re.compile(r"http://\S+")


@dataclass
class Server:
    """A running ``cuelight serve``; ``link`` signs in as owner."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    link: str = ""
    process: subprocess.Popen[str] | None = None
    said: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.link.split("/?", 1)[0].rstrip("/")

    def start(self, port: int = 0) -> None:
        """Start it and wait for the line with its address."""
        command = [sys.executable, "-m", "serving.cli", "serve", "--port", str(port)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "CUELIGHT_HOME": str(self.home), **self.environment},
        )
        begun = len(self.said)
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = next((m for line in self.said[begun:] if (m := _LINK.search(line))), None)
            if found:
                self.link = found.group()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("the server did not say where it is:\n" + "".join(self.said[-40:]))

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.said += process.stdout  # list += iterator appends as lines come

    def kill(self) -> None:
        """Kill it as the system would: no warning, no clean-up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to stop; it must do so within ten seconds."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for the tests of one module."""
    running = Server(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def chromium() -> Generator[Browser]:
    """The browser; without one the tests are skipped, but not where everything must be proven."""
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium: `make browser` installs it")
        pytest.skip("there is no chromium here: `make browser` installs it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Make pages, each of a visitor of their own; a test fails if any of them met an error it did not expect."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def visit(width: int = 1440, height: int = 900, scheme: str = "dark") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(15_000)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []
