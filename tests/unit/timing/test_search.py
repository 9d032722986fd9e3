from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.timing.costs import TICKS_PER_S, UNITS_PER_WEIGHT, FitCosts, TimedAim, make_rewards
from model.timing.grid import TempoGrid
from model.timing.landing import FitSettings
from model.timing.search import BeatPath, SearchTask, find_best_path
from model.timing.single import find_best_single_tempo
from tests.unit.timing.timing_maker import aim

FREE = FitCosts(change=0.1, slope=0.0, unanchored=0.0, near=0.0, target=0.0, start=0.0, early=0.0, late=0.0)
FRAME = 1 / 24


def timed(frame: int, weight: float = 1.0, must_be: str = "beat", **changes: object) -> TimedAim:
    return TimedAim(aim(frame, weight, must_be, **changes), frame * FRAME, FRAME)


def task(
    frames: list[int], bpm: tuple[float, float], end_s: float, costs: FitCosts = FREE, latest: float = 0.0
) -> SearchTask:
    grid = TempoGrid.of(FitSettings(bpm=bpm))
    table = make_rewards([timed(f) for f in frames], end_s + 3, float(grid.periods_s.min()), costs)
    return SearchTask(grid, table, end_s, latest, sum(bpm) / 2, costs)


def exact_seconds(path: BeatPath, count: int) -> list[Fraction]:
    """Walk the beats one by one in exact time."""
    at, bpms, out = path.start, dict(path.tempi), list[Fraction]()
    bpm = bpms[0]
    for beat in range(count):
        out.append(at)
        bpm = bpms.get(beat, bpm)
        at += 60 / bpm
    return out


def caught(beats: npt.NDArray[np.float64], frames: list[int], margin: float = 0.0) -> int:
    off = beats[:, None] * 24 - np.array(frames)
    return int(((off >= -1 + margin) & (off <= 2 - margin)).any(axis=0).sum())


def try_everything(frames: list[int], tempi: list[Fraction], beats: int) -> float:
    """Try every way to change the tempo on any beat, at most once: the most hits less the price of the change.

    Windows are a tenth of a frame narrower at either end: the search keeps clear of the very edge.
    """
    best = 0.0
    for first, then in product(tempi, repeat=2):
        if max(first / then, then / first) > Fraction(106, 100):
            continue
        count, one, other = np.arange(beats), 60 / float(first), 60 / float(then)
        for turn in range(1, beats):
            places = np.minimum(count, turn) * one + np.maximum(count - turn, 0) * other
            best = max(best, caught(places, frames, 0.1) - (0.1 if first != then else 0.0))
    return best


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(20, 235), min_size=1, max_size=4))
def test_the_search_finds_at_least_what_trying_everything_finds(chosen: set[int]) -> None:
    frames = sorted(chosen)
    asked = task(frames, (90.0, 94.0), 10.0)
    path = find_best_path(asked)
    beats = np.array([float(b) for b in exact_seconds(path, path.beats + 1)])
    found = caught(beats, frames) - 0.1 * (len(path.tempi) - 1)
    # Bins are a hundredth of a second and without a hit only every fourth may change: a change may come a little late.
    assert found >= try_everything(frames, list(asked.grid.tempi), 17) - 0.2
    assert path.score <= found + 1e-6


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 400), max_size=6), st.sampled_from([0.0, 0.4]))
def test_a_free_tempo_is_never_worth_less_than_a_single_one(frames: set[int], latest: float) -> None:
    asked = task(sorted(frames), (80.0, 100.0), 18.0, latest=latest)
    single, best = find_best_single_tempo(asked), find_best_path(asked)
    assert best.score >= single.score - 0.11
    assert single.tempi[0][0] == 0
    assert len(single.tempi) == 1
    for path in (single, best):
        beats = exact_seconds(path, path.beats + 1)
        assert beats[path.beats - 1] < 18 <= beats[path.beats] + Fraction(1, 10**6)


def test_seconds_of_a_path_are_those_of_exact_arithmetic() -> None:
    path = BeatPath(Fraction(1, 4), ((0, Fraction(90)), (7, Fraction(94)), (20, Fraction(181, 2))), 40, 0.0)
    assert path.seconds(45) == pytest.approx([float(s) for s in exact_seconds(path, 45)], abs=1e-9)
    assert len(path.seconds(3)) == 3


def test_late_costs_less_than_early_and_outside_pays_nothing() -> None:
    costs = FitCosts(near=0.0)
    table = make_rewards([timed(240, 2.0)], 20.0, 0.5, costs).beat
    paid = {off: int(table[int((10 + off * FRAME) * TICKS_PER_S)]) for off in (-1.2, -0.8, 0.0, 0.8, 1.8, 2.2)}
    assert paid[0.0] > paid[0.8] > paid[-0.8] > 0
    assert paid[1.8] > 0
    assert paid[-1.2] == paid[2.2] == 0


def test_near_pays_a_part_and_avoid_takes() -> None:
    near = make_rewards([timed(240, 2.0)], 20.0, 0.5, FitCosts()).beat
    just_outside = int(near[int((10 + 3 * FRAME) * TICKS_PER_S)])
    assert 0 < just_outside <= 0.25 * 2 * UNITS_PER_WEIGHT
    avoided = make_rewards([timed(240, 2.0, "avoid")], 20.0, 0.5, FitCosts()).beat
    assert avoided.min() == -1000
    assert avoided.max() == 0


def test_a_wide_window_is_paid_for_one_beat_only() -> None:
    wide = make_rewards([timed(240, 1.0, early=30, late=30)], 20.0, 0.5, FREE).beat
    assert np.count_nonzero(wide) / TICKS_PER_S < 0.5


def test_the_grid_is_clean_and_its_steps_bounded() -> None:
    grid = TempoGrid.of(FitSettings(bpm=(80.2, 120.0)))
    assert (grid.tempi[0], grid.tempi[-1]) == (Fraction(161, 2), 120)
    for apart in range(1, 20):
        first = grid.find_slowest_to_step(apart)
        allowed = [
            i for i in range(len(grid.tempi) - apart) if grid.tempi[i + apart] <= grid.tempi[i] * Fraction(106, 100)
        ]
        assert first == (allowed[0] if allowed else None)


def test_one_tempo_alone_cannot_change() -> None:
    assert find_best_path(task([50, 111], (90.0, 90.0), 8.0)).tempi == ((0, Fraction(90)),)
