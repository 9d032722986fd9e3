"""The player shows the frame it was asked for, on a film whose every frame carries its own number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from data_tools.service_bench import page as numbered

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from data_tools.service_bench.service import RunningService


def test_thirty_frames_at_random_and_their_neighbours(
    owner: Callable[..., Page], server: RunningService, tmp_path: Path
) -> None:
    film = tmp_path / "numbered.mp4"
    frames = numbered.numbered_film(film, seconds=8)
    reel = numbered.make_reel(server, film)
    page = owner(f"{server.address}/#/reels/{reel}")
    assert numbered.wrong_frames(page, frames) == []
    page.keyboard.press("Home")
    clock = page.get_by_role("slider", name="Playhead")
    for key, there in ((".", 1), (".", 2), ("Shift+ArrowRight", 12), (",", 11), ("End", frames - 1)):
        page.keyboard.press(key)
        expect(clock).to_have_attribute("aria-valuenow", str(there))
        assert page.evaluate(numbered.READ, [None, numbered.NUMBER_BITS]) == there
