"""What the second stage of the cut detector learns from: tiny films, and what TransNet says of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from data_tools.films.tiny_edits import TinyFilm, draw_tiny_film
from data_tools.films.tiny_shots import Picture
from model.observe.cuts.evidence import UNSEEN, join_evidence, look
from model.observe.cuts.signals import colour_histograms, signals
from model.runtime.session import open_net
from training.cuts.config import BATCH, CROP_FRAMES, FILM_FRAMES, UNCLEAR

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class CutExample:
    """One film: ``seen`` [n, features] evidence; ``target``, ``weight`` [n, 3] for cut, gradual, flash."""

    seen: Floats
    target: Floats
    weight: Floats


def read_plates(folder: Path) -> list[Picture]:
    """Read every picture and every clip of a folder, RGB, at most 384 wide (clips 192)."""
    return [_read_plate(path) for path in sorted(folder.iterdir())]


def _read_plate(path: Path) -> Picture:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    wide = 384 if len(frames) == 1 else 192
    scale = wide / max(frames[0].shape)
    small = [cv2.resize(f, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for f in frames]
    return np.asarray(small[0] if len(small) == 1 else np.stack(small), np.float32)


def make_example(seed: int, plates: list[Picture], cache: Path) -> CutExample:
    """Draw film ``seed``, run the first stage on it and label each frame."""
    drawn = draw_tiny_film(seed, FILM_FRAMES, plates if seed % 4 else ())
    kept = cache / f"{seed}.npy"
    histograms = colour_histograms(drawn.frames)
    if kept.exists():
        logits = np.load(kept)
    else:
        logits = look(open_net("transnet_int8"), drawn.frames, histograms, np.ones(len(drawn.frames), bool))
        np.save(kept, logits)
    seen = join_evidence(signals(drawn.frames, histograms), logits)
    return CutExample(seen, *_targets(drawn))


def _targets(drawn: TinyFilm) -> tuple[Floats, Floats]:
    count = len(drawn.frames)
    target, weight = np.zeros((count, 3), np.float32), np.ones((count, 3), np.float32)
    for first in drawn.cuts:
        target[first, 0] = 1
        change = np.abs(drawn.frames[first].astype(np.float32) - drawn.frames[first - 1]).mean()
        if change < UNCLEAR:
            weight[first, 0] = 0
    for start, end in drawn.gradual:
        target[start:end, 1] = 1
        weight[start:end, 0] = 0.3  # a fast fade may well be called a cut
    for start, end in drawn.flashes:
        target[start:end, 2] = 1
    return target, weight


def draw_batch(examples: list[CutExample], rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw crops: evidence [b, n, features], targets and weights [b, n, 3]; of some, hide what TransNet said."""
    crops: list[tuple[Floats, Floats, Floats]] = []
    for _ in range(BATCH):
        e = examples[int(rng.integers(len(examples)))]
        at = int(rng.integers(0, len(e.seen) - CROP_FRAMES))
        seen = e.seen[at : at + CROP_FRAMES].copy()
        chance = rng.random()
        if chance < 0.2:
            seen[:, -len(UNSEEN) :] = UNSEEN
        elif chance < 0.5:
            a, b = sorted(rng.integers(0, CROP_FRAMES, 2))
            seen[a:b, -len(UNSEEN) :] = UNSEEN
        crops.append((seen, e.target[at : at + CROP_FRAMES], e.weight[at : at + CROP_FRAMES]))
    parts = [torch.from_numpy(np.stack(part)) for part in zip(*crops, strict=True)]
    return parts[0], parts[1], parts[2]
