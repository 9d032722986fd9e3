"""Names of pitches: by key, by chord, by where the line goes; transposing parts; accidentals in a bar."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.motifs.language import STEPS, Chord, ThemeKey
from model.score.keys import count_fifths
from model.score.spelling import Spelled, choose_transposition, chord_root, spell, spell_name, transposition_fifths

_SIGNS = {-2: "bb", -1: "b", 0: "", 1: "#", 2: "x"}


def _name(pitch: int, key: ThemeKey, chord: Chord | None = None, following: int | None = None) -> str:
    name = spell_name(spell(pitch, key, chord, following), pitch)
    return f"{name.step}{_SIGNS[name.alter]}{name.octave}"


@given(
    st.integers(0, 127),
    st.integers(0, 11),
    st.sampled_from(sorted(STEPS)),
    st.integers(-24, 24),
    st.one_of(st.none(), st.builds(Chord, st.just(Fraction(0)), st.just(Fraction(4)), st.integers(0, 11))),
)
def test_a_name_always_sounds_as_its_pitch(pitch: int, tonic: int, mode: str, away: int, chord: Chord | None) -> None:
    assert spell_name(spell(pitch, ThemeKey(tonic, mode), chord, pitch + away), pitch).midi == pitch


@pytest.mark.parametrize(("tonic", "mode"), list(product(range(12), sorted(STEPS))))
def test_a_scale_uses_every_letter_once(tonic: int, mode: str) -> None:
    key = ThemeKey(tonic, mode)
    letters = [_name(60 + pitch, key)[0] for pitch in key.scale]
    assert sorted(letters) == list("ABCDEFG")


@pytest.mark.parametrize(
    ("key", "signs"),
    [
        (ThemeKey(0), 0),
        (ThemeKey(9, "minor"), 0),
        (ThemeKey(2, "dorian"), 0),
        (ThemeKey(1), -5),
        (ThemeKey(6), 6),
        (ThemeKey(3, "minor"), -6),
        (ThemeKey(11, "lydian"), 6),
        (ThemeKey(5, "lydian"), 0),
        (ThemeKey(7, "mixolydian"), 0),
        (ThemeKey(4, "phrygian"), 0),
        (ThemeKey(9, "harmonic minor"), 0),
    ],
)
def test_signatures(key: ThemeKey, signs: int) -> None:
    assert count_fifths(key) == signs


def test_the_leading_note_of_minor_is_raised() -> None:
    assert _name(68, ThemeKey(9, "harmonic minor")) == "G#4"
    assert _name(66, ThemeKey(7, "minor"), following=67) == "F#4"
    assert _name(61, ThemeKey(2, "harmonic minor")) == "C#4"


def test_chromatic_notes_go_where_the_line_goes() -> None:
    assert _name(61, ThemeKey(0), following=62) == "C#4"
    assert _name(61, ThemeKey(0), following=60) == "Db4"
    assert _name(66, ThemeKey(5), following=65) == "Gb4"


def test_chord_notes_are_thirds() -> None:
    aflat = Chord(Fraction(0), Fraction(4), 8, "maj")
    assert [_name(p, ThemeKey(0), aflat) for p in (68, 72, 75)] == ["Ab4", "C5", "Eb5"]
    assert [_name(p, ThemeKey(9, "minor"), Chord(Fraction(0), Fraction(4), 4, "maj")) for p in (64, 68)] == [
        "E4",
        "G#4",
    ]


@pytest.mark.parametrize(
    ("root", "quality", "key", "name"),
    [
        (6, "maj", ThemeKey(10), "Gb"),
        (6, "min", ThemeKey(10), "F#"),
        (8, "maj", ThemeKey(0), "Ab"),
        (1, "dim", ThemeKey(2, "minor"), "C#"),
        (3, "min", ThemeKey(3, "minor"), "Eb"),
    ],
)
def test_roots_are_named_with_their_whole_chord(root: int, quality: str, key: ThemeKey, name: str) -> None:
    found = spell_name(chord_root(Chord(Fraction(0), Fraction(4), root, quality), key), root + 60)
    assert found.step + _SIGNS[found.alter] == name


def test_octaves_follow_the_letter_over_the_octave_line() -> None:
    assert spell_name(7, 72) == Spelled("B", 1, 4) or spell_name(12, 72) == Spelled("B", 1, 4)
    assert spell_name(-7, 59) == Spelled("C", -1, 4)


@pytest.mark.parametrize(("semitones", "up"), [(2, 2), (7, 1), (14, 2), (12, 0), (-12, 0), (-24, 0), (0, 0)])
def test_transpositions_on_the_line_of_fifths(semitones: int, up: int) -> None:
    assert transposition_fifths(semitones) == up


@given(st.integers(-5, 6), st.sampled_from([0, 2, 7, 12, 14, -12]))
def test_written_signatures_never_pass_six(concert: int, semitones: int) -> None:
    assert abs(concert + choose_transposition(concert, transposition_fifths(semitones))) <= 6
