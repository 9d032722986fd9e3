"""Spotting from dialogue alone on 160 labelled films: where is the music, given only when somebody speaks.

Picture and music are not used here, so the figures measure the priors, not Cuelight. Five folds by
film: each film is spotted by priors fitted on the other folds, with the dial at the film's true amount of music.
Everything is pooled over films; ins at the start of the quarter of an hour do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.metrics import MatchScore, event_score, macro_f1, pool_scores
from data_tools.benchmark.table import BenchRow, Skipped
from data_tools.benchmark.talk_prior import EDGE_S, fit_priors, steps_with_music, talk_of
from data_tools.corpora.spotting_labels import FOLDS, LENGTH_S, LabelledFilm, Spans, labels_archive, read_labels
from model.spotting.dial import divide
from model.spotting.tables import Priors
from model.spotting.terms import talk_lattice, talk_terms

Mask = npt.NDArray[np.bool_]

MOST_CUES_RATIO = 1.5
TOLERANCES_S = (1.0, 5.0)
ON = "160 labelled films, dialogue only, 5 folds by film"
GAP_S = 5.0


@dataclass(frozen=True, slots=True)
class Guess:
    """Where one method puts the music: spans in seconds for every film, in the films' order."""

    name: str
    spans: list[Spans]

    def music(self, films: Sequence[LabelledFilm]) -> float:
        """Macro F1 of music and silence per half second over all films."""
        true = np.concatenate([steps_with_music(f) > 0 for f in films])
        said = np.concatenate([_mask(s) for s in self.spans])
        return macro_f1(true, said)

    def ins(self, films: Sequence[LabelledFilm], tolerance_s: float) -> MatchScore:
        """Score the ins within a tolerance."""
        pairs = zip(films, self.spans, strict=True)
        return pool_scores(event_score(f.ins_s, [a for a, _ in s if a > 0.5], tolerance_s) for f, s in pairs)


def rows() -> list[BenchRow]:
    """Return the figures of the dialogue-only task."""
    archive = labels_archive()
    if archive is None:
        raise Skipped("set CUELIGHT_DATA to the folder with the labels")
    return score(read_labels(archive))


def score(films: Sequence[LabelledFilm]) -> list[BenchRow]:
    """Spot every film with priors of the other folds and compare; the anchors are measured on the same films."""
    fitted = {k: fit_priors([f for f in films if f.fold != k]) for k in range(FOLDS)}
    ours = Guess("Cuelight", [spot_by_talk(f, fitted[f.fold], f.coverage) for f in films])
    anchors = [
        Guess("logistic regression at true coverage", [_by_threshold(f, fitted[f.fold]) for f in films]),
        Guess(f"music in pauses over {GAP_S:.0f} s", [_in_pauses(f) for f in films]),
        Guess("always music", [[(0.0, LENGTH_S)] for _ in films]),
    ]
    cues = sum(len(s) for s in ours.spans)
    ratio = cues / sum(len(f.music) for f in films)
    found = [
        BenchRow("dialogue-only spotting at matched coverage, macro F1", ON, ours.music(films), 0.703, ">",
            {a.name: a.music(films) for a in anchors}),
        BenchRow("dialogue-only spotting, cues per true cue", ON, ratio, MOST_CUES_RATIO, "<=",
            {a.name: sum(map(len, a.spans)) / sum(len(f.music) for f in films) for a in anchors}),
    ]  # fmt: skip
    for tolerance, target in zip(TOLERANCES_S, (0.066, 0.169), strict=True):
        what = f"dialogue-only spotting, in-F1 at {tolerance:.0f} s"
        values = {a.name: a.ins(films, tolerance).f1 for a in anchors}
        found.append(
            BenchRow(
                what, ON, ours.ins(films, tolerance).f1, target, ">", values, note=f"{ratio:.2f} cues per true cue"
            )
        )
    return found


def spot_by_talk(film: LabelledFilm, priors: Priors, coverage: float | None) -> Spans:
    """Divide one film by its dialogue; with the optimisation that a reel gets, but no other evidence."""
    cues, _ = divide(talk_lattice(talk_of(film), priors, priors.balance, EDGE_S), coverage)
    return [(float(EDGE_S[a]), float(EDGE_S[b])) for a, b in cues]


def _by_threshold(film: LabelledFilm, priors: Priors) -> Spans:
    """Play the likeliest half seconds until the film's true amount of music is reached."""
    playing = talk_terms(talk_of(film), priors, len(EDGE_S) - 1, EDGE_S).playing
    wanted = round(film.coverage * len(playing))
    chosen = np.zeros(len(playing), dtype=bool)
    chosen[np.argsort(-playing, kind="stable")[:wanted]] = True
    return _spans(chosen)


def _in_pauses(film: LabelledFilm) -> Spans:
    """Play wherever nobody speaks for a while."""
    talk = talk_of(film)
    starts, ends = np.append(talk.starts_s, LENGTH_S), np.insert(talk.ends_s, 0, 0.0)
    return [(float(a), float(b)) for a, b in zip(ends, starts, strict=True) if b - a >= GAP_S]


def _mask(spans: Spans) -> Mask:
    middle = (EDGE_S[:-1] + EDGE_S[1:]) / 2
    chosen = np.zeros(len(middle), dtype=bool)
    for start, end in spans:
        chosen |= (middle >= start) & (middle < end)
    return chosen


def _spans(chosen: Mask) -> Spans:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(np.int8)))
    return [(float(EDGE_S[a]), float(EDGE_S[b])) for a, b in zip(edges[::2], edges[1::2], strict=True)]
