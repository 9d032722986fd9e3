"""The terms of the optimisation: what the evidence says, put together into a lattice the programme can divide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.spotting.evidence import HOP_S
from model.spotting.segment import Lattice
from model.spotting.tables import Balance, Priors
from model.spotting.talk import Talk, describe_entries, describe_times

Array = npt.NDArray[np.float64]

MAX_LOG_ODDS = 4.0  # of one piece of evidence, for and against
"""Log-odds beyond this are no surer, only luckier."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Log-odds: ``playing`` float64 [steps] per half second; ``ins`` and ``outs`` float64 [n] per candidate."""

    playing: Array
    ins: Array
    outs: Array


def talk_terms(talk: Talk, priors: Priors, steps: int, at_s: Array) -> Terms:
    """Judge by the dialogue alone, each against the reel's own mean: which places are better than others."""
    middle: Array = np.asarray((np.arange(steps) + 0.5) * HOP_S, dtype=np.float64)
    playing = priors.playing.log_odds(describe_times(talk, middle))
    ins = priors.entering.log_odds(describe_entries(talk, at_s))
    outs = priors.leaving.log_odds(describe_entries(talk.reverse(), talk.length_s - at_s))
    return Terms(_limit_log_odds(playing - playing.mean()), ins - ins.mean(), outs - outs.mean())


def _limit_log_odds(log_odds: Array) -> Array:
    return np.asarray(np.clip(log_odds, -MAX_LOG_ODDS, MAX_LOG_ODDS), dtype=np.float64)


def talk_lattice(talk: Talk, priors: Priors, balance: Balance, at_s: Array) -> Lattice:
    """Build the lattice of a reel of which nothing but the dialogue is known."""
    steps = max(1, int(np.ceil(talk.length_s / HOP_S - 1e-6)))
    terms = talk_terms(talk, priors, steps, at_s)
    ins, outs = balance.into_talk * terms.ins, balance.out_of_talk * terms.outs
    ins[0], outs[-1] = -balance.cue, 0.0  # music that runs over the ends of an excerpt is no decision
    return assemble(at_s, balance.talk * terms.playing, ins, outs, priors, balance)


def assemble(at_s: Array, rate: Array, ins: Array, outs: Array, priors: Priors, balance: Balance) -> Lattice:
    """Put weighed terms into a lattice; ``rate`` float64 [steps] is worth per second."""
    grid = np.arange(len(rate) + 1) * HOP_S
    running = np.concatenate([[0.0], np.cumsum(rate * HOP_S)])
    gain = np.interp(at_s, grid, running)
    return Lattice(
        times_s=at_s - at_s[0],
        gain=gain - gain[0],
        ins=ins + balance.cue,
        outs=outs,
        cue_length=balance.length * priors.cues.worth(),
        silence_length=balance.length * priors.silences.worth(),
        segue=balance.segue,
    )
