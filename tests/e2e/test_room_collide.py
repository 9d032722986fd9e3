"""Two editors at the same notes: what touches different things goes together, what collides is shown to a person."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

    from tests.e2e.conftest import Reel

MINE = "Begin with one clarinet, and leave the title alone."


class Rival:
    """Somebody whose edit reaches the service just before the page's own does."""

    def __init__(self, page: Page, reel: Reel) -> None:
        self.page, self.reel = page, reel

    def faster_with(self, *edits: dict[str, object]) -> None:
        """Let these edits through first, once."""

        def overtake(route: Route) -> None:
            self.reel.revise(*edits)
            route.continue_()

        self.page.route("**/notes/edits", overtake, times=1)


@pytest.fixture
def room(owner: Callable[..., Page], spotted: Reel) -> Page:
    page = owner(spotted.room)
    expect(page.get_by_role("article", name="Cue 1m1")).to_be_visible()
    return page


@pytest.fixture
def rival(room: Page, spotted: Reel) -> Rival:
    return Rival(room, spotted)


def rewrite(page: Page, words: str) -> None:
    """Write the instruction of the cue anew."""
    page.get_by_role("button", name=re.compile("edit instruction of 1m1$")).click()
    page.get_by_role("textbox", name="instruction of 1m1").fill(words)
    page.keyboard.press("Enter")


def merge_of(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Somebody else changed this first")


def saved(page: Page) -> None:
    """Wait until the service has what was done: the page shows it before."""
    expect(page.get_by_role("button", name=re.compile("^notes r.* saved$"))).to_be_visible()


def cue_of(reel: Reel) -> dict[str, Any]:
    return dict(reel.notes["cues"][0])


def test_what_touches_different_things_goes_together(room: Page, rival: Rival, spotted: Reel) -> None:
    cue = cue_of(spotted)
    rival.faster_with({"op": "set-cue", "cue": cue["id"], "fields": {"title": "The valley"}})
    rewrite(room, MINE)
    expect(room.get_by_text("your change went on top of theirs")).to_be_visible()
    article = room.get_by_role("article", name="Cue 1m1")
    expect(article).to_contain_text("The valley")
    expect(article).to_contain_text(MINE)
    now = cue_of(spotted)
    assert (now["title"], now["instruction"]) == ("The valley", MINE)


def test_both_sides_are_shown_in_words_and_mine_goes_on_top(room: Page, rival: Rival, spotted: Reel) -> None:
    cue = cue_of(spotted)
    theirs = "Strings from the very first frame."
    rival.faster_with({"op": "set-cue", "cue": cue["id"], "fields": {"instruction": theirs, "title": "Their valley"}})
    rewrite(room, f"{MINE} Twice.")
    merge = merge_of(room)
    expect(merge).to_contain_text("Where both cannot be had")
    row = merge.get_by_role("row").filter(has_text="1m1")
    expect(row.get_by_role("cell").nth(1)).to_have_text(theirs)
    expect(row.get_by_role("cell").nth(2)).to_have_text(f"{MINE} Twice.")
    expect(merge.get_by_role("region", name="Theirs")).to_contain_text("Their valley")
    expect(merge).to_contain_text("Your words, to take along whatever you choose")
    merge.get_by_role("button", name="Put mine on top").click()
    expect(merge).to_be_hidden()
    article = room.get_by_role("article", name="Cue 1m1")
    expect(article).to_contain_text(f"{MINE} Twice.")
    expect(article).to_contain_text("Their valley")
    now = cue_of(spotted)
    assert (now["title"], now["instruction"]) == ("Their valley", f"{MINE} Twice.")


def test_theirs_can_be_taken_and_what_i_typed_is_still_there_to_copy(room: Page, rival: Rival, spotted: Reel) -> None:
    cue = cue_of(spotted)
    theirs = "Hold one chord."
    rival.faster_with({"op": "set-cue", "cue": cue["id"], "fields": {"instruction": theirs}})
    rewrite(room, f"{MINE} Softly.")
    merge = merge_of(room)
    expect(merge.get_by_role("blockquote")).to_have_text(f"{MINE} Softly.")
    room.keyboard.press("Escape")
    expect(merge).to_contain_text("Closing takes theirs, and your change is not kept.")
    merge.get_by_role("button", name="Stay here").click()
    merge.get_by_role("button", name="Take theirs").click()
    expect(merge).to_be_hidden()
    expect(room.get_by_role("article", name="Cue 1m1")).to_contain_text(theirs)
    assert cue_of(spotted)["instruction"] == theirs


def test_what_somebody_is_typing_survives_what_others_do(room: Page, spotted: Reel) -> None:
    cue = cue_of(spotted)
    room.get_by_role("button", name=re.compile("edit instruction of 1m1$")).click()
    field = room.get_by_role("textbox", name="instruction of 1m1")
    field.fill("Half a sentence")
    spotted.revise({"op": "set-cue", "cue": cue["id"], "fields": {"title": "Meanwhile"}}, summary="a new title")
    expect(room.get_by_text(re.compile("changed the notes: a new title"))).to_be_visible()
    expect(field).to_have_value("Half a sentence")
    expect(field).to_be_focused()


def test_what_others_wrote_while_i_was_writing_is_not_written_over(room: Page, spotted: Reel) -> None:
    cue = cue_of(spotted)
    theirs = "Only the low strings."
    room.get_by_role("button", name=re.compile("edit instruction of 1m1$")).click()
    field = room.get_by_role("textbox", name="instruction of 1m1")
    field.fill("A full sentence.")
    spotted.revise({"op": "set-cue", "cue": cue["id"], "fields": {"instruction": theirs}}, summary="a line of theirs")
    expect(room.get_by_text(re.compile("changed the notes: a line of theirs"))).to_be_visible()
    field.press("Enter")
    merge = merge_of(room)
    row = merge.get_by_role("row").filter(has_text="1m1")
    expect(row.get_by_role("cell").nth(1)).to_have_text(theirs)
    expect(row.get_by_role("cell").nth(2)).to_have_text("A full sentence.")
    merge.get_by_role("button", name="Put mine on top").click()
    saved(room)
    assert cue_of(spotted)["instruction"] == "A full sentence."


def test_the_same_edge_moved_by_two_people(room: Page, rival: Rival, spotted: Reel) -> None:
    cue = cue_of(spotted)
    out = cue["span"]["out"]
    rival.faster_with({"op": "move-edge", "cue": cue["id"], "edge": "out", "frame": out - 12})
    room.get_by_role("slider", name="1m1 goes out").focus()
    room.keyboard.press("ArrowLeft")
    merge = merge_of(room)
    row = merge.get_by_role("row").filter(has_text="1m1")
    expect(row.get_by_role("cell").nth(1)).to_contain_text(re.compile(r"\d\d:\d\d:\d\d:\d\d"))
    merge.get_by_role("button", name="Put mine on top").click()
    expect(room.get_by_role("slider", name="1m1 goes out")).to_have_attribute("aria-valuenow", str(out - 1))
    saved(room)
    assert cue_of(spotted)["span"]["out"] == out - 1


def test_what_is_typed_stays_with_its_cue_when_another_is_taken_by_its_edge(room: Page, spotted: Reel) -> None:
    spotted.revise({"op": "split-cue", "cue": cue_of(spotted)["id"], "frame": 120}, summary="two of it")
    expect(room.get_by_text(re.compile("changed the notes: two of it"))).to_be_visible()
    first, second = spotted.notes["cues"][:2]
    words = "Stay with the first."
    room.get_by_role("button", name=re.compile("edit instruction of 1m1$")).click()
    room.get_by_role("textbox", name="instruction of 1m1").fill(words)
    edge = room.get_by_role("slider", name=f"{second['number']} goes out").bounding_box()
    assert edge
    room.mouse.move(edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2)
    room.mouse.down()
    room.mouse.up()
    expect(room.get_by_role("article", name=f"Cue {second['number']}")).to_be_visible()
    saved(room)
    now = spotted.notes["cues"]
    assert (now[0]["instruction"], now[1]["instruction"]) == (words, second["instruction"])
    assert now[0]["id"] == first["id"]


def test_the_dial_looks_again_when_the_notes_change_under_it(room: Page, spotted: Reel) -> None:
    dial = room.get_by_role("slider", name="Share of the reel with music")
    dial.focus()
    room.keyboard.press("Home")
    offer = room.get_by_text(re.compile(r"^\d+ cues? instead of"))
    expect(offer).to_be_visible()
    spotted.revise(
        {"op": "set-cue", "cue": cue_of(spotted)["id"], "fields": {"title": "Under the dial"}}, summary="more"
    )
    expect(room.get_by_text(re.compile("changed the notes: more"))).to_be_visible()
    expect(offer).to_be_visible()
    expect(room.get_by_role("button", name="Use")).to_be_enabled()


def test_keys_stop_at_a_dialog_and_at_the_edge_of_the_time_axis(room: Page, spotted: Reel) -> None:
    revision = spotted.ask()["revision"]
    room.get_by_role("button", name="Re-do cue…").focus()
    room.keyboard.press("Delete")
    room.keyboard.press("Enter")
    dialog = room.get_by_role("dialog")
    expect(dialog).to_be_visible()
    room.evaluate("document.activeElement.blur()")
    room.keyboard.press("Delete")
    room.keyboard.press("m")
    room.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert spotted.ask()["revision"] == revision
    room.keyboard.press("m")
    expect(room.get_by_role("button", name=re.compile(f"^notes r{revision + 1} . saved$"))).to_be_visible()


def test_a_cue_tells_its_own_history(room: Page, spotted: Reel) -> None:
    cue = cue_of(spotted)
    spotted.revise({"op": "set-cue", "cue": cue["id"], "fields": {"title": "Told"}}, summary="a title to tell")
    article = room.get_by_role("article", name="Cue 1m1")
    article.get_by_text("History of 1m1").click()
    line = article.get_by_role("listitem").filter(has_text="a title to tell")
    expect(line).to_contain_text(f"r{spotted.ask()['revision']}")
    rewrite(room, "And this as well.")
    expect(article.get_by_role("listitem").filter(has_text="Rewrote the instruction of 1m1").first).to_be_visible()
    line.scroll_into_view_if_needed()


def test_a_lost_connection_is_told_at_every_width(owner: Callable[..., Page], spotted: Reel) -> None:
    page = owner(spotted.room, width=900)
    expect(page.get_by_role("article", name="Cue 1m1")).to_be_visible()
    spotted.server.kill()
    try:
        told = page.get_by_role("status").filter(has_text="connection lost")
        expect(told.get_by_text("connection lost")).to_be_visible()
    finally:
        spotted.server.start()
    expect(told).to_be_hidden()
