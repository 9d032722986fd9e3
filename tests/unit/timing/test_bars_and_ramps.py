from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.time import Beat
from model.timing.bars import BarTask, eighths, place_bars, strong_beats
from model.timing.ramps import with_ramps
from model.timing.tempo_map import Meter, Tempo, TempoMap

PALETTE = (Meter(0, 4, 4), Meter(0, 3, 4), Meter(0, 5, 4), Meter(0, 2, 4))


def task(size: int, out: int, worth: dict[int, float] | None = None, **changes: object) -> BarTask:
    downbeat = np.zeros(size)
    for place, value in (worth or {}).items():
        downbeat[place] = value
    return BarTask(downbeat, np.zeros(size), PALETTE, out, frozenset(), **changes)  # type: ignore[arg-type]


def test_without_wishes_all_bars_are_usual() -> None:
    bars = place_bars(task(80, 64))
    assert (bars.count, bars.odd) == (8, 0)
    assert bars.meters == (Meter(0, 4, 4),)


@given(st.integers(2, 30))
def test_a_heavy_downbeat_is_met_wherever_bars_can_reach_it(beat: int) -> None:
    bars = place_bars(task(160, 120, {2 * beat: 50.0}))
    tempo_map = TempoMap(Fraction(0), bars.count, (Tempo(Beat(Fraction(0)), Fraction(60)),), bars.meters)
    assert tempo_map.position(Beat(Fraction(beat)))[1] == 0


def test_a_wish_lighter_than_an_odd_bar_bends_nothing() -> None:
    assert place_bars(task(160, 120, {10: 0.3})).odd == 0


@pytest.mark.parametrize(
    ("meter", "strong"),
    [
        (Meter(0, 4, 4), [2]),
        (Meter(0, 3, 4), []),
        (Meter(0, 5, 4), [3]),
        (Meter(0, 6, 8), [Fraction(3, 2)]),
        (Meter(0, 12, 8), [Fraction(3, 2), 3, Fraction(9, 2)]),
        (Meter(0, 7, 8), [2]),
    ],
)
def test_strong_beats_follow_the_meter(meter: Meter, strong: list[Fraction]) -> None:
    assert list(strong_beats(meter)) == strong


def test_lengths_in_eighths() -> None:
    assert [eighths(Meter(0, b, u)) for b, u in ((4, 4), (7, 8), (3, 2))] == [8, 7, 12]


def two_tempi(first: int, then: int) -> TempoMap:
    tempi = (Tempo(Beat(Fraction(0)), Fraction(first)), Tempo(Beat(Fraction(16)), Fraction(then)))
    return TempoMap(Fraction(5), 8, tempi)


@given(st.integers(60, 120), st.integers(60, 120))
def test_a_ramp_moves_nothing_outside_itself(first: int, then: int) -> None:
    plain = two_tempi(first, then)
    drawn = with_ramps(plain, lambda _: True)
    for beat in (0, 8, 12, 20, 24, 32):
        assert drawn.seconds(Beat(Fraction(beat))) == plain.seconds(Beat(Fraction(beat)))
    steps = [t for t in drawn.tempi if t.ramp]
    assert bool(steps) == (max(first / then, then / first) >= 1.02)
    assert {t.ramp for t in steps} <= {"ritardando" if then < first else "accelerando"}
    bpms = [t.bpm for t in drawn.tempi]
    assert bpms in (sorted(bpms), sorted(bpms, reverse=True))


def test_a_ramp_that_would_spoil_a_hit_is_shortened_or_left_out() -> None:
    plain = two_tempi(80, 100)
    inner = Beat(Fraction(14))

    def keeps_the_hit(drawn: TempoMap) -> bool:
        return drawn.seconds(inner) == plain.seconds(inner)

    drawn = with_ramps(plain, keeps_the_hit)
    assert [t.beat.quarters for t in drawn.tempi if t.ramp] == [14, 15, 16, 17]
    assert with_ramps(plain, lambda _: False) == plain
