"""A cut whose dialogue and temp music come apart, on tracks or sides of their own: what one hears, measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Reel, spot
from tests.e2e.look import findings
from tests.e2e.test_room_access import until_done
from tests.unit.media.film_maker import Film, Sound

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from data_tools.service_bench.service import RunningService

DIALOGUE_HZ, TEMP_HZ = 375, 12000  # in the middle of a bin; the temp tone lies where a take has next to nothing
HEARD_DB, GONE_DB = -45, -60  # the film lies lower beside a take, as it does in the temp mix
SECONDS = 14
SPOTTED_MS = 180_000
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


SOUNDS = {
    "tracks": (
        Sound("DX", seconds=SECONDS, level=0.2, tone_hz=DIALOGUE_HZ),
        Sound("MX", seconds=SECONDS, level=0.2, tone_hz=TEMP_HZ),
        Sound("FX", seconds=SECONDS, level=0.0),
    ),
    "sides": (Sound(seconds=SECONDS, level=0.3, tone_hz=DIALOGUE_HZ, right_hz=TEMP_HZ),),
}


@pytest.fixture(scope="module", params=SOUNDS)
def split(server: RunningService, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Reel:
    """A reel whose dialogue is a low tone and whose temp music is a high one, with a cue and a take in its middle."""
    path: Path = tmp_path_factory.mktemp("split") / "split.mov"
    film = Film(frames=24 * SECONDS, sounds=SOUNDS[request.param]).write(path)
    reel = spot(server, film, **({"sides": True} if request.param == "sides" else {}))
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


def test_a_cut_without_sides_is_taken_as_one_mix(
    owner: Callable[..., Page], server: RunningService, tmp_path: Path
) -> None:
    film = Film(sounds=[Sound(layout="mono", level=0.2)]).write(tmp_path / "mono.mov")
    page = owner(f"{server.address}/#/projects/{server.project}/upload")
    page.get_by_label("Choose a film").set_input_files(film)
    page.get_by_label("Sound").select_option(label="left dialogue and effects, right temp music")
    page.get_by_role("button", name="Upload and spot").click()
    expect(page.get_by_role("alert")).to_contain_text("no left and right side", timeout=SPOTTED_MS)
    assert findings(page, "no-sides") == []
    page.get_by_role("button", name="Take its sound as one mix").click()
    expect(page.get_by_role("region", name="Timeline")).to_be_visible(timeout=SPOTTED_MS)
    expect(page.get_by_role("slider", name="Film sound")).to_be_visible()
