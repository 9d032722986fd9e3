"""``make bench``: every figure against its anchors, measured in one run, printed as one table and written as JSON.

``python -m data_tools.benchmark [--only cuts,sound] [--out bench/results.json]``. A topic whose material cannot be
had here says so and is listed as skipped, never as reached.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from data_tools.benchmark.table import BenchRow, Skipped

WATCHING = ("cuts", "sound", "hits", "spotting", "labels", "affect")
SCORING = ("timing", "motifs", "sketch_net", "sketches", "scores", "render", "temp_score")
SERVING = ("uploads", "hostile_uploads", "faults", "streams", "page", "room")
TOPICS = (*WATCHING, *SCORING, "speed", *SERVING)


def measure(topics: Sequence[str]) -> tuple[list[BenchRow], dict[str, str]]:
    """Return the rows of the topics, and why any were skipped."""
    rows: list[BenchRow] = []
    skipped: dict[str, str] = {}
    for topic in topics:
        began = time.monotonic()
        print(f"bench: {topic} ...", file=sys.stderr, flush=True)
        try:
            folder = "service_bench" if topic in SERVING else "benchmark"
            rows += importlib.import_module(f"data_tools.{folder}.{topic}").rows()
        except Skipped as reason:
            skipped[topic] = str(reason)
        print(f"bench: {topic} took {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return rows, skipped


def show(rows: Sequence[BenchRow], skipped: dict[str, str]) -> None:
    """Print one table with every anchor beside our figure."""
    table = Table("figure", "on", "Cuelight", "to reach", "", "anchors in this run", "note")
    for row in rows:
        anchors = ", ".join(f"{name} {value:.3f}" for name, value in row.anchors.items())
        mark = "yes" if row.holds else "NO"
        table.add_row(row.what, row.on, f"{row.value:.3f}", f"{row.sense} {row.target:g}", mark, anchors, row.note)
    console = Console(width=200 if not sys.stdout.isatty() else None)
    console.print(table)
    for topic, reason in skipped.items():
        console.print(f"skipped {topic}: {reason}")


def main() -> int:
    """Measure, print, write; exit 1 if a figure does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help=f"comma-separated topics out of {', '.join(TOPICS)}")
    parser.add_argument("--out", type=Path, default=Path("bench/results.json"))
    chosen = parser.parse_args()
    topics = [t for t in chosen.only.split(",") if t] or list(TOPICS)
    rows, skipped = measure(topics)
    show(rows, skipped)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    partial = chosen.out.with_suffix(".partial")
    partial.write_text(json.dumps({"rows": [r.record() for r in rows], "skipped": skipped}, indent=1), encoding="utf-8")
    partial.replace(chosen.out)
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
