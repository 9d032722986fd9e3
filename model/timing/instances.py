"""Tempo-fit instances (``cuelight fit``): read a file of hits, answer with the first beat and the tempi of each.

A hit of an instance is caught by any whole beat inside its window; bars, meters and outs play no part, so only the
search runs, with costs so low that little counts besides the hits caught.
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
from model.timing.costs import EDGE_MARGIN_FRAMES, FitCosts, TimedAim, make_rewards
from model.timing.grid import TempoGrid
from model.timing.landing import Aim, FitSettings
from model.timing.search import BeatPath, SearchTask, find_best_path

SCHEMA: Final = "tempo-fit-instances/1"
LATEST_START_S: Final = 0.99
SHIFT_STEP_S: Final = 0.0001
MOST_SHIFT_STEPS: Final = 100  # either way, 10 ms: as long as a bin of the search
LARGEST_STEP_SHARE: Final = 0.0599  # just under 6 %: as a float, the step from 100 to 106 bpm is a little above it
CAPTURE_COSTS: Final = FitCosts(
    change=0.05, slope=0.5, unanchored=0.0, early=0.002, late=0.001, near=0.7, near_frames=0.1, target=0.0, start=0.0
)


def answer_instances(instances: bytes) -> list[dict[str, Any]]:
    """Answer every instance of a file, in its order.

    Returns ``{"id", "first_beat_seconds", "tempo_map": [{"beat", "bpm"}]}`` each. Raises NotesInvalid for bytes that
    are no such file, TempoInvalid where an instance's range holds no tempo.
    """
    out = list[dict[str, Any]]()
    for instance in _read_instances(instances):
        path = _solve(instance)
        tempo_map = [{"beat": beat, "bpm": float(bpm)} for beat, bpm in path.tempi]
        out.append({"id": instance.get("id", ""), "first_beat_seconds": float(path.start), "tempo_map": tempo_map})
    return out


def _read_instances(instances: bytes) -> list[dict[str, Any]]:
    """Read the instances of a file; raises NotesInvalid."""
    try:
        document = json.loads(instances)
    except (UnicodeDecodeError, json.JSONDecodeError):
        document = None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or "instances" not in document:
        raise NotesInvalid("This is no file of tempo-fit instances.", hint=f'It begins with "schema": "{SCHEMA}".')
    return list(document["instances"])


def _solve(instance: dict[str, Any]) -> BeatPath:
    """Find the beats and tempi of one instance; raises NotesInvalid for a damaged one."""
    try:
        frame_s = float(1 / parse_rate(str(instance["rate"])))
        end_s = int(instance["end_frame"]) * frame_s
        bpm = (float(instance["bpm_min"]), float(instance["bpm_max"]))
        early, late = int(instance["early_frames"]), int(instance["late_frames"])
        timed = list[TimedAim]()
        for hit in instance["hits"]:
            frame = int(hit["frame"])
            aim = Aim(str(frame), Frame(frame), float(hit["weight"]), early, late)
            timed.append(TimedAim(aim, frame * frame_s, frame_s))
    except (KeyError, TypeError, ValueError, RateInvalid) as reason:
        message = f"The instance {str(instance)[:60]}... is damaged: {reason}."
        raise NotesInvalid(message) from None
    grid = TempoGrid.of(FitSettings(bpm=bpm, largest_step=LARGEST_STEP_SHARE))
    table_s = end_s + 2 * float(grid.periods_s.max())
    rewards = make_rewards(timed, table_s, float(grid.periods_s.min()), CAPTURE_COSTS)
    task = SearchTask(grid, rewards, end_s, LATEST_START_S, target=sum(bpm) / 2, costs=CAPTURE_COSTS)
    return _shift_start(find_best_path(task), timed)


def _shift_start(path: BeatPath, timed: Sequence[TimedAim]) -> BeatPath:
    """Move all beats by the few milliseconds that bring the most weight inside the windows.

    The search pays nearly in full for beats just outside a window. Two hits whose windows only just hold the fastest
    beat between them are then caught by an exact start, which may be any number of seconds.
    """
    beats = path.seconds(path.beats + 1)
    shifts = np.arange(-MOST_SHIFT_STEPS, MOST_SHIFT_STEPS + 1) * SHIFT_STEP_S
    shifts = shifts[(shifts + float(path.start) >= 0) & (shifts + float(path.start) < 1)]
    caught = np.zeros(len(shifts))
    for one in timed:
        off = (beats - one.at_s) / one.frame_s
        close = off[(off > -one.aim.early - 1) & (off < one.aim.late + 1)]
        moved = close[:, None] + shifts / one.frame_s
        inside = (moved >= -one.aim.early + EDGE_MARGIN_FRAMES) & (moved <= one.aim.late - EDGE_MARGIN_FRAMES)
        caught += one.aim.weight * inside.any(axis=0)
    best = min(np.flatnonzero(caught == caught.max()), key=lambda n: abs(shifts[n]))
    step_s = Fraction(SHIFT_STEP_S).limit_denominator(10**6)
    return replace(path, start=path.start + round(shifts[best] / SHIFT_STEP_S) * step_s)
