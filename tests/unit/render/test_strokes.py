"""Accents of bowed and blown instruments have a stroke to be heard by; nothing else has."""

import numpy as np
import pytest

from model.motifs.instruments import INSTRUMENTS
from model.render.humanise import Played
from model.render.strokes import stroke_blocks, stroke_noise

RATE = 48_000


def _note(start: int, velocity: int = 100, articulation: str = "accent") -> Played:
    return Played(start, start + 9000, 60, velocity, articulation)


def _noise(played: list[Played], instrument: str = "violin_1", block: int = 7000) -> np.ndarray:
    return np.concatenate(list(stroke_blocks(played, instrument, 30_000, block)))[:, 0]


def test_a_stroke_begins_on_the_accent_and_is_over_soon() -> None:
    sound = _noise([_note(10_000)])
    assert not sound[:10_000].any()
    assert np.abs(sound[10_000:10_240]).max() > 0.01
    assert np.abs(sound[10_000 + RATE // 20 :]).max() < 0.002


def test_blocks_change_nothing() -> None:
    played = [_note(6_900), _note(20_000, 60)]
    np.testing.assert_array_equal(_noise(played), _noise(played, block=30_000))


def test_a_chord_is_one_stroke_as_loud_as_its_loudest_note() -> None:
    np.testing.assert_array_equal(_noise([_note(500, 80), _note(500, 40)]), _noise([_note(500, 80)]))
    assert np.abs(_noise([_note(500, 80)])).max() > 1.9 * np.abs(_noise([_note(500, 40)])).max()


def test_notes_without_an_accent_have_none() -> None:
    assert not _noise([_note(500, articulation=""), _note(900, articulation="staccato")]).any()


@pytest.mark.parametrize("instrument", sorted(INSTRUMENTS))
def test_only_what_is_bowed_or_blown_makes_noise(instrument: str) -> None:
    bowed_or_blown = {"strings", "bass", "solo", "brass", "woodwinds"}
    assert stroke_noise(instrument).any() == (
        INSTRUMENTS[instrument].family in bowed_or_blown and instrument != "pizzicato"
    )


def test_players_do_not_share_their_noise() -> None:
    one, other = stroke_noise("violin_1"), stroke_noise("violin_2")
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.2
