"""A quick check of the sound net while it is trained; the figures are the benchmark's."""

from __future__ import annotations

import numpy as np
import torch

from model.nets.sound import SoundNet
from training.sound.data import SoundExample


def measure_f1(net: SoundNet, examples: list[SoundExample]) -> dict[str, float]:
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
