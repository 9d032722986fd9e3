"""Every screen, in both lights and two widths: nothing keeps people out or is cut off, and keys reach everything."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.look import findings

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from data_tools.service_bench.service import RunningService
    from tests.e2e.conftest import Reel

# What has the focus, by its name, and whether one sees that it has.
FOCUSED = """
() => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const shown = here.matches('input[type=radio]') ? (here.nextElementSibling ?? here) : here;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const label = here.labels?.[0]?.textContent ?? '';
  return {
    name: (here.getAttribute('aria-label') || label || here.textContent || here.getAttribute('title') || '').trim(),
    seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
  };
}
"""
REACHED = (
    "Cuelight", "Share of the reel with music", "Share", "Deliver", "Colours: Dark", "Play", "A", "cut’s own", "Loop",
    "Streamers", "Score", "Film sound", "Duck", "Cue", "Add a tone word", "Approve", "Ask for changes", "Re-do cue…",
    "1m1 comes in", "1m1 goes out", "Playhead", "Further away", "whole", "Closer",
    "What the lanes show of the reel",
)  # fmt: skip


@pytest.fixture(scope="module")
def furnished(spotted: Reel) -> Reel:
    """The reel with everything one can look at: a take, a comment, a verdict, an archive."""
    ask, cue = spotted.server.ask, spotted.notes["cues"][0]["id"]
    ask("POST", f"/v1/reels/{spotted.id}/comments", {"frame": 40, "cue": cue, "text": "Is the title too early?"})
    ask("PUT", f"/v1/reels/{spotted.id}/cues/{cue}/approval", {"verdict": "changes", "text": "Softer, please."})
    spotted.revise({"op": "move-edge", "cue": cue, "edge": "out", "frame": 200}, summary="1m1 ends earlier")
    for kind, params in (("score", {"cues": [cue], "engine": "rules"}), ("deliver", {"what": ["notes"]})):
        made = ask("POST", "/v1/jobs", {"kind": kind, "reel": spotted.id, "params": params}).body
        until_done(spotted.server, made["id"])
    return spotted


def until_done(server: RunningService, job: str) -> None:
    ends = time.monotonic() + 120
    while (found := server.ask("GET", f"/v1/jobs/{job}").body)["state"] != "done":
        assert found["state"] in {"queued", "running"}, found
        assert time.monotonic() < ends
        time.sleep(0.2)


def outside(page: Page, server: RunningService) -> Iterator[str]:
    """The screens before a room is opened; the page stands at each while its name is yielded."""
    home = f"{server.address}/#/projects"
    page.get_by_role("link", name="Benchmark").wait_for()
    yield "projects"
    page.get_by_role("button", name="Keys for programs").click()
    page.get_by_role("dialog").get_by_role("listitem").first.wait_for()
    yield "keys"
    page.keyboard.press("Escape")
    page.goto(f"{home}/{server.project}")
    page.get_by_role("link", name="Open", exact=True).wait_for()
    yield "project"
    page.get_by_role("button", name=re.compile("^Delete tiny.mp4")).click()
    page.get_by_role("dialog").wait_for()
    yield "delete"
    page.keyboard.press("Escape")
    page.goto(f"{home}/{server.project}/upload")
    page.get_by_label("Choose a film").set_input_files({"name": "cut.mp4", "mimeType": "video/mp4", "buffer": b"0"})
    page.get_by_role("button", name="Upload and spot").wait_for()
    yield "upload"
    page.goto(f"{server.address}/#/nowhere/at/all")
    page.get_by_role("link", name="Your projects").wait_for()
    yield "nowhere"


def inside(page: Page, reel: Reel) -> Iterator[str]:
    """The room with each of its tabs and dialogs, and the director's view."""
    page.goto(reel.room)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    expect(page.get_by_role("article", name="Cue 1m1")).to_contain_text("Softer, please.")
    yield "room-cue"
    for tab, sign in TABS:
        page.get_by_role("tab", name=re.compile(f"^{tab}")).click()
        expect(page.get_by_role("tabpanel")).to_contain_text(sign)
        yield f"room-{tab.lower()}"
    page.get_by_role("tab", name="Cue").click()
    page.get_by_role("button", name=re.compile("^Silence, ")).click()
    page.get_by_role("article", name="Silence").wait_for()
    yield "room-silence"
    page.get_by_role("slider", name=re.compile("^Hit: ")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("article", name="Hit").wait_for()
    yield "room-hit"
    page.keyboard.press("?")
    yield from dialog(page, "keys-of-the-room")
    page.get_by_role("banner").get_by_role("button", name="Share").click()
    yield from dialog(page, "share")
    page.get_by_role("button", name=re.compile("^1m1 .*, 01:00:00:00 to ")).click()
    page.get_by_role("button", name="Re-do cue…").click()
    yield from dialog(page, "redo")
    page.goto(f"{reel.room}/watch")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    page.get_by_role("region", name="The cue").get_by_text("You hear the newest take.").wait_for()
    yield "director"


TABS = (
    ("Score", "Stems"),
    ("Themes", "theme"),
    ("Comments", "Is the title too early?"),
    ("History", "1m1 ends earlier"),
    ("Deliver", "Download"),
)


def dialog(page: Page, name: str) -> Iterator[str]:
    shown = page.get_by_role("dialog")
    shown.wait_for()
    yield name
    page.keyboard.press("Escape")
    shown.wait_for(state="hidden")


@pytest.fixture(
    params=[(1440, "dark"), (1440, "light"), (900, "dark"), (900, "light")], ids=lambda how: f"{how[0]}-{how[1]}"
)
def how(request: pytest.FixtureRequest) -> dict[str, Any]:
    width, light = request.param
    return {"width": width, "light": light}


def test_no_screen_keeps_anybody_out(owner: Callable[..., Page], furnished: Reel, how: dict[str, Any]) -> None:
    page = owner(**how)
    found = {name: findings(page, name) for name in outside(page, furnished.server)}
    found |= {name: findings(page, name) for name in inside(page, furnished)}
    assert {name: bad for name, bad in found.items() if bad} == {}, json.dumps(found, indent=1)


def test_the_doors_keep_nobody_out(visitor: Callable[..., Page], server: RunningService, how: dict[str, Any]) -> None:
    lost = "This link does not open anything any more"
    for name, address, heading in (("sign-in", "/", "Sign in"), ("dead-link", "/?share=cs_nobody", lost)):
        page = visitor(server.address + address, **how)
        page.get_by_role("heading", name=heading).wait_for()
        assert findings(page, name) == []


def test_the_checker_sees_what_is_wrong(visitor: Callable[..., Page], server: RunningService) -> None:
    page = visitor(f"{server.address}/")
    page.get_by_role("heading", name="Sign in").wait_for()
    wrong = '<button></button><p style="color: #222">dark on dark</p><div style="width: 2000px">wide</div>'
    page.evaluate("(wrong) => document.querySelector('main').insertAdjacentHTML('beforeend', wrong)", wrong)
    found = findings(page)
    assert {"button-name", "color-contrast"} <= {one[0] for one in found}
    assert "px too wide" in found[-1]


def test_the_keyboard_reaches_everything_and_one_sees_where_it_is(owner: Callable[..., Page], furnished: Reel) -> None:
    page = owner(furnished.room)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    expect(page.get_by_role("article", name="Cue 1m1")).to_be_visible()
    reached: list[str] = []
    for _ in range(160):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here is None:
            break
        assert here["seen"], f"the focus on {here['name']!r} cannot be seen"
        reached.append(here["name"])
    assert [name for name in REACHED if not any(one.startswith(name) for one in reached)] == [], reached
    assert len(reached) < 160, "the focus never leaves the room"


def test_a_dialog_holds_the_focus_and_gives_it_back(owner: Callable[..., Page], furnished: Reel) -> None:
    page = owner(furnished.room)
    share = page.get_by_role("banner").get_by_role("button", name="Share")
    share.focus()
    page.keyboard.press("Enter")
    shown = page.get_by_role("dialog")
    shown.wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(share).to_be_focused()
