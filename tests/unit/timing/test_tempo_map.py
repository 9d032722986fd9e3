from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.time import Beat
from model.timing.tempo_map import Meter, Tempo, TempoMap
from tests.unit.timing.timing_maker import tempo_maps

BEATS = st.integers(-16, 1600).map(lambda n: Beat(Fraction(n, 8)))
ZERO = Beat(Fraction(0))


def simple(*meters: Meter) -> TempoMap:
    return TempoMap(Fraction(10), 8, (Tempo(ZERO, Fraction(60)), Tempo(Beat(Fraction(4)), Fraction(120))), meters)


def test_seconds_of_a_change_of_tempo_are_those_of_arithmetic() -> None:
    tempo_map = simple(Meter(0))
    assert [tempo_map.seconds(Beat(Fraction(b))) for b in (-1, 0, 4, 6)] == [9, 10, 14, 15]
    assert tempo_map.bpm(Beat(Fraction(7, 2))) == 60
    assert tempo_map.bpm(Beat(Fraction(4))) == 120


def test_bars_of_several_meters_begin_where_the_bars_before_end() -> None:
    tempo_map = simple(Meter(0), Meter(2, 3, 4), Meter(3, 7, 8))
    assert [tempo_map.bar_start(b).quarters for b in range(6)] == [0, 4, 8, 11, Fraction(29, 2), 18]
    assert tempo_map.position(Beat(Fraction(9))) == (2, 1)
    assert tempo_map.position(Beat(Fraction(15))) == (4, Fraction(1, 2))
    assert tempo_map.end.quarters == 11 + Fraction(7, 2) * 5


@given(tempo_maps(), BEATS)
def test_beat_undoes_seconds_exactly(tempo_map: TempoMap, beat: Beat) -> None:
    assert tempo_map.beat(tempo_map.seconds(beat)) == beat


@given(tempo_maps(), st.integers(-10_000, 200_000))
def test_seconds_undo_beat_exactly(tempo_map: TempoMap, frame: int) -> None:
    at = Fraction(frame * 1001, 24000)
    assert tempo_map.seconds(tempo_map.beat(at)) == at


@given(tempo_maps(), BEATS, BEATS)
def test_later_beats_come_later(tempo_map: TempoMap, one: Beat, other: Beat) -> None:
    assert (tempo_map.seconds(one) < tempo_map.seconds(other)) == (one < other)


@given(tempo_maps(), st.integers(0, 1600))
def test_position_and_bar_start_agree(tempo_map: TempoMap, eighths: int) -> None:
    beat = Beat(Fraction(eighths, 2))
    bar, into = tempo_map.position(beat)
    assert tempo_map.bar_start(bar) + into == beat
    assert 0 <= into < tempo_map.meter(bar).quarters


@given(tempo_maps(), st.integers(0, 80))
def test_a_bar_lasts_as_long_as_its_meter(tempo_map: TempoMap, bar: int) -> None:
    assert tempo_map.bar_start(bar + 1) - tempo_map.bar_start(bar) == tempo_map.meter(bar).quarters
    assert tempo_map.position(tempo_map.bar_start(bar)) == (bar, 0)


@given(tempo_maps(), st.integers(1, 16))
def test_a_pickup_lies_in_bars_before_the_first(tempo_map: TempoMap, eighths: int) -> None:
    beat = Beat(Fraction(-eighths, 2))
    bar, into = tempo_map.position(beat)
    assert bar < 0
    assert 0 <= into < tempo_map.meters[0].quarters


@pytest.mark.parametrize(
    ("tempi", "meters"),
    [
        ((), (Meter(0),)),
        ((Tempo(Beat(Fraction(1)), Fraction(60)),), (Meter(0),)),
        ((Tempo(ZERO, Fraction(0)),), (Meter(0),)),
        ((Tempo(ZERO, Fraction(60)), Tempo(ZERO, Fraction(61))), (Meter(0),)),
        ((Tempo(ZERO, Fraction(60)),), ()),
        ((Tempo(ZERO, Fraction(60)),), (Meter(1),)),
        ((Tempo(ZERO, Fraction(60)),), (Meter(0), Meter(4), Meter(2))),
    ],
)
def test_a_map_without_beginning_order_or_motion_is_refused(
    tempi: tuple[Tempo, ...], meters: tuple[Meter, ...]
) -> None:
    with pytest.raises(ValueError, match=r"tempo map begins|in order"):
        TempoMap(Fraction(0), 4, tempi, meters)
