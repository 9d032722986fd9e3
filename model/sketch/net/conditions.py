"""Turn what a bar should be like, in the units of a plan, into the bins the sketch net was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from model.sketch.net.tokens import HITS, Condition, bin_of, meter_id, tempo_id

_FEELING_BINS = 8
_DENSITY_BINS = 6  # also of the dynamic
_PLACE_BINS = 16  # the eighths of the longest bar
_SOME_TALK_SHARE = 0.15
_MUCH_TALK_SHARE = 0.5


def make_condition(
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
    """Make the condition of one bar.

    Parameters
    ----------
    meter: (beats, unit)
    valence: -1..1; ``arousal``, ``tension``, ``density``, ``talk``: 0-1; ``dynamic``: MIDI velocity
    hit: one of ``HITS``; ``hit_quarters``: where it is, in quarter notes into the bar
    tonic: 0-11; ``minor``: whether the mode has a minor third
    chords: ids (see ``chord_id``) of its first and second half
    themed: whether its melody is given
    """
    number = HITS.index(hit)
    return Condition(
        meter=meter_id(*meter),
        tempo=tempo_id(bpm),
        valence=bin_of(valence, -0.8, 0.8, _FEELING_BINS),
        arousal=bin_of(arousal, 0.0, 1.0, _FEELING_BINS),
        tension=bin_of(tension, 0.0, 0.7, _FEELING_BINS),
        density=bin_of(density, 0.1, 0.9, _DENSITY_BINS),
        dynamic=bin_of(dynamic, 30, 114, _DENSITY_BINS),
        talk=1 + (talk >= _SOME_TALK_SHARE) + (talk >= _MUCH_TALK_SHARE),
        hit=number + 1,
        place=bin_of(hit_quarters, 0, 8, _PLACE_BINS) if number else 0,
        key=1 + tonic + 12 * minor,
        theme=1 + themed,
        chord=chords[0],
        second=chords[1],
    )


def with_following(conditions: Sequence[Condition]) -> list[Condition]:
    """Give each bar the first chord of the next."""
    return [*(replace(now, following=after.chord) for now, after in pairwise(conditions)), *conditions[-1:]]
