"""What else could be done: other ins and outs for each cue, scored with everything else left as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.spotting.candidates import CandidateMark, Candidates
from model.spotting.segment import Lattice

REACH_S = 20.0
APART_S = 1.5
LEAST_CUE_S = 2.0

_CALLED: dict[CandidateMark, str] = {
    CandidateMark.SCENE: "on the cut to the new scene",
    CandidateMark.CUT: "on the cut",
    CandidateMark.IMPACT: "on the hit",
    CandidateMark.FADE_IN: "with the fade up",
    CandidateMark.FADE_OUT: "with the fade out",
    CandidateMark.LINE_END: "after the line",
    CandidateMark.LINE_START: "just before the line",
    CandidateMark.TITLE_START: "on the title",
    CandidateMark.TITLE_END: "as the title goes",
    CandidateMark.DISSOLVE: "on the dissolve",
    CandidateMark.EDGE: "at the very edge of the reel",
    CandidateMark.MUSIC_START: "where the temp comes in",
    CandidateMark.MUSIC_END: "where the temp goes out",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """Another in or out: which candidate, what is there, and what it costs against the choice made (0 = as good)."""

    at: int
    called: str
    cost: float


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Candidate indices of the last out before a cue and the next in after it; the reel's ends where there is none."""

    out_before: int
    in_after: int


def other_ins(lattice: Lattice, candidates: Candidates, cue: tuple[int, int], between: Neighbours) -> list[Shift]:
    """Rank other places to come in, best first, each a moment of its own."""
    start, end = cue
    options = _reachable(lattice, start, between.out_before, end - 1, other=end)
    scored = [(k, _span_score(lattice, (k, end), between)) for k in options]
    return _rank_shifts(lattice, candidates, scored, _span_score(lattice, cue, between))


def other_outs(lattice: Lattice, candidates: Candidates, cue: tuple[int, int], between: Neighbours) -> list[Shift]:
    """Rank other places to go out, best first, each a moment of its own."""
    start, end = cue
    options = _reachable(lattice, end, start + 1, between.in_after, other=start)
    scored = [(k, _span_score(lattice, (start, k), between)) for k in options]
    return _rank_shifts(lattice, candidates, scored, _span_score(lattice, cue, between))


def _reachable(lattice: Lattice, chosen: int, first: int, last: int, *, other: int) -> list[int]:
    """Candidates near the chosen one but clear of it and of the cue's other end."""
    times = lattice.times_s
    low, high = np.searchsorted(times, (times[chosen] - REACH_S, times[chosen] + REACH_S))
    near = range(max(first, int(low)), min(last, int(high)) + 1)
    clear = (k for k in near if abs(times[k] - times[chosen]) >= APART_S)
    return [k for k in clear if abs(times[k] - times[other]) >= LEAST_CUE_S]


def _span_score(lattice: Lattice, cue: tuple[int, int], between: Neighbours) -> float:
    """Worth of a cue and of the silences on both its sides."""
    start, end = cue
    total = float(lattice.score_ending_at(end)[0][start])
    if start > between.out_before:
        total += float(lattice.score_ending_at(start)[1][between.out_before])
    if between.in_after > end:
        total += float(lattice.score_ending_at(between.in_after)[1][end])
    return total


def _rank_shifts(lattice: Lattice, candidates: Candidates, scored: list[tuple[int, float]], own: float) -> list[Shift]:
    times = lattice.times_s
    found: list[Shift] = []
    for k, score in sorted(scored, key=lambda s: (-s[1], s[0])):
        called = call_place(candidates, k)
        if called and all(abs(times[k] - times[s.at]) >= APART_S for s in found):
            found.append(Shift(k, called, max(0.0, own - score)))
    return found


def call_place(candidates: Candidates, at: int) -> str:
    """Say what lies at a candidate; empty for a point of the grid."""
    return next((words for mark, words in _CALLED.items() if candidates.has(at, mark)), "")
