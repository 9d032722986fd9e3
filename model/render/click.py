"""The click track: what players hear in their headphones, with free clicks before the first bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from model.errors import CueInvalid
from model.render.bwf import Label, write_bwf
from model.render.engine import BLOCK, RATE, Floats
from model.render.files import CODES, stem_name
from model.render.stems import Stems, aligned_start
from model.time import Timebase
from model.timing.sync import Click

_LENGTH_S = 0.025
_DECAY_S = 0.004
_TONES = {True: (2_000.0, 0.5), False: (1_300.0, 0.3)}  # accent: Hz, level; dry and high, as a UREI click
_FREE_LEVEL = 0.8  # of an ordinary click: warning clicks are told apart by ear


def click_sound(*, accent: bool, free: bool = False) -> Floats:
    """One click: float32 [n, 2], its loudest wave at once."""
    seconds = np.arange(round(_LENGTH_S * RATE)) / RATE
    hertz, level = _TONES[accent]
    wave = np.cos(2 * np.pi * hertz * seconds) * np.exp(-seconds / _DECAY_S) * level * (_FREE_LEVEL if free else 1.0)
    wave *= np.linspace(1, 0, len(wave))
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


def click_blocks(clicks: Sequence[Click], reel_sample: int, samples: int) -> Iterator[Floats]:
    """Sound the clicks over ``samples`` samples that begin at ``reel_sample`` of the reel: float32 [n, 2] blocks.

    A click that would begin before the first sample is left out.
    """
    places = [(round(c.seconds * RATE) - reel_sample, click_sound(accent=c.accent, free=c.free)) for c in clicks]
    for start in range(0, samples, BLOCK):
        out: Floats = np.zeros((min(BLOCK, samples - start), 2), np.float32)
        for at, sound in places:
            first, last = max(at, start), min(at + len(sound), start + len(out))
            if at >= 0 and first < last:
                out[first - start : last - start] += sound[first - at : last - at]
        yield out


def write_click(clicks: Sequence[Click], stems: Stems, folder: Path, project: str, version: int = 1) -> Path:
    """Write the click track of a cue as a broadcast wave file that ends where its stems end.

    It begins where the stems begin, or earlier by whole aligned frames if the free clicks need it.
    Raises CueInvalid for a cue without clicks, OutputUnwritable or DiskFull.
    """
    if not clicks:
        message = f"Cue {stems.number} has no beat to click."
        raise CueInvalid(message)
    timebase, start = stems.timebase, stems.start
    while timebase.seconds(start) > clicks[0].seconds and timebase.start + start.index > 0:
        start = aligned_start(timebase, start)
    first = round(timebase.seconds(start) * RATE)
    samples = stems.samples + stems.reel_sample - first
    label = Label(
        project=project,
        scene=stems.number,
        take=f"v{version:02d}",
        name=CODES["click"],
        description=f"{stems.number} {stems.title}: click, from {timebase.timecode(start)}",
    )
    path = folder / stem_name(project, stems.number, stems.title, "click", timebase.rate, version)
    return write_bwf(path, click_blocks(clicks, first, samples), samples, timebase, start, label)


def free_clicks_lost(clicks: Sequence[Click], timebase: Timebase) -> int:
    """Count the clicks that fall before timecode 00:00:00:00, where no file can begin."""
    midnight = -timebase.start / timebase.rate
    return sum(click.seconds < midnight for click in clicks)
