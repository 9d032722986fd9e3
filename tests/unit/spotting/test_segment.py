"""The dynamic programme: it is exact, its posterior is a probability, and the dial turns."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.spotting.dial import coverage_share, divide
from model.spotting.segment import Lattice, best_division, division_score, posterior


def lattice(seed: int, n: int = 7, *, segue: float = -np.inf) -> Lattice:
    rng = np.random.default_rng(seed)
    times = np.concatenate([[0.0], np.cumsum(rng.uniform(0.5, 3.0, n - 1))])
    gain = np.concatenate([[0.0], np.cumsum(rng.normal(0, 2, n - 1))])
    lengths = rng.normal(0, 1, 200)
    return Lattice(times, gain, rng.normal(0, 1, n), rng.normal(0, 1, n), lengths, rng.normal(0, 1, 200), segue)


def every_division(n: int, *, segues: bool) -> list[list[tuple[int, int]]]:
    """All ways to lay cues over n candidates, by brute force."""
    spans = list(combinations(range(n), 2))
    found: list[list[tuple[int, int]]] = [[]]
    for count in range(1, n):
        for chosen in combinations(spans, count):
            follows = [b[0] - a[1] for a, b in pairwise(chosen)]
            if all(f >= 0 if segues else f > 0 for f in follows):
                found.append(list(chosen))
    return found


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.booleans())
def test_the_best_division_is_the_best_of_all(seed: int, segues: bool) -> None:
    field = lattice(seed, 5, segue=-0.4 if segues else -np.inf)
    best = best_division(field)
    scores = {tuple(d): division_score(field, d) for d in every_division(5, segues=segues)}
    assert division_score(field, best) == pytest.approx(max(scores.values()))
    assert scores[tuple(best)] == pytest.approx(max(scores.values()))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.booleans())
def test_the_posterior_sums_over_all_divisions(seed: int, segues: bool) -> None:
    field = lattice(seed, 5, segue=-0.4 if segues else -np.inf)
    divisions = every_division(5, segues=segues)
    weights = np.exp([division_score(field, d) for d in divisions])
    weights /= weights.sum()
    sure = posterior(field)
    for at in range(5):
        entering = sum(w for w, d in zip(weights, divisions, strict=True) if any(a == at for a, _ in d))
        leaving = sum(w for w, d in zip(weights, divisions, strict=True) if any(b == at for _, b in d))
        assert sure.ins[at] == pytest.approx(entering, abs=1e-9)
        assert sure.outs[at] == pytest.approx(leaving, abs=1e-9)
    for step in range(4):
        playing = sum(w for w, d in zip(weights, divisions, strict=True) if any(a <= step < b for a, b in d))
        assert sure.music[step] == pytest.approx(playing, abs=1e-9)


@given(st.integers(0, 1000))
def test_seen_backwards_the_best_division_scores_the_same(seed: int) -> None:
    field = lattice(seed, 9)
    forwards, backwards = best_division(field), best_division(field.reverse())
    assert division_score(field, forwards) == pytest.approx(division_score(field.reverse(), backwards))


@given(st.integers(0, 300), st.floats(0.1, 0.9))
def test_more_music_is_never_cheaper_than_less(seed: int, coverage: float) -> None:
    field = lattice(seed, 40)
    less, _ = divide(field, coverage / 2)
    more, _ = divide(field, coverage)
    assert coverage_share(field, less) <= coverage_share(field, more) + 1e-9


def test_the_dial_comes_close_on_a_long_reel() -> None:
    field = lattice(3, 400)
    for wish in (0.2, 0.4, 0.6, 0.8):
        cues, _ = divide(field, wish)
        assert coverage_share(field, cues) == pytest.approx(wish, abs=0.03)


def test_the_dial_ends_exactly() -> None:
    field = lattice(3, 40)
    assert divide(field, 0.0)[0] == []
    assert divide(field, 1.0)[0] == [(0, 39)]
    assert divide(field, None) == (best_division(field), 0.0)
