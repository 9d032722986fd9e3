"""The coverage dial: a price on every second of music, found by bisection, gives the reel the share asked for."""

from __future__ import annotations

import numpy as np

from model.spotting.segment import Lattice, best_division

TRIES = 12  # halvings of the price's range
CLOSE = 0.004  # share of the reel by which the asked coverage may be missed
Division = list[tuple[int, int]]


def coverage_share(lattice: Lattice, cues: Division) -> float:
    """Share of the reel a division fills with music."""
    times = lattice.times_s
    played = sum(float(times[end] - times[start]) for start, end in cues)
    return played / max(float(times[-1] - times[0]), 1e-9)


def divide(lattice: Lattice, coverage: float | None) -> tuple[Division, float]:
    """Find the best division, at about ``coverage`` if one is asked for; also the price per second that gave it.

    Coverage falls as the price rises, in steps: the division closest to the wish is returned. 0 and 1 are exact.
    """
    if coverage is None:
        return best_division(lattice), 0.0
    last = len(lattice.times_s) - 1
    if coverage <= 0.0:
        return [], np.inf
    if coverage >= 1.0:
        return [(0, last)], -np.inf
    low, high = _bracket(lattice)
    found: list[tuple[float, float, Division]] = []
    for _ in range(TRIES):
        price = (low + high) / 2
        cues = best_division(lattice.with_price(price))
        share = coverage_share(lattice, cues)
        found.append((abs(share - coverage), price, cues))
        if abs(share - coverage) <= CLOSE:
            break
        low, high = (price, high) if share > coverage else (low, price)
    _, price, cues = min(found, key=lambda f: f[0])
    return cues, price


def _bracket(lattice: Lattice) -> tuple[float, float]:
    """Prices between which the answer lies: beyond the evidence of nearly every second, and the edges' worth."""
    rate = np.diff(lattice.gain) / np.maximum(np.diff(lattice.times_s), 1e-6)
    low, high = (float(q) for q in np.quantile(rate, (0.02, 0.98)))
    margin = 0.5 * (high - low) + 0.3
    return low - margin, high + margin
