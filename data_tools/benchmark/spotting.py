"""Where the music goes: cues proposed for synthetic test films against the hidden script's own spotting.

The whole pipeline runs: open, observe, spot. Source music the films contain is not score and does not count on either
side. Edges match within a second, one to one; F1 is pooled over films. Seeds of these films were never used to tune
or train anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.films import read_test_films
from data_tools.benchmark.metrics import MatchScore, event_score, macro_f1, pool_scores
from data_tools.benchmark.table import BenchRow
from data_tools.films.truth import Truth
from model.film_run import SpotRequest, observe_film
from model.observe.observations import Observations
from model.spotting.draft import spot
from model.spotting.settings import SpotSettings
from model.time import Span

Mask = npt.NDArray[np.bool_]

TOLERANCE_S = 1.0
HOP_S = 0.1
PAUSE_S = 5.0


@dataclass(frozen=True, slots=True)
class CueComparison:
    """One film: true and proposed spans of score, in seconds, and its length."""

    true: list[tuple[float, float]]
    said: list[tuple[float, float]]
    length_s: float

    def score_edges(self) -> list[MatchScore]:
        """Score ins and outs within a second."""
        return [event_score([s[k] for s in self.true], [s[k] for s in self.said], TOLERANCE_S) for k in (0, 1)]

    def masks(self) -> tuple[Mask, Mask]:
        """Say for every tenth of a second whether music plays, in truth and as proposed."""
        grid = np.arange(HOP_S / 2, self.length_s, HOP_S)
        true, said = (
            np.array([any(a <= t < b for a, b in spans) for t in grid], dtype=np.bool_)
            for spans in (self.true, self.said)
        )
        return true, said


def rows() -> list[BenchRow]:
    """Return the figures for cues on the synthetic test films."""
    films = [(truth, observe_film(SpotRequest(path))) for path, truth in read_test_films()]
    ours = [compare(truth, propose_spans(observations)) for truth, observations in films]
    matched = [compare(truth, propose_spans(observations, _coverage(truth))) for truth, observations in films]
    pauses = [compare(truth, pause_spans(observations)) for truth, observations in films]
    scenes = [compare(truth, aroused_spans(observations)) for truth, observations in films]
    always = [compare(truth, [(0.0, observations.clock.end_s)]) for truth, observations in films]
    on = f"{len(films)} synthetic test films"
    anchors = {
        f"music in pauses over {PAUSE_S:.0f} s": pauses,
        "shots above median arousal": scenes,
        "always": always,
    }
    ins, outs = (pool_scores(c.score_edges()[k] for c in ours).f1 for k in (0, 1))
    edges = {name: edge_f1(compared) for name, compared in anchors.items()}
    music = {name: music_f1(compared) for name, compared in anchors.items()}
    dialled = f"with the dial at the true coverage {music_f1(matched):.3f}"
    return [
        BenchRow(
            "cue in/out within 1 s, F1", on, edge_f1(ours), 0.85, anchors=edges, note=f"ins {ins:.3f}, outs {outs:.3f}"
        ),
        BenchRow("music and silence, macro F1", on, music_f1(ours), 0.90, anchors=music, note=dialled),
    ]


def compare(truth: Truth, said: list[tuple[float, float]]) -> CueComparison:
    """Put proposed spans beside the true cues."""
    rate = float(truth.exact_rate)
    return CueComparison([(c.in_frame / rate, c.out_frame / rate) for c in truth.cues], said, truth.frames / rate)


def propose_spans(observations: Observations, coverage: float | None = None) -> list[tuple[float, float]]:
    """Spans of score Cuelight proposes, in seconds."""
    notes = spot(observations, SpotSettings(coverage=coverage))
    return [_seconds(observations, cue.span) for cue in notes.cues if cue.usage.is_composed]


def edge_f1(films: Sequence[CueComparison]) -> float:
    """F1 of ins and outs together, pooled over films."""
    return pool_scores(score for film in films for score in film.score_edges()).f1


def music_f1(films: Sequence[CueComparison]) -> float:
    """Macro F1 of music and silence per tenth of a second, over all films together."""
    masks = [film.masks() for film in films]
    return macro_f1(np.concatenate([t for t, _ in masks]), np.concatenate([s for _, s in masks]))


def pause_spans(observations: Observations) -> list[tuple[float, float]]:
    """Anchor, as spans in seconds: music wherever nobody speaks for ``PAUSE_S``."""
    lines = observations.dialogue.lines if observations.dialogue else ()
    starts = [*(line.start_s for line in lines), observations.clock.end_s]
    ends = [0.0, *(line.end_s for line in lines)]
    return [(a, b) for a, b in zip(ends, starts, strict=True) if b - a >= PAUSE_S]


def aroused_spans(observations: Observations) -> list[tuple[float, float]]:
    """Anchor, as spans in seconds: music over every run of shots whose arousal is above the reel's median."""
    value, hop = observations.affect.arousal.value, observations.affect.hop_s
    middle = float(np.median(value)) if len(value) else 0.0
    found = list[tuple[float, float]]()
    for shot in observations.shots:
        start, end = _seconds(observations, shot)
        part = value[int(start / hop) : max(int(end / hop), int(start / hop) + 1)]
        if not len(part) or float(part.mean()) <= middle:
            continue
        if found and start - found[-1][1] < HOP_S:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _seconds(observations: Observations, span: Span) -> tuple[float, float]:
    return observations.clock.seconds(span.start), observations.clock.seconds(span.end)


def _coverage(truth: Truth) -> float:
    return sum(c.out_frame - c.in_frame for c in truth.cues) / truth.frames
