"""The film as the browser plays it, written as its pictures and its sound come.

Every number that shapes the bytes is fixed here, the encoder's threads included: a machine with more cores makes the
same file.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from model.files import explain_os_error, write_whole
from model.media.picture import quarter_turns
from model.media.reel import ReelInfo
from model.render.engine import RATE, Floats
from model.render.film import preview_size, scale_frame

MOST_ROWS = 540
FINE = 90_000  # the film's clock ticks at least this often
_QUALITY = {"preset": "superfast", "crf": "25", "bf": "0"}
_THREADS = 4  # of the encoder; a fixed number, whatever the machine has
_AAC_FRAME = 1024  # samples an AAC packet
_HD_ROWS = 720  # films this high that do not name their colours mean BT.709
_BT709 = 1  # colour matrix of high definition, by its number in FFmpeg
_UNNAMED = 2  # FFmpeg's number for a matrix the file does not name


class Layout(NamedTuple):
    """How the film carries its sound: a layout of channels, as FFmpeg names it, and bits a second."""

    name: str
    bits: int


@contextmanager
def picture_file(path: Path, info: ReelInfo, sound: Layout | None) -> Generator[PictureFile]:
    """Open the film to write; it is there, whole, when the block ends well."""
    with write_whole(path) as temporary:
        try:
            with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as container:
                film = PictureFile(container, info, sound)
                yield film
                film.close()
        except av.error.FFmpegError as error:
            raise explain_os_error(path.parent, OSError(error.errno, error.strerror)) from error


class PictureFile:
    """The film for the browser: pictures and sound as they come.

    Attributes
    ----------
    rows, columns: of the picture
    """

    def __init__(self, container: OutputContainer, info: ReelInfo, sound: Layout | None) -> None:
        rate = info.timebase.rate
        self.rows, self.columns = preview_size(info, MOST_ROWS)
        self._container, self._high = container, min(info.width, info.height) >= _HD_ROWS
        self._base = Fraction(1, rate.numerator * -(-FINE // rate.numerator))
        self._picture = self._picture_stream(rate)
        self._sound = self._sound_stream(sound) if sound else None
        self._scale = VideoReformatter()
        self._pts, self._samples = -1, 0
        self._waiting: Floats | None = None

    def show(self, frame: VideoFrame, time_s: float) -> None:
        """Take the next frame and when it is on the screen."""
        small = self._scale_frame(frame)
        self._pts = max(round(Fraction(time_s) / self._base), self._pts + 1)
        small.pts, small.time_base, small.duration = self._pts, self._base, 0
        small.pict_type = PictureType.NONE  # what it was coded as before is nothing to the encoder
        if not self._pts:
            self._name_colours(small)
        self._container.mux(self._picture.encode(small))

    def sound(self, block: Floats) -> None:
        """Take the next sound, float32 [n, channels of the layout]."""
        sound = block if self._waiting is None else np.concatenate([self._waiting, block])
        whole = len(sound) // _AAC_FRAME * _AAC_FRAME
        for first in range(0, whole, _AAC_FRAME):
            self._encode_sound(sound[first : first + _AAC_FRAME])
        self._waiting = sound[whole:].copy()

    def close(self) -> None:
        """Write what is left."""
        self._container.mux(self._picture.encode(None))
        if self._sound is not None:
            if self._waiting is not None and len(self._waiting):
                self._encode_sound(self._waiting)
            self._container.mux(self._sound.encode(None))

    def _picture_stream(self, rate: Fraction) -> VideoStream:
        half_a_second = str(max(1, round(rate / 2)))
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        options = {**_QUALITY, "g": half_a_second} if codec == "libx264" else {"qscale": "4", "g": half_a_second}
        stream = self._container.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, VideoStream)  # noqa: S101 - what these codecs make
        stream.width, stream.height, stream.pix_fmt = self.columns, self.rows, "yuv420p"
        stream.codec_context.time_base = stream.time_base = self._base
        stream.codec_context.thread_count = _THREADS
        return stream

    def _sound_stream(self, layout: Layout) -> AudioStream:
        options = {"aac_coder": "fast"}
        stream = self._container.add_stream("aac", rate=RATE, layout=layout.name, bit_rate=layout.bits, options=options)
        assert isinstance(stream, AudioStream)  # noqa: S101 - what "aac" makes
        return stream

    def _scale_frame(self, frame: VideoFrame) -> VideoFrame:
        if quarter_turns(frame.rotation):
            upright = scale_frame(frame, self._scale, self.rows, self.columns)
            return VideoFrame.from_ndarray(upright, format="yuv420p")
        return self._scale.reformat(
            frame,
            self.columns,
            self.rows,
            "yuv420p",
            interpolation="BILINEAR",
            dst_color_range="MPEG",
            threads=1,
        )

    def _name_colours(self, first: VideoFrame) -> None:
        """Say which colours the numbers mean, which a browser would otherwise guess from the smaller size."""
        context = self._picture.codec_context
        matrix = first.colorspace
        named = matrix if matrix != _UNNAMED else _BT709 if self._high else matrix
        context.colorspace, context.color_range = named, 1
        context.color_primaries, context.color_trc = first.color_primaries, first.color_trc

    def _encode_sound(self, part: Floats) -> None:
        if self._sound is None:
            return
        held = np.ascontiguousarray(np.clip(part, -1, 1).T)
        frame = AudioFrame.from_ndarray(held, format="fltp", layout=self._sound.layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._samples, Fraction(1, RATE)
        self._container.mux(self._sound.encode(frame))
        self._samples += len(part)
