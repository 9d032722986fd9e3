from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from model.errors import InstrumentUnknown, ThemeInvalid
from model.motifs.characters import Hints, choose_character, choose_key
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Owner, OwnerKind, Theme, ThemeKey, ThemeNote
from model.motifs.matching import similarity
from model.motifs.shapes import cut_cell, length_of
from model.motifs.writing import TWELFTH_SEMITONES, score_melody, write_theme

F = Fraction
MOODS = [
    Hints(0.2, 0.2, 0.4, 72),
    Hints(0.8, 0.7, -0.3, 120),
    Hints(0.5, 0.4, 0.0, 96),
    Hints(0.3, 0.75, -0.4, 66),
    Hints(0.7, 0.2, 0.5, 110),
    Hints(0.45, 0.35, 0.1, 84),
]


def owner(name: str = "Anna", kind: OwnerKind = OwnerKind.PERSON) -> Owner:
    return Owner(name.lower(), name, kind)


@pytest.fixture(scope="module")
def language() -> list[Theme]:
    written: list[Theme] = []
    for index, mood in enumerate(MOODS):
        meter = [(4, 4), (3, 4), (6, 8)][index % 3]
        bars = 8 if index == 2 else 4
        written.append(write_theme(owner(f"P{index}"), mood, meter=meter, bars=bars, seed=index, others=tuple(written)))
    return written


def test_themes_can_be_sung(language: list[Theme]) -> None:
    for theme in language:
        pitches = [n.pitch for n in theme.notes]
        rises = [abs(b - a) for a, b in itertools.pairwise(pitches)]
        assert max(pitches) - min(pitches) <= TWELFTH_SEMITONES
        assert sum(r <= 2 for r in rises) >= len(rises) / 2
        assert max(rises) <= 12
        assert score_melody(theme.notes, theme.character.contour) > 0.5


def test_themes_fill_their_bars_and_close_at_home(language: list[Theme]) -> None:
    for theme in language:
        bar = F(4 * theme.meter[0], theme.meter[1])
        assert theme.beats % bar == 0
        assert length_of(theme.notes) == theme.beats
        assert all(a.onset + a.duration == b.onset for a, b in zip(theme.notes, theme.notes[1:], strict=False))
        assert theme.notes[-1].pitch % 12 == theme.key.tonic
        assert theme.notes[-1].duration >= bar / 2
        assert theme.chords[-1].root == theme.key.tonic
        assert sum(c.duration for c in theme.chords) == theme.beats


def test_no_theme_is_mistaken_for_another(language: list[Theme]) -> None:
    for index, theme in enumerate(language):
        assert similarity(theme.notes, theme.notes) == 1.0
        assert all(similarity(theme.notes, other.notes) < 0.5 for other in language[:index])


def test_themes_are_in_the_range_of_their_instrument(language: list[Theme]) -> None:
    for theme in language:
        row = INSTRUMENTS[theme.character.instrument]
        assert row.lowest <= min(n.pitch for n in theme.notes)
        assert max(n.pitch for n in theme.notes) <= row.highest


def test_the_same_seed_writes_the_same_theme_and_another_another() -> None:
    one, two, three = (write_theme(owner(), MOODS[2], seed=s) for s in (4, 4, 5))
    assert one == two
    assert one.notes != three.notes


def test_two_sides_of_a_conflict_share_a_cell_upside_down() -> None:
    one = write_theme(owner(), MOODS[1], seed=2)
    two = write_theme(owner("Boris"), MOODS[3], seed=3, family=one, others=(one,))
    bar = F(4)
    first, second = cut_cell(one.notes, bar), cut_cell(two.notes, bar)
    assert two.family == one.id
    assert [n.duration for n in first] == [n.duration for n in second]
    up = [b.pitch - a.pitch for a, b in itertools.pairwise(first)]
    down = [b.pitch - a.pitch for a, b in itertools.pairwise(second)]
    assert [u > 0 for u in up if u] == [d < 0 for d in down if d]
    assert similarity(one.notes, two.notes) < 0.5


def test_bright_and_dark_differ_in_mode_and_an_asked_instrument_is_kept() -> None:
    bright, dark = choose_key(MOODS[4], 1), choose_key(MOODS[3], 1)
    assert bright.mode in {"major", "lydian", "mixolydian"}
    assert dark.mode in {"minor", "harmonic minor", "phrygian"}
    asked = choose_character(Hints(instrument="horn"), OwnerKind.PERSON, 1)
    assert asked.instrument == "horn"
    free = choose_character(Hints(avoid=(asked.instrument, "solo_viola")), OwnerKind.PERSON, 1)
    assert free.instrument not in {"horn", "solo_viola"}
    assert choose_character(Hints(), OwnerKind.PLACE, 1).harmony == "modal"


@pytest.mark.parametrize("meter", [(2, 4), (5, 4), (7, 8), (12, 8), (2, 2)])
@pytest.mark.parametrize("bars", [2, 3, 5, 9])
def test_any_meter_and_number_of_bars(meter: tuple[int, int], bars: int) -> None:
    theme = write_theme(owner(), Hints(0.5), meter=meter, bars=bars, seed=1)
    assert length_of(theme.notes) == theme.beats == bars * F(4 * meter[0], meter[1])


def test_impossible_bars_meters_and_instruments_are_refused() -> None:
    with pytest.raises(ThemeInvalid, match="bars"):
        write_theme(owner(), Hints(), bars=0)
    with pytest.raises(ThemeInvalid, match="3/7"):
        write_theme(owner(), Hints(), meter=(3, 7))
    with pytest.raises(InstrumentUnknown):
        write_theme(owner(), Hints(instrument="kazoo"))
    with pytest.raises(ThemeInvalid, match="Taiko"):
        write_theme(owner(), Hints(instrument="taiko"))


def test_melodies_that_cannot_be_sung_score_below_zero() -> None:
    leaps = [ThemeNote(F(i), F(1), p) for i, p in enumerate((60, 74, 58, 77, 55, 80, 50, 60))]
    tune = [ThemeNote(F(i), F(1), p) for i, p in enumerate((60, 62, 64, 62, 67, 69, 67, 64, 62, 60))]
    assert score_melody(tune) > 0.7
    assert score_melody(leaps) < 0
    assert score_melody(tune[:2]) < 0


def test_names_of_any_script_give_safe_ids() -> None:
    assert write_theme(Owner("Éva Ö", "Éva Ö", OwnerKind.PERSON), Hints(), bars=2).id == "theme-eva-o"
    assert write_theme(Owner("人", "人", OwnerKind.PERSON), Hints(), bars=2, key=ThemeKey(0)).id == "theme-owner"
