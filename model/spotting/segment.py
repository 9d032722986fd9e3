"""The best division of a reel into music and silence: a segmental dynamic programme.

A reel is a row of candidate positions. A division alternates cues and silences whose edges lie on candidates; its
score is the sum of what each cue gathers between its edges, what each edge is worth as an in or an out, and how
usual each length is. The programme finds the best division exactly, and the posterior of every edge.

Cost: O(n^2) additions over n candidates, one vectorised row at a time; about 0.2 s for n = 4000.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Index = npt.NDArray[np.int64]

LENGTH_STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class Lattice:
    """What a division can be made of, and what it is worth.

    Attributes
    ----------
    times_s: float64 [n], increasing: where an in or out may lie; first and last are the reel's ends
    gain: float64 [n], the running sum of music evidence up to each candidate, ``gain[0] == 0``
    ins, outs: float64 [n], worth of an in or an out at each candidate (also at the reel's ends)
    cue_length, silence_length: float64 [m], worth of a length of k * 0.25 s; the last value holds beyond
    segue: worth of going from one cue straight into the next
    """

    times_s: Array
    gain: Array
    ins: Array
    outs: Array
    cue_length: Array
    silence_length: Array
    segue: float = -np.inf

    def with_price(self, price: float) -> Lattice:
        """Give the same lattice with every second of music costing ``price``."""
        return replace(self, gain=self.gain - price * (self.times_s - self.times_s[0]))

    def reverse(self) -> Lattice:
        """Give the same lattice seen from the end."""
        return Lattice(
            times_s=(self.times_s[-1] - self.times_s)[::-1],
            gain=(self.gain[-1] - self.gain)[::-1],
            ins=self.outs[::-1],
            outs=self.ins[::-1],
            cue_length=self.cue_length,
            silence_length=self.silence_length,
            segue=self.segue,
        )

    def score_ending_at(self, end: int) -> tuple[Array, Array]:
        """Worth of a cue and of a silence from each earlier candidate to ``end``; float64 [end] each."""
        steps = ((self.times_s[end] - self.times_s[:end]) / LENGTH_STEP_S + 0.5).astype(np.int64)
        cue = self.cue_length[np.minimum(steps, len(self.cue_length) - 1)]
        silence = self.silence_length[np.minimum(steps, len(self.silence_length) - 1)]
        return cue + (self.gain[end] - self.gain[:end]) + self.ins[:end] + self.outs[end], silence


def best_division(lattice: Lattice) -> list[tuple[int, int]]:
    """Find the cues of the best division, as pairs of candidate indices, in order.

    ``after_cue[j]`` is the best score of everything up to j when a cue ends there, ``after_silence[j]`` when a
    silence does; both are 0 at the start, so a reel may begin with either.
    """
    n = len(lattice.times_s)
    after_cue, after_silence = np.zeros(n), np.zeros(n)
    cue_from, silence_from = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for end in range(1, n):
        cue, silence = lattice.score_ending_at(end)
        cue += after_silence[:end]
        silence = silence + after_cue[:end]
        cue_from[end], silence_from[end] = int(np.argmax(cue)), int(np.argmax(silence))
        after_cue[end], after_silence[end] = cue[cue_from[end]], silence[silence_from[end]]
        if end < n - 1 and after_cue[end] + lattice.segue > after_silence[end]:
            after_silence[end], silence_from[end] = after_cue[end] + lattice.segue, end
    return _trace(cue_from, silence_from, in_cue=bool(after_cue[-1] >= after_silence[-1]))


def _trace(cue_from: Index, silence_from: Index, *, in_cue: bool) -> list[tuple[int, int]]:
    """Walk back from the end of the reel."""
    cues: list[tuple[int, int]] = []
    at = len(cue_from) - 1
    while at > 0:
        start = int(cue_from[at] if in_cue else silence_from[at])
        if in_cue:
            cues.append((start, at))
        at, in_cue = start, not in_cue
    return cues[::-1]


def division_score(lattice: Lattice, cues: list[tuple[int, int]]) -> float:
    """Score one division; the one :func:`best_division` returns has the highest."""
    total, last = 0.0, 0
    for start, end in cues:
        cue, _ = lattice.score_ending_at(end)
        total += float(cue[start])
        if start > last:
            total += float(lattice.score_ending_at(start)[1][last])
        elif start > 0:
            total += lattice.segue
        last = end
    end = len(lattice.times_s) - 1
    return total + (float(lattice.score_ending_at(end)[1][last]) if last < end else 0.0)


@dataclass(frozen=True, slots=True)
class Posterior:
    """How sure the programme is: float64 [n] each, 0-1.

    ``ins`` and ``outs`` are the probability of an edge at each candidate; ``music`` that of music between a
    candidate and the next one (its last value repeats).
    """

    ins: Array
    outs: Array
    music: Array


def posterior(lattice: Lattice, temperature: float = 1.0) -> Posterior:
    """Sum over all divisions, each weighted by exp(score / temperature)."""
    cue, silence = _forward(lattice, temperature)
    back_cue, back_silence = (a[::-1] for a in _forward(lattice.reverse(), temperature))
    total = np.logaddexp(cue[-1], silence[-1])
    ins = np.exp(np.minimum(silence + back_cue - total, 0.0))
    outs = np.exp(np.minimum(cue + back_silence - total, 0.0))
    # at the reel's ends both sums also count the division that begins (ends) in the other state
    ins[-1], outs[0] = 0.0, 0.0
    music = np.clip(np.cumsum(ins - outs), 0.0, 1.0)
    return Posterior(ins, outs, music)


def _forward(lattice: Lattice, temperature: float) -> tuple[Array, Array]:
    """Log of the summed weights of all divisions up to each candidate that end with a cue, or a silence."""
    n = len(lattice.times_s)
    after_cue, after_silence = np.zeros(n), np.zeros(n)
    for end in range(1, n):
        cue, silence = lattice.score_ending_at(end)
        after_cue[end] = _log_sum(cue / temperature + after_silence[:end])
        rest = _log_sum(silence / temperature + after_cue[:end])
        after_silence[end] = np.logaddexp(rest, after_cue[end] + lattice.segue / temperature) if end < n - 1 else rest
    return after_cue, after_silence


def _log_sum(values: Array) -> float:
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum()))
