from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import CueInvalid, TempoInvalid
from model.spotting.notes import InType, MustBe, OutType
from model.time import Beat, Frame
from model.timing.fit import fit, fit_aims, settings_for
from model.timing.landing import Aim, Fit, FitSettings, Grade, Landing
from model.timing.tempo_map import Meter
from tests.unit.timing.timing_maker import FILM, NTSC, aim, cue, hit

HUNDRED = FitSettings(bpm=(100.0, 100.0), target=100.0)


def landing(one: Fit, name: str) -> Landing:
    return next(found for found in one.landings if found.aim.id == name)


def check(one: Fit, chosen: FitSettings, start_s: Fraction, end_s: Fraction) -> None:
    """Assert every rule a map obeys."""
    tempo_map = one.tempo_map
    plain = [t for t in tempo_map.tempi if not t.ramp]
    assert all(chosen.bpm[0] <= t.bpm <= chosen.bpm[1] and t.bpm % chosen.grid == 0 for t in plain)
    assert all(t.beat.quarters.denominator == 1 for t in tempo_map.tempi)
    limit = Fraction(chosen.largest_step).limit_denominator(10**6)
    assert all(max(b.bpm / a.bpm, a.bpm / b.bpm) - 1 <= limit for a, b in pairwise(plain))
    assert start_s <= tempo_map.start_s <= start_s + Fraction(chosen.latest_start_s).limit_denominator(1000)
    assert tempo_map.seconds(tempo_map.bar_start(tempo_map.bars - 1)) < end_s <= tempo_map.seconds(tempo_map.end)
    palette = {(m.beats, m.unit) for m in chosen.meters}
    assert {(m.beats, m.unit) for m in tempo_map.meters} <= palette
    for found in one.landings:
        if found.beat is not None:
            off = (tempo_map.seconds(found.beat) - NTSC.seconds(found.aim.frame)) * NTSC.rate
            assert float(off) == pytest.approx(found.frames_off)
        if found.grade is Grade.HIT and found.aim.must_be != "avoid":
            assert -found.aim.early - 1e-9 <= found.frames_off <= found.aim.late + 1e-9
        if found.grade is not Grade.HIT:
            assert found.reason


@st.composite
def aims(draw: st.DrawFn) -> tuple[Aim, ...]:
    frames = sorted(draw(st.sets(st.integers(0, 480), max_size=6)))
    kinds = st.sampled_from(["bar", "beat", "any", "avoid"])
    return tuple(
        aim(f, draw(st.integers(0, 5)), draw(kinds), early=draw(st.integers(0, 3)), late=draw(st.integers(0, 4)))
        for f in frames
    )


@settings(max_examples=20, deadline=None)
@given(aims(), st.integers(40, 480), st.booleans(), st.sampled_from([0.0, 0.5]))
def test_every_map_obeys_the_rules(found: tuple[Aim, ...], length: int, ramps: bool, latest: float) -> None:
    chosen = FitSettings(bpm=(76.0, 96.0), latest_start_s=latest, ramps=ramps, alternatives=1)
    start_s = NTSC.seconds(Frame(1000))
    inside = [replace(a, frame=a.frame + 1000) for a in found if a.frame.index <= length]
    fits = fit_aims(inside, start_s, length, NTSC, chosen)
    for one in (fits.best, fits.single, *fits.alternatives):
        check(one, chosen, start_s, start_s + length / NTSC.rate)
    assert fits.single.changes == 0


def test_the_same_hits_give_the_same_maps() -> None:
    asked = [aim(f, 2.0) for f in (60, 151, 333, 402, 555)]
    assert fit_aims(asked, Fraction(0), 700, NTSC, FitSettings()) == fit_aims(
        asked, Fraction(0), 700, NTSC, FitSettings()
    )


def test_hits_on_an_even_grid_need_no_change_and_land_to_the_frame() -> None:
    asked = [aim(round(24 * 0.6 * n)) for n in (5, 10, 20, 35)]
    fits = fit_aims(asked, Fraction(0), 720, FILM, FitSettings(bpm=(95.0, 105.0)))
    assert fits.best.changes == 0
    assert fits.best.captured == 1.0
    assert fits.best.tempo_map.tempi[0].bpm == 100
    assert all(abs(one.frames_off) <= 0.5 for one in fits.best.landings[:-1])


def test_the_tempo_bends_where_no_single_tempo_lands_everything() -> None:
    asked = [aim(f, 3.0) for f in (129, 188, 300, 496, 591, 702)]
    fits = fit_aims(asked, Fraction(0), 800, FILM, FitSettings(bpm=(84.0, 100.0)))
    assert fits.single.captured < fits.best.captured
    assert fits.best.changes >= 1
    assert f"{fits.best.changes} tempo change" in fits.best.name
    assert fits.single.name.startswith("single tempo, ")


def test_a_hit_that_must_be_a_bar_line_is_one_and_an_odd_bar_pays_for_it() -> None:
    asked = [aim(round(14.4 * 6), 4.0, "bar"), aim(round(14.4 * 14), 4.0, "bar")]
    best = fit_aims(asked, Fraction(0), round(14.4 * 22), FILM, HUNDRED).best
    assert [one.where for one in best.landings[:2]] == ["bar", "bar"]
    assert best.odd_bars >= 1
    assert best.captured == 1.0
    strict = fit_aims(asked, Fraction(0), round(14.4 * 22), FILM, replace(HUNDRED, meters=(Meter(0),))).best
    missed = next(one for one in strict.landings if one.grade is Grade.NEAR)
    assert "not on a bar line" in missed.reason
    assert strict.captured < 1.0


def test_an_avoided_hit_keeps_the_bar_line_away() -> None:
    # at 100 bpm the fourth beat falls on frame 57.6; without the wish it would be the second bar line
    best = fit_aims([aim(58, 4.0, "avoid", early=2, late=2)], Fraction(0), 288, FILM, HUNDRED).best
    kept = best.landings[0]
    assert kept.grade is Grade.HIT
    assert kept.beat is None
    assert best.tempo_map.position(Beat(Fraction(4)))[1] not in (0, 2)


def test_an_avoided_hit_under_the_first_downbeat_says_it_is_struck() -> None:
    struck = fit_aims([aim(0, 4.0, "avoid")], Fraction(0), 288, FILM, HUNDRED).best.landings[0]
    assert struck.grade is Grade.MISS
    assert "avoided" in struck.reason


def test_an_eighth_will_do_for_any_but_not_for_a_beat() -> None:
    eighth = round(14.4 * 4.5)
    best = fit_aims([aim(eighth, must_be="any")], Fraction(0), 288, FILM, HUNDRED).best
    assert (best.landings[0].where, best.landings[0].grade) == ("eighth", Grade.HIT)
    best = fit_aims([aim(eighth)], Fraction(0), 288, FILM, HUNDRED).best
    assert best.landings[0].grade is not Grade.HIT


def test_of_two_hits_too_close_the_heavier_is_taken_and_the_reason_says_so() -> None:
    asked = [aim(100, 1.0, label="glance"), aim(107, 4.0, label="shot")]
    best = fit_aims(asked, Fraction(0), 400, FILM, FitSettings(bpm=(80.0, 120.0))).best
    assert landing(best, "a107").grade is Grade.HIT
    dropped = landing(best, "a100")
    assert dropped.grade is not Grade.HIT
    assert "7 frames from 'shot'" in dropped.reason
    assert "the heavier is taken" in dropped.reason


def test_hits_one_frame_apart_are_caught_by_one_beat() -> None:
    best = fit_aims([aim(100), aim(101)], Fraction(0), 400, FILM, FitSettings(bpm=(80.0, 120.0))).best
    assert best.captured == 1.0
    assert best.landings[0].beat == best.landings[1].beat


def test_a_mandatory_hit_beats_heavier_neighbours() -> None:
    asked = [aim(100, 1.0, mandatory=True), aim(107, 5.0)]
    best = fit_aims(asked, Fraction(0), 400, FILM, FitSettings(bpm=(80.0, 120.0))).best
    assert landing(best, "a100").grade is Grade.HIT


def test_the_last_bar_holds_the_out_and_a_bar_line_meets_it_where_it_can() -> None:
    best = fit(cue(0, 480, out_type=OutType.HARD_OUT), [], FILM).best
    out = FILM.seconds(Frame(480))
    assert 0 <= (best.tempo_map.seconds(best.tempo_map.end) - out) * 24 <= 1
    assert landing(best, "out").where == "bar"


def test_of_200_hits_as_many_as_possible_land_and_every_miss_is_explained() -> None:
    asked = [hit(10 + 7 * n, 1.0 + n % 3) for n in range(200)]
    best = fit(cue(0, 1420), asked, FILM).best
    assert len(best.landings) == 201
    assert 0.1 < best.captured < 1.0
    assert all(one.reason for one in best.landings if one.grade is not Grade.HIT)


def test_a_cue_of_twenty_minutes_is_laid_and_a_longer_one_is_refused() -> None:
    chosen = FitSettings(bpm=(90.0, 100.0), alternatives=0)
    asked = [aim(f) for f in range(500, 28_800, 1009)]
    best = fit_aims(asked, Fraction(0), 28_800, FILM, chosen).best
    assert best.captured > 0.8
    with pytest.raises(CueInvalid, match="20 minutes"):
        fit_aims([], Fraction(0), 28_801, FILM, chosen)


def test_a_cue_shorter_than_a_bar_is_one_short_bar_and_shorter_than_a_beat_is_refused() -> None:
    best = fit(cue(0, 30), [], FILM).best
    assert best.tempo_map.bars == 1
    assert best.tempo_map.seconds(best.tempo_map.end) >= FILM.seconds(Frame(30))
    with pytest.raises(CueInvalid, match="shorter than one beat"):
        fit(cue(0, 8), [], FILM)


def test_a_hit_outside_the_cue_is_reported_and_not_aimed_at() -> None:
    best = fit(cue(100, 600), [hit(50), hit(300)], FILM).best
    assert landing(best, "h50").reason == "lies outside the cue"
    assert landing(best, "h50").grade is Grade.MISS
    with pytest.raises(CueInvalid, match="outside the cue"):
        fit_aims([aim(50)], Fraction(100, 24), 500, FILM, FitSettings())


@pytest.mark.parametrize(
    "changes",
    [
        {"bpm": (120.0, 80.0)},
        {"bpm": (float("nan"), 80.0)},
        {"bpm": (0.0, 80.0)},
        {"bpm": (90.1, 90.2)},
        {"grid": Fraction(0)},
        {"grid": Fraction(1, 1000)},
        {"largest_step": -0.1},
        {"latest_start_s": 5.0},
        {"meters": ()},
        {"meters": (Meter(0, 5, 16),)},
        {"meters": (Meter(0, 0, 4),)},
    ],
)
def test_settings_that_leave_no_map_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(TempoInvalid):
        fit_aims([], Fraction(0), 480, FILM, replace(FitSettings(), **changes))  # type: ignore[arg-type]


def test_a_cue_without_a_tempo_range_is_refused() -> None:
    for no_range in ((0.0, 0.0), (120.0, 80.0), (-5.0, 80.0)):
        with pytest.raises(CueInvalid, match="no tempo range"):
            settings_for(cue(tempo_bpm=no_range))


def test_settings_come_from_the_cue() -> None:
    chosen = settings_for(cue(tempo_bpm=(80.0, 100.0), in_type=InType.EASE_IN))
    assert chosen.bpm == (74.0, 108.0)
    assert chosen.target == 90.0
    assert chosen.latest_start_s == 0.5
    assert settings_for(cue()).latest_start_s == 0.0


def test_an_avoided_hit_of_the_notes_is_an_avoided_aim() -> None:
    best = fit(cue(), [hit(58, 5.0, MustBe.AVOID)], FILM).best
    assert best.landings[0].aim.must_be == "avoid"
    assert not best.landings[0].aim.mandatory


def test_alternatives_differ_in_tempo_or_in_what_they_land() -> None:
    asked = [aim(f, 3.0) for f in (129, 188, 300, 496, 591, 702)]
    fits = fit_aims(asked, Fraction(0), 800, FILM, FitSettings(bpm=(70.0, 120.0), alternatives=3))
    assert fits.alternatives
    names = [fits.best.name, *(one.name for one in fits.alternatives)]
    maps = [fits.best.tempo_map, *(one.tempo_map for one in fits.alternatives)]
    assert len(set(maps)) == len(maps), names
    assert fit_aims(asked, Fraction(0), 800, FILM, FitSettings(alternatives=0)).alternatives == ()


def test_the_first_beat_waits_for_a_mandatory_hit_no_beat_could_reach() -> None:
    early = hit(9, 5.0)
    best = fit(cue(0, 480), [early], FILM).best
    assert best.landings[0].grade is Grade.HIT
    assert best.tempo_map.start_s == Fraction(9, 24)
    soft = fit(cue(0, 480, in_type=InType.EASE_IN), [hit(22, 5.0, MustBe.BAR)], FILM).best
    assert soft.tempo_map.start_s <= 1
    with_settings = fit(cue(0, 480), [early], FILM, FitSettings(bpm=(80.0, 100.0))).best
    assert with_settings.tempo_map.start_s == 0
    assert with_settings.landings[0].grade is not Grade.HIT


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 460), st.lists(st.integers(0, 460), max_size=5))
def test_a_mandatory_hit_always_lands(frame: int, others: list[int]) -> None:
    asked = [hit(frame, 5.0, MustBe.BAR), *(hit(f, 3.0) for f in sorted(set(others) - {frame}))]
    best = fit(cue(0, 480), asked, FILM).best
    assert landing(best, f"h{frame}").grade is Grade.HIT


def test_a_mandatory_hit_just_before_the_out_does_not_leave_a_cue_without_a_beat() -> None:
    best = fit(cue(0, 24), [hit(21, 5.0, MustBe.BAR)], FILM).best
    assert best.tempo_map.start_s == 0
    assert best.landings[0].grade is not Grade.HIT or best.landings[0].where == "bar"
