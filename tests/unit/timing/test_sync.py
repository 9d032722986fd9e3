from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import SettingInvalid
from model.time import Beat, Frame
from model.timing.landing import Fit, Grade, Landing
from model.timing.sync import StreamerColour, SyncSettings, click_track, pulse_quarters, sync
from model.timing.tempo_map import Meter, Tempo, TempoMap
from tests.unit.timing.timing_maker import FILM, aim, tempo_maps

ZERO = Beat(Fraction(0))


def fitted(*landings: Landing, start: int = 10) -> Fit:
    tempo_map = TempoMap(Fraction(start), 8, (Tempo(ZERO, Fraction(120)),))
    return Fit(tempo_map, landings, 1.0, 0, 0.0, 0)


def landed(frame: int, weight: float, **changes: object) -> Landing:
    return Landing(aim(frame, weight, **changes), ZERO, "beat", 0.0, Grade.HIT)  # type: ignore[arg-type]


def test_yellow_runs_into_the_first_warning_click_green_into_the_downbeat_red_to_the_out() -> None:
    plan = sync(fitted(), Frame(24 * 24), FILM)
    ends = {s.colour: s.end_s for s in plan.streamers}
    assert ends == {StreamerColour.WARNING: 6, StreamerColour.DOWNBEAT: 10, StreamerColour.END: 24}
    assert all(s.end_s - s.begin_s == 2 for s in plan.streamers)
    assert plan.clicks[0].seconds == 6


def test_clicks_are_exact_and_accented_on_bar_lines() -> None:
    clicks = click_track(fitted().tempo_map, Fraction(14), free_clicks=8)
    assert [c.seconds for c in clicks] == [6 + Fraction(n, 2) for n in range(16)]
    assert [n for n, c in enumerate(clicks) if c.accent] == [0, 4, 8, 12]
    assert [c.free for c in clicks] == [True] * 8 + [False] * 8


def test_compound_bars_click_in_threes_and_sevens_in_eighths() -> None:
    assert [pulse_quarters(Meter(0, b, u)) for b, u in ((4, 4), (6, 8), (7, 8), (2, 2))] == [
        1,
        Fraction(3, 2),
        Fraction(1, 2),
        2,
    ]


@given(tempo_maps(), st.integers(0, 16))
def test_every_bar_has_one_accent_and_clicks_never_turn_back(tempo_map: TempoMap, free: int) -> None:
    end = tempo_map.seconds(tempo_map.end)
    clicks = click_track(tempo_map, end, free)
    times = [c.seconds for c in clicks]
    assert times == sorted(set(times))
    assert sum(c.free for c in clicks) == free
    assert sum(c.accent for c in clicks if not c.free) == tempo_map.bars
    assert all(c.seconds < end for c in clicks)


def test_hits_that_matter_get_a_streamer_lesser_ones_a_punch_soft_ones_a_flutter() -> None:
    heavy, light, soft = landed(400, 4.0), landed(450, 1.0), landed(500, 2.0, early=3, late=4)
    trivial = landed(530, 0.5)
    plan = sync(fitted(heavy, light, soft, trivial), Frame(576), FILM)
    assert [s.end_s for s in plan.streamers if s.colour is StreamerColour.HIT] == [Fraction(400, 24)]
    assert [p.at_s for p in plan.punches if p.colour is StreamerColour.HIT] == [Fraction(400, 24), Fraction(450, 24)]
    assert [f.at_s for f in plan.flutters] == [Fraction(500, 24)]
    assert [p * 24 for p in plan.flutters[0].punches_s] == [496, 498, 500, 502, 504]


def test_streamers_never_cross_and_dropped_hits_get_none() -> None:
    missed = Landing(aim(590, 5.0), None, "", 7.0, Grade.MISS, "too close")
    crowd = [landed(300 + 9 * n, 5.0) for n in range(30)]
    plan = sync(fitted(*crowd, missed), Frame(600), FILM, SyncSettings(streamer_s=3))
    white = [s for s in plan.streamers if s.colour is StreamerColour.HIT]
    assert all(a.end_s <= b.begin_s for a, b in pairwise(white))
    assert all(1 <= s.end_s - s.begin_s <= 3 for s in white)
    assert Fraction(590, 24) not in {
        p.at_s for p in plan.punches if p.label == missed.aim.label and p.colour is StreamerColour.HIT
    }


def test_a_cue_at_the_head_of_the_reel_has_its_warning_before_the_reel() -> None:
    plan = sync(fitted(start=0), Frame(240), FILM)
    assert plan.clicks[0].seconds == -4
    assert plan.streamers[0].begin_s == -6


def test_no_free_clicks_no_yellow() -> None:
    plan = sync(fitted(), Frame(576), FILM, SyncSettings(free_clicks=0))
    assert StreamerColour.WARNING not in {s.colour for s in plan.streamers}


@pytest.mark.parametrize("chosen", [SyncSettings(streamer_s=5), SyncSettings(free_clicks=-1)])
def test_lengths_nobody_uses_are_refused(chosen: SyncSettings) -> None:
    with pytest.raises(SettingInvalid):
        sync(fitted(), Frame(576), FILM, chosen)
