"""What a balance of the division reaches on films with known cues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data_tools.benchmark.metrics import event_score, pool_scores
from model.spotting.cues import weigh
from model.spotting.segment import best_division
from model.spotting.tables import Balance, Priors
from model.spotting.terms import Terms
from training.spotting.data import Array, TrainingFilm, mark_played


@dataclass(frozen=True, slots=True)
class BalanceScore:
    """What a balance reaches: F1 of ins and outs at 1 s, macro F1 of music against silence per 0.1 s."""

    ins: float
    outs: float
    music: float

    @property
    def worth(self) -> float:
        """One number to search by."""
        return (self.ins + self.outs + self.music) / 3


def measure(films: Sequence[TrainingFilm], terms: Sequence[Terms], table: Priors, balance: Balance) -> BalanceScore:
    """Divide every film and compare with the truth."""
    scores_in, scores_out, true_steps, said_steps = [], [], list[Array](), list[Array]()
    for film, term in zip(films, terms, strict=True):
        lattice = weigh(film.seen, film.candidates, term, film.talk, table, balance)
        cues = best_division(lattice)
        times = film.candidates.times_s
        ins, outs = [float(times[a]) for a, _ in cues], [float(times[b]) for _, b in cues]
        scores_in.append(event_score(film.ins_s, ins, 1.0))
        scores_out.append(event_score(film.outs_s, outs, 1.0))
        grid = np.arange(0.05, times[-1], 0.1)
        true_steps.append(mark_played(grid, film.ins_s, film.outs_s))
        said_steps.append(mark_played(grid, ins, outs))
    music = two_class_f1(np.concatenate(true_steps), np.concatenate(said_steps))
    return BalanceScore(round(pool_scores(scores_in).f1, 4), round(pool_scores(scores_out).f1, 4), round(music, 4))


def two_class_f1(truth: Array, said: Array) -> float:
    """Mean of the F1 of music and the F1 of silence."""
    both = []
    for value in (0.0, 1.0):
        hit = float(((truth == value) & (said == value)).sum())
        both.append(2 * hit / max(float((truth == value).sum() + (said == value).sum()), 1.0))
    return sum(both) / 2
