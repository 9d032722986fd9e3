"""Tempo-fit instances: read a file of hits, answer with the first beat and the tempi, as the data folder asks.

A hit of an instance is caught by any whole beat inside its window; bars, meters and outs play no part, so only the
search runs, with prices that make capture nearly all that counts.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any, Final

from model.errors import NotesInvalid, RateInvalid
from model.time import Frame, parse_rate
from model.timing.grid import TempoGrid
from model.timing.landing import Aim, FitSettings
from model.timing.scoring import Scoring, Timed, rewards
from model.timing.search import BeatPath, Task, best_path

SCHEMA: Final = "tempo-fit-instances/1"
LATEST_START_S: Final = 0.99
CAPTURE: Final = Scoring(
    change=0.2, slope=2.0, unanchored=0.0, early=0.002, late=0.001, near=0.0, target=0.0, start=0.0
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
        settings = FitSettings(bpm=(float(instance["bpm_min"]), float(instance["bpm_max"])))
        early, late = int(instance["early_frames"]), int(instance["late_frames"])
        timed = [_timed(hit, early, late, frame_s) for hit in instance["hits"]]
    except (KeyError, TypeError, ValueError, RateInvalid) as reason:
        message = f"The instance {str(instance)[:60]}... is damaged: {reason}."
        raise NotesInvalid(message) from None
    grid = TempoGrid.of(settings)
    table = rewards(timed, end_s + 2 * float(grid.periods_s.max()), float(grid.periods_s.min()), scoring)
    middle = (settings.bpm[0] + settings.bpm[1]) / 2
    return best_path(Task(grid, table, end_s, LATEST_START_S, middle, scoring))


def _timed(hit: dict[str, Any], early: int, late: int, frame_s: float) -> Timed:
    frame = int(hit["frame"])
    return Timed(Aim(str(frame), Frame(frame), float(hit["weight"]), early, late), frame * frame_s, frame_s)


def _answer_one(instance: dict[str, Any]) -> dict[str, Any]:
    path = solve(instance)
    tempo_map = [{"beat": beat, "bpm": _number(bpm)} for beat, bpm in path.tempi]
    return {"id": instance.get("id", ""), "first_beat_seconds": float(path.start), "tempo_map": tempo_map}


def _number(bpm: Fraction) -> float:
    return float(bpm)
