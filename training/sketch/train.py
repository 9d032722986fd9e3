"""Train the sketch net: ``python -m training.sketch.train FOLDER [--minutes N]``; FOLDER holds the checkpoint.

All three CC0 corpora, finishing on orchestra; nine movements are never seen, three more only watched while training.
Runs on CUDA where there is one, else on one CPU thread, in bfloat16 either way, and commits the weights at the end;
``--export`` commits those of the checkpoint as it is.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn import functional

from data_tools.corpora.score_labels import token_bars
from data_tools.corpora.scores import read_scores
from model.nets.sketch_net import SketchNet, Stepper
from model.sketch.net.tokens import TokenBar, encode, inputs
from training.promote import commit_weights
from training.sketch.config import SketchRecipe
from training.sketch.data import MovementPool, draw_batch, make_pool, split_orchestra
from training.sketch.evaluate import evaluate


class TrainingRun:
    """A training run that can be interrupted and resumed."""

    def __init__(self, recipe: SketchRecipe, folder: Path) -> None:
        """Begin, or resume from the checkpoint in ``folder``."""
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.kept = folder / "sketch.pt"
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net = SketchNet(recipe.net).to(self.device)
        self.optimisers = make_optimisers(self.net, recipe)
        self.step = 0
        self.spent_s = 0.0
        if self.kept.exists():
            state = torch.load(self.kept, map_location=self.device, weights_only=True)
            self.net.load_state_dict(state["net"])
            for optimiser, one in zip(self.optimisers, state["optimisers"], strict=True):
                optimiser.load_state_dict(one)
            self.step, self.spent_s = state["step"], state["spent_s"]

    def save(self) -> None:
        """Write the checkpoint to a temporary name, then rename it."""
        self.kept.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "net": self.net.state_dict(),
            "optimisers": [o.state_dict() for o in self.optimisers],
            "step": self.step,
            "spent_s": self.spent_s,
            "config": asdict(self.recipe.net),
        }
        partial = self.kept.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.kept)

    def advance(self, pools: Sequence[MovementPool], progress: float) -> float:
        """Take one step at ``progress`` 0-1 through the run; returns the loss in bits a token."""
        recipe = self.recipe
        rng = np.random.default_rng((recipe.seed, self.step))
        chances = recipe.mix if progress < recipe.turn else recipe.finish
        parts = [p.to(self.device) for p in draw_batch(pools, chances, recipe.size, recipe.net.context, rng)]
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["initial"] * learning_rate_share(progress, recipe)
        self.net.train()
        loss = loss_of(self.net, parts)
        self.net.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.step += 1
        return float(loss.item() / math.log(2))


def make_optimisers(net: SketchNet, recipe: SketchRecipe) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for everything else."""
    matrices = [p for name, p in net.named_parameters() if name.startswith("layers.") and p.ndim == 2]
    others = [p for name, p in net.named_parameters() if not (name.startswith("layers.") and p.ndim == 2)]
    muon = torch.optim.Muon(matrices, lr=recipe.muon_rate, weight_decay=recipe.decay)
    adam = torch.optim.AdamW(others, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=recipe.decay)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["initial"] = group["lr"]
    return [muon, adam]


def learning_rate_share(progress: float, recipe: SketchRecipe) -> float:
    """Share of the full learning rate at ``progress`` 0-1: a short rise, then half a cosine down to ``lowest``."""
    rise = min(1.0, (progress + 1e-3) / recipe.warm)
    return rise * (recipe.lowest + (1 - recipe.lowest) * (0.5 + 0.5 * math.cos(math.pi * min(progress, 1.0))))


def loss_of(net: SketchNet, parts: Sequence[Tensor]) -> Tensor:
    """Return the loss: cross-entropy a token in nats, computed in bfloat16."""
    tokens, told, sounds, targets = parts
    with torch.autocast(tokens.device.type, torch.bfloat16):
        logits = net(tokens, told, sounds)
    return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-1)


def train(folder: Path, recipe: SketchRecipe, minutes: float | None) -> TrainingRun:
    """Run the recipe to its end, or go through the same schedule in ``minutes`` where time is limited."""
    orchestra, watched, _ = split_orchestra(read_scores("orchestra"))
    pools = [make_pool(orchestra), make_pool(read_scores("quartets")), make_pool(read_scores("lieder"))]
    seen = [token_bars(score) for score in watched]
    run = TrainingRun(recipe, folder)
    print(
        f"{sum(p.numel() for p in run.net.parameters()):,} parameters on {run.device}, from step {run.step}", flush=True
    )
    running = 8.0
    while (progress := _progress(run, minutes)) < 1:
        began = time.monotonic()
        running += (run.advance(pools, progress) - running) / 25
        run.spent_s += time.monotonic() - began
        if run.step % recipe.save_every == 0:
            run.save()
            rate = run.step * recipe.size * recipe.net.context / run.spent_s
            print(
                f"step {run.step} ({progress:.2f}): {running:.3f} bits a token, {run.spent_s:.0f} s, {rate:.0f}/s",
                flush=True,
            )
        if run.step % recipe.watch_every == 0:
            print("watched:", {k: round(v, 3) for k, v in evaluate(run.net, seen).items()}, flush=True)
    run.save()
    return run


def _progress(run: TrainingRun, minutes: float | None) -> float:
    by_step = run.step / run.recipe.steps
    return by_step if minutes is None else run.spent_s / (60 * minutes)


def export_int8(net: SketchNet) -> bytes:
    """Return the net as an ONNX graph in int8 that continues from a cache of any length, empty included."""
    net = net.to("cpu").eval()
    config = net.config
    stream = encode([TokenBar(48, ())])
    example = {k: torch.from_numpy(v) for k, v in inputs(stream).items()}
    head = config.width // config.heads
    kept = [torch.zeros(1, config.heads, head, 4)] * config.layers + [
        torch.zeros(1, config.heads, 4, head)
    ] * config.layers
    layers = range(config.layers)
    axes = {name: {0: "batch", 1: "tokens"} for name in ("tokens", "fields", "sounds", "logits")}
    axes |= {f"keys_{i}": {0: "batch", 3: "room"} for i in layers}
    axes |= {f"values_{i}": {0: "batch", 2: "room"} for i in layers}
    axes |= {"new_keys": {1: "batch", 4: "tokens"}, "new_values": {1: "batch", 3: "tokens"}}
    names = [*example, "count", *(f"keys_{i}" for i in layers), *(f"values_{i}" for i in layers)]
    with tempfile.TemporaryDirectory(prefix="cuelight-sketch-") as folder:
        whole, small = Path(folder) / "whole.onnx", Path(folder) / "small.onnx"
        torch.onnx.export(
            Stepper(net),
            (*example.values(), torch.tensor(2), *kept),
            str(whole),
            input_names=names,
            output_names=["logits", "new_keys", "new_values"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(str(whole), str(small), weight_type=QuantType.QInt8, per_channel=True)
        return small.read_bytes()


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or take the checkpoint as it is, and commit the weights; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training sketch", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the checkpoint")
    parser.add_argument("--minutes", type=float, help="run the whole schedule in so many minutes")
    parser.add_argument("--export", action="store_true", help="commit the weights of the checkpoint")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    run = (
        TrainingRun(SketchRecipe(), chosen.folder)
        if chosen.export
        else train(chosen.folder, SketchRecipe(), chosen.minutes)
    )
    commit_weights("sketch", export_int8(run.net))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
