"""Tempo-fit instances: read a file of hits, answer with the first beat and the tempi, as the data folder asks.

A hit of an instance is caught by any whole beat inside its window; bars, meters and outs play no part, so only the
search runs, with prices that make capture nearly all that counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import numpy as np

from model.errors import NotesInvalid, RateInvalid
from model.time import Frame, parse_rate
from model.timing.grid import TempoGrid
from model.timing.landing import Aim, FitSettings
from model.timing.scoring import SAFE, Scoring, Timed, rewards
from model.timing.search import BeatPath, Task, best_path

SCHEMA: Final = "tempo-fit-instances/1"
LATEST_START_S: Final = 0.99
SHIFT_S, SHIFTS = 0.0001, 100
# A hair under 6 %: 106 after 100 bpm is 0.06000000000000005 to whoever checks in floats.
STEP: Final = 0.0599
CAPTURE: Final = Scoring(
    change=0.05, slope=0.5, unanchored=0.0, early=0.002, late=0.001, near=0.7, near_frames=0.1, target=0.0, start=0.0
)


def answer(instances: bytes) -> list[dict[str, Any]]:
    """Answer every instance of a file, in its order.

    Returns ``{"id", "first_beat_seconds", "tempo_map": [{"beat", "bpm"}]}`` each. Raises NotesInvalid for bytes that
    are no such file, TempoInvalid where an instance's range holds no tempo.
    """
    return [_answer_one(one) for one in read_instances(instances)]


def read_instances(instances: bytes) -> list[dict[str, Any]]:
    """Read the instances of a file; raises NotesInvalid."""
    try:
        document = json.loads(instances)
    except (UnicodeDecodeError, json.JSONDecodeError):
        document = None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or "instances" not in document:
        raise NotesInvalid("This is no file of tempo-fit instances.", hint=f'It begins with "schema": "{SCHEMA}".')
    return list(document["instances"])


def solve(instance: dict[str, Any], scoring: Scoring = CAPTURE) -> BeatPath:
    """Find the beats and tempi of one instance; raises NotesInvalid for a damaged one."""
    try:
        frame_s = float(1 / parse_rate(str(instance["rate"])))
        end_s = int(instance["end_frame"]) * frame_s
        settings = FitSettings(bpm=(float(instance["bpm_min"]), float(instance["bpm_max"])), largest_step=STEP)
        early, late = int(instance["early_frames"]), int(instance["late_frames"])
        timed = [_timed(hit, early, late, frame_s) for hit in instance["hits"]]
    except (KeyError, TypeError, ValueError, RateInvalid) as reason:
        message = f"The instance {str(instance)[:60]}... is damaged: {reason}."
        raise NotesInvalid(message) from None
    grid = TempoGrid.of(settings)
    table = rewards(timed, end_s + 2 * float(grid.periods_s.max()), float(grid.periods_s.min()), scoring)
    middle = (settings.bpm[0] + settings.bpm[1]) / 2
    return _shifted(best_path(Task(grid, table, end_s, LATEST_START_S, middle, scoring)), timed)


def _shifted(path: BeatPath, timed: Sequence[Timed]) -> BeatPath:
    """Move all beats by the few milliseconds that bring the most weight inside the windows.

    The search pays nearly in full for beats a hair outside a window: two hits whose windows hold the fastest beat only
    from edge to edge are then caught by the exact start, which may be any number.
    """
    beats = path.seconds(path.beats + 1)
    tries = np.arange(-SHIFTS, SHIFTS + 1) * SHIFT_S
    tries = tries[(tries + float(path.start) >= 0) & (tries + float(path.start) < 1)]
    caught = np.zeros(len(tries))
    for one in timed:
        off = (beats - one.at_s) / one.frame_s
        close = off[(off > -one.aim.early - 1) & (off < one.aim.late + 1)]
        moved = close[:, None] + tries / one.frame_s
        inside = (moved >= -one.aim.early + SAFE) & (moved <= one.aim.late - SAFE)
        caught += one.aim.weight * inside.any(axis=0)
    best = min(np.flatnonzero(caught == caught.max()), key=lambda n: abs(tries[n]))
    return replace(path, start=path.start + round(tries[best] / SHIFT_S) * Fraction(SHIFT_S).limit_denominator(10**6))


def _timed(hit: dict[str, Any], early: int, late: int, frame_s: float) -> Timed:
    frame = int(hit["frame"])
    return Timed(Aim(str(frame), Frame(frame), float(hit["weight"]), early, late), frame * frame_s, frame_s)


def _answer_one(instance: dict[str, Any]) -> dict[str, Any]:
    path = solve(instance)
    tempo_map = [{"beat": beat, "bpm": _number(bpm)} for beat, bpm in path.tempi]
    return {"id": instance.get("id", ""), "first_beat_seconds": float(path.start), "tempo_map": tempo_map}


def _number(bpm: Fraction) -> float:
    return float(bpm)
