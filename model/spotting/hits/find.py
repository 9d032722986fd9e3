"""Hits: the moments music may catch, frame-exact, ranked, and in the words of the trade.

``find_hits`` reads as the story: read signals, find candidates, weigh the reasons, rank them, keep one per event,
write them down.
"""

from __future__ import annotations

import math

from model.observe.observations import Observations
from model.spotting.hits.candidates import find_candidates
from model.spotting.hits.features import weigh
from model.spotting.hits.ranking import Ranked, load_heft, load_table, one_per_event, rank
from model.spotting.hits.signals import read_signals
from model.spotting.hits.treatment import capture_window, choose_treatment, evidence_of, must_be_of
from model.spotting.hits.wording import kind_of, label_of
from model.spotting.notes import Hit
from model.spotting.settings import SpotSettings
from model.time import Frame

HEAVIEST = 5.0  # weight of a hit, from 0
# share of the reel with music: above the first it asks for more hits, at the second fully
HALF_SCORED = 0.5  # share of the reel under music from which the threshold begins to fall
SCORED = 0.8  # share from which it has fallen as far as it does
EAGER = 0.1  # what remains of the least probability in a reel that is scored throughout
FEATURE_S = 120.0  # a reel shorter than this is a trailer or spot
BRIEFEST = 2.0  # factor of hits that the shortest asks for


def find_hits(observations: Observations, settings: SpotSettings) -> tuple[Hit, ...]:
    """Propose the hits of a reel in time order, each with weight 0-5 (its rank), wording and evidence.

    Two tables judge: one how likely a moment is a hit at all, the other how heavy it is among the others. At most
    ``settings.hits_per_minute`` (twice that in a trailer) are proposed, the heaviest first. Raises AssetCorrupt if
    the tables beside this module are damaged.
    """
    table = load_table()
    least = table.least * threshold_factor(observations)
    likely = {item.frame: item for item in rank_moments(observations) if item.probability >= least}
    rate = float(observations.reel.timebase.rate)
    heavy = by_heft(list(likely.values()), rate)
    end_s = observations.clock.end_s
    best = heavy[: math.ceil(settings.hits_per_minute * brevity_factor(end_s) * end_s / 60.0)]
    return tuple(_write(likely[item.frame], item.probability, rate) for item in sorted(best, key=lambda i: i.frame))


def threshold_factor(observations: Observations) -> float:
    """Factor by which the least probability of a hit is lowered, 1 to ``EAGER``: by the share of music in the reel.

    Only what is scored can be hit. A trailer or a set piece that has music from end to end was cut to be caught again
    and again; a drama that is mostly dry wants a few sure moments.
    """
    music = observations.music
    share = float((music.activity > HALF_SCORED).mean()) if music is not None and len(music.activity) else 0.0
    scored = min(max((share - HALF_SCORED) / (SCORED - HALF_SCORED), 0.0), 1.0)
    return float(EAGER ** (scored * brevity_factor(observations.clock.end_s)))


def brevity_factor(end_s: float) -> float:
    """Factor of hits for a short reel, 1-2: a trailer of a minute is cut twice as close as a scene."""
    return min(max(FEATURE_S / max(end_s, 1.0), 1.0), BRIEFEST)


def rank_moments(observations: Observations) -> list[Ranked]:
    """Rank everything that could be hit, one candidate per event, most likely first; no threshold, no limit."""
    signals = read_signals(observations)
    weighed = weigh(observations, signals, find_candidates(observations, signals))
    return one_per_event(rank(weighed, load_table()), signals.rate)


def by_heft(likely: list[Ranked], rate: float) -> list[Ranked]:
    """Order hits by how heavy they are, heaviest first; ``probability`` of the result is the heft 0-1."""
    return one_per_event(rank([item.weighed for item in likely], load_heft()), rate)


def _write(item: Ranked, heft: float, rate: float) -> Hit:
    kind, treatment = kind_of(item), choose_treatment(item)
    weight = round(HEAVIEST * heft, 3)
    early, late = capture_window(treatment, rate)
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
