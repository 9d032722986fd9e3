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
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.nn import functional

from data_tools.corpora.score_labels import token_bars
from data_tools.corpora.scores import ShortScore, read_scores, split_held_out
from model.nets.sketch_net import SketchConfig, SketchNet, Stepper
from model.sketch.net.tokens import TokenBar, TokenStream, encode, inputs
from training.promote import commit_weights
from training.sketch.data import MovementPool, draw_batch, make_pool

WATCHED = 3


@dataclass(frozen=True, slots=True)
class SketchRecipe:
    """How the net is trained; ``mix``, ``finish``: chances of orchestra, quartets, lieder before and after ``turn``."""

    net: SketchConfig = field(default_factory=SketchConfig)
    steps: int = 3600
    size: int = 12
    muon_rate: float = 0.02
    rate: float = 3e-3
    decay: float = 0.02
    warm: float = 0.02
    lowest: float = 0.04
    mix: tuple[float, float, float] = (0.5, 0.3, 0.2)
    finish: tuple[float, float, float] = (0.85, 0.1, 0.05)
    turn: float = 0.7
    seed: int = 7
    save_every: int = 50
    watch_every: int = 200


class TrainingRun:
    """A training run that can be left and taken up again."""

    def __init__(self, recipe: SketchRecipe, folder: Path) -> None:
        """Begin, or take up the checkpoint in ``folder``."""
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
        """Write the checkpoint whole or not at all."""
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
    """Share of the full rate: a short rise, then half a cosine down to ``lowest``."""
    rise = min(1.0, (progress + 1e-3) / recipe.warm)
    return rise * (recipe.lowest + (1 - recipe.lowest) * (0.5 + 0.5 * math.cos(math.pi * min(progress, 1.0))))


def loss_of(net: SketchNet, parts: Sequence[Tensor]) -> Tensor:
    """Return the loss: cross-entropy a token in nats, computed in bfloat16."""
    tokens, told, sounds, targets = parts
    with torch.autocast(tokens.device.type, torch.bfloat16):
        logits = net(tokens, told, sounds)
    return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=-1)


def remove_conditions(bars: Sequence[TokenBar]) -> list[TokenBar]:
    """Take every condition away."""
    return [TokenBar(bar.length, bar.notes) for bar in bars]


def score_bits(net: SketchNet, stream: TokenStream) -> npt.NDArray[np.float64]:
    """Score a whole movement: bits of every token but the first, each told at least half a context before it.

    The net is left ready to evaluate.
    """
    net.eval()
    context = net.config.context
    half, count = context // 2, len(stream.tokens) - 1
    whole = inputs(stream)
    out = np.zeros(count)
    device = next(net.parameters()).device
    for start in range(0, max(count - half, 1), half):
        at = slice(start, min(start + context, count))
        tokens, told, sounds = (torch.from_numpy(whole[k][:, at]).to(device) for k in ("tokens", "fields", "sounds"))
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            logits = net(tokens, told, sounds)
        following = torch.from_numpy(whole["tokens"][0, at.start + 1 : at.stop + 1]).to(device)
        cost = functional.cross_entropy(logits[0].float(), following, reduction="none") / math.log(2)
        skip = 0 if start == 0 else half
        out[at.start + skip : at.stop] = cost[skip:].cpu().numpy()
    return out


def evaluate(net: SketchNet, movements: Sequence[Sequence[TokenBar]], bars: int = 40) -> dict[str, float]:
    """Bits a note over the first bars of some movements, told nothing and told everything."""
    out = dict[str, float]()
    for name, change in (("told nothing", remove_conditions), ("told all", list[TokenBar])):
        total, notes = 0.0, 0
        for movement in movements:
            chosen = change(movement[:bars])
            total += float(score_bits(net, encode(chosen)).sum())
            notes += sum(len(bar.notes) for bar in chosen)
        out[name] = total / notes
    return out


def split_orchestra(orchestra: list[ShortScore]) -> tuple[list[ShortScore], list[ShortScore], list[ShortScore]]:
    """Part orchestral movements into trained on, watched while training, and held out."""
    rest, out = split_held_out(orchestra)
    watched = {s.name for s in rest[:: len(rest) // WATCHED][:WATCHED]}
    return [s for s in rest if s.name not in watched], [s for s in rest if s.name in watched], out


def train(folder: Path, recipe: SketchRecipe, minutes: float | None) -> TrainingRun:
    """Run the recipe to its end, or through the same schedule in ``minutes`` where the clock is what is short."""
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


def main() -> int:
    """Train; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--export", action="store_true")
    chosen = parser.parse_args()
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
