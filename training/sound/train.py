"""Train the sound net: `python -m training.sound.train` makes the mixes, trains on one CPU thread, exports and reports.

The recipe is the constants below; sources are the TRAIN pool of ``data_tools/corpora/pools.py`` and nothing else.
The net's output is checked on the TUNE pool; the TEST pool is touched by the benchmark alone.
"""

from __future__ import annotations

import io
import math
import time

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from data_tools.corpora.packages import CorporaUnavailableError
from data_tools.corpora.pools import Split, ensure_pool
from model.nets.sound import SoundNet, SoundNetOutput
from training.promote import commit_weights
from training.sound.data import SoundExample, make_example

SEED = 7
PLAIN_MIXES, DISGUISED_MIXES, TRAIN_MIX_S = 32, 20, 480
TUNE_MIXES, TUNE_MIX_S = 4, 600
CROP = 1200  # cells: 12 s
BATCH = 16
STEPS, RATE = 800, 3e-3  # on plain mixes
MORE_STEPS, MORE_RATE = 350, 1.5e-3  # then on all, those with disguised beds twice as often
DECAY = 1e-2
IMPACT_WEIGHT = 6.0


def main() -> int:
    """Run the recipe; returns the exit code."""
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
    fit(net, plain, STEPS, RATE)
    seeds = range(PLAIN_MIXES + 1, PLAIN_MIXES + DISGUISED_MIXES + 1)
    disguised = [make_example(Split.TRAIN, TRAIN_MIX_S, seed, disguised=True) for seed in seeds]
    fit(net, [*plain, *disguised, *disguised], MORE_STEPS, MORE_RATE)
    print("tune:", report(net, tune), flush=True)
    export(net)
    return 0


def fit(net: SoundNet, examples: list[SoundExample], steps: int, rate: float) -> None:
    """Train in place: AdamW, one warm cosine, random crops with random level and colour."""
    rng = np.random.default_rng(SEED)
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=DECAY)
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


def draw_crops(examples: list[SoundExample], rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a batch: mel [b, t, 64], events [b, t, 3], targets [b, t, 3] (NaN = not judged)."""
    mels, opinions, targets = [], [], []
    for _ in range(BATCH):
        chosen = examples[int(rng.integers(len(examples)))]
        at = int(rng.integers(len(chosen.speech) - CROP + 1))
        cut = slice(at, at + CROP)
        mels.append(_recolour(chosen.mel[cut].astype(np.float32), rng))
        events = chosen.events[cut].astype(np.float32)
        opinions.append(np.full_like(events, 0.5) if rng.random() < 0.15 else events)
        targets.append(np.stack([chosen.speech[cut], chosen.plays[cut], chosen.impact[cut]], axis=1).astype(np.float32))
    return tuple(torch.from_numpy(np.stack(part)) for part in (mels, opinions, targets))  # type: ignore[return-value]


def _recolour(mel: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Another level (+-8 dB), another equaliser (+-5 dB, smooth), sometimes a band missing."""
    knots = rng.normal(0, 0.5, 6)
    colour = np.interp(np.arange(mel.shape[1]), np.linspace(0, mel.shape[1] - 1, 6), knots) + rng.uniform(-1.8, 1.8)
    changed = np.maximum(mel + colour.astype(np.float32), math.log(1e-9))
    if rng.random() < 0.3:
        first = int(rng.integers(0, mel.shape[1] - 10))
        changed[:, first : first + int(rng.integers(3, 10))] = changed.mean()
    return changed


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the loss: binary cross-entropy of the three outputs; rare impacts weigh more, NaN targets nothing."""
    known = ~torch.isnan(targets)
    target = torch.nan_to_num(targets)
    each = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = torch.ones_like(each)
    weight[..., 2] = 1 + IMPACT_WEIGHT * target[..., 2]
    scale = torch.tensor([1.0, 1.0, 4.0])
    return (each * weight * known * scale).sum() / known.sum()


def report(net: SoundNet, examples: list[SoundExample]) -> dict[str, float]:
    """Cell-wise F1 of speech and music at 0.5 without any smoothing: a check, not the figure."""
    hits = np.zeros((2, 3))
    for one in examples:
        cells = len(one.speech) // 4 * 4
        with torch.no_grad():
            mel, events = (torch.from_numpy(a[:cells].astype(np.float32))[None] for a in (one.mel, one.events))
            found = torch.sigmoid(net(mel, events))[0].numpy() > 0.5
        for row, truth in enumerate((one.speech[:cells], one.plays[:cells])):
            hits[row] += [(found[:, row] & truth).sum(), found[:, row].sum(), truth.sum()]
    f1 = 2 * hits[:, 0] / (hits[:, 1] + hits[:, 2])
    return {"speech F1": float(f1[0]), "music F1": float(f1[1])}


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
