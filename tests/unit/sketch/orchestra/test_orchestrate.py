from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.practice_cues import practice_cues
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import CuePalette, PlannedStatement
from model.sketch.orchestra.doubling import MIDDLE, SOFT, STRONG, choose_players, level_of
from model.sketch.orchestra.players import DECAYING, UNPITCHED, Player, fit_octaves, make_players, move_into_range
from model.sketch.plan.mood import CueMood
from model.sketch.sketch_types import Part, PartNote, VoiceRole
from model.time import Beat
from tests.unit.sketch.conftest import RULES, Writer


def _most_together(part: Part) -> int:
    return max(
        sum(o.onset <= n.onset < o.onset + o.duration for o in part.notes) for n in part.notes
    )  # fmt: skip


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    return [part for practice in practice_cues(6) for part in practice.write_sketch(RULES).parts]


def test_every_note_is_in_range_and_no_player_has_more_voices_than_it_can(parts: list[Part]) -> None:
    for part in parts:
        instrument = INSTRUMENTS[part.instrument]
        assert all(instrument.lowest <= n.pitch <= instrument.highest for n in part.notes)
        assert _most_together(part) <= instrument.voices
        assert all(1 <= n.velocity <= 127 and n.duration > 0 for n in part.notes)
        assert list(part.notes) == sorted(part.notes, key=lambda n: n.onset)


def test_the_parts_stand_in_score_order_and_are_not_empty(parts: list[Part]) -> None:
    assert all(part.notes for part in parts)
    assert len({p.instrument for p in parts}) > 10


def test_only_the_palette_plays_and_the_banned_never(write: Writer, steady: Callable[..., CueMood]) -> None:
    palette = CuePalette(("violin_1", "viola", "cello", "contrabass", "horn", "timpani"), banned=("brass",))
    written = write(palette=palette, mood=steady(0.9, 0.8))
    assert {p.instrument for p in written.parts} <= {"violin_1", "viola", "cello", "contrabass", "timpani"}


def test_a_palette_may_name_families_and_an_empty_one_is_played_by_strings(write: Writer) -> None:
    assert set(make_players(CuePalette(("brass",)))) == {"horn", "trumpet", "trombone", "tuba"}
    assert {p.instrument for p in write(palette=CuePalette(())).parts} <= {
        "violin_1", "violin_2", "viola", "cello", "contrabass",
    }  # fmt: skip


def test_a_theme_is_led_by_its_own_instrument_and_keeps_its_shape(write: Writer) -> None:
    palette = CuePalette((*INSTRUMENTS,))
    written = write(ledger=(PlannedStatement("cue-1", "theme-a", 0.2, "statement"),), palette=palette)
    locked = [n for n in written.notes if n.locked]
    for part in written.parts:
        played = [n for n in part.notes if n.statement == 0]
        if played:
            shifts = {p.pitch - n.pitch for p, n in zip(played, locked, strict=True)}
            assert len(shifts) == 1
            assert shifts.pop() % 12 == 0
    leading = [p.instrument for p in written.parts if any(n.statement == 0 for n in p.notes)]
    assert leading


def test_loud_music_has_more_players_and_percussion(write: Writer, steady: Callable[..., CueMood]) -> None:
    calm, wild = (write(mood=steady(a), palette=CuePalette((*INSTRUMENTS,))) for a in (0.15, 0.95))
    assert len(wild.parts) > len(calm.parts)
    assert {"taiko", "timpani", "drums"} <= {p.instrument for p in wild.parts}
    assert not {"taiko", "drums"} & {p.instrument for p in calm.parts}


def test_every_note_of_the_short_score_is_played(write: Writer, steady: Callable[..., CueMood]) -> None:
    written = write(mood=steady(0.5), palette=CuePalette((*INSTRUMENTS,)))
    assert written.scores["unplayed"] == 0
    played = {(n.onset, n.pitch % 12) for p in written.parts for n in p.notes}
    assert {(n.onset, n.pitch % 12) for n in written.notes} <= played


@given(pitch=st.integers(0, 127), name=st.sampled_from(sorted(INSTRUMENTS)))
def test_a_pitch_moves_by_octaves_into_range(pitch: int, name: str) -> None:
    moved = move_into_range(pitch, INSTRUMENTS[name])
    if moved is not None:
        assert INSTRUMENTS[name].lowest <= moved <= INSTRUMENTS[name].highest
        assert (moved - pitch) % 12 == 0


def test_a_line_wider_than_the_instrument_does_not_fit() -> None:
    assert fit_octaves([40, 90], INSTRUMENTS["trumpet"]) is None
    assert fit_octaves([40, 52], INSTRUMENTS["trumpet"]) in {12, 24}
    assert fit_octaves([60, 70], INSTRUMENTS["violin_1"]) == 0


def test_a_player_has_no_room_for_what_it_cannot_play() -> None:
    player = Player(INSTRUMENTS["solo_violin"])
    assert player.has_room_for(Beat(Fraction(0)), Fraction(1), 70)
    player.add(PartNote(Beat(Fraction(0)), Fraction(2), 70, 80, VoiceRole.MELODY))
    assert not player.has_room_for(Beat(Fraction(1)), Fraction(1), 74)
    assert player.has_room_for(Beat(Fraction(2)), Fraction(1), 74)
    assert not player.has_room_for(Beat(Fraction(2)), Fraction(1), 20)
    assert player.is_sounding(Beat(Fraction(1)), 70)
    assert not player.is_sounding(Beat(Fraction(2)), 70)


def test_who_plays_depends_on_level_and_tension() -> None:
    everyone = sorted(INSTRUMENTS)
    assert [level_of(a) for a in (0.1, 0.5, 0.9)] == [SOFT, MIDDLE, STRONG]
    for role in VoiceRole:
        for level in (SOFT, MIDDLE, STRONG):
            names = choose_players(role, level, everyone, 0.2)
            assert len(names) == len(set(names))
            assert not UNPITCHED & set(names)
    assert choose_players(VoiceRole.PAD, SOFT, everyone, 0.9)[0] == "tremolo"
    pads = [name in DECAYING for name in choose_players(VoiceRole.PAD, SOFT, everyone, 0.2)]
    assert pads == sorted(pads), "what rings on comes before what decays"
    assert choose_players(VoiceRole.MELODY, SOFT, everyone, 0.2, "horn")[0] == "horn"


def test_wind_players_breathe(write: Writer, steady: Callable[..., CueMood]) -> None:
    palette = CuePalette(("english_horn", "tuba"))
    written = write(mood=steady(0.2), palette=palette)
    for part in written.parts:
        if part.instrument == "tuba":
            gaps = [b.onset - (a.onset + a.duration) for a, b in zip(part.notes, part.notes[1:], strict=False)]
            assert any(g > 0 for g in gaps)


def test_short_notes_of_the_figure_are_detached(write: Writer, steady: Callable[..., CueMood]) -> None:
    written = write(mood=steady(0.85))
    short = [n for p in written.parts for n in p.notes if n.role is VoiceRole.RHYTHM and n.articulation == "staccato"]
    assert short
    assert all(n.duration <= Fraction(1, 2) for n in short)
