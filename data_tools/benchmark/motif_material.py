"""Themes of real symphonies to measure the matcher on: OpenScore Orchestra, cut at the Hauptstimme labels.

Each movement gives the first statement of each of its labelled themes: what the labelled part plays from there on, at
most fourteen notes, until a rest of a bar. A label whose music is that of an earlier one,
transposed, names the same theme and is left out. The labels are used for measuring only.
"""

from __future__ import annotations

import csv
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import mido

from data_tools.benchmark.table import data_folder
from model.motifs.language import ThemeNote

MOST_NOTES = 14  # what a theme is cut to
FEWEST_NOTES = 9  # a shorter theme is left out
_REACH = Fraction(24)  # quarters within which a theme must lie
_REST = Fraction(4)  # quarters of rest that end a theme
_SAME_INTERVALS = 6  # intervals that two labels must share to name one theme
TUNED_ON = ("Bach", "Beethoven")


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement and the themes that its labels point to, each by its letter."""

    name: str
    themes: dict[str, tuple[ThemeNote, ...]]


def held_out_movements() -> tuple[Movement, ...]:
    """Movements of the composers that the matcher was not tuned on."""
    return read_movements(tuned=False)


@cache
def read_movements(*, tuned: bool) -> tuple[Movement, ...]:
    """Read the movements tuned on, or the others, with at least two themes; raises Skipped without the data."""
    folder = data_folder() / "scores"
    labels = dict(_members(folder / "hauptstimme_labels_ccbysa.tar.xz", "_annotations.csv"))
    found: list[Movement] = []
    for name, data in sorted(_members(folder / "openscore_orchestra_cc0.tar.xz", ".mid")):
        if name.startswith(TUNED_ON) != tuned:
            continue
        rows = labels.get(name.rsplit("__", 1)[-1])
        themes = _themes(data, rows) if rows else {}
        if len(themes) > 1:
            found.append(Movement(name, themes))
    return tuple(found)


def _members(archive: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.name.endswith(ending) else None
            if file is not None:
                yield member.name.rsplit("/", 1)[-1].removesuffix(ending), file.read()


def _themes(midi: bytes, labels: bytes) -> dict[str, tuple[ThemeNote, ...]]:
    score = mido.MidiFile(file=io.BytesIO(midi))
    found: dict[str, tuple[ThemeNote, ...]] = {}
    for row in csv.DictReader(io.StringIO(labels.decode())):
        label, part = row["label"], int(row["part_num"])
        if label in found or label == "x" or part >= len(score.tracks):
            continue
        theme = _read_theme(score.tracks[part], score.ticks_per_beat, Fraction(row["qstamp"]))
        if len(theme) >= FEWEST_NOTES and not any(_is_transposition(theme, other) for other in found.values()):
            found[label] = theme
    return found


def _read_theme(track: mido.MidiTrack, ticks: int, start: Fraction) -> tuple[ThemeNote, ...]:
    """Return the part's top line from ``start``: at most MOST_NOTES within _REACH quarters."""
    sounding: dict[int, Fraction] = {}
    top: dict[Fraction, ThemeNote] = {}
    now = 0
    for message in track:
        now += message.time
        at = Fraction(now, ticks) - start
        if message.type == "note_on" and message.velocity and 0 <= at < _REACH:
            sounding[message.note] = at
        elif message.type in {"note_on", "note_off"} and message.note in sounding:
            onset = sounding.pop(message.note)
            note = ThemeNote(onset, at - onset, message.note)
            if onset not in top or top[onset].pitch < note.pitch:
                top[onset] = note
    line: list[ThemeNote] = []
    for onset in sorted(top):
        if line and onset - line[-1].onset - line[-1].duration >= _REST:
            break
        line.append(top[onset])
    line = line[:MOST_NOTES]
    return tuple(ThemeNote(n.onset - line[0].onset, n.duration, n.pitch) for n in line)


def _is_transposition(a: tuple[ThemeNote, ...], b: tuple[ThemeNote, ...]) -> bool:
    """Whether two themes begin with the same intervals."""
    heads = [[y.pitch - x.pitch for x, y in pairwise(notes[: _SAME_INTERVALS + 1])] for notes in (a, b)]
    return heads[0] == heads[1]
