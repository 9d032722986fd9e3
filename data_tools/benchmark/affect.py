"""How well the emotional curves follow the hidden script: Pearson's r on synthetic test films, anchors in the same run.

Convention: curves at 2 Hz over their common length; the figure is the mean over films of Pearson's r within each film,
so that a film of even mood counts as much as an eventful one. Weights were chosen on training seeds only.
The anchors are one signal alone, smoothed by the same window: loudness (momentary) and motion (energy).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_tools.benchmark.films import read_test_films
from data_tools.benchmark.metrics import pearson
from data_tools.benchmark.table import BenchRow
from data_tools.films import Truth
from model.film_run import SpotRequest, observe_film
from model.observe.affect.signals import Curve, Grid, smooth
from model.observe.observations import Observations

TARGET = 0.8  # what arousal's correlation must reach
FEELINGS = ("arousal", "tension", "valence")
LOUDNESS, MOTION = "loudness alone", "motion alone"


@dataclass(frozen=True, slots=True)
class CurveAgreement:
    """One film: Pearson of each feeling with the script, and of each anchor with its arousal."""

    feelings: dict[str, float]
    anchors: dict[str, float]


def rows() -> list[BenchRow]:
    """Return the mean agreement on the test films."""
    found = [_measure(film, truth) for film, truth in read_test_films()]
    on = f"{len(found)} synthetic test films"
    figures = {name: [one.feelings[name] for one in found] for name in FEELINGS}
    anchors = {name: float(np.mean([one.anchors[name] for one in found])) for name in (LOUDNESS, MOTION)}
    worst = f"worst film {min(figures['arousal']):.2f}, best {max(figures['arousal']):.2f}"
    weak = "a guess with low confidence: reported, not claimed"
    return [
        BenchRow(
            "arousal, Pearson with the script",
            on,
            float(np.mean(figures["arousal"])),
            TARGET,
            anchors=anchors,
            note=worst,
        ),
        BenchRow("tension, Pearson with the script", on, float(np.mean(figures["tension"])), 0.0, note=weak),
        BenchRow("valence, Pearson with the script", on, float(np.mean(figures["valence"])), 0.0, note=weak),
    ]


def _measure(film: Path, truth: Truth) -> CurveAgreement:
    observations = observe_film(SpotRequest(film))
    ours = {name: getattr(observations.affect, name).value for name in FEELINGS}
    return CurveAgreement(
        {name: correlate_curves(getattr(truth, name), ours[name]) for name in FEELINGS},
        {name: correlate_curves(truth.arousal, curve) for name, curve in anchor_curves(observations).items()},
    )


def correlate_curves(true: tuple[float, ...], said: Curve) -> float:
    """Correlate two curves (Pearson) over their common length; 0 where one of them is constant."""
    n = min(len(true), len(said))
    if np.ptp(true[:n]) == 0 or np.ptp(said[:n]) == 0:
        return 0.0
    return pearson(true[:n], said[:n])


def anchor_curves(observations: Observations) -> dict[str, Curve]:
    """Return the anchors: one smoothed signal each."""
    grid = Grid(observations.clock)
    curves = {MOTION: smooth(grid.of_frames(observations.motion.energy))}
    silence = np.zeros(grid.n, np.float32)
    heard = observations.loudness
    curves[LOUDNESS] = smooth(grid.of_hops(heard.momentary_lufs, heard.hop_s)) if heard else silence
    return curves
