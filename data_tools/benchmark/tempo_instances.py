"""Tempo-fit instances drawn at random, and the check of answers against the rules, independent of the solver."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Instance = dict[str, Any]
Answer = Mapping[str, Any]
GROUPS = ((4, 30), (6, 45), (8, 60), (12, 90))
RATE_FPS = 24000 / 1001
LARGEST_STEP_SHARE = 0.06


def draw_instances(hits: int, seconds: int, count: int, seed: int) -> list[Instance]:
    """Draw instances like those of the data folder: hits on random frames, weights 1-3, 80-120 bpm."""
    rng = random.Random(seed)
    end = int(seconds * RATE_FPS)
    out = list[Instance]()
    for number in range(count):
        frames = sorted(rng.sample(range(24, end), hits))
        marks = [{"frame": frame, "weight": rng.randint(1, 3)} for frame in frames]
        out.append(
            {
                "id": f"{hits}x{seconds}-{number:02d}",
                "rate": "24000/1001",
                "end_frame": end,
                "bpm_min": 80,
                "bpm_max": 120,
                "early_frames": 1,
                "late_frames": 2,
                "hits": marks,
            }
        )
    return out


def beats_of(answer: Answer, end_s: float) -> npt.NDArray[np.float64]:
    """Seconds of every whole beat of an answer, up to a little past the end."""
    out, at = list[float](), float(answer["first_beat_seconds"])
    tempi = list(answer["tempo_map"])
    for here, there in zip(tempi, [*tempi[1:], None], strict=True):
        period = 60.0 / float(here["bpm"])
        last = int(there["beat"]) - int(here["beat"]) if there is not None else int(end_s / period) + 2
        out += [at + n * period for n in range(last)]
        at += last * period
    return np.array(out)


def share_caught(instance: Instance, beats: npt.NDArray[np.float64]) -> float:
    """Weighted share of hits with a whole beat inside their window."""
    caught, total = 0.0, 0.0
    for hit in instance["hits"]:
        off = beats * RATE_FPS - hit["frame"]
        total += float(hit["weight"])
        if ((off >= -instance["early_frames"]) & (off <= instance["late_frames"])).any():
            caught += float(hit["weight"])
    return caught / total


def broken_rules(instance: Instance, answer: Answer) -> list[str]:
    """Name every rule an answer breaks."""
    out, tempi = list[str](), list(answer["tempo_map"])
    if not 0 <= answer["first_beat_seconds"] < 1:
        out.append("the first beat comes before the start or after a second")
    if [t["beat"] for t in tempi] != sorted({int(t["beat"]) for t in tempi}) or not tempi or tempi[0]["beat"] != 0:
        out.append("changes are on whole beats, in order, from beat 0")
    if any(t["bpm"] * 2 % 1 or not instance["bpm_min"] <= t["bpm"] <= instance["bpm_max"] for t in tempi):
        out.append("tempi are multiples of a half inside the range")
    if any(step > LARGEST_STEP_SHARE for step in tempo_steps(answer)):
        out.append("neighbouring tempi differ by at most 6 %")
    return out


def tempo_steps(answer: Answer) -> list[float]:
    """Tempo steps from one tempo to the next, as shares of the slower one."""
    bpms = [float(t["bpm"]) for t in answer["tempo_map"]]
    return [max(a / b, b / a) - 1 for a, b in pairwise(bpms)]


def heaviest_subset_share(instance: Instance) -> float:
    """Weighted share of the heaviest hits that two beats at the fastest tempo could catch: the published upper bound.

    A beat that catches two hits at once is not counted on, so a little more can be had.
    """
    gap = 60 / instance["bpm_max"] * RATE_FPS - instance["early_frames"] - instance["late_frames"]
    frames: Sequence[int] = [hit["frame"] for hit in instance["hits"]]
    best = [0.0]
    for number, hit in enumerate(instance["hits"]):
        before = sum(frame <= hit["frame"] - gap for frame in frames[:number])
        best.append(max(best[-1], best[before] + float(hit["weight"])))
    return best[-1] / float(sum(hit["weight"] for hit in instance["hits"]))
