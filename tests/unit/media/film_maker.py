"""Writes small films with exactly known contents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

RATE = 48_000


@dataclass(frozen=True)
class Sound:
    """An audio track: a tone of ``level`` (1 kHz) on every channel, with a click's rise at each of ``clicks_s``."""

    title: str = ""
    layout: str = "stereo"
    codec: str = "pcm_s16le"
    seconds: float = 2.0
    level: float = 0.0
    clicks_s: Sequence[float] = ()
    start_s: float = 0.0
    rate: int = RATE
    only: int | None = None  # the one channel that sounds
    disposition: bool = False
    tone_hz: float = 1000.0
    right_hz: float | None = None  # another tone on the right side

    def samples(self) -> npt.NDArray[np.float32]:
        """Return float32 [channels, n]."""
        n = round(self.seconds * self.rate)
        channels = av.AudioLayout(self.layout).nb_channels
        wave = self.level * np.sin(2 * np.pi * self.tone_hz * np.arange(n) / self.rate)
        for click in self.clicks_s:
            wave[round(click * self.rate) : round((click + 0.02) * self.rate)] = 0.5
        out = np.zeros((channels, n), dtype=np.float32)
        if self.right_hz is not None:
            out[0] = wave
            out[1] = self.level * np.sin(2 * np.pi * self.right_hz * np.arange(n) / self.rate)
            return out
        out[slice(None) if self.only is None else slice(self.only, self.only + 1)] = wave
        return out


def grey(index: int) -> int:
    """Return the brightness of frame ``index``: seven levels up for each, so that neighbours differ."""
    return 20 + index * 7 % 200


@dataclass(frozen=True)
class Film:
    """What to write; the defaults are two seconds of plain grey frames at 24 fps."""

    frames: int = 48
    rate: Fraction = Fraction(24)
    codec: str = "mpeg4"
    size: tuple[int, int] = (128, 72)
    pixels: str = "yuv420p"
    pts: Sequence[int] | None = None
    time_base: Fraction | None = None
    sounds: Sequence[Sound] = ()
    tags: dict[str, str] = field(default_factory=dict)
    picture_tags: dict[str, str] = field(default_factory=dict)
    aspect: Fraction | None = None
    rotation: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    codec_options: dict[str, str] = field(default_factory=dict)
    draw: Callable[[int, npt.NDArray[np.uint8]], None] | None = None

    def image(self, index: int) -> npt.NDArray[np.uint8]:
        """Return uint8 [rows, columns, 3] RGB of frame ``index``."""
        picture = np.full((self.size[1], self.size[0], 3), grey(index), dtype=np.uint8)
        if self.draw is not None:
            self.draw(index, picture)
        return picture

    def write(self, path: Path) -> Path:
        """Write the film and return where it is."""
        with av.open(str(path), "w", options=self.options) as out:
            out.metadata.update(self.tags)
            picture = self._picture(out)
            tracks = [self._track(out, sound) for sound in self.sounds]
            for index in range(self.frames):
                frame = av.VideoFrame.from_ndarray(self.image(index), format="rgb24").reformat(format=self.pixels)
                frame.pts = self.pts[index] if self.pts is not None else index
                frame.time_base = self.time_base or 1 / self.rate
                out.mux(picture.encode(frame))
            if self.frames:
                out.mux(picture.encode(None))
            for sound, track in zip(self.sounds, tracks, strict=True):
                self._sound(out, sound, track)
        return path

    def _picture(self, out: Any) -> Any:
        picture = out.add_stream(self.codec, rate=self.rate)
        picture.width, picture.height = self.size
        picture.pix_fmt = self.pixels
        picture.metadata.update(self.picture_tags)
        picture.options = self.codec_options
        if self.time_base is not None:
            picture.time_base = picture.codec_context.time_base = self.time_base
        if self.aspect is not None:
            picture.codec_context.sample_aspect_ratio = self.aspect
        if self.rotation is not None:
            picture.set_display_rotation(self.rotation)
        return picture

    @staticmethod
    def _track(out: Any, sound: Sound) -> Any:
        track = out.add_stream(sound.codec, rate=sound.rate, layout=sound.layout)
        if sound.title:
            track.metadata.update({"title": sound.title, "handler_name": sound.title})
        return track

    @staticmethod
    def _sound(out: Any, sound: Sound, track: Any) -> None:
        samples = sound.samples()
        step = track.codec_context.frame_size or 1024
        names = [f.name for f in track.codec_context.codec.audio_formats]
        resampler = av.AudioResampler(names[0], sound.layout, sound.rate)
        for first in range(0, samples.shape[1], step):
            part = np.ascontiguousarray(samples[:, first : first + step])
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=sound.layout)
            frame.sample_rate, frame.time_base = sound.rate, Fraction(1, sound.rate)
            frame.pts = first + round(sound.start_s * sound.rate)
            for piece in resampler.resample(frame):
                out.mux(track.encode(piece))
        out.mux(track.encode(None))
