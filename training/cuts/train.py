"""Train the second stage of the cut detector on tiny films: ``python -m training.cuts.train PLATES CACHE``.

Films come from :mod:`data_tools.films.tiny_edits`, over pictures from the folder ``PLATES``; what TransNet says of
them is kept in ``CACHE``. Seeds 52-59 choose the thresholds, the other 73 train. No film that is measured on is used.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from data_tools.benchmark.cuts_metrics import (
    CutTruth,
    TransitionCount,
    count_flashes_called_cuts,
    count_gradual,
    count_hard_cuts,
    gradual_pairs,
)
from data_tools.films.tiny_edits import TinyFilm, draw_tiny_film
from data_tools.films.tiny_shots import Picture
from model.nets.cuts_head import CutsHead, Panel
from model.observe.cuts.detector import TwoStage
from model.observe.cuts.evidence import UNSEEN, join_evidence, look
from model.observe.cuts.signals import colour_histograms, signals
from model.observe.cuts.transitions import judge
from model.runtime.session import open_net
from training.promote import commit_weights

CHOOSE = range(52, 60)
TRAIN = [*range(52), *range(60, 81)]
FRAMES = 800
CROP, BATCH, STEPS = 192, 24, 2200
HEADS = 3
UNCLEAR = 2.0  # grey levels: a "cut" that changes less than this cannot be seen by anybody

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
    """Draw film ``seed``, let the first stage see it and write down the truth of each frame."""
    drawn = draw_tiny_film(seed, FRAMES, plates if seed % 4 else ())
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


def train(examples: list[CutExample], seed: int = 0) -> CutsHead:
    """Fit the head on random crops; in some of them the first stage's word is hidden, in whole or in part."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    everything = np.concatenate([e.seen for e in examples])
    head = CutsHead(torch.from_numpy(everything.mean(0)), torch.from_numpy(everything.std(0) + 1e-3))
    optimiser = torch.optim.AdamW([p for p in head.parameters() if p.requires_grad], 3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=STEPS)
    for step in range(STEPS):
        seen, target, weight = _batch(examples, rng)
        loss = _loss(head(seen), target, weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 250 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    return head.eval()


def _batch(examples: list[CutExample], rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    crops: list[tuple[Floats, Floats, Floats]] = []
    for _ in range(BATCH):
        e = examples[int(rng.integers(len(examples)))]
        at = int(rng.integers(0, len(e.seen) - CROP))
        seen = e.seen[at : at + CROP].copy()
        chance = rng.random()
        if chance < 0.2:
            seen[:, -len(UNSEEN) :] = UNSEEN
        elif chance < 0.5:
            a, b = sorted(rng.integers(0, CROP, 2))
            seen[a:b, -len(UNSEEN) :] = UNSEEN
        crops.append((seen, e.target[at : at + CROP], e.weight[at : at + CROP]))
    parts = [torch.from_numpy(np.stack(part)) for part in zip(*crops, strict=True)]
    return parts[0], parts[1], parts[2]


def _loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    gain = torch.tensor([4.0, 1.0, 4.0])
    return nn.functional.binary_cross_entropy_with_logits(logits, target, weight, pos_weight=gain) * 10


def export(panel: Panel) -> bytes:
    """Write the panel as an ONNX graph: ``evidence`` [1, n, features] to ``logits`` [1, n, 3]."""
    with tempfile.TemporaryDirectory(prefix="cuelight-cuts-") as folder:
        path = Path(folder) / "head.onnx"
        torch.onnx.export(
            panel,
            (torch.zeros(1, 64, panel.features),),
            str(path),
            input_names=["evidence"],
            output_names=["logits"],
            dynamic_axes={"evidence": {1: "n"}, "logits": {1: "n"}},
            opset_version=17,
            dynamo=False,
        )
        return path.read_bytes()


def report(plates: list[Picture]) -> None:
    """Print how the films set aside for choosing go at several thresholds of a cut."""
    watched: list[tuple[CutTruth, TwoStage]] = []
    for seed in CHOOSE:
        drawn = draw_tiny_film(seed, FRAMES, plates if seed % 4 else ())
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


def main(plates: Path, cache: Path) -> None:
    """Train a panel of heads, commit it, and print how the films set aside go."""
    torch.set_num_threads(1)
    pictures = read_plates(plates)
    examples = [make_example(seed, pictures, cache) for seed in TRAIN]
    commit_weights("cuts_head", export(Panel([train(examples, seed) for seed in range(HEADS)]).eval()))
    report(pictures)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
