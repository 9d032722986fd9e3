"""Cues: where music comes in and goes out, decided for the whole reel at once.

Evidence, edges and lengths are weighed together (``terms``, ``segment``); the dial sets how much music there is;
every edge comes with what else could be done and how sure the optimisation is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.observe.observations import Observations
from model.spotting.candidates import CandidateMark, Candidates, find_candidates
from model.spotting.dial import divide
from model.spotting.evidence import HOP_S, EvidenceSignals
from model.spotting.existing import ExistingMusic, is_temped
from model.spotting.features import candidate_features, step_features
from model.spotting.segment import Lattice, Posterior, posterior
from model.spotting.tables import Balance, Priors, Weights
from model.spotting.talk import Talk
from model.spotting.terms import MAX_LOG_ODDS, Terms, assemble, talk_terms
from model.time import Span

Array = npt.NDArray[np.float64]

TEMPERATURE = 2.0  # divides the scores in the posterior: above 1 it is wider
"""Softens the posterior: neighbouring steps are not independent witnesses."""
HEARD = 0.5  # share of a half second with music from which the cut counts as scored there
TEMP_RATE = 0.5  # log-odds a half second that existing music speaks for music
TEMP_EDGE = 2.0  # log-odds that an edge of existing music speaks for an edge
"""Worth of a temp track per second, and of its own ins and outs. Set by judgement: there is no film to learn it on."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The reel, weighed and divided.

    Attributes
    ----------
    lattice: every candidate with its worth, the dial's price included
    cues: pairs of candidate indices, in and out
    sure: the posterior of edges and music
    wanted: float64 [steps], log-odds that a step is played, before lengths and edges had their say
    """

    candidates: Candidates
    lattice: Lattice
    cues: list[tuple[int, int]]
    sure: Posterior
    wanted: Array

    def span(self, cue: tuple[int, int]) -> Span:
        """Find the frames of a cue."""
        return Span.of(int(self.candidates.frames[cue[0]]), int(self.candidates.frames[cue[1]]))


@dataclass(frozen=True, slots=True)
class ReelEvidence:
    """What the terms are computed from, gathered once."""

    observations: Observations
    signals: EvidenceSignals
    talk: Talk
    scenes: list[Span]
    heard: list[ExistingMusic]

    @property
    def is_temped(self) -> bool:
        """Whether the cut carries a temp track throughout."""
        return is_temped(self.heard, self.observations.reel.frames)


def judge(seen: ReelEvidence, priors: Priors, weights: Weights, coverage: float | None) -> Judgement:
    """Weigh every candidate and divide the reel into cues and silences."""
    candidates = find_candidates(seen.observations, seen.scenes, seen.talk)
    picture, talk = learned_terms(seen, candidates, weights), dialogue_terms(seen, candidates, priors)
    lattice = weigh(seen, candidates, picture, talk, priors, weights.balance)
    cues, price = divide(lattice, coverage)
    priced = lattice.with_price(float(np.clip(price, -1e3, 1e3)))
    return Judgement(candidates, priced, cues, posterior(priced, TEMPERATURE), picture.playing)


def learned_terms(seen: ReelEvidence, candidates: Candidates, weights: Weights) -> Terms:
    """Judge by everything that was observed."""
    turns = look_turns(seen.observations, candidates)
    edges = candidate_features(seen.signals, seen.talk, candidates, turns)
    playing = weights.playing.log_odds(step_features(seen.signals, seen.talk))
    return Terms(
        np.clip(playing, -MAX_LOG_ODDS, MAX_LOG_ODDS),
        np.clip(weights.entering.log_odds(edges), -2 * MAX_LOG_ODDS, MAX_LOG_ODDS),
        np.clip(weights.leaving.log_odds(edges), -2 * MAX_LOG_ODDS, MAX_LOG_ODDS),
    )


def dialogue_terms(seen: ReelEvidence, candidates: Candidates, priors: Priors) -> Terms:
    """Judge by the dialogue as composers of 160 films did; nothing to say without sound."""
    steps, n = seen.signals.steps, len(candidates.times_s)
    if seen.observations.dialogue is None or not len(seen.talk.starts_s):
        return Terms(np.zeros(steps), np.zeros(n), np.zeros(n))
    return talk_terms(seen.talk, priors, steps, candidates.times_s)


def weigh(
    seen: ReelEvidence, candidates: Candidates, picture: Terms, talk: Terms, priors: Priors, balance: Balance
) -> Lattice:
    """Put all judgements on one scale."""
    rate = balance.evidence * picture.playing + balance.talk * talk.playing
    ins = balance.into * picture.ins + balance.into_talk * talk.ins
    outs = balance.out_of * picture.outs + balance.out_of_talk * talk.outs
    if seen.is_temped:
        rate = rate + TEMP_RATE * np.where(np.nan_to_num(seen.signals.music) > HEARD, 1.0, -1.0)
        ins = ins + TEMP_EDGE * candidates.marks[:, CandidateMark.MUSIC_START]
        outs = outs + TEMP_EDGE * candidates.marks[:, CandidateMark.MUSIC_END]
    return assemble(candidates.times_s, rate, ins, outs, priors, balance)


def look_turns(observations: Observations, candidates: Candidates) -> Array:
    """How much the look changes at each candidate: 1 - cosine between the shots before and after, float64 [n]."""
    vectors = observations.embeddings.vectors
    shots = observations.shots
    turns = np.zeros(len(candidates.frames))
    if len(vectors) != len(shots):
        return turns
    starts = np.array([s.start.index for s in shots])
    apart = np.concatenate([[0.0], 1.0 - np.sum(vectors[1:] * vectors[:-1], axis=1)])
    nearest = np.clip(np.searchsorted(starts, candidates.frames, side="right") - 1, 0, len(starts) - 1)
    close = np.abs(starts[nearest] - candidates.frames) <= float(observations.reel.timebase.rate) * HOP_S
    turns[close] = apart[nearest[close]]
    return turns
