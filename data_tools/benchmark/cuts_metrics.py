"""Counts of transitions found and missed, by the rules of the hand-checked truth files.

Hard cuts match one to one on the exact frame. A predicted cut inside a true gradual transition, or within five frames
of it, is neither right nor wrong; what lies in an ``ignore`` zone is left out. Gradual transitions match one to one,
largest overlap first, with at least one common frame; true ones of the same ``group`` (out of and into one to three
frames of black) may share one prediction. Source: TRUTH.md beside the films.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from model.observe.observations import Cuts

GRADUAL_MARGIN_FRAMES = 5
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class CutTruth:
    """The truth of a film: cuts (first new frame), gradual (first changed, first pure new, group), zones to ignore."""

    cuts: tuple[int, ...]
    gradual: tuple[tuple[int, int, str], ...] = ()
    ignore: tuple[Pair, ...] = ()
    flashes: tuple[Pair, ...] = ()

    @classmethod
    def read(cls, record: dict[str, list[dict[str, object]]]) -> CutTruth:
        """Read a truth file's record."""
        marks = record["transitions"]
        spans = [m for m in marks if m["type"] != "cut"]
        return cls(
            cuts=tuple(_int(m["first_new_frame"]) for m in marks if m["type"] == "cut"),
            gradual=tuple((_int(m["start_frame"]), _int(m["end_frame"]), str(m.get("group", ""))) for m in spans),
            ignore=tuple((_int(z["start"]), _int(z["end"])) for z in record.get("ignore", [])),
            flashes=tuple((_int(f["frame"]), _int(f["frame"]) + 1) for f in record.get("flashes", [])),
        )


@dataclass(frozen=True, slots=True)
class TransitionCount:
    """How many transitions were wanted, found, claimed and right; counts of several films add up."""

    found: int
    wanted: int
    right: int
    given: int
    missed: tuple[int, ...] = field(default=(), compare=False)
    wrong: tuple[int, ...] = field(default=(), compare=False)

    @property
    def f1(self) -> float:
        """Harmonic mean of recall and precision; 1 where nothing was wanted and nothing given."""
        if not self.wanted and not self.given:
            return 1.0
        recall = self.found / self.wanted if self.wanted else 0.0
        precision = self.right / self.given if self.given else 0.0
        return 2 * recall * precision / (recall + precision) if recall + precision else 0.0

    def __add__(self, other: TransitionCount) -> TransitionCount:
        """Pool two films."""
        return TransitionCount(
            self.found + other.found, self.wanted + other.wanted, self.right + other.right, self.given + other.given
        )


def count_hard_cuts(truth: CutTruth, found: Sequence[int]) -> TransitionCount:
    """Count exact hard cuts."""
    counted = [c for c in sorted(set(found)) if not any(s <= c <= e for s, e in truth.ignore)]
    right = set(truth.cuts) & set(counted)
    wrong = [c for c in counted if c not in right and not _near_gradual(truth, c)]
    missed = tuple(c for c in truth.cuts if c not in right)
    return TransitionCount(len(right), len(truth.cuts), len(right), len(right) + len(wrong), missed, tuple(wrong))


def count_gradual(truth: CutTruth, found: Sequence[Pair]) -> TransitionCount:
    """Count gradual transitions that overlap a true one."""
    counted = [p for p in found if not any(p[0] <= e and p[1] >= s for s, e in truth.ignore)]
    pairs = [
        (-_iou((a, b), p), i, j)
        for i, (a, b, _) in enumerate(truth.gradual)
        for j, p in enumerate(counted)
        if _common((a, b), p) >= 1
    ]
    match: dict[int, int] = {}
    for _, i, j in sorted(pairs):
        if i not in match and j not in match.values():
            match[i] = j
    _share_groups(truth, counted, match)
    missed = tuple(a for i, (a, _, _) in enumerate(truth.gradual) if i not in match)
    right = set(match.values())
    wrong = tuple(p[0] for j, p in enumerate(counted) if j not in right)
    return TransitionCount(len(match), len(truth.gradual), len(right), len(counted), missed, wrong)


def count_flashes_called_cuts(truth: CutTruth, cuts: Cuts) -> int:
    """Count flashes with a hard cut on them that is no true cut."""
    false = {f.index for f in cuts.hard()} - set(truth.cuts)
    return sum(1 for start, end in truth.flashes if false & set(range(start, end + 1)))


def gradual_pairs(cuts: Cuts) -> list[Pair]:
    """List the gradual transitions as pairs of frames."""
    return [(t.start.index, t.end.index) for t in cuts.gradual()]


def _share_groups(truth: CutTruth, counted: Sequence[Pair], match: dict[int, int]) -> None:
    for i, (a, b, group) in enumerate(truth.gradual):
        partners = [j for k, j in match.items() if truth.gradual[k][2] == group]
        if group and i not in match:
            shared = [j for j in partners if _common((a, b), counted[j]) >= 1]
            if shared:
                match[i] = shared[0]


def _near_gradual(truth: CutTruth, cut: int) -> bool:
    return any(start - GRADUAL_MARGIN_FRAMES <= cut <= end + GRADUAL_MARGIN_FRAMES for start, end, _ in truth.gradual)


def _common(a: Pair, b: Pair) -> int:
    return min(a[1], b[1]) - max(a[0], b[0]) + 1


def _iou(a: Pair, b: Pair) -> float:
    return max(0, _common(a, b)) / (max(a[1], b[1]) - min(a[0], b[0]) + 1)


def _int(value: object) -> int:
    if not isinstance(value, int):
        message = f"{value!r} is no frame."
        raise TypeError(message)
    return value
