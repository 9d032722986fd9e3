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
    assert cue_of(spotted)["span"]["out"] == out - 1
