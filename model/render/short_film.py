"""A film of one second, drawn and encoded here: what a check of this machine watches."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

FRAMES = 24  # one second at 24 frames a second
ROWS = 90  # small: the networks see less than this
COLUMNS = 160  # small: the networks see less than this
SOUND_RATE = 48_000
TONE_HZ = 440


def write_short_film(path: Path) -> None:
    """Write one second of a moving grey picture with a tone, H.264 and AAC, to ``path`` (.mp4).

    The codecs are those of the preview film, so a machine that makes this film can make that one.
    """
    with av.open(str(path), "w") as film:
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        picture = film.add_stream(codec, rate=FRAMES)
        assert isinstance(picture, VideoStream)  # noqa: S101 - what these codecs make
        picture.width, picture.height, picture.pix_fmt = COLUMNS, ROWS, "yuv420p"
        sound = film.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        assert isinstance(sound, AudioStream)  # noqa: S101 - what "aac" makes
        ramp = np.linspace(0, 255, COLUMNS).astype(np.uint8)
        for number in range(FRAMES):
            grey = np.broadcast_to(np.roll(ramp, 4 * number), (ROWS, COLUMNS))
            film.mux(picture.encode(VideoFrame.from_ndarray(np.ascontiguousarray(grey), format="gray")))
        film.mux(picture.encode())
        seconds = np.arange(SOUND_RATE) / SOUND_RATE
        tone = np.tile(0.1 * np.sin(2 * np.pi * TONE_HZ * seconds), (2, 1)).astype(np.float32)
        block = AudioFrame.from_ndarray(tone, format="fltp", layout="stereo")
        block.sample_rate, block.pts, block.time_base = SOUND_RATE, 0, Fraction(1, SOUND_RATE)
        film.mux(sound.encode(block))
        film.mux(sound.encode())
