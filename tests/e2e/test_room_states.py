"""What is not the straight way: stopped jobs, reloaded pages, files that are no films, services that are gone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.look import findings

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from data_tools.service_bench.service import RunningService
    from tests.e2e.conftest import Reel

SPOTTED_MS = 180_000
STACK = re.compile(r"Traceback|Error:|/home/|/tmp/|0x[0-9a-f]{4}", re.ASCII)


def upload(page: Page, server: RunningService, film: Path) -> None:
    page.goto(f"{server.address}/#/projects/{server.project}/upload")
    page.get_by_label("Choose a film").set_input_files(film)
    page.get_by_role("button", name="Upload and spot").click()


def stage_under_way(page: Page) -> Locator:
    return page.get_by_role("listitem").and_(page.locator("[aria-current=step]"))


def test_a_reload_in_the_middle_and_a_job_that_is_stopped(
    owner: Callable[..., Page], server: RunningService, tiny_film: Path
) -> None:
    page = owner()
    upload(page, server, tiny_film)
    expect(stage_under_way(page)).to_contain_text("Watch and listen", timeout=SPOTTED_MS)
    place = page.url
    page.reload()
    expect(page.get_by_role("heading", name=f"{tiny_film.name} is being spotted")).to_be_visible()
    expect(stage_under_way(page)).to_be_visible()
    assert page.url == place
    expect(page.get_by_role("progressbar", name="Spotting")).to_be_visible()
    assert findings(page, "spotting") == []
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Spotting was cancelled")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Spotting was cancelled")).to_be_visible()
    assert findings(page, "cancelled") == []
    page.get_by_role("link", name="Back to the project").click()
    row = page.get_by_role("region", name=tiny_film.name)
    expect(row).to_contain_text("Spotting was stopped.")
    row.get_by_role("button", name="Go on").click()
    expect(row.get_by_role("progressbar")).to_be_visible()
    row.get_by_role("link", name="See progress").click()
    expect(page.get_by_role("region", name="Timeline")).to_be_visible(timeout=SPOTTED_MS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("My cut.mp4", b"This is a letter to the editor, and no film at all.\n" * 400),
        ("Reel 1.mov", b"ffconcat version 1.0\nfile '/etc/passwd'\nduration 10\n"),
    ],
    ids=["a letter", "a playlist"],
)
def test_what_is_no_film_is_refused_in_words(
    owner: Callable[..., Page], server: RunningService, tmp_path: Path, name: str, content: bytes
) -> None:
    film = tmp_path / name
    film.write_bytes(content)
    page = owner()
    upload(page, server, film)
    said = page.get_by_role("alert")
    expect(said).to_contain_text(name, timeout=SPOTTED_MS)
    words = said.inner_text()
    assert STACK.search(words) is None, words
    assert "root:" not in page.content()
    assert findings(page, "refused") == []
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    page.get_by_role("link", name="Upload another file").click()
    expect(page.get_by_role("heading", name="Upload a cut")).to_be_visible()


def test_a_take_can_be_stopped_and_asked_for_again(owner: Callable[..., Page], spotted: Reel) -> None:
    page = owner(spotted.room)
    page.get_by_role("tab", name="Score").click()
    score = page.get_by_role("article", name="Score of 1m1")
    score.get_by_role("button", name=re.compile("^Write a take")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Write a new take").click()
    expect(score.get_by_role("progressbar", name="Take of 1m1")).to_be_visible()
    score.get_by_role("button", name="Cancel").click()
    expect(score).to_contain_text("Take of 1m1 was stopped.")
    assert findings(page, "take-stopped") == []
    expect(score.get_by_role("button", name="Go on")).to_be_visible()


def test_the_room_says_when_the_service_is_gone_and_saves_when_it_is_back(
    owner: Callable[..., Page], spotted: Reel
) -> None:
    page = owner(spotted.room)
    edge = page.get_by_role("slider", name="1m1 goes out")
    expect(edge).to_be_visible()
    before, revision = int(edge.get_attribute("aria-valuenow") or 0), spotted.ask()["revision"]
    spotted.server.kill()
    expect(page.get_by_text("connection lost, trying again")).to_be_visible()
    edge.focus()
    page.keyboard.press("ArrowLeft")
    problem = page.get_by_role("alert").filter(has_text="Cuelight cannot be reached just now.")
    expect(problem).to_be_visible()
    assert findings(page, "service-gone") == []
    spotted.server.start()
    problem.get_by_role("button", name="Save again").click()
    expect(page.get_by_role("button", name=re.compile(f"^notes r{revision + 1} . saved$"))).to_be_visible()
    expect(page.get_by_text("connection lost, trying again")).to_be_hidden()
    assert spotted.notes["cues"][0]["span"]["out"] == before - 1


@pytest.mark.parametrize(
    ("place", "heading"),
    [
        ("#/reels/reel_of_nobody", "This reel is not here"),
        ("#/projects/project_of_nobody", "This project cannot be opened"),
        ("#/nowhere/at/all", "There is nothing at this address"),
    ],
)
def test_no_dead_ends(owner: Callable[..., Page], server: RunningService, place: str, heading: str) -> None:
    page = owner(f"{server.address}/{place}")
    expect(page.get_by_text(heading)).to_be_visible()
    page.get_by_role("link", name="Your projects").click()
    expect(page.get_by_role("heading", name="Projects", exact=True)).to_be_visible()


def test_a_link_that_is_no_link_any_more(visitor: Callable[..., Page], server: RunningService) -> None:
    page = visitor(f"{server.address}/?share=cs_nobody")
    expect(page.get_by_role("heading", name="This link does not open anything any more")).to_be_visible()
    page.get_by_role("button", name="Go to your own projects").click()
    page.get_by_label("Link or key").fill("no such key")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This link or key is not valid any more.")
