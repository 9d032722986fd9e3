"""Ranking: a small logistic table over the reasons, and one hit per event.

The table lies beside this file (``hit_weights.json``, card ``hit_weights.card.md``) and is written by
``training.hits.train``. Its signs are fixed by the trade's experience; only the sizes were fitted.
"""

from __future__ import annotations

import heapq
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.errors import AssetCorrupt
from model.spotting.hits.features import FEATURES, Weighed

TABLE = Path(__file__).with_name("hit_weights.json")
SCHEMA = "cuelight.hit-weights/2"
APART_S = 0.125  # the usual capture window, three frames at 24: two hits nearer than this are caught by one beat
CROWD_S = 0.5  # from a heavier hit,
CROWDED = 0.6  # a hit's odds are multiplied by this


@dataclass(frozen=True, slots=True)
class RankingTable:
    """The learned table: ``weights`` float64 [len(FEATURES)], ``least`` the probability a proposal must reach."""

    bias: float
    weights: npt.NDArray[np.float64]
    least: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A weighed candidate, how likely it is a hit, and what each reason added to the log-odds."""

    weighed: Weighed
    probability: float
    shares: dict[str, float]

    @property
    def frame(self) -> int:
        """Frame of the candidate."""
        return self.weighed.candidate.frame


@cache
def load_table(path: Path = TABLE) -> RankingTable:
    """Read how likely reasons make a hit; raises AssetCorrupt if the table is not of this version of the code."""
    return _read(path, "likely")


@cache
def load_heft(path: Path = TABLE) -> RankingTable:
    """Read how heavy reasons make a hit; raises AssetCorrupt if the table is not of this version of the code."""
    return _read(path, "heft")


def _read(path: Path, which: str) -> RankingTable:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        table = record[which]
        if record["schema"] != SCHEMA or set(table["weights"]) != set(FEATURES):
            message = "The table of hit weights does not belong to this version."
            raise AssetCorrupt(message)
        weights = np.array([float(table["weights"][name]) for name in FEATURES])
        return RankingTable(float(table["bias"]), weights, float(record["least"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"The table of hit weights cannot be read: {error}."
        raise AssetCorrupt(message) from error


def rank(weighed: list[Weighed], table: RankingTable) -> list[Ranked]:
    """Give every candidate its probability, most likely first; ties go to the earlier frame."""
    ranked = [_rank_one(item, table) for item in weighed]
    return sorted(ranked, key=lambda r: (-r.probability, r.frame))


def _rank_one(item: Weighed, table: RankingTable) -> Ranked:
    shares = item.vector() * table.weights
    probability = 1.0 / (1.0 + float(np.exp(-(table.bias + shares.sum()))))
    return Ranked(item, probability, {name: float(s) for name, s in zip(FEATURES, shares, strict=True) if s})


def one_per_event(ranked: list[Ranked], rate: float) -> list[Ranked]:
    """Keep the best of every event and make what crowds it lighter; returns the new ranking.

    Two hits that one beat would capture are one; a hit within half a second of a heavier one loses to it, for music
    that marks everything marks nothing. Takes n log n steps for n candidates.
    """
    order = sorted(range(len(ranked)), key=lambda place: ranked[place].frame)
    frames = np.array([ranked[place].frame for place in order])
    odds = np.array([ranked[place].probability for place in order])
    heap = [(-p, int(frame), place) for place, (p, frame) in enumerate(zip(odds, frames, strict=True))]
    heapq.heapify(heap)
    kept: list[Ranked] = []
    while heap:
        was, frame, place = heapq.heappop(heap)
        if odds[place] < 0 or -was > odds[place]:  # gone, or made lighter since: its newer entry comes later
            continue
        kept.append(replace(ranked[order[place]], probability=float(odds[place])))
        odds[place] = -1.0
        low, high = np.searchsorted(frames, [frame - CROWD_S * rate, frame + CROWD_S * rate + 1])
        for other in range(int(low), int(high)):
            if odds[other] >= 0:
                near = abs(int(frames[other]) - frame) <= APART_S * rate
                odds[other] = -1.0 if near else odds[other] * CROWDED
                heapq.heappush(heap, (-float(odds[other]), int(frames[other]), other))
    return kept
