"""Fit the dialogue priors: logistic regressions of music on the rhythm of talk, and how long cues and silences are.

Used by ``training/spotting/priors.py`` on all labelled films, and fold by fold by the benchmark, so that what is
measured is what is shipped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from data_tools.corpora.spotting_labels import LENGTH_S, LabelledFilm
from model.spotting.evidence import HOP_S
from model.spotting.tables import Balance, Lengths, Linear, Priors
from model.spotting.talk import Talk, describe_entries, describe_times

Array = npt.NDArray[np.float64]

STEPS = int(LENGTH_S / HOP_S)
MIDDLE_S: Array = np.asarray((np.arange(STEPS) + 0.5) * HOP_S, dtype=np.float64)
EDGE_S: Array = np.asarray(np.arange(STEPS + 1) * HOP_S, dtype=np.float64)
_NEAR_S = 1.0
_FILM_PULL = 3.0  # weight of a film's own amount of music beside what its dialogue says
# Shorter stretches in the labels are songs on radios, shouts and slips; they do not shape the prior.
_LEAST_CUE_S = 5.0
_LEAST_SILENCE_S = 3.0
# Nothing shorter is ever proposed.
_SHORTEST_CUE_S = 3.0
_SHORTEST_SILENCE_S = 1.0
_PERCENTS = (5, 10, 25, 50, 75, 90, 95)

BALANCE = Balance(
    evidence=0.0, talk=0.2, into=0.0, into_talk=1.0, out_of=0.0, out_of_talk=0.3, length=1.0, cue=0.3
)  # fmt: skip
"""Chosen among two dozen settings for both figures of the dialogue-only task; see ``priors.card.md``."""


def talk_of(film: LabelledFilm) -> Talk:
    """Take the film's dialogue."""
    return Talk.of(film.speech, LENGTH_S)


def steps_with_music(film: LabelledFilm) -> Array:
    """1 where a half second's middle has music, float64 [1800]."""
    starts = np.array([a for a, _ in film.music])
    ends = np.array([b for _, b in film.music])
    inside = (MIDDLE_S[:, None] >= starts[None, :]) & (MIDDLE_S[:, None] < ends[None, :])
    return np.asarray(inside.any(axis=1), dtype=np.float64)


def fit_priors(films: Sequence[LabelledFilm], balance: Balance = BALANCE) -> Priors:
    """Fit everything the priors table holds."""
    talks = [talk_of(f) for f in films]
    return Priors(
        playing=_fit_playing(films, talks),
        entering=_fit_edges([describe_entries(t, EDGE_S) for t in talks], [np.array(f.ins_s) for f in films]),
        leaving=_fit_edges(
            [describe_entries(t.reverse(), LENGTH_S - EDGE_S) for t in talks], [np.array(f.outs_s) for f in films]
        ),
        cues=_lengths(
            [b - a for f in films for a, b in f.music if a > 0.5 and b < LENGTH_S - 0.5], _LEAST_CUE_S, _SHORTEST_CUE_S
        ),
        silences=_lengths(
            [b[0] - a[1] for f in films for a, b in zip(f.music, f.music[1:], strict=False)],
            _LEAST_SILENCE_S,
            _SHORTEST_SILENCE_S,
        ),
        coverage=tuple(round(float(p), 4) for p in np.percentile([f.coverage for f in films], _PERCENTS)),
        balance=balance,
    )


def _fit_playing(films: Sequence[LabelledFilm], talks: list[Talk]) -> Linear:
    """Fit "music here?" with each film's own amount of music as an offset.

    Otherwise the amount, which dialogue cannot know, would drown the timing.
    """
    features = np.concatenate([describe_times(t, MIDDLE_S) for t in talks])
    truth = np.concatenate([steps_with_music(f) for f in films])
    amount = np.array([f.coverage for f in films])
    offset = _FILM_PULL * np.log((amount + 0.02) / (1.02 - amount))
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    rows = np.concatenate([(features - mean) / scale, np.repeat(offset, STEPS)[:, None]], axis=1)
    fitted = LogisticRegression(C=1e-3, solver="newton-cholesky").fit(rows, truth)
    return _plain(fitted.coef_[0][:-1], float(fitted.intercept_[0]), mean, scale)


def _fit_edges(features: list[Array], edges_s: list[Array]) -> Linear:
    """Fit "an edge within a second of here?"."""
    truth = [
        (np.abs(EDGE_S[:, None] - e[None, :]) <= _NEAR_S).any(axis=1) if len(e) else np.zeros(len(EDGE_S), dtype=bool)
        for e in edges_s
    ]
    rows = np.concatenate(features)
    fitted = LogisticRegression(C=1e-3, solver="newton-cholesky").fit(rows, np.concatenate(truth))
    width = rows.shape[1]
    return _plain(fitted.coef_[0], float(fitted.intercept_[0]), np.zeros(width), np.ones(width))


def _plain(weights: Array, bias: float, mean: Array, scale: Array) -> Linear:
    """Fold the standardisation into the weights."""
    folded = weights / scale
    return Linear(round(float(bias - folded @ mean), 6), tuple(round(float(w), 6) for w in folded))


def _lengths(seconds: list[float], least: float, shortest: float) -> Lengths:
    logs = np.log([s for s in seconds if s >= least])
    return Lengths(round(float(np.exp(logs.mean())), 2), round(float(logs.std()), 3), shortest)
