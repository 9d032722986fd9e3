"""The clock is exact, strictly increasing, and recovers from every kind of nonsense."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.media.facts import STANDARD_RATES, label_rate
from model.media.ticks import Ticks

RATES = st.sampled_from(STANDARD_RATES)
BASES = st.sampled_from([Fraction(1, 1000), Fraction(1, 90_000), Fraction(1, 12_800), Fraction(1, 600)])


@given(RATES, BASES, st.integers(-(10**6), 10**6), st.integers(2, 200))
def test_rounded_times_of_an_even_rate_become_exact(rate: Fraction, base: Fraction, first: int, frames: int) -> None:
    if 1 / (rate * base) <= 4:
        return  # ticks as coarse as frames cannot be undone
    ticks = Ticks(base, rate)
    for k in range(frames):
        ticks.add(first + round(k / rate / base))
    assert not ticks.variable
    assert ticks.clock().times_s.tolist() == [float(k / rate) for k in range(frames)]
    assert ticks.clock().end_s == float(frames / rate)


@given(st.lists(st.none() | st.integers(-(2**62), 2**62) | st.integers(-500, 500), min_size=1, max_size=60), BASES)
def test_any_times_make_a_clock(times: list[int | None], base: Fraction) -> None:
    ticks = Ticks(base, Fraction(24))
    for pts in times:
        ticks.add(pts)
    clock = ticks.clock()
    assert clock.times_s[0] == 0
    assert np.all(np.diff(clock.times_s) > 0)
    assert np.all(np.diff(clock.times_s) <= 10.001)
    assert clock.end_s > clock.times_s[-1]


def test_variable_times_are_believed() -> None:
    ticks = Ticks(Fraction(1, 1000), Fraction(25))
    for pts in (0, 40, 95, 120, 160):
        ticks.add(pts, 40)
    assert ticks.variable
    assert ticks.clock().times_s.tolist() == [0, 0.04, 0.095, 0.12, 0.16]
    assert ticks.end_s == pytest.approx(0.2)


def test_a_missing_frame_on_a_coarse_grid_is_variable() -> None:
    ticks = Ticks(Fraction(1, 24), Fraction(24))
    for pts in (0, 1, 3, 4):
        ticks.add(pts)
    assert ticks.variable


@pytest.mark.parametrize(
    ("average", "base", "rate"),
    [
        (Fraction(24), Fraction(24), Fraction(24)),
        (Fraction(24_000, 1001), None, Fraction(24_000, 1001)),
        (Fraction(2997, 100), None, Fraction(30_000, 1001)),
        (Fraction(19_001, 793), Fraction(24_000, 1001), Fraction(24_000, 1001)),
        (Fraction(3552, 239), Fraction(15), Fraction(24_000, 1001)),
        (Fraction(15), Fraction(15), Fraction(15)),
        (Fraction(147, 5), Fraction(90_000), Fraction(30_000, 1001)),
        (None, None, Fraction(25)),
    ],
)
def test_rate_for_labels(average: Fraction | None, base: Fraction | None, rate: Fraction) -> None:
    assert label_rate(average, base) == rate
