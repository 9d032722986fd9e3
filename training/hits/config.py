"""What the fit of the hits' tables starts from, and how far it may move from there."""

from __future__ import annotations

TOLERANCE_FRAMES = 2  # frames within which a hit counts as found
PULL = 0.0003  # cost of the squared distance from the prior; chosen by leaving one training film out
HOLD = 0.1  # the same cost, in the second table, of the reasons in DRAWN_FILMS_LACK
LEAST_PRECISION = 0.68  # leaving one film out, less precision buys hardly any recall
PRIOR_BIAS = -4.0  # log odds of a candidate that nothing speaks for
# what the trade's experience says of each reason, in log odds
PRIOR: dict[str, float] = {
    "is title": 2.0,
    "first card": 2.0,
    "is blackout": 3.0,
    "is picture": 2.5,
    "is cut": 0.8,
    "is dissolve": 0.5,
    "is flash": 1.0,
    "is move": 0.6,
    "is start": 0.4,
    "is stop": 0.6,
    "is impact": 0.4,
    "is line end": 1.0,
    "is fade begins": 3.0,
    "gradual": 0.5,
    "burst": 1.5,
    "surprise": 1.0,
    "change": 3.0,
    "abrupt": 1.0,
    "local": 2.0,
    "climax": 2.0,
    "start": 1.0,
    "stop": 1.2,
    "flash": 1.5,
    "energy jump": 1.5,
    "change of light": 0.8,
    "heard": 2.0,
    "heard and seen": 2.5,
    "louder": 0.8,
    "hush": 0.6,
    "music enters": 0.8,
    "change of look": 1.2,
    "never seen": 0.9,
    "new scene": 0.8,
    "scene turns": 1.0,
    "nobody speaks": 0.4,
    "long shot before": 0.6,
    "new face": 0.9,
    "closer": 0.6,
    "after a line": 0.6,
    "long pause": 1.0,
    "arousal": 1.5,
    "spoken over": -0.4,
}
# reasons of movement and look, which drawn films hardly have, and for which nothing in them is hit
DRAWN_FILMS_LACK = frozenset({
    "is title", "first card", "is move", "is start", "is stop", "is fade begins", "burst", "surprise", "change",
    "abrupt", "local", "climax", "start", "stop", "energy jump", "change of look", "never seen", "arousal",
})  # fmt: skip
