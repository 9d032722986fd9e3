"""From a rough cut to an approved delivery, as people do it: in a browser, with a real film, on a real service."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
import zipfile
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

    from data_tools.service_bench.service import RunningService

SPOTTED_MS, SCORED_MS = 180_000, 120_000
FRAME_MS = 1000 / 24
DROP = """
([target, name, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: 'video/mp4', lastModified: 1 }));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    target.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}
"""
MEASURE_DRIFT = """
(ms) => new Promise((done) => {
  const stage = document.querySelector('[data-stage]');
  const seen = [];
  const look = setInterval(() => { if (stage.dataset.driftMs) seen.push(Number(stage.dataset.driftMs)); }, 100);
  setTimeout(() => { clearInterval(look); done(seen); }, ms);
})
"""


def test_from_the_upload_to_the_delivery(
    owner: Callable[..., Page], visitor: Callable[..., Page], server: RunningService, tiny_film: Path, tmp_path: Path
) -> None:
    page = owner(f"{server.address}/#/projects/{server.project}/upload")
    lose_the_connection(page, server, tiny_film)
    see_it_spotted(page)
    out = move_an_edge(page)
    take_it_back_and_do_it_again(page, out)
    drag_the_edge(page, out)
    hit = add_a_hit(page)
    write_a_take(page, seed=3)
    play_in_sync(page)
    write_a_take(page, seed=4, by_net=True)
    compare_and_accept(page)
    approve_as_director(visitor(share_with_the_director(page), width=900))
    see_the_verdict(page)
    notes = download(page, tmp_path)
    assert notes["cues"][0]["span"] == {"in": 0, "out": out}
    assert [h["frame"] for h in notes["hits"] if h["label"] == "hit"] == [hit]


def upload_by_drag(page: Page, film: Path) -> None:
    """Drop the film on the page and send it off."""
    target = page.get_by_role("group", name="The film")
    page.evaluate(DROP, [target.element_handle(), film.name, base64.b64encode(film.read_bytes()).decode()])
    page.get_by_role("button", name="Upload and spot").click()


@contextmanager
def cut_in_the_middle(page: Page, server: RunningService, film: bytes) -> Generator[list[int]]:
    """Cut the connection when half of the film has gone, then kill the service; yields where each attempt began.

    Over loopback a small film is there at once, so the half is sent for the page, on a connection that then dies.
    """
    begun: list[int] = []

    def send(route: Route) -> None:
        headers = route.request.all_headers()
        if route.request.method != "PATCH":
            return route.continue_()
        begun.append(int(headers["upload-offset"]))
        if len(begun) > 1:
            return route.continue_()
        told = headers | {"host": f"{server.host}:{server.port}", "content-length": str(len(film))}
        with closing(http.client.HTTPConnection(server.host, server.port)) as half:
            half.putrequest("PATCH", route.request.url.removeprefix(server.address), skip_host=True)
            for name, value in told.items():
                half.putheader(name, value)
            half.endheaders(film[: len(film) // 2])
        until_arrived(server, len(film) // 2)
        server.kill()
        return route.abort("connectionreset")

    page.route("**/v1/uploads/*", send)
    yield begun
    page.unroute("**/v1/uploads/*", send)


def until_arrived(server: RunningService, least: int) -> None:
    """Wait until so many bytes lie on the service's disk."""
    ends = time.monotonic() + 20
    while sum(file.stat().st_size for file in (server.home / "uploads").rglob("*") if file.is_file()) < least:
        assert time.monotonic() < ends, "the service keeps nothing of what is sent"
        time.sleep(0.02)


def lose_the_connection(page: Page, server: RunningService, film: Path) -> None:
    """Kill the service in the middle of the film: the page waits, and goes on from what had arrived."""
    with cut_in_the_middle(page, server, film.read_bytes()) as begun:
        upload_by_drag(page, film)
        card = page.get_by_role("region", name=re.compile("^Upload of"))
        expect(card).to_contain_text("What has arrived is safe")
        expect(card).to_contain_text("waiting for the connection")
        server.start()
        expect(page.get_by_role("heading", name="is being spotted")).to_be_visible(timeout=60_000)
    assert begun[0] == 0
    assert begun[-1] > 0
    assert page.evaluate("location.hash").startswith("#/reels/")


def see_it_spotted(page: Page) -> None:
    """Every stage is seen under way, in order, until the room opens."""
    step = page.get_by_role("listitem").and_(page.locator("[aria-current=step]"))
    for stage in ("Watch and listen", "Prepare picture and sound"):
        expect(step).to_contain_text(stage, timeout=SPOTTED_MS)
    expect(page.get_by_role("region", name="Timeline")).to_be_visible(timeout=SPOTTED_MS)
    expect(page.get_by_role("button", name=re.compile("^notes r1 . saved$"))).to_be_visible()


def edge_of(page: Page, which: str = "goes out") -> Locator:
    return page.get_by_role("slider", name=re.compile(f"^1m1 {which}$"))


def frame_of(slider: Locator) -> int:
    return int(slider.get_attribute("aria-valuenow") or -1)


def view_of(page: Page) -> tuple[str | None, str | None]:
    """What the lanes show: the first frame, and the frames to a pixel."""
    lanes = page.get_by_role("group", name="Lanes")
    return lanes.get_attribute("data-left"), lanes.get_attribute("data-per-pixel")


def saved(page: Page, revision: int) -> None:
    expect(page.get_by_role("button", name=re.compile(rf"^notes r{revision} . saved$"))).to_be_visible()


def move_an_edge(page: Page) -> int:
    """Three frames earlier by the keyboard, on the edge itself; return where it is then."""
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    edge = edge_of(page)
    before = frame_of(edge)
    edge.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(edge).to_have_attribute("aria-valuenow", str(before - 3))
    saved(page, 2)
    return before - 3


def take_it_back_and_do_it_again(page: Page, at: int) -> None:
    """Undo and redo change the notes, and nothing of what one looks at."""
    for _ in range(4):
        page.keyboard.press("+")
    seen = view_of(page)
    page.keyboard.press("Control+z")
    saved(page, 3)
    expect(edge_of(page)).to_have_attribute("aria-valuenow", str(at + 3))
    assert view_of(page) == seen
    page.keyboard.press("Control+Shift+z")
    saved(page, 4)
    expect(edge_of(page)).to_have_attribute("aria-valuenow", str(at))
    assert view_of(page) == seen
    page.keyboard.press("0")


def drag_the_edge(page: Page, at: int) -> int:
    """Take the edge in hand and let it go elsewhere; then take that back."""
    edge = edge_of(page)
    box = edge.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y, steps=4)
    page.mouse.up()
    saved(page, 5)
    there = frame_of(edge)
    assert there < at
    page.get_by_role("button", name="Undo").click()
    saved(page, 6)
    expect(edge).to_have_attribute("aria-valuenow", str(at))
    return at


def add_a_hit(page: Page) -> int:
    """Go five frames on from the beginning and press M."""
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    for _ in range(5):
        page.keyboard.press(".")
    expect(page.get_by_role("slider", name="Playhead")).to_have_attribute("aria-valuenow", "5")
    page.keyboard.press("m")
    saved(page, 7)
    return 5


def write_a_take(page: Page, *, seed: int, by_net: bool = False) -> None:
    """Order a take of the cue, by rule so that it comes soon or by the net as it would be, and see it arrive."""
    cue = page.get_by_role("button", name=re.compile("^1m1 .*, 01:00:00:00 to "))
    cue.click()
    page.get_by_role("tab", name="Score").click()
    score = page.get_by_role("article", name="Score of 1m1")
    takes = score.get_by_role("group", name=re.compile("^Hear Take"))
    before = takes.count()
    score.get_by_role("button", name=re.compile("^(Another|Write a) take")).first.click()
    wishes = page.get_by_role("dialog", name=re.compile("^Re-do 1m1"))
    wishes.get_by_label("Seed").fill(str(seed))
    if not by_net:
        wishes.get_by_text("Rules alone").click()
    wishes.get_by_role("button", name="Write a new take").click()
    expect(score.get_by_role("progressbar", name="Take of 1m1")).to_be_visible()
    expect(takes).to_have_count(before + 1, timeout=SCORED_MS)


def play_in_sync(page: Page) -> None:
    """Play take A: what the player measures between the picture and the music stays within one frame."""
    stage = page.locator("[data-stage]")
    page.get_by_role("group", name="What is heard").get_by_role("button", name="A", exact=True).click()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(stage).to_have_attribute("data-drift-ms", re.compile(r"."))
    drift = page.evaluate(MEASURE_DRIFT, 2500)
    page.get_by_role("button", name="Pause", exact=True).click()
    assert len(drift) >= 10
    assert sorted(abs(ms) for ms in drift)[int(0.9 * len(drift))] <= FRAME_MS


def compare_and_accept(page: Page) -> None:
    """Hear one take as A and the other as B, change between them while they play, accept the second."""
    score = page.get_by_role("article", name="Score of 1m1")
    heard = page.get_by_role("group", name="What is heard")
    for take, slot in (("Take 1", "A"), ("Take 2", "B")):
        button = score.get_by_role("group", name=f"Hear {take}").get_by_role("button", name=slot, exact=True)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Play", exact=True).click()
    stage = page.locator("[data-stage]")
    for key, slot in (("1", "a"), ("2", "b")):
        page.keyboard.press(key)
        expect(stage).to_have_attribute("data-monitor", slot)
        expect(heard.get_by_role("button", name=slot.upper(), exact=True)).to_have_attribute("aria-pressed", "true")
        expect(stage).to_have_attribute("data-drift-ms", re.compile(r"."))
    page.keyboard.press("k")
    second = score.get_by_role("listitem").filter(has=page.get_by_role("group", name="Hear Take 2"))
    second.get_by_role("button", name="Accept").click()
    expect(second).to_contain_text("accepted")


def share_with_the_director(page: Page) -> str:
    """Make a link for the director; it is shown once."""
    page.get_by_role("banner").get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("For whom").fill("Ada")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Share link").input_value()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    return link


def approve_as_director(page: Page) -> None:
    """The director hears the choice, asks for changes in words, takes that back, and approves by a key."""
    cue = page.get_by_role("region", name="The cue")
    expect(cue).to_contain_text("You hear the composer's choice.")
    page.keyboard.press("r")
    page.get_by_label("What should be different in 1m1?").fill("Softer under the title.")
    page.keyboard.press("Control+Enter")
    expect(cue).to_contain_text("asked for changes: Softer under the title.")
    cue.get_by_role("button", name="Take back").click()
    expect(cue.get_by_text("Softer under the title.")).to_be_hidden()
    page.keyboard.press("a")
    expect(cue).to_contain_text("Ada approved this")
    expect(page.get_by_role("banner")).to_contain_text("Every cue is judged")


def see_the_verdict(page: Page) -> None:
    """What the director said stands in the room, without a reload."""
    page.get_by_role("tab", name="Cue").click()
    expect(page.get_by_role("article", name="Cue 1m1")).to_contain_text("Ada approved this")
    expect(page.get_by_role("button", name=re.compile("^1m1 .*, approved$"))).to_be_visible()


def download(page: Page, folder: Path) -> dict[str, Any]:
    """Have the archive made, download it, and read its notes."""
    page.get_by_role("tab", name="Deliver").click()
    deliver = page.get_by_role("article", name="Deliver")
    deliver.get_by_role("button", name="Make the archive").click()
    link = deliver.get_by_role("link", name="Download", exact=True)
    expect(link).to_be_visible(timeout=SCORED_MS)
    with page.expect_download() as coming:
        link.click()
    archive = folder / coming.value.suggested_filename
    coming.value.save_as(archive)
    assert archive.suffix == ".zip"
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        assert any("/stems/" in name for name in packed.namelist())
        return dict(json.loads(packed.read(next(n for n in packed.namelist() if n.endswith(".notes.json")))))
