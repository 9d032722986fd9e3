"""From what a bar shall be, in the units of a plan, to the bins the sketch net was taught."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from model.sketch.net.tokens import HITS, Condition, bin_of, meter_id, tempo_id

_BINS = 8
_SOME_TALK, _MUCH_TALK = 0.15, 0.5


def condition(
    *,
    meter: tuple[int, int],
    bpm: float,
    valence: float,
    arousal: float,
    tension: float,
    density: float,
    dynamic: float,
    talk: float,
    hit: str,
    hit_quarters: float,
    tonic: int,
    minor: bool,
    chords: tuple[int, int],
    themed: bool = False,
) -> Condition:
    """Put one bar into bins.

    ``valence`` -1..1; ``arousal``, ``tension``, ``density``, ``talk`` 0-1; ``dynamic`` velocity; ``hit`` of ``HITS``,
    ``hit_quarters`` into the bar; ``chords`` (see ``chord_id``) of its first and second half; ``themed``: its melody is
    given.
    """
    number = HITS.index(hit)
    return Condition(
        meter=meter_id(*meter),
        tempo=tempo_id(bpm),
        valence=bin_of(valence, -0.8, 0.8, _BINS),
        arousal=bin_of(arousal, 0.0, 1.0, _BINS),
        tension=bin_of(tension, 0.0, 0.7, _BINS),
        density=bin_of(density, 0.1, 0.9, 6),
        dynamic=bin_of(dynamic, 30, 114, 6),
        talk=1 + (talk >= _SOME_TALK) + (talk >= _MUCH_TALK),
        hit=number + 1,
        place=bin_of(hit_quarters, 0, 8, 16) if number else 0,
        key=1 + tonic + 12 * minor,
        theme=1 + themed,
        chord=chords[0],
        second=chords[1],
    )


def with_following(said: Sequence[Condition]) -> list[Condition]:
    """Tell each bar the first chord of the next."""
    return [*(replace(now, following=after.chord) for now, after in pairwise(said)), *said[-1:]]
