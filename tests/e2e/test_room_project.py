"""What only an owner sees of a project: the programs that are told of it, and who did what in it."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.sync_api import expect
from standardwebhooks.webhooks import Webhook

from data_tools.service_bench.service import RunningService
from tests.e2e.conftest import CHROMIUM
from tests.e2e.look import findings

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TOLD_WITHIN_S = 30.0
PAGE = 50  # lines of activity that are read at a time
LOOKS = [(1440, "dark"), (1440, "light"), (900, "dark"), (900, "light")]


class Program(HTTPServer):
    """Another program that is told of events; it answers with ``answer``."""

    answer = 204

    def __init__(self) -> None:
        """Listen on a port of its own."""
        super().__init__(("127.0.0.1", 0), _Hearing)
        self.heard: list[tuple[bytes, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/hooks/cuelight"


class _Hearing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        program = cast("Program", self.server)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        program.heard.append((body, {name.lower(): value for name, value in self.headers.items()}))
        self.send_response(program.answer)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """A service that works on no film and may tell programs in this house."""
    if not CHROMIUM and not os.environ.get("CI"):
        pytest.skip("there is no chromium here: `make browser` installs it")
    with RunningService(tmp_path_factory.mktemp("home"), settings={"CUELIGHT_PRIVATE_WEBHOOKS": "true"}) as running:
        yield running


@pytest.fixture
def program() -> Iterator[Program]:
    """A program to tell."""
    with Program() as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.fixture
def project(server: RunningService) -> str:
    """A project of the test's own, without a film."""
    return str(server.ask("POST", "/v1/projects", {"name": "The Harbour"}).body["id"])


def address(server: RunningService, project: str) -> str:
    return f"{server.address}/#/projects/{project}"


def rename(server: RunningService, project: str, name: str) -> None:
    tag = server.ask("GET", f"/v1/projects/{project}").headers["etag"]
    assert server.ask("PATCH", f"/v1/projects/{project}", {"name": name}, {"If-Match": tag}).status == 200


def opened(page: Page, name: str) -> Locator:
    """Open one of the two dialogs and wait until it is read."""
    page.get_by_role("button", name=name, exact=True).click()
    shown = page.get_by_role("dialog", name=name)
    expect(shown).to_be_visible()
    expect(shown.get_by_text(re.compile("^Reading "))).to_be_hidden()
    return shown


def until(true: Callable[[], Any]) -> None:
    ends = time.monotonic() + TOLD_WITHIN_S
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.1)


def add(dialog: Locator, url: str, *whens: str) -> str:
    """Add a webhook for some things; return its secret."""
    dialog.get_by_role("button", name="Add a webhook").click()
    dialog.get_by_label("Address").fill(url)
    dialog.get_by_text("Only of some things").click()
    for when in whens:
        dialog.get_by_label(when).check()
    dialog.get_by_role("button", name="Add it").click()
    return dialog.get_by_label("Signing secret").input_value()


def test_a_webhook_is_added_told_and_removed(
    owner: Callable[..., Page], server: RunningService, project: str, program: Program
) -> None:
    page = owner(address(server, project))
    dialog = opened(page, "Webhooks")
    expect(dialog).to_contain_text("No webhook yet")
    secret = add(dialog, program.url, "the project is renamed", "a share link is made")
    assert secret.startswith("whsec_")
    expect(dialog.get_by_label("Signing secret")).to_be_focused()

    page.keyboard.press("Escape")
    expect(dialog.get_by_role("alert")).to_have_text(re.compile("Is it copied?"))
    dialog.get_by_role("button", name="Close anyway").click()
    page.reload()
    dialog = opened(page, "Webhooks")
    row = dialog.get_by_role("listitem")
    expect(row).to_contain_text(program.url)
    expect(row).to_contain_text("told of the project, share links")
    expect(row).to_contain_text("active")
    expect(dialog.get_by_label("Signing secret")).to_have_count(0)
    assert secret not in page.content()

    rename(server, project, "The Harbour, episode 2")
    until(lambda: program.heard)
    told = Webhook(secret).verify(*program.heard[0])
    assert (told["type"], told["data"]["project"]) == ("project", project)

    row.get_by_role("button", name="Remove").click()
    expect(row.get_by_role("button", name="Keep it")).to_be_focused()
    row.get_by_role("button", name="Remove it").click()
    expect(dialog).to_contain_text("No webhook yet")
    expect(dialog.get_by_role("button", name="Add a webhook")).to_be_focused()
    assert server.ask("GET", f"/v1/projects/{project}/webhooks").body["items"] == []


def test_one_that_was_given_up_can_be_started_again(
    owner: Callable[..., Page], server: RunningService, project: str, program: Program
) -> None:
    page = owner(address(server, project))
    dialog = opened(page, "Webhooks")
    first = add(dialog, program.url, "the project is renamed")
    program.answer = 410
    rename(server, project, "The Harbour, episode 3")
    hooks = f"/v1/projects/{project}/webhooks"
    until(lambda: not server.ask("GET", hooks).body["items"][0]["active"])
    page.reload()
    dialog = opened(page, "Webhooks")
    row = dialog.get_by_role("listitem")
    expect(row).to_contain_text("given up after 1 failure (HTTP 410): nothing is sent to it any more")
    program.answer = 204
    row.get_by_role("button", name=f"Try {program.url} again").click()
    expect(row).to_contain_text("active")
    until(lambda: len(program.heard) > 1)
    told = [Webhook(first).verify(*message)["data"]["number"] for message in program.heard[:2]]
    assert told[0] == told[1], "it goes on where it stopped, with the same secret"
    kept = server.ask("GET", hooks).body["items"]
    assert [(hook["url"], hook["topics"], hook["active"]) for hook in kept] == [(program.url, ["project"], True)]


def test_what_is_wrong_with_a_webhook_stands_at_its_field(
    owner: Callable[..., Page], server: RunningService, project: str
) -> None:
    page = owner(address(server, project))
    dialog = opened(page, "Webhooks")
    dialog.get_by_role("button", name="Add a webhook").click()
    field = dialog.get_by_label("Address")
    expect(field).to_be_focused()
    for wrong, said in (
        ("studio.example", "Write the whole address, with https:// before it."),
        ("https://ada:secret@studio.example/hooks", "This is no address of a webhook."),
    ):
        field.fill(wrong)
        dialog.get_by_role("button", name="Add it").click()
        expect(field).to_have_accessible_description(said)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("https://studio.example/hooks")
    dialog.get_by_text("Only of some things").click()
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Choose at least one, or tell of everything.")
    assert server.ask("GET", f"/v1/projects/{project}/webhooks").body["items"] == []


def test_activity_tells_who_did_what(owner: Callable[..., Page], server: RunningService, project: str) -> None:
    me = server.ask("GET", "/v1/session").body["name"]
    share = server.ask("POST", f"/v1/projects/{project}/shares", {"name": "Cleo", "role": "director"}).body["id"]
    hook = {"url": "https://studio.example/hooks"}
    server.ask("POST", f"/v1/projects/{project}/webhooks", hook)
    server.ask("DELETE", f"/v1/projects/{project}/shares/{share}")
    rename(server, project, "The Harbour, episode 4")
    rename(server, project, "The Harbour, episode 5")
    page = owner(address(server, project))
    dialog = opened(page, "Activity")
    today = dialog.get_by_role("region", name="Today")
    expect(today.get_by_role("listitem").locator("p")).to_have_text(
        [
            f"{me} renamed the project to “The Harbour, episode 5”",
            f"{me} renamed the project to “The Harbour, episode 4”",
            f"{me} took back the share link of Cleo",
            f"{me} added a webhook to studio.example",
            f"{me} made a share link for Cleo",
            f"{me} made the project",
        ]
    )
    expect(today.locator("time").first).to_have_text(re.compile(r"^\d\d:\d\d$"))
    expect(dialog).to_contain_text("That is all since the project was made.")


def test_older_activity_comes_when_it_is_asked_for(
    owner: Callable[..., Page], server: RunningService, project: str
) -> None:
    for number in range(PAGE + 5):
        server.ask("POST", f"/v1/projects/{project}/shares", {"name": f"Viewer {number}"})
    page = owner(address(server, project))
    dialog = opened(page, "Activity")
    lines = dialog.get_by_role("listitem")
    expect(lines).to_have_count(PAGE)
    expect(dialog.get_by_text("made the project")).to_be_hidden()
    older = dialog.get_by_role("button", name="Show older")
    older.focus()
    page.keyboard.press("Enter")
    expect(lines).to_have_count(PAGE + 6)
    expect(lines.last).to_contain_text("made the project")
    expect(older).to_be_hidden()


def test_lists_that_cannot_be_read_say_so_and_can_be_asked_again(
    owner: Callable[..., Page], server: RunningService, project: str
) -> None:
    page = owner(address(server, project))
    for name, place in (("Webhooks", "webhooks"), ("Activity", "audit")):
        gone = re.compile(rf"/v1/projects/\w+/{place}")
        page.route(gone, lambda route: route.abort())
        dialog = opened(page, name)
        expect(dialog.get_by_role("alert")).to_contain_text(f"The {name.lower()} could not be read")
        expect(dialog.get_by_role("alert")).to_contain_text("Cuelight cannot be reached just now.")
        page.unroute(gone)
        dialog.get_by_role("button", name="Try again").click()
        expect(dialog.get_by_role("alert")).to_have_count(0)
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()


@pytest.mark.parametrize("role", ["composer", "director", "viewer"])
def test_who_is_no_owner_sees_neither(
    visitor: Callable[..., Page], server: RunningService, project: str, role: str
) -> None:
    if role == "composer":
        person = server.ask("POST", "/v1/people", {"name": "Ben"}).body["id"]
        server.ask("PUT", f"/v1/projects/{project}/members/{person}", {"role": role})
        link = server.ask("POST", f"/v1/people/{person}/invitation").body["url"]
    else:
        link = server.ask("POST", f"/v1/projects/{project}/shares", {"name": "Cleo", "role": role}).body["url"]
    page = visitor(link)
    page.get_by_role("heading", level=1).wait_for()
    page.goto(address(server, project))
    expect(page.get_by_role("heading", name="The Harbour", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Members").get_by_role("listitem").first).to_be_visible()
    for name in ("Activity", "Webhooks"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


@pytest.mark.parametrize(("width", "light"), LOOKS, ids=str)
def test_neither_keeps_anybody_out(
    owner: Callable[..., Page], server: RunningService, project: str, width: int, light: str
) -> None:
    page = owner(address(server, project), width=width, light=light)
    found: dict[str, list[Any]] = {}

    def look(name: str) -> None:
        found[name] = findings(page, name)

    dialog = opened(page, "Webhooks")
    look("webhooks-none")
    dialog.get_by_role("button", name="Add a webhook").click()
    dialog.get_by_label("Address").fill("studio.example")
    dialog.get_by_text("Only of some things").click()
    dialog.get_by_role("button", name="Add it").click()
    look("webhooks-form")
    dialog.get_by_label("Address").fill("https://studio.example/hooks/cuelight")
    dialog.get_by_label("a cue is approved").check()
    dialog.get_by_role("button", name="Add it").click()
    dialog.get_by_label("Signing secret").wait_for()
    look("webhooks-made")
    dialog.get_by_role("button", name="Remove").click()
    look("webhooks-sure")
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Close anyway").click()
    look("project-empty")
    opened(page, "Activity")
    look("activity")
    assert {name: bad for name, bad in found.items() if bad} == {}, json.dumps(found, indent=1)
