"""How well tempo maps land hits: on the data folder's instances, and on fresh ones of the same kind.

Captured: weighted share of hits with a whole beat -1 to +2 frames from them, averaged over a group. Every anchor is
measured in the same run, apart from the published prototype's figures, which the instances file carries. Times are
process time of the search alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from data_tools.benchmark.table import BenchRow, data_folder
from data_tools.benchmark.tempo_anchors import START_FRAMES, best_constant, search_beam
from data_tools.benchmark.tempo_instances import (
    GROUPS,
    RATE_FPS,
    Answer,
    Instance,
    beats_of,
    broken_rules,
    draw_instances,
    heaviest_subset_share,
    share_caught,
    tempo_steps,
)
from model.time import Frame, Timebase
from model.timing.fit import fit_aims
from model.timing.instances import SCHEMA, answer_instances
from model.timing.landing import Aim, FitSettings

CAPTURED = {"4x30": 0.962, "6x45": 0.968, "8x60": 0.970, "12x90": 0.940}
CHANGES = {"4x30": 0.95, "6x45": 1.85, "8x60": 2.9, "12x90": 4.2}
FRESH_SEED = 20_260  # of instances that nothing was ever chosen on
FRESH_COUNT = 25  # instances a group
MOST_MS = 100.0
BOUND = "heaviest subset, one hit a beat"


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Figures of a group's answers: means over the group, except ``largest`` and ``broken``."""

    captured: float
    changes: float
    largest: float
    broken: int
    ms: float


def rows() -> list[BenchRow]:
    """Return the figures of the four groups and of fresh instances."""
    document = json.loads((data_folder() / "hits" / "instances.json").read_bytes())
    out = list[BenchRow]()
    for group in CAPTURED:
        chosen = [i for i in document["instances"] if i["id"].startswith(group + "-")]
        out += _group_rows(group, chosen, document["anchors"][group])
    return [*out, *_fresh_rows(), _whole_fit_row()]


def _group_rows(group: str, instances: Sequence[Instance], published: dict[str, float]) -> list[BenchRow]:
    on = f"instances {group}"
    ours, beams = _measure_group(instances), [search_beam(i) for i in instances]
    anchors = {
        "constant integer bpm": _mean(lambda i: best_constant(i, 1.0, 1), instances),
        "constant tenth bpm, free start": _mean(lambda i: best_constant(i, 0.1, START_FRAMES), instances),
        "plain beam (ours)": float(np.mean([share for share, _ in beams])),
        "prototype (published)": published["prototype_half_bpm"],
        BOUND: _mean(heaviest_subset_share, instances),
    }
    turned = {"plain beam (ours)": float(np.mean([n for _, n in beams])), "prototype (published)": CHANGES[group]}
    return [
        BenchRow("weighted hits captured", on, ours.captured, CAPTURED[group], anchors=anchors),
        BenchRow("tempo changes per cue", on, ours.changes, CHANGES[group], "<=", anchors=turned),
        BenchRow("largest tempo step", on, ours.largest, 0.06, "<="),
        BenchRow("answers that break a rule", on, ours.broken, 0, "=="),
        BenchRow("milliseconds per cue", on, ours.ms, MOST_MS, "<=", note="process time"),
    ]


def _fresh_rows() -> list[BenchRow]:
    """Measure fresh instances, which nothing was chosen on, so that the figures above do not depend on one file."""
    out = list[BenchRow]()
    for hits, seconds in GROUPS:
        group = f"{hits}x{seconds}"
        drawn = draw_instances(hits, seconds, FRESH_COUNT, FRESH_SEED + hits)
        ours = _measure_group(drawn)
        anchors = {
            "constant tenth bpm, free start": _mean(lambda i: best_constant(i, 0.1, START_FRAMES), drawn),
            BOUND: _mean(heaviest_subset_share, drawn),
        }
        note = f"{ours.changes:.2f} changes per cue"
        floor = anchors[BOUND] - 0.01
        what = "weighted hits captured, against the bound less a hundredth"
        out.append(
            BenchRow(what, f"{FRESH_COUNT} fresh {group}", ours.captured, round(floor, 3), anchors=anchors, note=note)
        )
    return out


def _whole_fit_row() -> BenchRow:
    """Time a usual cue from hits to maps: best, single and three alternatives, with bars and reasons."""
    timebase = Timebase(Fraction(24000, 1001))
    drawn = draw_instances(6, 45, 10, FRESH_SEED)
    began = time.process_time()
    for instance in drawn:
        aims = [Aim(str(h["frame"]), Frame(h["frame"]), h["weight"]) for h in instance["hits"]]
        fit_aims(aims, Fraction(0), instance["end_frame"], timebase, FitSettings(bpm=(80, 110)))
    ms = (time.process_time() - began) / len(drawn) * 1000
    note = "80-110 bpm, bars and reasons included"
    return BenchRow("milliseconds per cue, five maps", "10 fresh 6x45", ms, MOST_MS, "<=", note=note)


def _measure_group(instances: Sequence[Instance]) -> GroupFigures:
    document = json.dumps({"schema": SCHEMA, "instances": list(instances)}).encode()
    began = time.process_time()
    answers: list[Answer] = list(answer_instances(document))
    ms = (time.process_time() - began) / len(instances) * 1000
    pairs = list(zip(instances, answers, strict=True))
    return GroupFigures(
        float(np.mean([share_caught(i, beats_of(a, i["end_frame"] / RATE_FPS)) for i, a in pairs])),
        float(np.mean([len(a["tempo_map"]) - 1 for a in answers])),
        max((step for a in answers for step in tempo_steps(a)), default=0.0),
        sum(bool(broken_rules(i, a)) for i, a in pairs),
        ms,
    )


def _mean(measure: Callable[[Instance], float], instances: Sequence[Instance]) -> float:
    return float(np.mean([measure(i) for i in instances]))
