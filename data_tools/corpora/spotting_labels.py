"""Hand-made spans of music and speech of 160 films, 15 minutes each: AVASpeech-SMAD (MIT), labels only.

Read from the archive named in the data folder's README. Rows ``s`` of the speech files are dialogue; rows ``m``
leak the music and are never read. Spans of music less than a second apart are one; shorter ones are dropped.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LENGTH_S = 900.0
ARCHIVE = Path("labels/avaspeech_smad_labels_mit.tar.xz")
FOLDS = 5  # each film is judged by priors fitted on the other four fifths
_JOIN_S = 1.0
_LEAST_S = 1.0

Spans = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class LabelledFilm:
    """Fifteen minutes of one film; ``fold`` 0-4 is fixed by a hash of its id."""

    name: str
    fold: int
    speech: Spans
    music: Spans

    @property
    def coverage(self) -> float:
        """Share of the quarter of an hour with music."""
        return sum(b - a for a, b in self.music) / LENGTH_S

    @property
    def ins_s(self) -> list[float]:
        """Where music comes in; music that is there from the start does not."""
        return [a for a, _ in self.music if a > 0.5]

    @property
    def outs_s(self) -> list[float]:
        """Where music goes out; music that goes on to the end does not."""
        return [b for _, b in self.music if b < LENGTH_S - 0.5]


def labels_archive() -> Path | None:
    """Find the archive under ``CUELIGHT_DATA``; None where there is none."""
    folder = os.environ.get("CUELIGHT_DATA", "")
    path = Path(folder) / ARCHIVE
    return path if folder and path.is_file() else None


def read_labels(archive: Path) -> list[LabelledFilm]:
    """Read every film, ordered by id."""
    music: dict[str, Spans] = {}
    speech: dict[str, Spans] = {}
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            path, file = PurePosixPath(member.name), tar.extractfile(member)
            if path.suffix != ".csv" or file is None:
                continue
            text = file.read().decode("utf-8")
            if path.parent.name == "music labels":
                music[path.stem] = join_spans(_rows(text, ",", "m"))
            elif path.parent.name == "speech labels":
                speech[path.stem] = _rows(text, "\t", "s")
    return [LabelledFilm(name, fold_of(name), speech.get(name, []), music[name]) for name in sorted(music)]


def fold_of(name: str) -> int:
    """Assign a film to its fold."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % FOLDS


def join_spans(spans: Spans) -> Spans:
    """Join spans less than a second apart, then drop those under a second."""
    out: Spans = []
    for start, end in sorted(spans):
        if out and start - out[-1][1] < _JOIN_S:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return [(a, b) for a, b in out if b - a >= _LEAST_S]


def _rows(text: str, separator: str, kind: str) -> Spans:
    fields = (line.split(separator) for line in text.splitlines() if line.strip())
    spans = ((float(f[0]), float(f[1])) for f in fields if len(f) > 2 and f[2].strip() == kind)
    return [(max(a, 0.0), min(b, LENGTH_S)) for a, b in spans if a < LENGTH_S]
