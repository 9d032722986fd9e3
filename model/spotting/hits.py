"""Hits: the moments music may catch, frame-exact, ranked, and in the words of the trade.

``find_hits`` reads as the story: read signals, find candidates, weigh the reasons, rank them, keep one per event,
write them down.
"""

from __future__ import annotations

import math

from model.observe.observations import Observations
from model.spotting.hits_candidates import find_candidates
from model.spotting.hits_features import weigh
from model.spotting.hits_handling import evidence_of, must_be_of, treatment_of, window_of
from model.spotting.hits_ranking import Ranked, load_table, one_per_event, rank
from model.spotting.hits_signals import read_signals
from model.spotting.hits_wording import kind_of, label_of
from model.spotting.notes import Hit, SpotSettings
from model.time import Frame

HEAVIEST = 5.0


def find_hits(observations: Observations, settings: SpotSettings) -> tuple[Hit, ...]:
    """Propose the hits of a reel in time order, each with weight 0-5 (its rank), wording and evidence.

    At most ``settings.hits_per_minute`` are proposed, the heaviest first. Raises AssetCorrupt if the table of
    weights beside this module is damaged.
    """
    table = load_table()
    likely = [item for item in rank_moments(observations) if item.probability >= table.least]
    minutes = observations.clock.end_s / 60.0
    best = likely[: math.ceil(settings.hits_per_minute * minutes)]
    rate = float(observations.reel.timebase.rate)
    return tuple(_write(item, rate) for item in sorted(best, key=lambda item: item.frame))


def rank_moments(observations: Observations) -> list[Ranked]:
    """Rank everything that could be hit, one candidate per event, most likely first; no threshold, no limit."""
    signals = read_signals(observations)
    weighed = weigh(observations, signals, find_candidates(observations, signals))
    return one_per_event(rank(weighed, load_table()), signals.rate)


def _write(item: Ranked, rate: float) -> Hit:
    kind, treatment = kind_of(item), treatment_of(item)
    weight = round(HEAVIEST * item.probability, 2)
    early, late = window_of(treatment, rate)
    return Hit(
        id=f"hit-{kind.replace(' ', '-')}-{item.frame:06d}",
        frame=Frame(item.frame),
        kind=kind,
        weight=weight,
        label=label_of(item),
        early=early,
        late=late,
        must_be=must_be_of(item, weight),
        treatment=treatment,
        confidence=round(item.probability, 3),
        why=evidence_of(item),
    )
