"""The demo: spot and score a film, the person's own or a synthetic one, and say where to look and listen.

``python -m data_tools.demo --film cut.mp4 --out demo/notes``; without ``--film`` a film is drawn first. The score goes
beside the notes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from data_tools.films import demo_film
from model.files import safe_stem

CUELIGHT = [sys.executable, "-m", "serving.cli"]


def main() -> int:
    """Make the film if there is none, run both commands on it, return the exit code of the one that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", default="", help="the rough cut; empty draws a synthetic film")
    parser.add_argument("--out", type=Path, default=Path("demo/notes"))
    chosen = parser.parse_args()
    film = Path(chosen.film) if chosen.film else _drawn(chosen.out.parent)
    notes = chosen.out / f"{safe_stem(film.name)}.notes.json"
    print(f"demo: spotting {film}", flush=True)
    code = subprocess.run([*CUELIGHT, "spot", str(film), "--out", str(chosen.out)], check=False).returncode
    if code:
        return code
    print(f"\nOpen {notes.with_suffix('.html')} for the notes, the .pdf to print them.\n")
    score = chosen.out.parent / "score"
    print(f"demo: scoring {film}", flush=True)
    command = [*CUELIGHT, "score", str(film), "--notes", str(notes), "--out", str(score)]
    code = subprocess.run(command, check=False).returncode
    if code == 0:
        _point_at(score)
    return code


def _point_at(score: Path) -> None:
    """Say where to listen, and to what first."""
    record = json.loads((score / "score.json").read_text(encoding="utf-8"))
    print(f"\nWatch and listen: {score / record['preview']}")
    for cue in record["cues"]:
        print(
            f"  {cue['number']}: {score / cue['files']['mix']} (stems beside it; page: {score / cue['files']['pdf']})"
        )


def _drawn(folder: Path) -> Path:
    film = folder / "demo_reel.mp4"
    if not film.exists():
        print("demo: drawing a synthetic film with known cuts, dialogue and hits (about half a minute)", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        demo_film(film)
    return film


if __name__ == "__main__":
    sys.exit(main())
