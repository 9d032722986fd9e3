"""The tempo-fit table of a take: how every hit falls with the tempo that was taken, and with the others."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from model.errors import NotesInvalid
from model.sketch.sketch_types import Sketch
from model.time import Frame
from model.timing.landing import Grade

_FALL = re.compile(r"(?P<off>\S+) (?P<grade>hit|near|miss)(?: (?P<where>[a-z ]+?))?(?: \((?P<reason>.*)\))?")
_COSTS = ("bpm", "bars", "hits", "near", "missed", "weight captured", "tempo changes", "largest step", "odd bars")


@dataclass(frozen=True, slots=True)
class TakeMoment:
    """A hit as the tempo saw it: its window in frames, and how it wants to fall in the bar."""

    id: str
    frame: Frame
    label: str
    weight: float
    early: int
    late: int
    must_be: str
    mandatory: bool


@dataclass(frozen=True, slots=True)
class TakeFall:
    """How one moment falls: ``frames_off`` music minus picture, ``where`` in the bar, ``reason`` if it was let go."""

    frames_off: float
    grade: Grade
    where: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TakeFit:
    """One way to lay the bars, and what it costs.

    Attributes
    ----------
    kind: ``taken``, ``single`` (the best tempo that never changes) or ``other``
    captured: share 0-1 of the weight of all hits; ``largest_step`` share 0-1 of the largest change of tempo
    falls: one for each of the take's moments
    """

    name: str
    kind: str
    bpm: tuple[float, ...]
    bars: int
    hits: int
    near: int
    missed: int
    captured: float
    changes: int
    largest_step: float
    odd_bars: int
    falls: tuple[TakeFall, ...]


def moments(sketch: Sketch) -> tuple[TakeMoment, ...]:
    """List the hits of a cue, in the order of its tempo table."""
    aims = (landing.aim for landing in sketch.landings)
    return tuple(TakeMoment(a.id, a.frame, a.label, a.weight, a.early, a.late, a.must_be, a.mandatory) for a in aims)


def read_fits(table: bytes) -> tuple[TakeFit, ...]:
    """Read what :func:`model.scoring.folder.tempo_table` wrote; raises NotesInvalid if it is damaged."""
    try:
        rows = list(csv.reader(io.StringIO(table.decode())))
        names, costs, falls = (
            rows[0][1:],
            {row[0]: row[1:] for row in rows[1 : 1 + len(_COSTS)]},
            rows[1 + len(_COSTS) :],
        )
        return tuple(_fit(names, costs, falls, column) for column in range(len(names)))
    except (ValueError, IndexError, KeyError) as error:
        raise NotesInvalid("The tempo table of this cue is damaged.", hint="Write the cue again.") from error


def _fit(names: list[str], costs: dict[str, list[str]], falls: list[list[str]], column: int) -> TakeFit:
    said = {what: costs[what][column] for what in _COSTS}
    return TakeFit(
        name=names[column],
        kind=("taken", "single")[column] if column < 2 else "other",  # noqa: PLR2004 - the order of the table
        bpm=tuple(float(bpm) for bpm in said["bpm"].split()),
        bars=int(said["bars"]),
        hits=int(said["hits"]),
        near=int(said["near"]),
        missed=int(said["missed"]),
        captured=float(said["weight captured"]),
        changes=int(said["tempo changes"]),
        largest_step=round(float(said["largest step"].removesuffix("%")) / 100, 4),
        odd_bars=int(said["odd bars"]),
        falls=tuple(_fall(row[1:][column]) for row in falls),
    )


def _fall(cell: str) -> TakeFall:
    found = _FALL.fullmatch(cell)
    if found is None:
        message = f"not a place: {cell!r:.60}"
        raise ValueError(message)
    return TakeFall(float(found["off"]), Grade(found["grade"]), found["where"] or "", found["reason"] or "")
