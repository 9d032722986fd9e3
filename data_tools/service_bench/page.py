"""The page on a real service: how soon a reel can be used again, wrong frames, and drift of music from picture.

A film whose every frame carries its own number is uploaded and spotted, a cue is put on it and scored by rule; headless
Chromium without a graphics card then opens the room. Frame times and weight of the page are in ``room.py``.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from data_tools.benchmark.table import BenchRow, Skipped
from data_tools.service_bench.room import CHROMIUM
from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient

if TYPE_CHECKING:
    from playwright.sync_api import Page

NUMBER_BITS = 9
RATE_FPS = 24
SECONDS = 20  # of the film; its frames' numbers must fit the bits above
SOUND_RATE_HZ = 48_000
SIZE = (360, 180)
SEEKS = 30  # frames asked for, drawn over the whole film
PLAY_MS = 10_000
VISITS = 5  # of the cached reel, after a first one that is not counted
LONGEST_S = 180.0
FRAME_MS = 1000 / RATE_FPS

# Reads the number that the picture carries, once the frame that is asked for (null: whichever it stands at) is there.
READ = """
async ([frame, bits]) => {
  const video = document.querySelector('video');
  if (frame !== null) location.hash = location.hash.split('?')[0] + '?frame=' + frame;
  const turn = () => new Promise((done) => requestAnimationFrame(done));
  for (let n = 0; n < 2; n += 1) await turn();
  while (video.seeking) await turn();
  for (let n = 0; n < 2; n += 1) await turn();
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    const x = Math.floor(((bit + 0.5) * canvas.width) / bits);
    number |= (context.getImageData(x, canvas.height >> 1, 1, 1).data[1] > 127 ? 1 : 0) << bit;
  }
  return number;
}
"""
# Reads ten times a second how far the player's picture and music are apart.
DRIFT_SCRIPT = """
(ms) => new Promise((done) => {
  const stage = document.querySelector('[data-stage]');
  const seen = [];
  const look = setInterval(() => {
    if (stage.dataset.driftMs) seen.push(Math.abs(Number(stage.dataset.driftMs)));
  }, 100);
  setTimeout(() => { clearInterval(look); done(seen.sort((a, b) => a - b)); }, ms);
})
"""


def numbered_film(path: Path, seconds: int = SECONDS) -> int:
    """Draw a film whose frames carry their number as black and white bars, with a tone under it; return its frames."""
    width, height = SIZE
    frames = seconds * RATE_FPS
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=RATE_FPS, options={"crf": "18", "g": "48"})
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        sound = container.add_stream("aac", rate=SOUND_RATE_HZ, layout="stereo")
        for number in range(frames):
            lit = np.array([(number >> bit) & 1 for bit in range(NUMBER_BITS)], dtype=np.uint8) * 225 + 15
            row = np.repeat(lit, width // NUMBER_BITS)
            image = np.broadcast_to(row[None, :, None], (height, width, 3))
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        tone = 0.05 * np.sin(2 * np.pi * 220 * np.arange(seconds * SOUND_RATE_HZ) / SOUND_RATE_HZ)
        tone_frame = av.AudioFrame.from_ndarray(
            np.stack([tone, tone]).astype(np.float32), format="fltp", layout="stereo"
        )
        tone_frame.sample_rate, tone_frame.time_base, tone_frame.pts = SOUND_RATE_HZ, Fraction(1, SOUND_RATE_HZ), 0
        container.mux(sound.encode(tone_frame))
        container.mux(sound.encode(None))
    return frames


def make_reel(server: RunningService, film: Path) -> str:
    """Upload a film and wait until it is spotted; return its reel."""
    tus = TusClient(server)
    upload = tus.send_all(film.read_bytes(), film.name)
    ends = time.monotonic() + LONGEST_S
    while time.monotonic() < ends:
        tus.ask_offset(upload)
        state = tus.ask_state(upload)
        if state["job"]:
            wait_until_done(server, state["job"])
            return str(state["reel"])
        time.sleep(0.1)
    raise RuntimeError(f"{film.name} was not taken in time")


def wait_until_done(server: RunningService, job: str) -> None:
    """Wait until a job is done."""
    ends = time.monotonic() + LONGEST_S
    while (found := server.ask("GET", f"/v1/jobs/{job}").body)["state"] != "done":
        if found["state"] not in {"queued", "running"} or time.monotonic() > ends:
            raise RuntimeError(f"the job did not end well: {found}")
        time.sleep(0.1)


def order_score(server: RunningService, reel: str, frames: int) -> None:
    """Put one cue over the whole reel, whatever was spotted, and have it scored by rule."""
    base = f"/v1/reels/{reel}"
    notes = server.ask("GET", f"{base}/notes").body
    edits: list[dict[str, Any]] = [{"op": "remove-cue", "cue": cue["id"]} for cue in notes["notes"]["cues"]]
    edits.append({"op": "add-cue", "in": 0, "out": frames})
    match = {"If-Match": f'"r{notes["revision"]}"'}
    edited = server.ask("POST", f"{base}/notes/edits", {"edits": edits}, match).body
    order = {"kind": "score", "reel": reel, "params": {"cues": [edited["notes"]["cues"][0]["id"]], "engine": "rules"}}
    wait_until_done(server, server.ask("POST", "/v1/jobs", order).body["id"])


@contextmanager
def open_browser(server: RunningService) -> Generator[Page]:
    """Open a browser on the service, as its owner."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise Skipped("there is no Chromium here: apt-get install chromium")
    options = [*CHROMIUM, "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        page.goto(server.link)
        page.get_by_role("heading", name="Projects", exact=True).wait_for()
        yield page
        browser.close()


def open_room(page: Page, server: RunningService, reel: str) -> float:
    """Open a reel's room; return the seconds from the navigation until its cues can be edited."""
    page.goto("about:blank")
    page.goto(f"{server.address}/#/reels/{reel}", wait_until="commit")
    page.locator("[data-cue]").first.wait_for()
    return float(page.evaluate("performance.now()")) / 1000


def wrong_frames(page: Page, frames: int, count: int = SEEKS, seed: int = 7) -> list[tuple[int, int]]:
    """Ask for frames by their links; return those asked for with those shown, where they differ."""
    page.locator("[data-picture=ready]").wait_for()
    asked = random.Random(seed).sample(range(frames), count)
    shown = [(frame, int(page.evaluate(READ, [frame, NUMBER_BITS]))) for frame in asked]
    return [(frame, seen) for frame, seen in shown if frame != seen]


def measure_drift_ms(page: Page, ms: int = PLAY_MS) -> list[float]:
    """Play the reel with its take; return how far music and picture were apart, in order of size."""
    page.locator("[data-picture=ready]").wait_for()
    page.keyboard.press("Home")
    page.keyboard.press("1")
    page.keyboard.press("Space")
    page.locator("[data-drift-ms]:not([data-drift-ms=''])").wait_for()
    return [float(one) for one in page.evaluate(DRIFT_SCRIPT, ms)]


def rows() -> list[BenchRow]:
    """Measure first views, seeks and drift; about a minute on two cores."""
    with tempfile.TemporaryDirectory() as scratch, RunningService(Path(scratch) / "home", workers=1) as server:
        film = Path(scratch) / "numbered.mp4"
        frames = numbered_film(film)
        reel = make_reel(server, film)
        order_score(server, reel, frames)
        with open_browser(server) as page:
            views = [open_room(page, server, reel) for _ in range(1 + VISITS)]
            wrong = wrong_frames(page, frames)
            drift = measure_drift_ms(page)
    on = f"{SECONDS} s, 24 fps, every frame numbered"
    again, apart = sorted(views[1:]), drift[int(0.95 * len(drift))]
    first = {"first visit": views[0], "worst": again[-1]}
    heard = {"looks": float(len(drift)), "worst": drift[-1]}
    return [
        BenchRow(
            "page: first useful view of a cached reel, s", f"median of {VISITS}", again[VISITS // 2], 1.5, "<=", first
        ),
        BenchRow("page: frames shown that were not asked for", f"{SEEKS} of {on}", len(wrong), 0, "=="),
        BenchRow("page: music and picture apart, p95 ms", f"{PLAY_MS // 1000} s of {on}", apart, FRAME_MS, "<=", heard),
    ]


if __name__ == "__main__":
    print(json.dumps([row.record() for row in rows()], indent=1))
