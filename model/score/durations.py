"""Lengths as a copyist writes them: note values tied over beats and bar lines, triplets where thirds are meant.

Everything is in ticks of a twelfth of a quarter. Whatever tiling of a bar goes in, the pieces tile it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from model.score.meters import TICKS, MeterBar

_PLAIN = {
    3: ("16th", 0),
    6: ("eighth", 0),
    9: ("eighth", 1),
    12: ("quarter", 0),
    18: ("quarter", 1),
    24: ("half", 0),
    36: ("half", 1),
    48: ("whole", 0),
    72: ("whole", 1),
}
_TRIPLET = {
    1: ("32nd", 0),
    2: ("16th", 0),
    3: ("16th", 1),
    4: ("eighth", 0),
    6: ("eighth", 1),
    8: ("quarter", 0),
    16: ("half", 0),
}
_THIRD = 4  # ticks: a third of a quarter note
_WIDE = 24  # ticks: a half note
_FLAGS = {"eighth": 1, "16th": 2, "32nd": 3}


@dataclass(frozen=True, slots=True)
class DurationPiece:
    """One written note value inside a bar.

    Attributes
    ----------
    start, ticks: place from the bar line, and exact length
    kind, dots: ``quarter`` with that many dots; a rest of the whole bar has the kind ``bar``
    triplet: whether it counts three in the time of two; ``opens`` and ``closes`` its bracket
    source: index of the stretch it came from
    """

    start: int
    ticks: int
    kind: str
    dots: int
    source: int
    triplet: bool = False
    opens: bool = False
    closes: bool = False

    @property
    def end(self) -> int:
        """Where it stops."""
        return self.start + self.ticks

    @property
    def flags(self) -> int:
        """How many beams it takes: one for an eighth, none from a quarter on."""
        return _FLAGS.get(self.kind, 0)


@dataclass(frozen=True, slots=True)
class DurationStretch:
    """A sound or a rest inside one bar, in ticks from the bar line."""

    start: int
    end: int
    rest: bool = False


def write_bar(stretches: Sequence[DurationStretch], bar: MeterBar) -> list[DurationPiece]:
    """Spell a tiling of a bar as note values.

    ``stretches`` follow each other without gap from 0 to ``bar.ticks``. Each piece names the stretch it came from;
    pieces of one sounding stretch are to be tied.
    """
    if len(stretches) == 1 and stretches[0].rest:
        return [DurationPiece(0, bar.ticks, "bar", 0, 0)]
    cells = _triplets(stretches, bar)
    pieces: list[DurationPiece] = []
    for source, stretch in enumerate(stretches):
        at = stretch.start
        while at < stretch.end:
            cell = next((c for c in cells if c[0] <= at < c[1]), None)
            if cell:
                until = min(stretch.end, cell[1])
                pieces += _in_triplet(at, until, cell, source)
            else:
                until = min([stretch.end, *(c[0] for c in cells if c[0] > at)])
                pieces += _plain(at, until, bar, stretch.rest, source)
            at = until
    return pieces


def _triplets(stretches: Sequence[DurationStretch], bar: MeterBar) -> list[tuple[int, int]]:
    """Find the stretches of a bar that must be counted in three: wide ones over two quarters first."""
    edges = {s.start for s in stretches} | {bar.ticks}
    found: list[tuple[int, int]] = []
    at = 0
    while at < bar.ticks:
        wide = {e - at for e in edges if at < e < at + _WIDE}
        fits = bar.cell == TICKS and at % _WIDE == 0 and at + _WIDE <= bar.ticks
        if fits and wide and wide <= {8, 16}:
            found.append((at, at + _WIDE))
            at += _WIDE
            continue
        if any((e - at) % 3 for e in edges if at < e < at + bar.cell):
            found.append((at, at + bar.cell))
        at += bar.cell
    return found


def _in_triplet(start: int, end: int, cell: tuple[int, int], source: int) -> list[DurationPiece]:
    pieces: list[DurationPiece] = []
    at = start
    while at < end:
        length = end - at
        if length not in _TRIPLET or length == cell[1] - cell[0]:
            length = min(length, _THIRD - (at - cell[0]) % _THIRD)
        kind, dots = _TRIPLET[length]
        opens, closes = at == cell[0], at + length == cell[1]
        pieces.append(DurationPiece(at, length, kind, dots, source, triplet=True, opens=opens, closes=closes))
        at += length
    return pieces


def _plain(start: int, end: int, bar: MeterBar, rest: bool, source: int) -> list[DurationPiece]:
    length = end - start
    if length in _PLAIN and _readable(start, end, bar, rest):
        kind, dots = _PLAIN[length]
        return [DurationPiece(start, length, kind, dots, source)]
    cut = _cut(start, end, bar)
    return _plain(start, cut, bar, rest, source) + _plain(cut, end, bar, rest, source)


def _readable(start: int, end: int, bar: MeterBar, rest: bool) -> bool:
    """Whether one value may cover this: it hides no place stronger than its ends, or is the usual syncopation."""
    dotted = _PLAIN[end - start][1] > 0
    inside = {tick: bar.weights[tick] for tick in range(start + 1, end)}
    strongest = min(inside.values(), default=9)
    ends = min(bar.weights[start], bar.weights[end])
    if bar.compound and any(t in bar.groups for t in inside) and not {start, end} <= set(bar.groups):
        return False
    if rest:
        return (not dotted or bar.compound) and strongest >= max(ends, 1)
    if strongest >= ends:
        return True
    middle = [tick for tick, weight in inside.items() if weight == strongest]
    return not dotted and strongest == ends - 1 and middle == [(start + end) // 2] and strongest > 0


def _cut(start: int, end: int, bar: MeterBar) -> int:
    """Choose where to break: the strongest place inside; of equals the one that leaves writable lengths, then first."""
    inside = [t for t in range(start + 1, end) if t % 3 == 0]
    strongest = min(bar.weights[t] for t in inside)
    equal = [t for t in inside if bar.weights[t] == strongest]
    return min(equal, key=lambda t: ((t - start not in _PLAIN) + (end - t not in _PLAIN), t))


def beams(pieces: Sequence[DurationPiece], sounding: Sequence[bool], bar: MeterBar) -> list[tuple[str, ...]]:
    """Say for each piece what its beams do, outermost first: ``begin``, ``continue``, ``end`` or a hook."""
    written: list[tuple[str, ...]] = [()] * len(pieces)
    for group in _beam_groups(pieces, sounding, bar):
        for level in range(1, 4):
            for run in _runs(group, [pieces[i].flags >= level for i in group]):
                for place, index in enumerate(run):
                    written[index] = (*written[index], _beam(place, len(run), index == group[0]))
    return written


def _beam(place: int, count: int, first: bool) -> str:
    if count == 1:
        return "forward hook" if first else "backward hook"
    return "begin" if place == 0 else "end" if place == count - 1 else "continue"


def _beam_groups(pieces: Sequence[DurationPiece], sounding: Sequence[bool], bar: MeterBar) -> list[list[int]]:
    """Join neighbours that take beams within a beat; plain eighths run on through half a bar of quarters."""
    groups: list[list[int]] = []
    for start, end in pairwise(_beam_edges(pieces, bar)):
        inside = [i for i, p in enumerate(pieces) if start <= p.start < end]
        beamed = [pieces[i].flags > 0 and sounding[i] for i in inside]
        groups += [run for run in _runs(inside, beamed) if len(run) > 1]
    return groups


def _beam_edges(pieces: Sequence[DurationPiece], bar: MeterBar) -> list[int]:
    edges = list(bar.groups)
    if bar.cell != TICKS or bar.ticks % _WIDE:
        return edges
    for half in range(0, bar.ticks, _WIDE):
        inside = [p for p in pieces if half <= p.start < half + _WIDE]
        if inside and all(p.kind == "eighth" and not p.dots and not p.triplet for p in inside):
            edges.remove(half + TICKS) if half + TICKS in edges else None
    return edges


def _runs(items: Sequence[int], wanted: Sequence[bool]) -> list[list[int]]:
    """Split into runs of neighbours that are wanted."""
    runs: list[list[int]] = [[]]
    for item, yes in zip(items, wanted, strict=True):
        if yes:
            runs[-1].append(item)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
