"""How hits are scored: ranked proposals against true frames, one to one, within a tolerance.

Pure functions. Proposals are taken best first; each takes the nearest true hit that nobody took before, if one lies
within ``tolerance`` frames (the rule of the real films' ``truth_score.py``). An empty truth makes every score
undefined and raises ValueError; no proposals give precision and recall 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TOLERANCE = 2


@dataclass(frozen=True, slots=True)
class HitScore:
    """Counts that can be pooled over films: proposals made, proposals right, true hits."""

    proposed: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        """Share of the proposals that are right."""
        return self.right / self.proposed if self.proposed else 0.0

    @property
    def recall(self) -> float:
        """Share of the true hits that were found."""
        return self.right / self.true

    def __add__(self, other: HitScore) -> HitScore:
        """Pool two films."""
        return HitScore(self.proposed + other.proposed, self.right + other.right, self.true + other.true)


def score_hits(proposed: Sequence[int], true: Sequence[int], tolerance: int = TOLERANCE) -> HitScore:
    """Match ``proposed`` frames, best first, to the ``true`` frames."""
    if not true:
        message = "There is no true hit to score against."
        raise ValueError(message)
    if tolerance < 0 or any(frame < 0 for frame in [*proposed, *true]):
        message = "Frames and tolerance cannot be negative."
        raise ValueError(message)
    left = sorted(true)
    right = 0
    for frame in proposed:
        near = min(left, key=lambda t: (abs(t - frame), t), default=None)
        if near is not None and abs(near - frame) <= tolerance:
            left.remove(near)
            right += 1
    return HitScore(len(proposed), right, len(true))


def best_of(proposed: Sequence[int], true: Sequence[int], times: int = 1, tolerance: int = TOLERANCE) -> HitScore:
    """Score only the ``times`` N best proposals, N being the number of true hits."""
    return score_hits(proposed[: times * len(true)], true, tolerance)
