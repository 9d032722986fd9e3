from __future__ import annotations

from collections.abc import Callable

import pytest

from model.errors import InstrumentUnknown, SettingInvalid
from model.motifs.instruments import FAMILIES, INSTRUMENTS
from model.motifs.palette import WORDS, choose_cue_palette, find_unknown_words, instruments_of, order_of, read_ban
from model.spotting.notes import Cue, SpottingNotes
from model.spotting.vocabulary import VOCABULARY


def test_every_word_of_the_notes_names_players() -> None:
    for tone in VOCABULARY:
        for word in (*tone.families, tone.featured):
            assert instruments_of(word), word
    assert all(i in INSTRUMENTS for players in WORDS.values() for i in players)


def test_every_family_and_instrument_can_be_named() -> None:
    for family in FAMILIES:
        assert instruments_of(family)
    for row in INSTRUMENTS.values():
        assert instruments_of(row.id)
        assert instruments_of(row.name.upper())


def test_the_table_of_instruments_is_consistent() -> None:
    for row in INSTRUMENTS.values():
        assert row.lowest <= row.comfortable[0] < row.comfortable[1] <= row.highest
        assert row.family in FAMILIES
        assert row.voices >= 1
    assert len({row.order for row in INSTRUMENTS.values()}) == len(INSTRUMENTS)


@pytest.mark.parametrize("word", ["kazoo", "", "brass band", "violins III"])
def test_unknown_players_are_refused(word: str) -> None:
    with pytest.raises(InstrumentUnknown):
        instruments_of(word)


@pytest.mark.parametrize(
    ("text", "holds", "free"),
    [
        ("brass", ["1m1", "9m9"], []),
        ("no brass before reel 3", ["1m1", "2m14"], ["3m1", "4m2"]),
        ("Brass before 2m2", ["1m9", "2m1"], ["2m2", "3m1"]),
        ("brass until 2m2", ["2m1"], ["2m2"]),
        ("brass in 1m2", ["1m2"], ["1m1", "2m2"]),
    ],
)
def test_bans_say_where_they_hold(text: str, holds: list[str], free: list[str]) -> None:
    ban = read_ban(text)
    assert "horn" in ban.instruments
    assert all(ban.holds(n) for n in holds)
    assert not any(ban.holds(n) for n in free)


@pytest.mark.parametrize("text", ["", "brass in reel 2", "brass before", "everything"])
def test_bans_without_an_instrument_or_place_are_refused(text: str) -> None:
    with pytest.raises((InstrumentUnknown, SettingInvalid)):
        read_ban(text)


def test_a_family_ban_reaches_every_player_of_the_family() -> None:
    assert read_ban("strings").instruments >= {r.id for r in INSTRUMENTS.values() if r.family == "strings"}
    assert read_ban("solo violin").instruments == {"solo_violin"}


def test_cue_numbers_have_an_order() -> None:
    assert order_of("1m2") < order_of("1m10") < order_of("2m1")
    assert order_of("untitled") == (0, 0)


def test_a_cue_always_has_a_bass_and_chords(make_cue: Callable[..., Cue]) -> None:
    for families in (("percussion",), ("woodwinds",), ("brass",), ("celesta",), ("flute",), ()):
        players = choose_cue_palette(make_cue(families=families), []).instruments
        assert any(INSTRUMENTS[i].lowest <= 43 and INSTRUMENTS[i].family != "percussion" for i in players)
        assert any(INSTRUMENTS[i].voices > 1 for i in players)


def test_the_featured_instrument_plays_unless_it_is_banned(make_cue: Callable[..., Cue]) -> None:
    cue = make_cue(families=("strings",), featured="solo viola")
    assert choose_cue_palette(cue, []).featured == "solo_viola"
    assert "solo_viola" in choose_cue_palette(cue, []).instruments
    assert choose_cue_palette(cue, [read_ban("solo viola")]).featured == ""


def test_a_palette_is_in_score_order(make_cue: Callable[..., Cue]) -> None:
    orders = [
        INSTRUMENTS[i].order
        for i in choose_cue_palette(make_cue(families=("strings", "brass", "harp")), []).instruments
    ]
    assert orders == sorted(orders)


def test_banning_everybody_is_refused(make_cue: Callable[..., Cue]) -> None:
    with pytest.raises(SettingInvalid, match="Nobody is left"):
        choose_cue_palette(make_cue(), [read_ban(family) for family in FAMILIES])


def test_words_that_name_no_instrument_give_a_caution(
    make_notes: Callable[..., SpottingNotes], make_cue: Callable[..., Cue]
) -> None:
    (caution,) = find_unknown_words(make_notes(make_cue(families=("strings", "kazoo choir"))))
    assert "kazoo choir" in caution
