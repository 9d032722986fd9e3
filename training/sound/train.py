"""Train the sound net: `python -m training.sound.train` makes the mixes, trains on one CPU thread, exports and reports.

The recipe is in ``config.py``; sources are the TRAIN pool of ``data_tools/corpora/pools.py`` and nothing else.
The net's output is checked on the TUNE pool; the TEST pool is touched by the benchmark alone.
"""

from __future__ import annotations

import argparse
import io
import math
import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from data_tools.corpora.packages import CorporaUnavailableError
from data_tools.corpora.pools import Split, ensure_pool
from model.nets.sound import SoundNet, SoundNetOutput
from training.promote import commit_weights
from training.sound.config import (
    DISGUISED_MIXES,
    IMPACT_WEIGHT,
    LEARNING_RATE,
    MORE_LEARNING_RATE,
    MORE_STEPS,
    PLAIN_MIXES,
    SEED,
    STEPS,
    TRAIN_MIX_S,
    TUNE_MIX_S,
    TUNE_MIXES,
    WEIGHT_DECAY,
)
from training.sound.data import SoundExample, draw_crops, make_example
from training.sound.evaluate import measure_f1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the recipe; returns the exit code."""
    argparse.ArgumentParser(prog="python -m training sound", description=__doc__).parse_args(arguments)
    try:
        for split in (Split.TRAIN, Split.TUNE):
            ensure_pool(split)
    except CorporaUnavailableError as reason:
        print(f"Cannot train the sound net: {reason}.")
        return 1
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    plain = [make_example(Split.TRAIN, TRAIN_MIX_S, seed) for seed in range(1, PLAIN_MIXES + 1)]
    tune = [make_example(Split.TUNE, TUNE_MIX_S, seed) for seed in range(1, TUNE_MIXES + 1)]
    net = SoundNet()
    print(f"{sum(p.numel() for p in net.parameters()):,} parameters", flush=True)
    fit(net, plain, STEPS, LEARNING_RATE)
    seeds = range(PLAIN_MIXES + 1, PLAIN_MIXES + DISGUISED_MIXES + 1)
    disguised = [make_example(Split.TRAIN, TRAIN_MIX_S, seed, disguised=True) for seed in seeds]
    fit(net, [*plain, *disguised, *disguised], MORE_STEPS, MORE_LEARNING_RATE)
    print("tune:", measure_f1(net, tune), flush=True)
    export(net)
    return 0


def fit(net: SoundNet, examples: list[SoundExample], steps: int, rate: float) -> None:
    """Train in place: AdamW, one warm cosine, random crops with random level and colour."""
    rng = np.random.default_rng(SEED)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
    warm = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, 0.5 + 0.5 * math.cos(math.pi * min(1.0, s / steps)))
    )
    began = time.monotonic()
    net.train()
    running = 0.0
    for step in range(steps):
        mel, events, targets = draw_crops(examples, rng)
        loss = loss_of(net(mel, events), targets)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running += (loss.item() - running) / min(step + 1, 50)
        if step % 50 == 49:
            print(f"step {step + 1}: loss {running:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    net.eval()


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the loss: binary cross-entropy of the three outputs; rare impacts weigh more, NaN targets nothing."""
    known = ~torch.isnan(targets)
    target = torch.nan_to_num(targets)
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = torch.ones_like(each)
    weight[..., 2] = 1 + IMPACT_WEIGHT * target[..., 2]
    scale = torch.tensor([1.0, 1.0, 4.0])
    return (each * weight * known * scale).sum() / known.sum()


def export(net: SoundNet) -> None:
    """Commit the net as ``sound.onnx``: opset 17, any length that is a multiple of four cells."""
    graph = io.BytesIO()
    torch.onnx.export(
        SoundNetOutput(net).eval(),
        (torch.zeros(1, 400, 64), torch.full((1, 400, 3), 0.5)),
        graph,  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - a buffer works too
        input_names=["mel", "events"],
        output_names=["heard"],
        opset_version=17,
        dynamo=False,
        dynamic_axes={name: {1: "cells"} for name in ("mel", "events", "heard")},
    )
    commit_weights("sound", graph.getvalue())


if __name__ == "__main__":
    raise SystemExit(main())
