"""The child that prepares a reel for the browser: one decode, three files.

Started by :func:`model.render.review_film.prepare_review` in the sandbox. Decoded frames go to the encoder as they are
where they are small enough already; else they are scaled once. Every number that shapes the bytes is fixed here, the
encoder's threads included: a machine with more cores makes the same file.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from model.errors import DiskFull, OutputError, OutputUnwritable, ReelTooLarge
from model.files import explained, whole_file
from model.media.container import open_container, picture_stream, reading
from model.media.decode import decoded
from model.media.limits import Limits
from model.media.picture import quarter_turns
from model.media.reel import ReelInfo
from model.media.ticks import Ticks
from model.observe.child import Request, main
from model.observe.store import dump, load
from model.progress import Progress
from model.render.engine import RATE, Floats
from model.render.film import preview_size, scaled
from model.render.film_sound import has_split_tracks, picture_zero, uses_as_heard, uses_under_music
from model.render.flac import FlacWriter, flac_file
from model.render.review_film import ASKED_SCHEMA, PICTURE, SOUND, WAVEFORM, ReviewAsked, ReviewMade
from model.render.review_sound import Heard, ReviewSound
from model.render.waveform import WaveformMaker

MOST_ROWS = 540
_FINE = 90_000  # the film's clock ticks at least this often
_QUALITY = {"preset": "superfast", "crf": "25", "bf": "0"}
_THREADS = 4
_AAC_FRAME = 1024
_AAC_BITS = 160_000
_HD_ROWS = 720  # films this high that do not name their colours mean BT.709
_BT709, _UNNAMED = 1, 2
_EVERY = 8  # frames between two words of progress


def prepare(request: Request, progress: Progress) -> bytes:
    """Make the files in the one folder the child may write to; return what they are."""
    asked = load(request.told.encode("utf-8", "surrogatepass"), ReviewAsked, ASKED_SCHEMA)
    try:
        return dump(make_review(Path(request.path), asked.info, Path(request.out), progress))
    except DiskFull as error:  # in words that do not name the folder as it is called in here
        message = "There is no space left for the film as the browser plays it."
        raise DiskFull(message, hint="Free some space, then try again.") from error
    except OutputError as error:
        message = "The film as the browser plays it cannot be written."
        raise OutputUnwritable(message, hint="Look at the disk and its quota.") from error


def make_review(film: Path, info: ReelInfo, out: Path, progress: Progress) -> ReviewMade:
    """Decode the reel once and write its picture, sound and waveform into ``out``."""
    sound = _sound_of(film, info)
    with ExitStack() as stack:
        picture = stack.enter_context(_picture_file(out / PICTURE, info, with_sound=bool(sound.tracks)))
        files = [stack.enter_context(flac_file(out / SOUND, 24))] if sound.tracks else []
        waveform = WaveformMaker()
        ticks = _Pass(film, info, sound, picture, files, waveform).run(progress)
    if files:
        (out / WAVEFORM).write_bytes(waveform.made())
    return ReviewMade(
        frames=ticks.frames,
        rows=picture.rows,
        columns=picture.columns,
        end_s=ticks.end_s,
        samples=sum(file.samples for file in files),
        clipped=sum(file.clipped for file in files),
        music_free=bool(files) and has_split_tracks(info),
    )


def _sound_of(film: Path, info: ReelInfo) -> ReviewSound:
    with open_container(film, Limits()) as container, reading(film.name):
        if not container.streams.audio:
            return ReviewSound((), (), Fraction(0))
        heard, under = uses_as_heard(container, info), uses_under_music(container, info)
        return ReviewSound(heard, under, picture_zero(container, film.name, Limits()))


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A frame of the picture (``track`` is None) or of an audio track; ``time_base`` of the picture's own count."""

    frame: VideoFrame | AudioFrame
    track: int | None
    time_base: Fraction


def _frames(film: Path, tracks: tuple[int, ...]) -> Iterator[_Decoded]:
    """Decode picture and sound in the order of the file."""
    with open_container(film, Limits()) as container, reading(film.name):
        stream = picture_stream(container, film.name, Limits())
        audio = {container.streams.audio[track].index: track for track in tracks}
        base = stream.time_base or Fraction(1, _FINE)
        for packet in container.demux(stream, *(container.streams.audio[track] for track in tracks)):
            for frame in decoded(packet) or ():
                yield _Decoded(frame, audio.get(packet.stream.index), base)


class _Pass:
    """The one decode, and where its frames go."""

    def __init__(
        self,
        film: Path,
        info: ReelInfo,
        sound: ReviewSound,
        picture: _PictureFile,
        files: list[FlacWriter],
        waveform: WaveformMaker,
    ) -> None:
        self._film, self._info, self._sound = film, info, sound
        self._picture, self._files, self._waveform = picture, files, waveform
        self._ticks: Ticks | None = None

    def run(self, progress: Progress) -> Ticks:
        """Decode and write everything; return the reel's clock."""
        for one in _frames(self._film, self._sound.tracks):
            if self._ticks is None:
                self._ticks = Ticks(one.time_base, self._info.timebase.rate)
            if isinstance(one.frame, VideoFrame):
                self._show(one.frame, self._ticks, progress)
            elif one.track is not None:
                self._sound.push(one.track, one.frame)
                self._hear(self._sound.ready(self._ticks.end_s))
        ticks = self._ticks or Ticks(Fraction(1, _FINE), self._info.timebase.rate)
        self._hear(self._sound.rest(ticks.end_s))
        progress("picture", ticks.frames, max(self._info.frames, ticks.frames))
        return ticks

    def _show(self, frame: VideoFrame, ticks: Ticks, progress: Progress) -> None:
        limits = Limits()
        if ticks.frames >= limits.frames or ticks.end_s > limits.seconds:
            message = f"{self._film.name} goes on past {ticks.frames} frames: longer than any reel."
            raise ReelTooLarge(message, hint="Split it into reels.")
        self._picture.show(frame, ticks.add(frame.pts, frame.duration))
        if ticks.frames % _EVERY == 0:
            progress("picture", ticks.frames, max(self._info.frames, ticks.frames))

    def _hear(self, parts: Iterator[Heard]) -> None:
        for part in parts:
            self._picture.sound(part.whole)
            for file in self._files:
                file.push(part.under_music)
            self._waveform.push(part.whole)


@contextmanager
def _picture_file(path: Path, info: ReelInfo, *, with_sound: bool) -> Generator[_PictureFile]:
    """Open the film to write; it is there, whole, when the block ends well."""
    with whole_file(path) as temporary:
        try:
            with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as container:
                film = _PictureFile(container, info, with_sound=with_sound)
                yield film
                film.close()
        except av.error.FFmpegError as error:
            raise explained(path.parent, OSError(error.errno, error.strerror)) from error


class _PictureFile:
    """The film for the browser: pictures and sound as they come.

    Attributes
    ----------
    rows, columns: of the picture
    """

    def __init__(self, container: OutputContainer, info: ReelInfo, *, with_sound: bool) -> None:
        rate = info.timebase.rate
        self.rows, self.columns = preview_size(info, MOST_ROWS)
        self._container, self._high = container, min(info.width, info.height) >= _HD_ROWS
        self._base = Fraction(1, rate.numerator * -(-_FINE // rate.numerator))
        self._picture = self._picture_stream(rate)
        self._sound = self._sound_stream() if with_sound else None
        self._scale = VideoReformatter()
        self._pts, self._samples = -1, 0
        self._waiting: Floats = np.zeros((0, 2), np.float32)

    def show(self, frame: VideoFrame, time_s: float) -> None:
        """Take the next frame and when it is on the screen."""
        small = self._scaled(frame)
        self._pts = max(round(Fraction(time_s) / self._base), self._pts + 1)
        small.pts, small.time_base, small.duration = self._pts, self._base, 0
        small.pict_type = PictureType.NONE  # what it was coded as before is nothing to the encoder
        if not self._pts:
            self._name_colours(small)
        self._container.mux(self._picture.encode(small))

    def sound(self, block: Floats) -> None:
        """Take the next sound, float32 [n, 2]."""
        sound = np.concatenate([self._waiting, block])
        whole = len(sound) // _AAC_FRAME * _AAC_FRAME
        for first in range(0, whole, _AAC_FRAME):
            self._encode_sound(sound[first : first + _AAC_FRAME])
        self._waiting = sound[whole:].copy()

    def close(self) -> None:
        """Write what is left."""
        self._container.mux(self._picture.encode(None))
        if self._sound is not None:
            if len(self._waiting):
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

    def _sound_stream(self) -> AudioStream:
        options = {"aac_coder": "fast"}
        stream = self._container.add_stream("aac", rate=RATE, layout="stereo", bit_rate=_AAC_BITS, options=options)
        assert isinstance(stream, AudioStream)  # noqa: S101 - what "aac" makes
        return stream

    def _scaled(self, frame: VideoFrame) -> VideoFrame:
        if quarter_turns(frame.rotation):
            upright = scaled(frame, self._scale, self.rows, self.columns)
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
        frame = AudioFrame.from_ndarray(held, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._samples, Fraction(1, RATE)
        self._container.mux(self._sound.encode(frame))
        self._samples += len(part)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], prepare))
