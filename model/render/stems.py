"""``perform``: a sketch becomes stems, one for each family that plays.

All stems of a cue begin on the same frame and last equally long; one gain serves all, so their sum is the mix. They
begin two seconds before the cue's in, on a frame that is a whole number of samples from midnight (every frame at 24,
25 and 23.976; every fifth at 29.97), and end four seconds after its out, when the room has fallen silent.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from model.motifs.instruments import FAMILIES, INSTRUMENTS
from model.progress import Progress, ignore_progress
from model.render.engine import BLOCK, PLAYING, RATE, Floats
from model.render.humanise import humanise
from model.render.loudness import SILENCE_DB, LoudnessMeter, Peak
from model.render.patches import chair_of
from model.render.reverb import Convolution, room
from model.render.scratch import make_long_sound
from model.render.synth import sound
from model.sketch.sketch_types import Part, Sketch
from model.time import Beat, Frame, Timebase
from model.timing.landing import Grade

PREROLL_S = 2
TAIL_S = 4
_FADE_S = 0.25
_LEVEL_DB = -14.0  # what every cue is played at, so that a soft cue stays soft beside a loud one
_CEILING_DBTP = -3.0  # of the mix and of every stem; a cue that would pass it is lowered as a whole
# How much of each family the room answers with, in dB against its direct sound.
_ROOM_DB = {
    "strings": -7.0,
    "brass": -6.0,
    "woodwinds": -6.0,
    "percussion": -8.0,
    "keys": -8.0,
    "choir": -3.0,
    "pads": -12.0,
    "bass": -10.0,
    "solo": -8.0,
}


@dataclass(frozen=True, slots=True)
class Stems:
    """A cue as sound.

    Attributes
    ----------
    start: frame of the first sample, from the reel's first frame; before it if the cue begins at once
    out: frame where the music ends; what follows is tail
    tracks: family to float32 [samples, 2] at 48 kHz, in the order of ``FAMILIES``; possibly over temporary files
    gain_db: the one gain that all stems were given
    """

    cue: str
    number: str
    title: str
    timebase: Timebase
    cue_in: Frame
    start: Frame
    out: Frame
    samples: int
    tracks: dict[str, Floats]
    gain_db: float
    integrated_lufs: float
    true_peak_dbtp: float
    cautions: tuple[str, ...] = ()

    @property
    def reel_sample(self) -> int:
        """Where the first sample lies in the reel's 48 kHz sound, negative before its first frame."""
        return round(self.timebase.seconds(self.start) * RATE)

    def mix(self, start: int = 0, stop: int | None = None) -> Floats:
        """Sum of all stems from sample ``start`` to ``stop``: float32 [n, 2]."""
        end = self.samples if stop is None else min(stop, self.samples)
        total: Floats = np.zeros((max(end - start, 0), 2), np.float32)
        for track in self.tracks.values():
            total += track[start:end]
        return total

    def blocks(self, size: int = BLOCK) -> Iterator[Floats]:
        """Yield the mix in blocks."""
        for start in range(0, self.samples, size):
            yield self.mix(start, start + size)


def perform(
    sketch: Sketch,
    timebase: Timebase,
    *,
    seed: int | None = None,
    scratch: Path | None = None,
    progress: Progress = ignore_progress,
) -> Stems:
    """Play a sketch.

    ``seed`` of the deviations, the sketch's own if None; ``scratch`` is the folder for long sound.
    Raises AssetMissing, InstrumentUnknown or DiskFull.
    """
    start = aligned_start(timebase, sketch.cue_in)
    seconds = (timebase.seconds(sketch.out) - timebase.seconds(start) + TAIL_S) * RATE
    stage = _Stage(sketch, timebase, start, -(-seconds.numerator // seconds.denominator), seed)
    parts = {family: [p for p in sketch.parts if p.notes and _family(p) == family] for family in FAMILIES}
    playing = [family for family in FAMILIES if parts[family]]
    tracks: dict[str, Floats] = {}
    with PLAYING:
        for done, family in enumerate(playing):
            progress("perform", done, len(playing))
            tracks[family] = _family_track(stage, parts[family], _ROOM_DB[family], scratch)
    progress("perform", len(playing), len(playing))
    return _level_tracks(stage, tracks)


def aligned_start(timebase: Timebase, cue_in: Frame) -> Frame:
    """Return the start, at least ``PREROLL_S`` before ``cue_in`` and a whole number of samples from midnight.

    Never before the label 00:00:00:00: a time reference cannot be negative.
    """
    count = timebase.start + cue_in.index - PREROLL_S * timebase.nominal
    every = (RATE / timebase.rate).denominator
    return Frame(max(count // every * every, 0) - timebase.start)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What every player needs to know."""

    sketch: Sketch
    timebase: Timebase
    start: Frame
    samples: int
    seed: int | None

    def place(self, seconds: Fraction) -> int:
        """Sample of the stems at exact seconds of the reel."""
        return round((seconds - self.timebase.seconds(self.start)) * RATE)

    @property
    def hits(self) -> frozenset[Beat]:
        """Beats of the hits that land."""
        return frozenset(x.beat for x in self.sketch.landings if x.beat is not None and x.grade is not Grade.MISS)


def _family(part: Part) -> str:
    """Stem a part goes to; raises InstrumentUnknown."""
    chair_of(part.instrument)
    return INSTRUMENTS[part.instrument].family


def _family_track(stage: _Stage, parts: list[Part], room_db: float, scratch: Path | None) -> Floats:
    """Play the parts of one family into one track, then let the room answer."""
    track = make_long_sound(stage.samples, scratch)
    for part in parts:
        at = 0
        for block in _part_sound(stage, part):
            track[at : at + len(block)] += block
            at += len(block)
    hall = Convolution(room(), BLOCK)
    send = np.float32(10 ** (room_db / 20))
    for at in range(0, stage.samples, BLOCK):
        dry = track[at : at + BLOCK]
        dry += hall.push(dry * send)
    return track


def _part_sound(stage: _Stage, part: Part) -> Iterator[Floats]:
    seed = stage.sketch.settings.seed if stage.seed is None else stage.seed
    played = humanise(
        part.notes,
        stage.sketch.tempo_map,
        stage.place,
        hits=stage.hits,
        last=stage.place(stage.timebase.seconds(stage.sketch.out)),
        rng=np.random.default_rng([seed, zlib.crc32(part.instrument.encode())]),
    )
    return sound(played, part.instrument, stage.samples)


def _level_tracks(stage: _Stage, tracks: dict[str, Floats]) -> Stems:
    """Give all tracks one gain that keeps the mix and every stem under the ceiling, and fade the last of the tail."""
    whole, peaks = LoudnessMeter(), {family: Peak() for family in tracks}
    for at in range(0, stage.samples, BLOCK):
        total: Floats = np.zeros((min(BLOCK, stage.samples - at), 2), np.float32)
        for family, track in tracks.items():
            peaks[family].push(track[at : at + BLOCK])
            total += track[at : at + BLOCK]
        whole.push(total)
    highest = max([whole.true_peak_dbtp, *(peak.dbtp for peak in peaks.values())])
    gain_db = min(_LEVEL_DB, _CEILING_DBTP - highest)
    for track in tracks.values():
        _apply(track, gain_db)
    silent_cue = whole.true_peak_dbtp <= SILENCE_DB
    cautions = (f"Nothing sounds in cue {stage.sketch.number}: no part has a note.",) if silent_cue else ()
    return Stems(
        cue=stage.sketch.cue,
        number=stage.sketch.number,
        title=stage.sketch.title,
        timebase=stage.timebase,
        cue_in=stage.sketch.cue_in,
        start=stage.start,
        out=stage.sketch.out,
        samples=stage.samples,
        tracks=tracks,
        gain_db=gain_db,
        integrated_lufs=whole.integrated_lufs if silent_cue else whole.integrated_lufs + gain_db,
        true_peak_dbtp=SILENCE_DB if silent_cue else whole.true_peak_dbtp + gain_db,
        cautions=cautions,
    )


def _apply(track: Floats, gain_db: float) -> None:
    gain = np.float32(10 ** (gain_db / 20))
    for at in range(0, len(track), BLOCK):
        track[at : at + BLOCK] *= gain
    fade = min(round(_FADE_S * RATE), len(track))
    track[len(track) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
