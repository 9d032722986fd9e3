from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.motifs import shapes
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.matching import PRESENT, find_theme, similarity
from model.motifs.ornaments import ornament
from model.motifs.shapes import Notes

F = Fraction
C = ThemeKey(0)


def line(*rows: tuple[str, int]) -> Notes:
    onset, notes = F(0), list[ThemeNote]()
    for duration, pitch in rows:
        notes.append(ThemeNote(onset, F(duration), pitch))
        onset += F(duration)
    return tuple(notes)


TUNE = line(
    ("3/2", 60), ("1/2", 67), ("1", 65), ("1", 64), ("2", 69), ("1", 67), ("1", 62), ("3/2", 64), ("1/2", 65), ("2", 60)
)  # fmt: skip
OTHER = line(
    ("1", 72), ("1/2", 71), ("1/2", 69), ("1/2", 71), ("1/2", 67), ("1", 68), ("1", 64), ("1/4", 60), ("1/4", 60),
    ("1/2", 60), ("2", 57), ("1", 59),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("transposed", shapes.transpose(TUNE, -8)),
        ("in minor", shapes.change_key(TUNE, C, ThemeKey(0, "minor"))),
        ("augmented", shapes.stretch(TUNE, F(2))),
        ("diminished", shapes.stretch(TUNE, F(1, 3))),
        ("inverted", shapes.invert_real(TUNE)),
        ("inverted in the key", shapes.invert_tonal(TUNE, C)),
        ("backwards", shapes.reverse(TUNE)),
        ("backwards and inverted", shapes.reverse(shapes.invert_real(TUNE))),
        ("head", shapes.take_head(TUNE, 6)),
        ("a step higher", shapes.transpose_in_key(TUNE, 1, C)),
        ("ornamented", ornament(TUNE, C, 3)),
        ("ornamented in minor", ornament(shapes.change_key(TUNE, C, ThemeKey(0, "minor")), ThemeKey(0, "minor"), 8)),
    ],
)
def test_every_transform_is_recognised(name: str, form: Notes) -> None:
    assert similarity(TUNE, form) >= 0.6, name
    assert similarity(form, TUNE) == pytest.approx(similarity(TUNE, form))


def test_another_tune_is_not_recognised() -> None:
    assert similarity(TUNE, OTHER) < PRESENT
    assert similarity(TUNE, ornament(OTHER, C, 2)) < PRESENT


def test_too_few_notes_are_never_a_match() -> None:
    assert similarity(TUNE, TUNE[:3]) == 0.0
    assert similarity((), TUNE) == 0.0
    assert find_theme(TUNE[:2], TUNE) == []


@settings(max_examples=25, deadline=None)
@given(st.integers(-20, 20), st.sampled_from([F(1), F(2), F(1, 2)]), st.integers(0, 40))
def test_a_theme_among_other_notes_is_found_where_it_is(by: int, factor: Fraction, rest: int) -> None:
    statement = shapes.stretch(shapes.transpose(TUNE, by), factor)
    start = shapes.length_of(OTHER) + rest
    music = [*OTHER, *shapes.shift(statement, start), *shapes.shift(OTHER, start + shapes.length_of(statement))]
    found = find_theme(music, TUNE)
    assert len(found) == 1
    begin, end, score = found[0]
    assert begin == start
    assert end == start + shapes.length_of(statement)
    assert score > 0.95


def test_every_statement_is_listed_once_and_in_order() -> None:
    second = shapes.shift(shapes.transpose_in_key(TUNE, 2, C), F(40))
    music = [*TUNE, *shapes.shift(OTHER, F(16)), *second]
    assert [begin for begin, _, _ in find_theme(music, TUNE)] == [0, 40]


def test_fragments_are_found_when_asked_for() -> None:
    music = [*OTHER, *shapes.shift(shapes.take_head(TUNE, 6), F(12)), *shapes.shift(OTHER, F(24))]
    assert find_theme(music, TUNE, threshold=0.7) == []
    (found,) = find_theme(music, TUNE, least=5, threshold=0.7)
    assert found[:2] == (F(12), F(12) + shapes.length_of(TUNE[:6]))


def test_a_theme_below_other_notes_is_found() -> None:
    held = [ThemeNote(n.onset, n.duration, 79 + n.pitch % 5) for n in TUNE[::3]]
    assert similarity([*TUNE, *held], TUNE) == 1.0
    ((start, _, score),) = find_theme([*TUNE, *held], TUNE)
    assert (start, score) == (0, 1.0)


def test_chords_are_read_by_their_outer_lines() -> None:
    chords = [*TUNE, *shapes.transpose(TUNE, -12), *shapes.transpose(TUNE, -16)]
    assert similarity(chords, TUNE) == 1.0
    assert find_theme(chords, TUNE)[0][2] == 1.0
