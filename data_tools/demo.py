"""The demo: spot and score a film, the person's own or a synthetic one, then open both in the review room.

``python -m data_tools.demo --film cut.mp4 --out demo``; without ``--film`` a film is drawn first. ``cuelight run``
spots and scores it. Then the service starts with the film uploaded and scored, and its address is printed; it runs
until Ctrl-C or SIGTERM. ``--no-room`` ends before that.
"""

from __future__ import annotations

import argparse
import sys
import time
from http import HTTPStatus
from pathlib import Path

from data_tools.child_process import child_process
from data_tools.films import make_demo_film
from data_tools.service_bench.service import RunningService
from data_tools.service_bench.tus_client import TusClient
from model.files import safe_stem
from model.runtime.process import interrupt_on_sigterm

CUELIGHT = [sys.executable, "-m", "serving.cli"]
INTERRUPTED = 130  # exit code of a run that was stopped, as shells have it
POLL_S = 1.0  # between two requests for the state of the job
FINAL_STATES = ("done", "failed", "cancelled")


def main() -> int:
    """Make the film if there is none, run the command on it, open the room; return the exit code of what failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", default="", help="the rough cut; empty draws a synthetic film")
    parser.add_argument("--out", type=Path, default=Path("demo"))
    parser.add_argument("--no-room", action="store_true", help="end when the files are written")
    chosen = parser.parse_args()
    try:
        with interrupt_on_sigterm():
            film = Path(chosen.film) if chosen.film else _draw_film(chosen.out)
            code = _write_files(film, chosen.out)
            return code if code or chosen.no_room else _open_room(film, chosen.out / "room")
    except KeyboardInterrupt:
        return INTERRUPTED


def _write_files(film: Path, out: Path) -> int:
    """Spot and score the film with the command; return its exit code. When we are stopped, it is stopped."""
    print(f"demo: spotting and scoring {film}", flush=True)
    with child_process([*CUELIGHT, "run", str(film), "--out", str(out)]) as child:
        code = child.wait()
    if code == 0:
        print(f"\nOpen {out / 'notes' / safe_stem(film.name)}.notes.html for the notes, the .pdf to print them.\n")
    return code


def _open_room(film: Path, home: Path) -> int:
    """Start the service on a home of its own, upload the film, ask for its score, and wait for Ctrl-C."""
    served = RunningService(home, workers=1, title=film.stem)
    served.start()
    try:
        link = f"{served.link}#/projects/{served.project}"
        print(f"\nThe review room: {link}\nUploading {film.name} ...", flush=True)
        reel = _upload(served, film)
        if reel:
            served.ask("POST", "/v1/jobs", {"kind": "score", "reel": reel, "params": {"cues": []}})
            print("Spotted. Its temp score is being written and will appear in the review room.", flush=True)
            print(f"\nOpen {served.link}#/reels/{reel}\nCtrl-C ends the service.", flush=True)
        served.wait()
    except KeyboardInterrupt:
        print("\nThe service stops; what was made stays in", home)
    finally:
        served.stop()
    return 0


def _upload(served: RunningService, film: Path) -> str:
    """Upload the film and wait until it is spotted; return its reel, empty if that failed."""
    tus = TusClient(served)
    length = film.stat().st_size
    upload = tus.begin(length, film.name)
    if tus.send_file(upload, 0, film, length) != HTTPStatus.NO_CONTENT:
        print("The upload was interrupted; it can be resumed in the review room.")
        return ""
    state = tus.ask_state(upload)
    while (job := served.ask("GET", f"/v1/jobs/{state['job']}").body)["state"] not in FINAL_STATES:
        time.sleep(POLL_S)
    if job["state"] != "done":
        print(f"The film could not be spotted: {job['problem']}")
        return ""
    return str(state["reel"])


def _draw_film(folder: Path) -> Path:
    film = folder / "demo_reel.mp4"
    if not film.exists():
        print("demo: drawing a synthetic film with known cuts, dialogue and hits (about half a minute)", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        make_demo_film(film)
    return film


if __name__ == "__main__":
    sys.exit(main())
