"""Whatever sounds, a bar is filled exactly, with values that exist, and reads as a copyist writes it."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.score.durations import DurationPiece, DurationStretch, beams, write_bar
from model.score.meters import TICKS, bar_of, snap
from model.score.voices import StaffNote, fill, voices

METERS = [
    (4, 4),
    (3, 4),
    (2, 4),
    (5, 4),
    (6, 4),
    (7, 4),
    (6, 8),
    (9, 8),
    (12, 8),
    (5, 8),
    (7, 8),
    (3, 8),
    (2, 2),
    (5, 16),
]
METERS += [(1, 4), (13, 8), (3, 16), (4, 2), (3, 2), (11, 4), (15, 16), (1, 8)]
_LENGTHS = {"whole": 48, "half": 24, "quarter": 12, "eighth": 6, "16th": 3, "32nd": Fraction(3, 2)}


def _counted(piece: DurationPiece) -> Fraction:
    """What the printed value means, in ticks."""
    plain = Fraction(_LENGTHS[piece.kind]) * (Fraction(3, 2) if piece.dots else 1)
    return plain * Fraction(2, 3) if piece.triplet else plain


@st.composite
def _tilings(draw: st.DrawFn) -> tuple[tuple[int, int], list[DurationStretch]]:
    meter = draw(st.sampled_from(METERS))
    ticks = bar_of(*meter).ticks
    cuts = sorted(draw(st.sets(st.integers(1, ticks - 1), max_size=9)))
    edges = [0, *cuts, ticks]
    rests = draw(st.lists(st.booleans(), min_size=len(edges) - 1, max_size=len(edges) - 1))
    return meter, [DurationStretch(a, b, r) for a, b, r in zip(edges[:-1], edges[1:], rests, strict=True)]


@settings(max_examples=250, deadline=None)
@given(_tilings())
def test_any_tiling_becomes_values_that_fill_the_bar(case: tuple[tuple[int, int], list[DurationStretch]]) -> None:
    meter, stretches = case
    bar = bar_of(*meter)
    pieces = write_bar(stretches, bar)
    assert [p.start for p in pieces] == [0, *[p.end for p in pieces[:-1]]]
    assert pieces[-1].end == bar.ticks
    for source, stretch in enumerate(stretches):
        own = [p for p in pieces if p.source == source]
        assert (own[0].start, own[-1].end) == (stretch.start, stretch.end)
    if pieces[0].kind != "bar":
        assert all(_counted(p) == p.ticks for p in pieces)


@settings(max_examples=100, deadline=None)
@given(_tilings())
def test_triplets_open_and_close_and_hold_two_thirds(case: tuple[tuple[int, int], list[DurationStretch]]) -> None:
    meter, stretches = case
    pieces = write_bar(stretches, bar_of(*meter))
    inside = False
    for piece in pieces:
        assert piece.opens != inside or not piece.triplet
        inside = (inside or piece.opens) and not piece.closes
        assert piece.triplet or not inside
    assert not inside


@settings(max_examples=100, deadline=None)
@given(_tilings())
def test_every_beam_that_begins_ends(case: tuple[tuple[int, int], list[DurationStretch]]) -> None:
    meter, stretches = case
    bar = bar_of(*meter)
    pieces = write_bar(stretches, bar)
    sounding = [not stretches[p.source].rest for p in pieces]
    open_levels: set[int] = set()
    for piece, joined, sounds in zip(pieces, beams(pieces, sounding, bar), sounding, strict=True):
        assert len(joined) in {0, piece.flags}
        assert sounds or not joined
        for level, word in enumerate(joined):
            if word == "begin":
                assert level not in open_levels
                open_levels.add(level)
            elif word in {"continue", "end"}:
                assert level in open_levels
                open_levels -= {level} if word == "end" else set()
    assert not open_levels


def _spelled(meter: tuple[int, int], *edges: int) -> list[tuple[int, str, int]]:
    stretches = [DurationStretch(a, b) for a, b in pairwise(edges)]
    return [(p.start, p.kind, p.dots) for p in write_bar(stretches, bar_of(*meter))]


@pytest.mark.parametrize(
    ("meter", "edges", "written"),
    [
        ((4, 4), (0, 48), [(0, "whole", 0)]),
        ((4, 4), (0, 12, 36, 48), [(0, "quarter", 0), (12, "half", 0), (36, "quarter", 0)]),
        ((4, 4), (0, 6, 18, 24, 48), [(0, "eighth", 0), (6, "quarter", 0), (18, "eighth", 0), (24, "half", 0)]),
        ((4, 4), (0, 18, 30, 48), [(0, "quarter", 1), (18, "eighth", 0), (24, "eighth", 0), (30, "quarter", 1)]),
        ((4, 4), (0, 12, 30, 48), [(0, "quarter", 0), (12, "quarter", 0), (24, "eighth", 0), (30, "quarter", 1)]),
        ((3, 4), (0, 36), [(0, "half", 1)]),
        ((6, 8), (0, 18, 36), [(0, "quarter", 1), (18, "quarter", 1)]),
        ((6, 8), (0, 24, 36), [(0, "quarter", 1), (18, "eighth", 0), (24, "quarter", 0)]),
        ((5, 4), (0, 60), [(0, "half", 1), (36, "half", 0)]),
        ((2, 4), (0, 8, 16, 24), [(0, "quarter", 0), (8, "quarter", 0), (16, "quarter", 0)]),
        ((2, 4), (0, 4, 8, 12, 24), [(0, "eighth", 0), (4, "eighth", 0), (8, "eighth", 0), (12, "quarter", 0)]),
    ],
)
def test_values_are_those_a_copyist_writes(
    meter: tuple[int, int], edges: tuple[int, ...], written: list[tuple[int, str, int]]
) -> None:
    assert _spelled(meter, *edges) == written


def test_eighths_are_beamed_in_halves_and_sixteenths_in_beats() -> None:
    bar = bar_of(4, 4)
    eighths = write_bar([DurationStretch(t, t + 6) for t in range(0, 48, 6)], bar)
    assert [b[0] for b in beams(eighths, [True] * 8, bar)] == ["begin", "continue", "continue", "end"] * 2
    mixed = write_bar([DurationStretch(0, 9), DurationStretch(9, 12), DurationStretch(12, 48)], bar)
    assert beams(mixed, [True] * 3, bar)[:2] == [("begin",), ("end", "backward hook")]


_NOTES = st.lists(
    st.tuples(st.integers(0, 190), st.integers(1, 100), st.integers(30, 90)).map(
        lambda n: StaffNote(n[0], n[0] + n[1], n[2], 80)
    ),
    max_size=30,
)


@settings(max_examples=100, deadline=None)
@given(_NOTES, st.integers(1, 4))
def test_voices_lose_no_start_and_no_pitch_and_never_overlap(notes: list[StaffNote], limit: int) -> None:
    lines = voices(notes, limit)
    assert len(lines) <= limit
    for line in lines:
        assert all(a.start < a.end <= b.start for a, b in pairwise(line))
    written = {(s.start, p) for line in lines for s in line for p in s.pitches}
    assert written == {(n.start, n.pitch) for n in notes}


@settings(max_examples=100, deadline=None)
@given(_NOTES, st.sampled_from(METERS))
def test_rests_fill_every_bar_of_every_voice(notes: list[StaffNote], meter: tuple[int, int]) -> None:
    ticks = bar_of(*meter).ticks
    for line in voices(notes, 2):
        for start in range(0, 400, ticks):
            tiled = [stretch for stretch, _ in fill(line, start, ticks)]
            assert [s.start for s in tiled] == [0, *[s.end for s in tiled[:-1]]]
            assert tiled[-1].end == ticks


def test_a_chord_is_one_sound_and_two_lines_are_two() -> None:
    chord = voices([StaffNote(0, 12, p, 80) for p in (60, 64, 67)])
    assert [s.pitches for s in chord[0]] == [(60, 64, 67)]
    held, moving = voices([StaffNote(0, 48, 72, 80), StaffNote(0, 12, 60, 80), StaffNote(12, 24, 62, 80)])
    assert ([s.pitches for s in held], [s.pitches for s in moving]) == ([(72,)], [(60,), (62,)])


def test_small_gaps_are_closed_and_long_ones_kept() -> None:
    line = voices([StaffNote(0, 10, 60, 80), StaffNote(12, 15, 62, 80), StaffNote(36, 48, 64, 80)], 1)[0]
    assert [(s.start, s.end) for s in line] == [(0, 12), (12, 18), (36, 48)]


def test_positions_round_to_twelfths() -> None:
    assert [snap(Fraction(n, 24)) for n in (0, 1, 2, 3)] == [0, 1, 1, 2]
    assert snap(Fraction(1)) == TICKS
