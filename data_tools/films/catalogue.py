"""The films by seed: which seeds are for tuning and which for measuring, and the settings of each film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from data_tools.films.film import make_film
from data_tools.films.script import Profile
from data_tools.films.truth import Truth

TRAIN_SEEDS = range(100, 200)
"""Thresholds and priors may be chosen on these."""
TEST_SEEDS = range(900, 920)
"""Measured on, never tuned on."""
DEMO_SEED = 42  # in neither of the ranges above

_SETTINGS: tuple[tuple[Fraction, str], ...] = (
    (Fraction(24), "01:00:00:00"),
    (Fraction(24000, 1001), "01:00:00:00"),
    (Fraction(25), "10:00:00:00"),
    (Fraction(24), "02:00:00:00"),
    (Fraction(30000, 1001), "01:00:00;00"),
    (Fraction(30), "00:00:00:00"),
    (Fraction(50), "01:00:00:00"),
    (Fraction(24000, 1001), "00:59:58:12"),
)
_PROFILES: tuple[Profile, ...] = ("drama", "mixed", "action")


def make_catalogue_film(seed: int, path: Path) -> Truth:
    """Make the film of a catalogue seed: 150-180 s, with a rate, start timecode and profile that depend on the seed."""
    rate, start = _SETTINGS[seed % len(_SETTINGS)]
    return make_film(
        seed,
        path,
        seconds=150.0 + 6 * (seed % 5),
        rate=rate,
        start_timecode=start,
        profile=_PROFILES[seed % len(_PROFILES)],
    )


def make_demo_film(path: Path) -> Truth:
    """Make the film of the demonstration: a little over a minute and a half, always the same."""
    return make_film(DEMO_SEED, path, seconds=96.0, profile="mixed")
