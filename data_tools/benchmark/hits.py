"""How well hits are found: on synthetic test films with exact truth, and on two real films marked by hand.

A list of hits in a real film is a matter of taste, so only recall among the best N and 2N proposals counts
(N = true hits). The anchors are measured in the same run on the same feed: peaks of the frame difference, and of onset
strength.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from data_tools.benchmark.films import read_test_films
from data_tools.benchmark.metrics import MatchScore, event_score, pool_scores
from data_tools.benchmark.table import BenchRow, Skipped, data_folder
from model.film_run import SpotRequest, observe_film
from model.media.open import open_reel
from model.media.reel import PictureBlock, SoundBlock
from model.spotting.draft import spot

TOLERANCE_FRAMES = 2
REAL = ("agent327_360p", "sintel_trailer_720p")
PEAKS_APART_S = 0.25
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
DIFFERENCE, ONSETS = "frame-difference peaks", "onset-strength peaks"
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FilmHits:
    """One film: frames of its true hits, Cuelight's proposals and the anchors', best first."""

    true: list[int]
    ours: list[int]
    anchors: dict[str, list[int]]


def rows() -> list[BenchRow]:
    """Return the figures for synthetic and real films."""
    found = [_measure(film, [hit.frame for hit in truth.hits]) for film, truth in read_test_films()]
    out = _synthetic_rows(found)
    try:
        films = data_folder() / "films"
    except Skipped:
        return out
    return out + _real_rows([_real(films, name) for name in REAL])


def _synthetic_rows(found: Sequence[FilmHits]) -> list[BenchRow]:
    on = f"{len(found)} synthetic test films"
    ours = pool_scores(event_score(m.true, m.ours, TOLERANCE_FRAMES) for m in found)
    anchors = {
        name: pool_scores(event_score(m.true, m.anchors[name][: len(m.ours)], TOLERANCE_FRAMES) for m in found)
        for name in (DIFFERENCE, ONSETS)
    }
    note = "anchors: as many peaks as Cuelight proposes hits"
    recall, precision = {n: s.recall for n, s in anchors.items()}, {n: s.precision for n, s in anchors.items()}
    return [
        BenchRow("hits within 2 frames, recall", on, ours.recall, 0.9, anchors=recall, note=note),
        BenchRow("hits within 2 frames, precision", on, ours.precision, 0.6, anchors=precision, note=note),
    ]


def _real_rows(found: Sequence[FilmHits]) -> list[BenchRow]:
    out = list[BenchRow]()
    for times, words, target in ((1, "the N best", 0.5), (2, "the 2N best", 0.7)):
        what = f"hits within 2 frames, recall among {words}"
        singly = [score_best(m.true, m.ours, times) for m in found]
        note = ", ".join(f"{name} {score.recall:.2f}" for name, score in zip(REAL, singly, strict=True))
        anchors = {
            name: pool_scores(score_best(m.true, m.anchors[name], times) for m in found).recall
            for name in (DIFFERENCE, ONSETS)
        }
        out.append(
            BenchRow(what, "two real films, pooled", pool_scores(singly).recall, target, anchors=anchors, note=note)
        )
    return out


def score_best(true: Sequence[int], ranked: Sequence[int], times: int) -> MatchScore:
    """MatchScore the ``times`` N best of the proposals, ranked best first; N is the number of true hits."""
    return event_score(true, ranked[: times * len(true)], TOLERANCE_FRAMES)


def _real(folder: Path, name: str) -> FilmHits:
    truth: dict[str, Any] = json.loads((folder / f"{name}.truth.json").read_text(encoding="utf-8"))
    return _measure(folder / f"{name}.mp4", [int(hit["frame"]) for hit in truth["hits"]])


def _measure(film: Path, true: list[int]) -> FilmHits:
    observations = observe_film(SpotRequest(film))
    hits = sorted(spot(observations).hits, key=lambda h: (-h.weight, h.frame))  # heaviest first
    return FilmHits(true, [hit.frame.index for hit in hits], find_anchor_peaks(film))


def find_anchor_peaks(film: Path) -> dict[str, list[int]]:
    """Frames of the anchors' peaks, strongest first, computed from the same pictures and sound that Cuelight gets."""
    reel = open_reel(str(film))
    lumas, sounds = list[Floats](), list[Floats]()
    for block in reel.blocks():
        if isinstance(block, PictureBlock):
            lumas.append(block.tiny.astype(np.float32) @ LUMA)
        elif isinstance(block, SoundBlock):
            sounds.append(block.mono)
    heard = onset_peaks(np.concatenate(sounds)) if sounds else []
    return {
        DIFFERENCE: difference_peaks(np.concatenate(lumas), float(reel.info.timebase.rate)),
        ONSETS: [reel.clock.frame(time_s).index for time_s in heard],
    }


def difference_peaks(pictures: Floats, rate: float) -> list[int]:
    """Frames where the mean absolute luma change of [frames, rows, columns] peaks, highest first."""
    change = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))
    return _peaks(np.concatenate([[0.0], change]), PEAKS_APART_S * rate)


def onset_peaks(sound: Floats) -> list[float]:
    """Seconds where librosa's onset strength of 16 kHz sound peaks, highest first."""
    from librosa.onset import onset_strength

    strength = np.asarray(onset_strength(y=sound, sr=16_000, hop_length=160), np.float32)
    return [peak / 100 for peak in _peaks(strength, PEAKS_APART_S * 100)]


def _peaks(curve: npt.NDArray[np.floating], apart: float) -> list[int]:
    """Places of the local maxima, highest first."""
    places, _ = find_peaks(curve, distance=max(1, round(apart)))
    return [int(p) for p in places[np.argsort(-curve[places], kind="stable")]]
