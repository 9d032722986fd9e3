"""What a director does while the picture runs: a wish in words, a comment that is kept, a timecode that is typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.look import findings

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.conftest import Reel

SPLIT = 48
LATER = 60
LOOKS = [(1440, "dark"), (1440, "light"), (900, "dark"), (900, "light")]
CUE = "The cue"


@pytest.fixture(scope="module")
def divided(spotted: Reel) -> Reel:
    """The reel with two cues that follow each other; an editor approved both."""
    first = spotted.notes["cues"][0]
    spotted.revise({"op": "split-cue", "cue": first["id"], "frame": SPLIT}, summary="1m1 split")
    for cue in spotted.notes["cues"]:
        path = f"/v1/reels/{spotted.id}/cues/{cue['id']}/approval"
        assert spotted.server.ask("PUT", path, {"verdict": "approved", "text": ""}).status < 300
    return spotted


@pytest.fixture
def link(divided: Reel) -> str:
    """A director's link to the project."""
    server = divided.server
    body = {"name": "Ada", "role": "director", "reel": divided.id}
    return str(server.ask("POST", f"/v1/projects/{server.project}/shares", body).body["url"])


def numbers(reel: Reel) -> list[str]:
    return [str(cue["number"]) for cue in reel.notes["cues"]]


def playhead(page: Page) -> int:
    """The frame under the director's picture, read from its clock."""
    label = page.locator("[data-timecode]").inner_text()
    hours, minutes, seconds, frames = map(int, re.split("[:;]", label))
    return ((hours * 60 + minutes) * 60 + seconds) * 24 + frames


def test_a_wish_is_for_the_cue_it_was_begun_at(visitor: Callable[..., Page], divided: Reel, link: str) -> None:
    page = visitor(link)
    first, second = numbers(divided)[:2]
    cue = page.get_by_role("region", name=CUE)
    # what an editor said does not count as this director's word
    expect(page.get_by_role("banner")).to_contain_text(f"{len(numbers(divided))} of {len(numbers(divided))} to judge")
    expect(cue.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    field = page.get_by_label(f"What should be different in {first}?")
    field.fill("Wait with the tune")
    # the picture may run on into the next cue: the form stays with its own
    page.get_by_role("button", name="Play").click()
    expect(page.locator("[data-timecode]")).to_contain_text(re.compile(r":03:\d\d$"))
    page.get_by_role("button", name="Pause").click()
    assert playhead(page) % (3600 * 24) >= SPLIT
    expect(field).to_have_value("Wait with the tune")
    field.press("Control+Enter")
    expect(cue).to_contain_text(second)
    said = {
        (one["cue"], one["verdict"], one["text"])
        for one in divided.ask("/approvals")["items"]
        if one["role"] == "director"
    }
    assert said == {(divided.notes["cues"][0]["id"], "changes", "Wait with the tune")}
    # another cue is chosen in the middle of a wish: it is put away, not sent, and still there on the way back
    page.keyboard.press("r")
    page.get_by_label(f"What should be different in {second}?").fill("Lower")
    page.get_by_role("button", name=re.compile(f"^Cue {first},")).click()
    expect(cue.get_by_role("button", name="Ask for changes")).to_be_visible()
    page.get_by_role("button", name=re.compile(f"^Cue {second},")).click()
    page.keyboard.press("r")
    expect(page.get_by_label(f"What should be different in {second}?")).to_have_value("Lower")
    assert findings(page, "director-asking") == []


def test_what_is_told_does_not_lie_on_what_is_written(visitor: Callable[..., Page], divided: Reel, link: str) -> None:
    page = visitor(link)
    expect(page.get_by_role("button", name="Play")).to_be_enabled()
    page.keyboard.press("a")
    told = page.get_by_text(f"You approved {numbers(divided)[0]}.")
    told.wait_for()
    message, cue = told.bounding_box(), page.get_by_role("region", name=CUE).bounding_box()
    assert message is not None
    assert cue is not None
    assert message["y"] + message["height"] < cue["y"]


def test_a_director_has_no_streamers_and_leaves_them_on_for_others(owner: Callable[..., Page], divided: Reel) -> None:
    page = owner(divided.room)
    streamers = page.get_by_role("button", name="Streamers")
    expect(streamers).to_have_attribute("aria-pressed", "true")
    page.goto(f"{divided.room}/watch")
    page.get_by_role("region", name=CUE).wait_for()
    page.goto(divided.room)
    expect(streamers).to_have_attribute("aria-pressed", "true")


def test_words_that_were_begun_outlive_their_panel(owner: Callable[..., Page], divided: Reel) -> None:
    page = owner(divided.room)
    divided.server.ask("POST", f"/v1/reels/{divided.id}/comments", {"frame": 30, "cue": None, "text": "Too early?"})
    page.get_by_role("slider", name="Playhead").wait_for()
    page.keyboard.press("c")
    page.get_by_label("Comment at").fill("The title is late")
    row = page.get_by_role("article", name="Comments")
    row.get_by_role("button", name="Reply").click()
    page.get_by_label(re.compile("^Reply to")).fill("By two frames")
    page.get_by_role("tab", name="Cue").click()
    page.get_by_role("tab", name=re.compile("Comments")).click()
    expect(page.get_by_label("Comment at")).to_have_value("The title is late")
    expect(page.get_by_label(re.compile("^Reply to"))).to_have_value("By two frames")
    row.get_by_role("button", name="Reply", exact=True).click()
    expect(row.get_by_text("By two frames")).to_be_visible()
    expect(page.get_by_label(re.compile("^Reply to"))).to_be_hidden()
    page.get_by_label("Comment at").press("Control+Enter")
    expect(row.locator(".text", has_text="The title is late")).to_be_visible()
    expect(page.get_by_label("Comment at")).to_have_value("")


def test_a_typed_timecode(owner: Callable[..., Page], divided: Reel) -> None:
    page = owner(divided.room)
    clock, slider = page.locator("[data-timecode]"), page.get_by_role("slider", name="Playhead")
    slider.wait_for()
    start = clock.inner_text()
    field = page.get_by_label("Go to timecode")
    page.keyboard.press("t")
    expect(field).to_be_focused()
    field.press_sequentially("212")
    expect(page.get_by_text(f"Enter goes to {start[:6]}02:12.")).to_be_visible()
    assert findings(page, "timecode-typed") == []
    field.press("Enter")
    expect(slider).to_have_attribute("aria-valuenow", str(LATER))
    expect(clock).to_have_text(f"{start[:6]}02:12")
    page.keyboard.press(".")  # the keys are the room's again
    expect(slider).to_have_attribute("aria-valuenow", str(LATER + 1))
    clock.click()
    field.fill("12:40")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There are no 40 frames")
    assert findings(page, "timecode-wrong") == []
    field.fill("23:00:00:00")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is not in this reel: it runs from")
    field.press("Escape")
    expect(field).to_be_hidden()
    expect(slider).to_have_attribute("aria-valuenow", str(LATER + 1))
    clock.focus()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    field.fill(start)
    field.press("Enter")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    expect(clock).to_be_focused()


@pytest.mark.parametrize(("width", "light"), LOOKS)
def test_what_is_at_the_playhead_can_be_read(owner: Callable[..., Page], divided: Reel, width: int, light: str) -> None:
    page = owner(divided.room, width=width, light=light)
    page.get_by_role("slider", name="Playhead").wait_for()
    page.keyboard.press("h")
    here = page.get_by_role("region", name="At the playhead")
    expect(here).to_contain_text(re.compile(r"Shot\s*1 of \d+"))
    expect(here).to_contain_text("arousal")
    spoken = page.locator("section[aria-label=Timeline] [role=status]")
    expect(spoken).to_contain_text(re.compile(r"^\d\d:00:00:00\. Shot: 1 of \d+"))
    ends = here.get_by_role("button").nth(1)
    label = ends.inner_text()
    ends.click()
    expect(page.locator("[data-timecode]")).to_have_text(label.strip())
    assert findings(page, "at-the-playhead") == []
    page.get_by_role("button", name="at the playhead").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#here")).to_be_focused()
