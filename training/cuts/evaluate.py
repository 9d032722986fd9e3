"""How the cut detector does at several thresholds, on films that its training leaves out."""

from __future__ import annotations

from data_tools.benchmark.cuts_metrics import (
    CutTruth,
    TransitionCount,
    count_flashes_called_cuts,
    count_gradual,
    count_hard_cuts,
    gradual_pairs,
)
from data_tools.films.tiny_edits import draw_tiny_film
from data_tools.films.tiny_shots import Picture
from model.observe.cuts.detector import TwoStage
from model.observe.cuts.transitions import judge
from model.runtime.session import open_net
from training.cuts.config import CHOOSE, FILM_FRAMES


def report_thresholds(plates: list[Picture]) -> None:
    """Print F1 of cuts and transitions, and flashes called cuts, of the films in ``CHOOSE`` at several thresholds."""
    watched: list[tuple[CutTruth, TwoStage]] = []
    for seed in CHOOSE:
        drawn = draw_tiny_film(seed, FILM_FRAMES, plates if seed % 4 else ())
        stage = TwoStage(open_net("transnet_int8"), open_net("cuts_head"))
        stage.feed(drawn.frames)
        stage.finish()
        truth = CutTruth(drawn.cuts, tuple((a, b, "") for a, b in drawn.gradual), (), drawn.flashes)
        watched.append((truth, stage))
    for cut_at in (0.5, 0.8, 0.9, 0.95, 0.98):
        hard, soft, flashes = TransitionCount(0, 0, 0, 0), TransitionCount(0, 0, 0, 0), 0
        for truth, stage in watched:
            cuts = judge(stage.curves(), "", cut_at)
            hard += count_hard_cuts(truth, [f.index for f in cuts.hard()])
            soft += count_gradual(truth, gradual_pairs(cuts))
            flashes += count_flashes_called_cuts(truth, cuts)
        print(f"cut at {cut_at}: cuts {hard.f1:.3f} {hard}, gradual {soft.f1:.3f}, flashes called cuts {flashes}")
