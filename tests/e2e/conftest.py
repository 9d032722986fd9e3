"""A real server with a home of its own, a spotted reel in it, and headless Chromium that looks at both."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

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
PATIENCE_MS = 30_000
SPOTTED_WITHIN_S = 180.0


@dataclass(frozen=True)
class Reel:
    """A reel on a running service: where its room is, and what the service says of it."""

    server: RunningService
    id: str

    @property
    def room(self) -> str:
        """Address of the review room, for somebody who is signed in."""
        return f"{self.server.address}/#/reels/{self.id}"

    def ask(self, rest: str = "") -> Any:
        """Read something of the reel."""
        return self.server.ask("GET", f"/v1/reels/{self.id}{rest}").body

    @property
    def notes(self) -> dict[str, Any]:
        """The notes as they are now."""
        return dict(self.ask("/notes")["notes"])

    def revise(self, *edits: dict[str, object], summary: str = "by somebody else") -> None:
        """Edit the notes past the page, as another program would."""
        match = {"If-Match": f'"r{self.ask()["revision"]}"'}
        body = {"edits": list(edits), "summary": summary}
        answer = self.server.ask("POST", f"/v1/reels/{self.id}/notes/edits", body, match)
        assert answer.status == 201, answer.body


@dataclass(frozen=True)
class SpottedHome:
    """The folder of a stopped service that holds one spotted reel, and what opens it again."""

    folder: Path
    key: str
    project: str
    reel: str


def require_chromium() -> None:
    """Skip where there is no browser, but not where everything must be proven."""
    if not CHROMIUM and not os.environ.get("CI"):
        pytest.skip("there is no chromium here: `make browser` installs it")


@pytest.fixture(scope="session")
def spotted_home(tmp_path_factory: pytest.TempPathFactory, tiny_film: Path) -> SpottedHome:
    """The tiny film, uploaded and spotted by the real networks: once for all modules, each starts from a copy."""
    require_chromium()
    folder = tmp_path_factory.mktemp("spotted")
    with RunningService(folder, workers=1) as running:
        reel = spot(running, tiny_film)
        return SpottedHome(folder, running.key, running.project, reel.id)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service with one worker, for the tests of one module; its project is called Benchmark.

    It starts from a copy of the spotted home where a test of the module asks for ``spotted``, else from nothing.
    """
    require_chromium()
    home = tmp_path_factory.mktemp("home")
    tests = [item for item in request.session.items if isinstance(item, pytest.Function)]
    if any("spotted" in test.fixturenames for test in tests if test.module is request.module):
        before: SpottedHome = request.getfixturevalue("spotted_home")
        shutil.copytree(before.folder, home, dirs_exist_ok=True)
        served = RunningService(home, workers=1, key=before.key, project=before.project)
    else:
        served = RunningService(home, workers=1)
    with served as running:
        yield running


@pytest.fixture(scope="module")
def spotted(server: RunningService, spotted_home: SpottedHome) -> Reel:
    """The tiny film in its review room, as it was spotted."""
    return Reel(server, spotted_home.reel)


def spot(server: RunningService, film: Path, **choices: Any) -> Reel:
    """Upload a film and wait until its notes are there."""
    tus = TusClient(server)
    upload = tus.send_all(film.read_bytes(), film.name, choices=json.dumps(choices))
    ends = time.monotonic() + SPOTTED_WITHIN_S
    while time.monotonic() < ends:
        state = tus.ask_state(upload)
        tus.ask_offset(upload)
        reel = state["reel"] and server.ask("GET", f"/v1/reels/{state['reel']}").body
        if reel and reel["revision"]:
            return Reel(server, reel["id"])
        assert not reel or reel["state"] not in {"failed", "cancelled"}, reel
        time.sleep(0.2)
    raise AssertionError(f"{film.name} was not spotted in time:\n{server.log[-2000:]}")


@pytest.fixture(scope="module")  # not of the session: playwright's event loop would run on under everybody's tests
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

    def visit(address: str = "", *, width: int = 1440, height: int = 900, light: str = "dark") -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, accept_downloads=True)
        context.add_init_script(
            f"localStorage.getItem('cuelight.light') ?? localStorage.setItem('cuelight.light', '{light}')"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(PATIENCE_MS)
        if address:
            page.goto(address)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def owner(visitor: Callable[..., Page], server: RunningService) -> Callable[..., Page]:
    """Make pages that are signed in as the owner, by the link the service printed."""

    def enter(address: str = "", **how: Any) -> Page:
        page = visitor(server.link, **how)
        page.get_by_role("heading", name="Projects", exact=True).wait_for()
        if address:
            page.goto(address)
        return page

    return enter
