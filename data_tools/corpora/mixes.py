"""Labelled mixes: dialogue, music and effects laid over each other as a film does, every label exact.

The design follows ``docs/sound.md``: conversations and silences, cues with fades and dips under dialogue, effects and
ambiences, room tone; speech sounds like rooms and telephones. A seed and a pool fix every sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import signal

from data_tools.corpora.beds import make_beds
from data_tools.corpora.clips import RATE_HZ, gain, loud_part_db, pick_clip
from data_tools.corpora.pools import ClipKind, Split
from data_tools.corpora.truth import CELL, close_gaps, measure_cell_levels_db, music_cells, onset_cells, speech_cells

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
AUDIBLE_DB = -30.0  # dBFS; an impact whose loudest 10 ms stay below it need not be found
MASKED_DB = -6.0  # nor is one this far below everything else at that moment


@dataclass(frozen=True, slots=True)
class LabelledMix:
    """A mix with its stems and its labels.

    Attributes
    ----------
    dialogue, music, effects: the stems, float32 [n] at 16 kHz; their sum is the mix
    speech, plays: bool [cells] of 10 ms: somebody speaks, music plays
    impacts_s: when an audible effect strikes, in seconds
    unclear_s: impacts too quiet to be asked for and too loud to count as false alarms
    """

    dialogue: Floats
    music: Floats
    effects: Floats
    speech: Mask
    plays: Mask
    impacts_s: npt.NDArray[np.float64]
    unclear_s: npt.NDArray[np.float64]

    @property
    def sound(self) -> Floats:
        """The mix itself, clipped to full scale."""
        return np.asarray(np.clip(self.dialogue + self.music + self.effects, -1, 1), dtype=np.float32)


def make_mix(split: Split, seconds: float, seed: int, *, disguised: bool = False) -> LabelledMix:
    """Lay out ``seconds`` of film sound from the clips of a pool; raises CorporaUnavailableError without them.

    ``disguised`` varies the pool's few ambiences (``make_beds``): for training only.
    """
    rng = np.random.default_rng([seed, list(Split).index(split)])
    n = int(seconds * RATE_HZ)
    dialogue, speech = _dialogue(split, n, rng)
    music = _music(split, n, speech, rng)
    effects, strikes = _effects(split, n, rng)
    effects += make_beds(split, n, rng, disguised=disguised)
    rest = dialogue + music
    clear, unclear = _audible(effects, rest, strikes)
    return LabelledMix(dialogue, music, effects, speech, music_cells(music)[: len(speech)], clear, unclear)


def _add(stem: Floats, samples: Floats, at: int) -> None:
    room = min(len(samples), len(stem) - at)
    stem[at : at + room] += samples[:room]


def _dialogue(split: Split, n: int, rng: np.random.Generator) -> tuple[Floats, Mask]:
    """Conversations of 5-40 s with silences of 3-30 s between them; each in its own room."""
    stem, speech = np.zeros(n, np.float32), np.zeros(-(-n // CELL), np.bool_)
    at = int(rng.uniform(0, 12) * RATE_HZ)
    while at < n:
        until = at + int(rng.uniform(5, 40) * RATE_HZ)
        room, level = _room(rng), rng.normal(-24, 3)
        while at < min(until, n):
            dry = pick_clip(split, ClipKind.SPEECH, rng, 0.3)
            dry = dry * gain(level + rng.normal(0, 2.5) - loud_part_db(dry))
            cells = speech_cells(dry)
            at = at // CELL * CELL
            _add(stem, room(dry), at)
            first = at // CELL
            speech[first : first + len(cells)] |= cells[: len(speech) - first]
            at += len(dry) + int(rng.lognormal(-1.0, 0.9) * RATE_HZ)
        at += int(rng.uniform(3, 30) * RATE_HZ)
    return stem, close_gaps(speech, 20)


class _Room:
    """How a conversation sounds: dry, in a room, or over a telephone."""

    def __init__(self, response: Floats, band: npt.NDArray[np.float64] | None) -> None:
        self._response = response
        self._band = band

    def __call__(self, dry: Floats) -> Floats:
        wet = np.asarray(signal.fftconvolve(dry, self._response)) if len(self._response) > 1 else np.asarray(dry)
        heard = wet if self._band is None else signal.sosfilt(self._band, wet)
        return np.asarray(heard, dtype=np.float32)


def _room(rng: np.random.Generator) -> _Room:
    response = np.ones(1, np.float32)
    if rng.random() < 0.45:
        length_s = rng.uniform(0.15, 0.9)
        decay = np.exp(-6.9 * np.arange(int(length_s * RATE_HZ)) / (length_s * RATE_HZ))
        tail = rng.standard_normal(len(decay)) * decay
        tail *= gain(rng.uniform(-16, -5)) / float(np.sqrt(np.sum(tail**2)))
        delay = int(rng.uniform(0.002, 0.02) * RATE_HZ)
        response = np.concatenate([np.ones(1), np.zeros(delay), tail]).astype(np.float32)
    band = None
    kind = rng.random()
    if kind < 0.1:
        band = signal.butter(2, [300, 3300], "bandpass", fs=RATE_HZ, output="sos")
    elif kind < 0.3:
        band = signal.butter(1, rng.uniform(2500, 6500), "lowpass", fs=RATE_HZ, output="sos")
    elif kind < 0.4:
        band = signal.butter(1, rng.uniform(100, 300), "highpass", fs=RATE_HZ, output="sos")
    return _Room(response, band)


def _music(split: Split, n: int, speech: Mask, rng: np.random.Generator) -> Floats:
    """Cues of 15-60 s at -20 to -40 dBFS with fades; two in five dip under dialogue."""
    stem = np.zeros(n, np.float32)
    at = int(rng.uniform(0, 25) * RATE_HZ)
    while at < n:
        track = pick_clip(split, ClipKind.MUSIC, rng, 20)
        length = min(int(rng.uniform(15, 60) * RATE_HZ), len(track))
        begin = int(rng.integers(0, len(track) - length + 1))
        cue = track[begin : begin + length].copy()
        if float(np.abs(cue).max()) < 0.003:
            continue
        cue *= gain(rng.uniform(-40, -20) - loud_part_db(cue))
        _fade(cue, rng)
        if rng.random() < 0.4:
            cue *= _dip(speech, at, length, rng)
        _add(stem, cue, at)
        at += length + int(rng.uniform(5, 55) * RATE_HZ)
    return stem


def _fade(cue: Floats, rng: np.random.Generator) -> None:
    """Fade a cue in and out in place: sharp entries are as common as soft ones."""
    into, out = (int(s * RATE_HZ) for s in (rng.choice([0.01, 0.1, 1.0, 3.0]), rng.choice([0.05, 0.5, 2.0, 4.0])))
    cue[:into] *= np.linspace(0, 1, into, dtype=np.float32)
    cue[-out:] *= np.linspace(1, 0, out, dtype=np.float32)


def _dip(speech: Mask, at: int, length: int, rng: np.random.Generator) -> Floats:
    """Gain that takes the music down by 4-10 dB under dialogue, moving over half a second."""
    under = np.zeros(-(-length // CELL) + 1)
    there = speech[at // CELL : at // CELL + len(under)]
    under[: len(there)] = there
    smooth = np.convolve(under, np.hanning(52)[1:-1] / np.hanning(52).sum(), mode="same")
    gains = 10 ** (-rng.uniform(4, 10) * smooth / 20)
    return np.repeat(gains, CELL)[:length].astype(np.float32)


def _effects(split: Split, n: int, rng: np.random.Generator) -> tuple[Floats, list[int]]:
    """Single effects, one every few seconds, loudest 10 ms at -36 to -8 dBFS; with the samples where they strike."""
    stem, strikes = np.zeros(n, np.float32), list[int]()
    at = 0
    pace = rng.uniform(2, 7)
    while True:
        at += int((0.15 + rng.exponential(pace)) * RATE_HZ)
        if rng.random() < 0.03:
            pace = rng.uniform(1, 9)
        if at >= n - RATE_HZ:
            return stem, strikes
        effect = pick_clip(split, ClipKind.EFFECT, rng, 0.03)[: 8 * RATE_HZ]
        effect = effect * gain(rng.uniform(-36, -8) - float(measure_cell_levels_db(effect, 160).max()))
        start = at // CELL * CELL
        _add(stem, effect, start)
        strikes += [start + int(cell) * CELL + CELL // 2 for cell in onset_cells(effect)]


def _audible(
    effects: Floats, rest: Floats, strikes: list[int]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Split the impacts into those to be found and those too quiet or masked to be asked for, in seconds."""
    clear, unclear = list[float](), list[float]()
    own, other = measure_cell_levels_db(effects, 160), measure_cell_levels_db(rest, 400)
    for strike in sorted(strikes):
        cell = strike // CELL
        peak = float(own[cell : cell + 5].max())
        heard = peak > AUDIBLE_DB and peak > float(other[cell : cell + 5].max()) + MASKED_DB
        (clear if heard else unclear).append(strike / RATE_HZ)
    return np.array(clear), np.array(unclear)
