"""The synthesizer: soundfonts opened once, notes switched on and off at exact samples.

tinysoundfont generates any number of samples on demand, so events need no sequencer: the sound is generated from one
event to the next and every note begins on its own sample.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from model.errors import AssetMissing
from model.render.patches import Patch
from model.runtime.assets import asset_path

RATE = 48_000  # samples a second, as delivered
BLOCK = 1 << 17  # samples generated at a time: 2.7 s
_VOICES = 256
_CHANNELS = 16  # of MIDI, and so of one synthesizer
_FLUSH = RATE // 10  # a voice cut off fades within 10 ms
Floats = npt.NDArray[np.float32]

PLAYING = threading.RLock()  # one performance at a time: the opened soundfonts are shared


@dataclass(frozen=True, slots=True)
class Press:
    """A key held from sample ``start`` until ``end`` on a sound, with MIDI velocity 1-127."""

    start: int
    end: int
    patch: Patch
    key: int
    velocity: int


class Engine:
    """An opened soundfont."""

    def __init__(self, font: str) -> None:
        """Open the asset called ``font``; raises AssetMissing if it, or the synthesizer, is not there."""
        try:
            import tinysoundfont
        except ImportError as error:
            message = "The synthesizer tinysoundfont is not installed, so nothing can be heard."
            hint = "Run `pip install --no-deps tinysoundfont==0.3.7`."
            raise AssetMissing(message, hint=hint) from error
        path = asset_path(font)
        self._synth: Any = tinysoundfont.Synth(samplerate=RATE)
        self._font: int = self._synth.sfload(str(path), max_voices=_VOICES)

    def blocks(self, presses: list[Press], samples: int, block: int = BLOCK) -> Iterator[Floats]:
        """Play ``presses`` over ``samples`` samples; yields float32 [up to block, 2] one after the other.

        Voices still sounding at the end are cut: leave room for them.
        """
        self._prepare(presses)
        events = _events(presses)
        at, now = 0, 0
        for start in range(0, samples, block):
            out = np.zeros((min(block, samples - start), 2), np.float32)
            end = start + len(out)
            while now < end:
                while at < len(events) and events[at][0] <= now:
                    self._switch(events[at])
                    at += 1
                until = min(end, events[at][0]) if at < len(events) else end
                out[now - start : until - start] = self._generate(until - now)
                now = until
            yield out

    def _prepare(self, presses: list[Press]) -> None:
        """Silence what rings from before and give every sound a channel."""
        self._synth.sounds_off()
        self._generate(_FLUSH)
        patches = sorted({(p.patch.bank, p.patch.program) for p in presses})
        if len(patches) > _CHANNELS:
            message = f"{len(patches)} sounds at once are more than the {_CHANNELS} channels of a synthesizer."
            raise ValueError(message)
        self._channels = {patch: channel for channel, patch in enumerate(patches)}
        for (bank, program), channel in self._channels.items():
            self._synth.program_select(channel, self._font, bank, program, bank == 128)  # noqa: PLR2004 - GM drums

    def _switch(self, event: tuple[int, int, int, int, int, int]) -> None:
        _, on, bank, program, key, velocity = event
        channel = self._channels[bank, program]
        if on:
            self._synth.noteon(channel, key, velocity)
        else:
            self._synth.noteoff(channel, key)

    def _generate(self, samples: int) -> Floats:
        return np.frombuffer(self._synth.generate(samples), np.float32).reshape(-1, 2)


@cache
def engine(font: str) -> Engine:
    """Open a soundfont once a process."""
    return Engine(font)


def _events(presses: list[Press]) -> list[tuple[int, int, int, int, int, int]]:
    """Sort switches by time; at the same sample keys are let go before others are pressed."""
    on = [(max(p.start, 0), 1, p.patch.bank, p.patch.program, p.key, p.velocity) for p in presses]
    off = [(max(p.end, p.start + 1, 1), 0, p.patch.bank, p.patch.program, p.key, 0) for p in presses]
    return sorted([*on, *off])
