"""Features: what a step of the reel, or a candidate for an in or out, looks like to the learned tables.

Columns are named so that a reason can be given for every judgement. A signal that was not observed is NaN; the
tables know what to do then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.spotting.candidates import CandidateMark, Candidates
from model.spotting.evidence import HOP_S, EvidenceSignals, smooth
from model.spotting.talk import Talk, describe_times, place

Array = npt.NDArray[np.float64]

LOCAL_S = 3.0
WIDE_S = 15.0
NEAR_S = 1.0
AROUND_S = 5.0
FAR_S = 20.0
_LEVELS = ("speech", "arousal", "tension", "action", "cut_rate", "level_db", "face")
_NEAR = ("speech", "face", "title", "impact", "level_db", "arousal")
_SHOTS = (CandidateMark.CUT, CandidateMark.SCENE, CandidateMark.DISSOLVE, CandidateMark.FADE_IN, CandidateMark.FADE_OUT)
_LONGEST_S = 30.0
_HARD = 0.6  # strength of an impact, 0-1, called hard
_FAR = ("speech", "arousal", "cut_rate", "action")


@dataclass(frozen=True, slots=True)
class Features:
    """A named matrix: ``values`` float64 [n, d], ``names`` one per column."""

    values: Array
    names: tuple[str, ...]


def step_features(signals: EvidenceSignals, talk: Talk) -> Features:
    """Describe every half second for "is this to be played?"."""
    columns: dict[str, Array] = {}
    curves = rank_signals(signals)
    for name in (*_LEVELS, "title", "impact"):
        columns[name] = smooth(curves[name], LOCAL_S)
        columns[f"{name} wide"] = smooth(curves[name], WIDE_S)
    for name in _LEVELS:
        columns[f"{name} slope"] = _ahead(columns[name]) - _ahead(columns[name][::-1])[::-1]
    columns["arousal rank"] = _rank(columns["arousal"])
    columns["from start"] = np.log1p(signals.times_s)
    columns["to end"] = np.log1p(signals.times_s[::-1])
    rhythm = describe_times(talk, signals.times_s)
    if not np.isfinite(signals.speech).all():
        rhythm = np.full_like(rhythm, np.nan)
    columns |= {f"talk {k}": rhythm[:, k] for k in range(rhythm.shape[1])}
    return Features(np.stack(list(columns.values()), axis=1), tuple(columns))


def candidate_features(signals: EvidenceSignals, talk: Talk, candidates: Candidates, turns: Array) -> Features:
    """Describe every candidate for "is this a place to come in (to go out)?".

    ``turns`` float64 [n]: how much the look changes at each candidate, 0 where no shot begins.
    """
    at = candidates.times_s
    curves = rank_signals(signals)
    columns: dict[str, Array] = {
        f"mark {m.name.lower()}": candidates.marks[:, m].astype(np.float64) for m in CandidateMark
    }
    columns["look turns"] = turns
    for name in _LEVELS:
        columns |= _around(name, curves[name], at, AROUND_S)
    for name in _NEAR:
        columns |= _around(f"{name} near", curves[name], at, NEAR_S)
    for name in _FAR:
        columns |= _around(f"{name} far", curves[name], at, FAR_S)
    columns |= _lines_around(signals, talk, at)
    marks = (CandidateMark.CUT, CandidateMark.IMPACT, CandidateMark.SCENE)
    columns |= {f"from {mark.name.lower()}": _distance(candidates, mark) for mark in marks}
    columns |= _passing(candidates, (CandidateMark.SCENE,), "scene") | _passing(candidates, _SHOTS, "shot")
    columns |= _blows(signals, at)
    columns["from start"], columns["to end"] = at, at[-1] - at
    return Features(np.stack(list(columns.values()), axis=1), tuple(columns))


def rank_signals(signals: EvidenceSignals) -> dict[str, Array]:
    """Give every signal by name, movement as its rank in the reel: a codec or a grain must not look like drama.

    Music already in the cut is left out on purpose: whether it is temp or source is for people to say.
    """
    return {**signals.curves(), "action": _rank(signals.action)}


def _around(name: str, curve: Array, at: Array, reach_s: float) -> dict[str, Array]:
    """Mean before, mean after, and the turn between them."""
    running = np.concatenate([[0.0], np.cumsum(curve)]) * HOP_S
    grid = np.arange(len(running)) * HOP_S

    def total(time: Array) -> Array:
        return np.interp(np.clip(time, 0, grid[-1]), grid, running)

    def mean(low: Array, high: Array) -> Array:
        length = np.clip(high, 0, grid[-1]) - np.clip(low, 0, grid[-1])
        return np.where(length > 0.05, (total(high) - total(low)) / np.maximum(length, 0.05), 0.0)  # noqa: PLR2004

    past, coming = mean(at - reach_s, at), mean(at, at + reach_s)
    return {f"{name} before": past, f"{name} after": coming, f"{name} turn": coming - past}


def _lines_around(signals: EvidenceSignals, talk: Talk, at: Array) -> dict[str, Array]:
    where = place(talk, at)
    names = ("since", "until", "gap", "into", "left", "gap_before", "gap_after")
    columns = {f"line {n}": np.minimum(getattr(where, n), 30.0) for n in names}
    columns["line inside"] = where.inside.astype(np.float64)
    if not np.isfinite(signals.speech).all():
        return {n: np.full(len(at), np.nan) for n in columns}
    return columns


def _distance(candidates: Candidates, mark: CandidateMark) -> Array:
    """Signed seconds from the nearest candidate carrying ``mark``, limited to 10."""
    at = candidates.times_s
    marked = at[candidates.marks[:, mark]]
    if not len(marked):
        return np.full(len(at), 10.0)
    right = np.clip(np.searchsorted(marked, at), 0, len(marked) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(np.abs(at - marked[left]) <= np.abs(at - marked[right]), marked[left], marked[right])
    return np.asarray(np.clip(at - nearest, -10.0, 10.0), dtype=np.float64)


def _passing(candidates: Candidates, marks: tuple[CandidateMark, ...], name: str) -> dict[str, Array]:
    """Seconds the scene (or shot) that ends here has lasted, and the one that begins here will last."""
    at = candidates.times_s
    marked = np.unique(np.concatenate([[at[0]], at[candidates.marks[:, list(marks)].any(axis=1)], [at[-1]]]))
    before = marked[np.maximum(np.searchsorted(marked, at - 0.05, side="right") - 1, 0)]
    after = marked[np.minimum(np.searchsorted(marked, at + 0.05), len(marked) - 1)]
    return {
        f"{name} lasted": np.clip(at - before, 0.0, _LONGEST_S),
        f"{name} lasts": np.clip(after - at, 0.0, _LONGEST_S),
    }


def _blows(signals: EvidenceSignals, at: Array) -> dict[str, Array]:
    """Seconds to the next hard blow and from the last, limited to 10; NaN where nobody listened."""
    if not np.isfinite(signals.impact).all():
        return {"blow ahead": np.full(len(at), np.nan), "blow behind": np.full(len(at), np.nan)}
    hard = signals.times_s[signals.impact >= _HARD]
    edges = np.concatenate([[-np.inf], hard, [np.inf]])
    ahead = edges[np.searchsorted(edges, at - HOP_S / 2)] - at
    behind = at - edges[np.searchsorted(edges, at + HOP_S / 2, side="right") - 1]
    return {"blow ahead": np.minimum(ahead, 10.0), "blow behind": np.minimum(behind, 10.0)}


def _ahead(values: Array) -> Array:
    """Look ``AROUND_S`` ahead; the end repeats."""
    shift = int(AROUND_S / HOP_S)
    return values[np.minimum(np.arange(len(values)) + shift, len(values) - 1)]


def _rank(values: Array) -> Array:
    """Position of each value among all of the reel, 0-1."""
    if not np.isfinite(values).all():
        return values
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.linspace(0.0, 1.0, len(values))
    return ranks
