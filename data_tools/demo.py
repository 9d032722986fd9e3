"""The demo: spot a film, the person's own or a synthetic one, and say where the notes are.

``python -m data_tools.demo --film cut.mp4 --out demo/notes``; without ``--film`` a film is drawn first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from data_tools.films import demo_film


def main() -> int:
    """Make the film if there is none, run the command on it, return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", default="", help="the rough cut; empty draws a synthetic film")
    parser.add_argument("--out", type=Path, default=Path("demo/notes"))
    chosen = parser.parse_args()
    film = Path(chosen.film) if chosen.film else _drawn(chosen.out.parent)
    print(f"demo: spotting {film}", flush=True)
    command = [sys.executable, "-m", "serving.cli", "spot", str(film), "--out", str(chosen.out)]
    code = subprocess.run(command, check=False).returncode
    if code == 0:
        print(f"\nOpen {chosen.out / film.stem}.notes.html for the notes, the .pdf to print them.")
    return code


def _drawn(folder: Path) -> Path:
    film = folder / "demo_reel.mp4"
    if not film.exists():
        print("demo: drawing a synthetic film with known cuts, dialogue and hits (about half a minute)", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        demo_film(film)
    return film


if __name__ == "__main__":
    sys.exit(main())
