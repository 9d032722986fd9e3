"""Who somebody is in the browser, and what they send: share links, ends of sessions, uploads one after another."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from data_tools.service_bench.tus_client import TusClient
from tests.e2e.look import findings

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Response, Route

    from data_tools.service_bench.service import RunningService
    from tests.e2e.conftest import Reel

LOOKS = [(1440, "dark"), (1440, "light"), (900, "dark"), (900, "light")]
REFUSED_WITHIN_S = 60.0
LETTER = b"This is a letter to the editor, and no film at all.\n" * 400
# what a browser leaves out over plain http
PLAIN_HTTP = "delete Crypto.prototype.randomUUID; delete Navigator.prototype.clipboard;"
DROP = """
(target) => {
  const carried = new DataTransfer();
  carried.items.add(new File(['a film'], 'cut.mp4', { type: 'video/mp4' }));
  return document.querySelector(target)
    .dispatchEvent(new DragEvent('drop', { dataTransfer: carried, bubbles: true, cancelable: true }));
}
"""
MAY_LEAVE = "() => dispatchEvent(new Event('beforeunload', { cancelable: true }))"


@pytest.fixture
def project(server: RunningService) -> str:
    """A project of the test's own, without a film."""
    return str(server.ask("POST", "/v1/projects", {"name": "The Harbour"}).body["id"])


def share_of(server: RunningService, project: str, role: str = "director") -> str:
    body = {"name": "Cleo", "role": role}
    return str(server.ask("POST", f"/v1/projects/{project}/shares", body).body["url"])


def over_plain_http(page: Page) -> Page:
    page.context.add_init_script(PLAIN_HTTP)
    page.reload()
    page.get_by_role("heading", name="Projects", exact=True).wait_for()
    assert page.evaluate("[typeof crypto.randomUUID, typeof navigator.clipboard]") == ["undefined", "undefined"]
    return page


@pytest.mark.parametrize(("width", "light"), LOOKS, ids=str)
def test_who_is_signed_in_chooses_whom_a_share_link_opens_for(
    owner: Callable[..., Page], server: RunningService, project: str, width: int, light: str
) -> None:
    link, me = share_of(server, project), server.ask("GET", "/v1/session").body["name"]
    page = owner(link, width=width, light=light)
    expect(page.get_by_role("heading", name=f"You are signed in as {me}")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("opens The Harbour for Cleo")
    assert findings(page, "share-signed-in") == []
    page.get_by_role("button", name=f"Open it as {me}").click()
    expect(page.get_by_role("heading", name="The Harbour")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert "/share/" not in page.url

    page.goto(link)  # the same link once more
    page.get_by_role("button", name="Open it as Cleo").click()
    expect(page.get_by_role("heading", name="The Harbour")).to_be_visible()
    expect(page.get_by_role("banner")).to_contain_text("Cleo")
    assert findings(page, "guest") == []
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("main")).to_contain_text("You have left. The link you were given opens it again")
    assert findings(page, "left") == []
    page.goto(link)
    expect(page.get_by_role("button", name="Leave")).to_be_visible()


def test_who_signs_in_again_is_where_they_were(
    owner: Callable[..., Page], server: RunningService, project: str
) -> None:
    page = owner(f"{server.address}/#/projects/{project}")
    expect(page.get_by_role("heading", name="The Harbour")).to_be_visible()
    page.context.clear_cookies()
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_role("main")).to_contain_text("Your session is over.")
    assert findings(page, "session-over") == []
    page.get_by_label("Link or key").fill(server.link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="The Harbour")).to_be_visible()


def test_what_was_done_and_typed_in_a_room_outlives_the_session(owner: Callable[..., Page], spotted: Reel) -> None:
    page = owner(spotted.room)
    edge = page.get_by_role("slider", name="1m1 goes out")
    before, revision = int(edge.get_attribute("aria-valuenow") or 0), spotted.ask()["revision"]
    page.get_by_role("tab", name=re.compile("^Comments")).click()
    words = page.get_by_placeholder("Say what you hear and see here")
    words.fill("The bells are too")
    page.context.clear_cookies()
    edge.focus()
    page.keyboard.press("ArrowLeft")
    dialog = page.get_by_role("dialog", name="Sign in")
    expect(dialog).to_contain_text("What you did and typed here waits")
    assert findings(page, "session-over-in-a-room") == []
    for key in ("Escape", "Escape"):
        page.keyboard.press(key)
    expect(dialog).to_be_visible()
    dialog.get_by_label("Link or key").fill(spotted.server.link)
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name=re.compile(f"^notes r{revision + 1} . saved$"))).to_be_visible()
    expect(edge).to_be_focused()
    page.get_by_role("tab", name=re.compile("^Comments")).click()
    expect(words).to_have_value("The bells are too")
    assert spotted.notes["cues"][0]["span"]["out"] == before - 1
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url))
    page.goto(f"{spotted.server.address}/#/projects")
    page.goto(spotted.room)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    assert sum("/lanes" in url for url in read) == 1, "a room that is opened later is not read as one come back to"


@pytest.mark.parametrize(("width", "light"), LOOKS, ids=str)
def test_over_plain_http_a_link_is_made_and_selected_to_be_copied(
    owner: Callable[..., Page], server: RunningService, project: str, width: int, light: str
) -> None:
    page = over_plain_http(owner(width=width, light=light))
    page.goto(f"{server.address}/#/projects/{project}")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Make a link").click()
    field = page.get_by_label("Share link")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("It is selected: copy it with Ctrl C.")).to_be_visible()
    expect(field).to_be_focused()
    assert page.evaluate("getSelection().toString()") == field.input_value()
    assert findings(page, "copy-selected") == []


def test_over_plain_http_notes_can_be_edited(owner: Callable[..., Page], spotted: Reel) -> None:
    page = over_plain_http(owner())
    page.goto(spotted.room)
    edge, revision = page.get_by_role("slider", name="1m1 goes out"), spotted.ask()["revision"]
    before = int(edge.get_attribute("aria-valuenow") or 0)
    edge.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name=re.compile(f"^notes r{revision + 1} . saved$"))).to_be_visible()
    assert spotted.notes["cues"][0]["span"]["out"] == before - 1


class Held:
    """Requests that go on when the test lets them: the bytes of films, if nothing else is asked for."""

    def __init__(self, page: Page, where: str = "**/v1/uploads/*", method: str = "PATCH") -> None:
        self.page, self.method, self.routes = page, method, list["Route"]()
        page.route(where, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == self.method:
            self.routes.append(route)
        else:
            route.continue_()

    def until(self, number: int) -> None:
        ends = time.monotonic() + REFUSED_WITHIN_S
        while len(self.routes) < number:
            assert time.monotonic() < ends
            self.page.wait_for_timeout(50)


def is_whole(response: Response) -> bool:
    asked = response.request.method == "GET" and "/v1/uploads/" in response.url
    return asked and response.json()["state"] == "complete"


def choose(page: Page, name: str, film: bytes = LETTER) -> None:
    page.get_by_label("Choose a film").set_input_files({"name": name, "mimeType": "video/mp4", "buffer": film})


def send(page: Page) -> None:
    page.get_by_role("button", name="Upload and spot").click()


def card_of(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=f"Upload of {name}")


@pytest.mark.parametrize(("width", "light"), LOOKS, ids=str)
def test_one_film_after_another(
    owner: Callable[..., Page], server: RunningService, project: str, tmp_path: Path, width: int, light: str
) -> None:
    subtitles = tmp_path / "lines.srt"
    subtitles.write_text("1\n00:00:01,000 --> 00:00:02,000\nWait.\n", encoding="utf-8")
    page = owner(f"{server.address}/#/projects/{project}/upload", width=width, light=light)
    held = Held(page)
    choose(page, "first.mp4")
    page.get_by_label("Name of this cut").fill("director's cut")
    page.get_by_label("Start timecode").fill("10:00:00:00")
    page.get_by_label("Subtitles").set_input_files(subtitles)
    send(page)
    held.until(1)

    choose(page, "second.mp4", LETTER + b"Yours.")
    for label in ("Name of this cut", "Start timecode", "Subtitles"):
        expect(page.get_by_label(label)).to_have_value("")
    assert page.evaluate(DROP, "h1") is False, "a film let go beside its target takes the place of the page"
    held.routes[0].continue_()
    there = card_of(page, "first.mp4")
    expect(there.get_by_role("link", name="Open")).to_be_visible()
    expect(page.get_by_role("button", name="Upload and spot")).to_be_visible()
    assert findings(page, "upload-there") == []

    send(page)
    held.until(2)
    page.goto(f"{server.address}/#/projects")
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    assert page.evaluate(MAY_LEAVE) is False, "nobody is asked before an upload is left on another screen"
    with page.expect_response(is_whole):
        held.routes[1].continue_()
    assert page.evaluate(MAY_LEAVE) is True
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    page.goto(f"{server.address}/#/projects/{project}/upload")
    expect(card_of(page, "second.mp4").get_by_role("link", name="Open")).to_be_visible()
    expect(there).to_be_hidden()
    reels = server.ask("GET", f"/v1/projects/{project}/reels").body["items"]
    assert {reel["name"]: reel["cut"] for reel in reels} == {"first.mp4": "director's cut", "second.mp4": "v1"}


def test_the_same_file_goes_on_with_what_is_chosen_now(
    owner: Callable[..., Page], server: RunningService, project: str, tmp_path: Path
) -> None:
    film = tmp_path / "reel.mp4"
    film.write_bytes(LETTER)
    page = owner(f"{server.address}/#/projects/{project}/upload")
    chooser = page.get_by_label("Choose a film")
    held = Held(page)
    chooser.set_input_files(film)
    page.get_by_label("Name of this cut").fill("then")
    send(page)
    held.until(1)
    page.reload()
    chooser.set_input_files(film)
    page.get_by_label("Name of this cut").fill("now")
    send(page)
    held.until(2)
    expect(card_of(page, "reel.mp4")).to_contain_text("with what you chose now in place of what was chosen then")
    held.routes[1].continue_()
    expect(page.get_by_role("heading", name=re.compile("is being spotted|could not be spotted"))).to_be_visible()
    reels = server.ask("GET", f"/v1/projects/{project}/reels").body["items"]
    assert [reel["cut"] for reel in reels] == ["now"]


def refused_reel(server: RunningService) -> str:
    """Upload a letter; return its reel once the service has found out that it is no film."""
    tus = TusClient(server)
    state: dict[str, Any] = tus.ask_state(tus.send_all(LETTER, "letter.mp4"))
    ends = time.monotonic() + REFUSED_WITHIN_S
    while server.ask("GET", f"/v1/reels/{state['reel']}").body["state"] != "failed":
        assert time.monotonic() < ends
        time.sleep(0.2)
    return str(state["reel"])


@pytest.mark.parametrize(("width", "light"), LOOKS, ids=str)
def test_who_only_looks_is_offered_nothing_that_would_be_refused(
    visitor: Callable[..., Page], server: RunningService, width: int, light: str
) -> None:
    reel = refused_reel(server)
    page = visitor(share_of(server, server.project, "viewer"), width=width, light=light)
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    page.goto(f"{server.address}/#/reels/{reel}")
    expect(page.get_by_role("alert")).to_contain_text("Whoever edits in this project can upload another file.")
    for name in ("Try again", "Upload another file", "Cancel"):
        expect(page.get_by_text(name, exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Back to the project")).to_be_visible()
    assert findings(page, "refused-viewer") == []


@pytest.mark.parametrize("place", ["", "/upload"])
def test_a_page_that_is_left_asks_for_nothing_more(
    owner: Callable[..., Page], server: RunningService, project: str, place: str
) -> None:
    page = owner()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    held = Held(page, f"**/v1/projects/{project}", "GET")
    page.goto(f"{server.address}/#/projects/{project}{place}")
    held.until(1)
    page.goto(f"{server.address}/#/projects")
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()
    with page.expect_response(f"**/v1/projects/{project}"):
        held.routes[0].continue_()
    page.wait_for_timeout(200)
    assert [url for url in asked if "undefined" in url] == []
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize(("width", "light"), LOOKS, ids=str)
def test_a_guest_may_leave_wherever_the_link_led(
    visitor: Callable[..., Page], spotted: Reel, width: int, light: str
) -> None:
    body = {"name": "Cleo Papadopoulou-Featherstonehaugh", "role": "director", "reel": spotted.id}
    share = spotted.server.ask("POST", f"/v1/projects/{spotted.server.project}/shares", body).body["url"]
    page = visitor(share, width=width, light=light)
    for address, name in (("", "guest-watch"), (spotted.room, "guest-room")):
        if address:
            page.goto(address)
        expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
        expect(page.get_by_role("banner").get_by_role("button", name="Leave")).to_be_visible()
        assert findings(page, name) == []
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
