"""The preview film: the picture with everything a composer needs burnt in, and the temp mix.

The picture is decoded once more, scaled, drawn on and encoded; every frame keeps the time the reel's own clock gives
it (:class:`model.media.ticks.Ticks`), so a variable rate stays what it was. No B-frames, a key frame every second: the
film scrubs well and begins at zero in every player.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from model.errors import SettingInvalid
from model.files import explain_os_error, write_whole
from model.media.container import open_container, picture_stream, translate_pyav_errors
from model.media.decode import decode_packet
from model.media.limits import Limits
from model.media.picture import quarter_turns
from model.media.reel import Pixels, ReelInfo
from model.media.ticks import Ticks
from model.progress import Progress, ignore_progress
from model.render.engine import RATE, Floats
from model.render.overlay import Guide, Overlay
from model.time import Frame

MOST_ROWS = 720
OUR_CODECS = frozenset({"h264", "mpeg4", "aac"})  # of the prepared film: whoever wrote it may have been taken over
_FRAME = 1024  # samples of an AAC frame
_AHEAD_S = 0.5  # sound is written this far ahead of the picture
_FINE = 90_000  # the film's clock ticks at least this often


@dataclass(frozen=True, slots=True)
class FilmSettings:
    """What a person may choose about the preview.

    Attributes
    ----------
    rows: height at most; smaller reels are not enlarged
    quality: H.264 rate factor, smaller is better and larger
    """

    rows: int = 360
    quality: int = 26

    def __post_init__(self) -> None:
        """Refuse sizes nobody can see and films nobody can send."""
        if not 90 <= self.rows <= MOST_ROWS:  # noqa: PLR2004 - the rule itself
            message = f"A preview has 90 to {MOST_ROWS} rows, not {self.rows}."
            raise SettingInvalid(message)


class MixedSound(Protocol):
    """The temp mix of a reel, as it is made or read back."""

    @property
    def samples(self) -> int:
        """Length at 48 kHz, from the reel's first frame."""
        ...

    def master(self, start: int, stop: int) -> Floats:
        """Return the master from sample ``start`` to ``stop`` of the reel: float32 [n, 2]."""
        ...


def preview(
    path: Path,
    info: ReelInfo,
    mixed: MixedSound,
    guides: Sequence[Guide],
    target: Path,
    *,
    settings: FilmSettings | None = None,
    progress: Progress = ignore_progress,
) -> Path:
    """Write the preview film (MP4, H.264 and AAC) of a reel.

    Raises what :func:`model.media.open.open_reel` raises, OutputUnwritable or DiskFull; never leaves half a film.
    """
    chosen = settings or FilmSettings()
    with write_whole(target) as temporary:
        try:
            with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as film:
                _Encoder(film, info, mixed, chosen).run(
                    _pictures(path, info, chosen), Overlay(guides, info.timebase), progress
                )
        except av.error.FFmpegError as error:
            raise explain_os_error(target.parent, OSError(error.errno, error.strerror)) from error
    return target


@dataclass(frozen=True, slots=True)
class _Picture:
    """A scaled frame, uint8 [rows * 3 / 2, columns] planar YUV 4:2:0, and when it is on the screen."""

    yuv: Pixels
    frame: Frame
    time_s: float
    until_s: float


def preview_size(info: ReelInfo, rows: int) -> tuple[int, int]:
    """Rows and columns of the preview, both even, the picture's shape kept."""
    height = min(rows, info.height) // 2 * 2
    return max(height, 2), max(round(info.width * height / info.height / 2) * 2, 2)


def _pictures(path: Path, info: ReelInfo, settings: FilmSettings) -> Iterator[_Picture]:
    """Decode and scale the reel's frames, each with the clock's times."""
    rows, columns = preview_size(info, settings.rows)
    scale, waiting, index = VideoReformatter(), None, 0
    with open_container(path, Limits(), OUR_CODECS) as container, translate_pyav_errors(path.name):
        stream = picture_stream(container, path.name, Limits(), OUR_CODECS)
        ticks = Ticks(stream.time_base or Fraction(1, _FINE), info.timebase.rate)
        for packet in container.demux(stream):
            for frame in decode_packet(packet) or ():
                if not isinstance(frame, VideoFrame):
                    continue
                time_s = ticks.add(frame.pts, frame.duration)
                if waiting is not None:
                    yield _Picture(*waiting, until_s=time_s)
                waiting = (scale_frame(frame, scale, rows, columns), Frame(index), time_s)
                index += 1
        if waiting is not None:
            yield _Picture(*waiting, until_s=ticks.end_s)


def scale_frame(frame: VideoFrame, scale: VideoReformatter, rows: int, columns: int) -> Pixels:
    """Scale a frame to upright ``rows`` and ``columns``: uint8 [rows * 3 / 2, columns], planar YUV 4:2:0."""
    turns = quarter_turns(frame.rotation)
    height, width = (columns, rows) if turns % 2 else (rows, columns)
    small = scale.reformat(frame, width, height, "yuv420p", interpolation="BILINEAR", dst_color_range="MPEG", threads=1)
    yuv = small.to_ndarray().astype(np.uint8, copy=False)
    if not turns:
        return yuv
    chroma = yuv[height:].reshape(2, height // 2, width // 2)
    planes = [np.rot90(plane, turns) for plane in (yuv[:height], chroma[0], chroma[1])]
    return np.concatenate([plane.reshape(-1) for plane in planes]).reshape(rows * 3 // 2, columns)


class _Encoder:
    """Writes pictures and sound side by side."""

    def __init__(self, film: OutputContainer, info: ReelInfo, mixed: MixedSound, settings: FilmSettings) -> None:
        rate = info.timebase.rate
        self._film, self._info, self._mixed, self._settings = film, info, mixed, settings
        self._base = Fraction(1, rate.numerator * -(-_FINE // rate.numerator))
        self._picture = self._picture_stream(rate)
        sound = film.add_stream("aac", rate=RATE, layout="stereo", bit_rate=192_000, options={"aac_coder": "fast"})
        assert isinstance(sound, AudioStream)  # noqa: S101 - what "aac" makes
        self._sound = sound
        self._at = 0

    def _picture_stream(self, rate: Fraction) -> VideoStream:
        rows, columns = preview_size(self._info, self._settings.rows)
        options = {"preset": "superfast", "crf": str(self._settings.quality), "bf": "0", "g": str(round(rate))}
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream = self._film.add_stream(codec, rate=rate, options=options if codec == "libx264" else {"qscale": "4"})
        assert isinstance(stream, VideoStream)  # noqa: S101 - what these codecs make
        stream.width, stream.height, stream.pix_fmt = columns, rows, "yuv420p"
        stream.codec_context.time_base = self._base
        stream.time_base = self._base
        return stream

    def run(self, pictures: Iterator[_Picture], overlay: Overlay, progress: Progress) -> None:
        """Encode everything."""
        total = self._info.frames
        for picture in pictures:
            overlay.draw(picture.yuv, picture.frame, picture.time_s, picture.until_s)
            frame = VideoFrame.from_ndarray(picture.yuv, format="yuv420p")
            frame.pts = round(Fraction(picture.time_s) / self._base)
            frame.time_base = self._base
            self._film.mux(self._picture.encode(frame))
            self._sound_until(round((picture.time_s + _AHEAD_S) * RATE))
            progress("preview", picture.frame.index + 1, max(total, picture.frame.index + 1))
        self._sound_until(self._mixed.samples)
        self._film.mux(self._picture.encode(None))
        self._film.mux(self._sound.encode(None))

    def _sound_until(self, sample: int) -> None:
        """Encode the mix up to the AAC frame that holds ``sample``."""
        while self._at < min(sample, self._mixed.samples):
            stop = min(self._at + _FRAME * 48, self._mixed.samples)
            block = np.clip(self._mixed.master(self._at, stop), -1, 1)
            for first in range(0, len(block), _FRAME):
                part = np.ascontiguousarray(block[first : first + _FRAME].T)
                frame = AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = RATE, self._at + first, Fraction(1, RATE)
                self._film.mux(self._sound.encode(frame))
            self._at = stop
