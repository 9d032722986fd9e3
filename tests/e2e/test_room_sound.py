"""A cut that comes with dialogue, effects and temp music on tracks of their own: what one hears, measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Reel, spot
from tests.e2e.test_room_access import until_done
from tests.unit.media.film_maker import Film, Sound

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from data_tools.benchmark.service import Served

DIALOGUE_HZ, TEMP_HZ = 375, 3000  # in the middle of a bin
HEARD_DB, GONE_DB = -35, -60
SECONDS = 14
CUE = (120, 288)  # frames at 24 fps: 5 s to 12 s

# Whatever goes to the speakers goes to an ear too, which tells how loud a frequency is.
EAR = """
(() => {
  const connect = AudioNode.prototype.connect;
  const ears = new Map();
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to === this.context.destination) {
      if (!ears.has(to)) ears.set(to, new AnalyserNode(this.context, { fftSize: 8192, smoothingTimeConstant: 0 }));
      connect.call(this, ears.get(to));
    }
    return connect.call(this, to, ...rest);
  };
  window.loudness = (hz) => {
    let loudest = -200;
    for (const [to, ear] of ears) {
      const bins = new Float32Array(ear.frequencyBinCount);
      ear.getFloatFrequencyData(bins);
      loudest = Math.max(loudest, bins[Math.round((hz * ear.fftSize) / to.context.sampleRate)]);
    }
    return loudest;
  };
})()
"""
HEARS = """
([there, gone, loud, quiet]) =>
  there.every((hz) => loudness(hz) > loud) && gone.every((hz) => loudness(hz) < quiet)
"""


@pytest.fixture(scope="module")
def split(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Reel:
    """A reel whose dialogue is a low tone and whose temp music is a high one, with a cue and a take in its middle."""
    sounds = (
        Sound("DX", seconds=SECONDS, level=0.2, tone_hz=DIALOGUE_HZ),
        Sound("MX", seconds=SECONDS, level=0.2, tone_hz=TEMP_HZ),
        Sound("FX", seconds=SECONDS, level=0.0),
    )
    path: Path = tmp_path_factory.mktemp("split") / "split.mov"
    reel = spot(server, Film(frames=24 * SECONDS, sounds=sounds).write(path))
    for cue in reel.notes["cues"]:
        reel.revise({"op": "remove-cue", "cue": cue["id"]})
    reel.revise({"op": "add-cue", "in": CUE[0], "out": CUE[1]})
    params = {"cues": [reel.notes["cues"][0]["id"]], "engine": "rules"}
    made = server.ask("POST", "/v1/jobs", {"kind": "score", "reel": reel.id, "params": params}).body
    until_done(server, made["id"])
    return reel


def hears(page: Page, *there: int, but_not: tuple[int, ...] = ()) -> None:
    """Wait until one hears these frequencies, and not those."""
    page.wait_for_function(HEARS, arg=[list(there), list(but_not), HEARD_DB, GONE_DB])


def test_each_part_of_the_cut_has_its_fader(owner: Callable[..., Page], split: Reel) -> None:
    page = owner()
    page.context.add_init_script(EAR)
    page.goto(split.room)
    page.reload()
    temp, dialogue = page.get_by_role("slider", name="Temp"), page.get_by_role("slider", name="Dialogue")
    expect(page.get_by_role("slider", name="Film sound")).to_have_count(0)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    page.keyboard.press("3")
    page.keyboard.press("Space")
    hears(page, DIALOGUE_HZ, TEMP_HZ)
    temp.fill("0")
    hears(page, DIALOGUE_HZ, but_not=(TEMP_HZ,))
    temp.fill("1")
    dialogue.fill("0")
    hears(page, TEMP_HZ, but_not=(DIALOGUE_HZ,))


def test_temp_music_makes_room_for_a_take(owner: Callable[..., Page], split: Reel) -> None:
    page = owner()
    page.context.add_init_script(EAR)
    page.goto(split.room)
    page.reload()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_enabled()
    number = split.notes["cues"][0]["number"]
    page.get_by_role("slider", name=f"{number} comes in").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    page.keyboard.press("Space")
    hears(page, DIALOGUE_HZ, but_not=(TEMP_HZ,))
    page.keyboard.press("3")
    hears(page, DIALOGUE_HZ, TEMP_HZ)
    page.keyboard.press("1")
    hears(page, DIALOGUE_HZ, but_not=(TEMP_HZ,))
    page.get_by_role("button", name="Duck").click()
    hears(page, DIALOGUE_HZ, TEMP_HZ)
