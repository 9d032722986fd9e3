"""Compute the priors from labels: ``python -m training.spotting.priors`` writes ``model/spotting/priors.json``.

Reads the labels archive under ``CUELIGHT_DATA``; prints what it found. The same labels give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from data_tools.benchmark.talk_prior import fit_priors
from data_tools.corpora.spotting_labels import labels_archive, read_labels
from model.spotting.tables import PRIORS


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit on all films and write the table; returns the exit code."""
    argparse.ArgumentParser(prog="python -m training priors", description=__doc__).parse_args(arguments)
    archive = labels_archive()
    if archive is None:
        print("Set CUELIGHT_DATA to the data folder: the labels archive is not there.", file=sys.stderr)
        return 2
    films = read_labels(archive)
    table = fit_priors(films)
    partial = PRIORS.with_suffix(".part")
    partial.write_text(json.dumps(asdict(table), indent=1) + "\n", encoding="utf-8")
    partial.replace(PRIORS)
    print(f"{len(films)} films, {sum(len(f.music) for f in films)} stretches of music")
    print(f"cues {table.cues}, silences {table.silences}, coverage {table.coverage}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
