"""What Cuelight's tempo search is measured against: constant tempi, and a plain beam over the hits.

The beam is our own reading of the published prototype's description ("clean 0.5-bpm grid, at most 6 % steps, change
cost; over (hit index, last anchor time, bpm)", 600 wide): its tempo may change only on a beat that caught a hit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.tempo_instances import LARGEST_STEP_SHARE, RATE_FPS, Instance, share_caught

Floats = npt.NDArray[np.float64]
START_FRAMES = 24
BEAM = 600  # partial answers kept: the published width
CHANGE_COST = 0.15  # of a tempo change, in units of a hit of weight 1


def best_constant(instance: Instance, step: float, starts: int) -> float:
    """Best share any constant tempo on a grid of ``step`` bpm catches, begun on one of the first ``starts`` frames."""
    bpms = np.arange(instance["bpm_min"], instance["bpm_max"] + step / 2, step)
    begin = np.arange(starts) / RATE_FPS
    hit_s = np.array([hit["frame"] / RATE_FPS for hit in instance["hits"]])
    weights = np.array([hit["weight"] for hit in instance["hits"]], np.float64)
    periods = 60 / bpms[:, None, None]
    early = (hit_s - instance["early_frames"] / RATE_FPS - begin[:, None])[None]
    late = (hit_s + instance["late_frames"] / RATE_FPS - begin[:, None])[None]
    caught = (np.floor(late / periods) >= np.ceil(early / periods)) & (late >= 0)
    return float((caught * weights).sum(axis=2).max() / weights.sum())


@dataclass(frozen=True, slots=True)
class _State:
    """A partial answer of the beam: the anchor is the last beat that caught a hit, or the first beat."""

    score: float
    anchor_s: float
    bpm: float
    tempi: tuple[tuple[float, float], ...]
    began_s: float = 0.0

    def changes(self) -> int:
        """Count the tempo changes."""
        return len(self.tempi) - 1


def search_beam(instance: Instance) -> tuple[float, int]:
    """Run the plain beam; returns the share caught and the number of tempo changes."""
    bpms = np.arange(instance["bpm_min"], instance["bpm_max"] + 0.25, 0.5)
    states = [
        _State(0.0, f / RATE_FPS, float(b), ((f / RATE_FPS, float(b)),), f / RATE_FPS)
        for f in range(START_FRAMES)
        for b in bpms
    ]
    for hit in instance["hits"]:
        found = list(states)
        for state in states:
            found += _catching(state, hit["frame"], hit["weight"], instance, bpms)
        states = _widest(found)
    best = max(states, key=lambda s: s.score)
    return share_caught(instance, _beats(best, instance["end_frame"] / RATE_FPS)), best.changes()


def _catching(state: _State, frame: int, weight: float, instance: Instance, bpms: Floats) -> list[_State]:
    """Return every way to catch the hit from the last anchor: at the same tempo, or after a change on the anchor."""
    near = bpms[np.maximum(bpms / state.bpm, state.bpm / bpms) <= 1 + LARGEST_STEP_SHARE]
    tempi = near if state.anchor_s > state.began_s else np.array([state.bpm])
    gap = frame / RATE_FPS - state.anchor_s
    beats = np.maximum(np.round(gap * tempi / 60), 0)
    off = (state.anchor_s + beats * 60 / tempi) * RATE_FPS - frame
    inside = (off >= -instance["early_frames"]) & (off <= instance["late_frames"])
    inside &= (beats > 0) | (tempi == state.bpm)
    return [_catch(state, float(tempi[i]), float(beats[i]), weight) for i in np.flatnonzero(inside)]


def _catch(state: _State, bpm: float, beats: float, weight: float) -> _State:
    at = state.anchor_s + beats * 60 / bpm
    if bpm == state.bpm:
        return _State(state.score + weight, at, bpm, state.tempi, state.began_s)
    return _State(state.score + weight - CHANGE_COST, at, bpm, (*state.tempi, (state.anchor_s, bpm)), state.began_s)


def _widest(states: list[_State]) -> list[_State]:
    """Keep the best state of every (half frame, tempo), and of those the best 600."""
    best = dict[tuple[int, float], _State]()
    for state in states:
        key = (round(state.anchor_s * RATE_FPS * 2), state.bpm)
        if key not in best or state.score > best[key].score:
            best[key] = state
    return sorted(best.values(), key=lambda s: -s.score)[:BEAM]


def _beats(state: _State, end_s: float) -> Floats:
    out = list[Floats]()
    ends = [at for at, _ in state.tempi[1:]] + [end_s + 1]
    for (at, bpm), end in zip(state.tempi, ends, strict=True):
        out.append(np.arange(at, end - 1e-6, 60 / bpm))
    return np.concatenate(out)
