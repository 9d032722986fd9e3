"""How well the sketch net predicts music: bits a note, without conditions and with all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from model.nets.sketch_net import SketchNet
from model.sketch.net.tokens import TokenBar, TokenStream, encode, inputs


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
    """Measure bits a note over the first bars of some movements, without conditions and with all of them."""
    out = dict[str, float]()
    for name, change in (("told nothing", remove_conditions), ("told all", list[TokenBar])):
        total, notes = 0.0, 0
        for movement in movements:
            chosen = change(movement[:bars])
            total += float(score_bits(net, encode(chosen)).sum())
            notes += sum(len(bar.notes) for bar in chosen)
        out[name] = total / notes
    return out
