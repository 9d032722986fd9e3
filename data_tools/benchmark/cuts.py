"""Figures of the cut detector, with TransNet V2 alone and PySceneDetect on the same pictures in the same run.

Real: the two hand-checked films, never used to choose anything. Drawn: :mod:`data_tools.films.tiny_edits` with seeds
from 900 on, which neither training nor the choice of thresholds (both below 200) has used.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import numpy as np

from data_tools.benchmark.cuts_metrics import (
    CutTruth,
    TransitionCount,
    count_flashes_called_cuts,
    count_gradual,
    count_hard_cuts,
    gradual_pairs,
)
from data_tools.benchmark.table import BenchRow, Skipped
from data_tools.films.tiny_edits import draw_tiny_film
from model.media.open import open_reel
from model.media.reel import PictureBlock, Pixels
from model.observe.cuts.detector import TwoStage
from model.observe.cuts.evidence import look
from model.observe.cuts.signals import colour_histograms
from model.observe.observations import Cuts
from model.runtime.session import open_net

FILMS = ("agent327_360p.mp4", "sintel_trailer_720p.mp4")
SEEDS = range(900, 912)
DRAWN_FRAMES = 600
_NOTHING = TransitionCount(0, 0, 0, 0)


def rows() -> list[BenchRow]:
    """Return the rows of hard cuts, gradual transitions and flashes."""
    real = _measure_real()
    drawn = [_measure_drawn(seed) for seed in SEEDS]
    ours = [(truth, found) for truth, found, _ in real]
    anchors = {name: _pool([a[name] for _, _, a in real]).f1 for name in real[0][2]}
    both = [*ours, *drawn]
    return [
        BenchRow(
            "hard cuts, exact frame, F1",
            "both real films",
            _hard(ours).f1,
            0.97,
            anchors=anchors,
            note=_describe_errors(ours),
        ),
        BenchRow("hard cuts, exact frame, F1", "drawn films", _hard(drawn).f1, 0.9, note="cuts made to look alike"),
        BenchRow("gradual transitions, overlap F1", "both real films", _gradual(ours).f1, 0.8),
        BenchRow("gradual transitions, overlap F1", "real and drawn films", _gradual(both).f1, 0.8),
        BenchRow(
            "flashes called cuts", "both real films", sum(count_flashes_called_cuts(t, c) for t, c in ours), 0, "<="
        ),
        BenchRow("flashes called cuts", "drawn films", sum(count_flashes_called_cuts(t, c) for t, c in drawn), 0, "<="),
    ]


def _measure_real() -> list[tuple[CutTruth, Cuts, dict[str, TransitionCount]]]:
    if not os.environ.get("CUELIGHT_DATA"):
        raise Skipped("CUELIGHT_DATA is unset: no hand-checked films")
    folder = Path(os.environ["CUELIGHT_DATA"]) / "films"
    measured: list[tuple[CutTruth, Cuts, dict[str, TransitionCount]]] = []
    for name in FILMS:
        record = json.loads((folder / name).with_suffix(".truth.json").read_text(encoding="utf-8"))
        truth = CutTruth.read(record)
        frames = tiny_frames(folder / name)
        found = {"TransNet V2 at 0.5": _transnet_alone(frames), **_library(folder / name)}
        measured.append(
            (truth, detect_cuts(frames), {key: count_hard_cuts(truth, cuts) for key, cuts in found.items()})
        )
    return measured


def _measure_drawn(seed: int) -> tuple[CutTruth, Cuts]:
    drawn = draw_tiny_film(seed, DRAWN_FRAMES)
    truth = CutTruth(drawn.cuts, tuple((a, b, "") for a, b in drawn.gradual), (), drawn.flashes)
    return truth, detect_cuts(drawn.frames)


def tiny_frames(path: Path) -> Pixels:
    """Decode a film's tiny frames, uint8 [n, 27, 48, 3], as the detectors get them."""
    blocks = open_reel(path).blocks()
    return np.concatenate([block.tiny for block in blocks if isinstance(block, PictureBlock)])


def detect_cuts(frames: Pixels) -> Cuts:
    """Run the detector as `cuelight spot` runs it."""
    detector = TwoStage(open_net("transnet_int8"), open_net("cuts_head"))
    for first in range(0, len(frames), 64):
        detector.feed(frames[first : first + 64])
    return detector.finish()


def _transnet_alone(frames: Pixels) -> list[int]:
    """TransNet V2 in full precision at its published threshold: the first frame after each run of hot ones."""
    said = look(open_net("transnet"), frames, colour_histograms(frames), np.ones(len(frames), bool), 25)
    hot = np.concatenate([said[:, 0] > 0, [False]])
    return [int(t) + 1 for t in np.flatnonzero(hot[:-1] & ~hot[1:])]


def _library(path: Path) -> dict[str, list[int]]:
    """Run PySceneDetect's two usual detectors with their defaults on the film itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import scenedetect
        from scenedetect.detectors import AdaptiveDetector, ContentDetector

        found: dict[str, list[int]] = {}
        for name, detector in (("Content", ContentDetector()), ("Adaptive", AdaptiveDetector())):
            scenes = scenedetect.detect(str(path), detector)
            found[f"PySceneDetect {name}"] = [int(start.frame_num) for start, _ in scenes[1:]]
    return found


def _hard(films: list[tuple[CutTruth, Cuts]]) -> TransitionCount:
    return _pool([count_hard_cuts(truth, [f.index for f in cuts.hard()]) for truth, cuts in films])


def _gradual(films: list[tuple[CutTruth, Cuts]]) -> TransitionCount:
    return _pool([count_gradual(truth, gradual_pairs(cuts)) for truth, cuts in films])


def _pool(counts: list[TransitionCount]) -> TransitionCount:
    return sum(counts, _NOTHING)


def _describe_errors(films: list[tuple[CutTruth, Cuts]]) -> str:
    counts = [count_hard_cuts(truth, [f.index for f in cuts.hard()]) for truth, cuts in films]
    return "; ".join(f"missed {list(c.missed)}, false {list(c.wrong)}" for c in counts)
