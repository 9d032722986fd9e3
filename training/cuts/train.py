"""Train the second stage of the cut detector on tiny films: ``python -m training.cuts.train PLATES CACHE``.

Films come from :mod:`data_tools.films.tiny_edits`, over pictures from the folder ``PLATES``; what TransNet says of
them is kept in ``CACHE``. Seeds 52-59 choose the thresholds, the other 73 train. No film that is measured on is used.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from model.nets.cuts_head import CutsHead, Panel
from training.cuts.config import HEADS, LEARNING_RATE, PEAK_LEARNING_RATE, STEPS, TRAIN
from training.cuts.data import CutExample, draw_batch, make_example, read_plates
from training.cuts.evaluate import report_thresholds
from training.promote import commit_weights


def train(examples: list[CutExample], seed: int = 0) -> CutsHead:
    """Fit the head on random crops; some hide what the first stage said, so that its errors are not simply repeated."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    everything = np.concatenate([e.seen for e in examples])
    head = CutsHead(torch.from_numpy(everything.mean(0)), torch.from_numpy(everything.std(0) + 1e-3))
    optimiser = torch.optim.AdamW([p for p in head.parameters() if p.requires_grad], LEARNING_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_LEARNING_RATE, total_steps=STEPS)
    for step in range(STEPS):
        seen, target, weight = draw_batch(examples, rng)
        loss = _loss(head(seen), target, weight)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        if step % 250 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    return head.eval()


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Train a panel of heads, commit it, and print how the films set aside go; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training cuts", description=__doc__)
    parser.add_argument("plates", type=Path, help="folder of pictures that films are drawn over")
    parser.add_argument("cache", type=Path, help="folder that keeps what TransNet says of the films")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    pictures = read_plates(chosen.plates)
    examples = [make_example(seed, pictures, chosen.cache) for seed in TRAIN]
    commit_weights("cuts_head", export(Panel([train(examples, seed) for seed in range(HEADS)]).eval()))
    report_thresholds(pictures)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
