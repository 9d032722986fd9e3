"""The child that prepares a reel for the browser: one decode, three files.

Started by :func:`model.review.film.prepare_review` in the sandbox. Decoded frames go to the encoder as they are
where they are small enough already; else they are scaled once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from model.documents import decode, encode
from model.errors import DiskFull, OutputError, OutputUnwritable, ReelTooLarge
from model.media.container import open_container, picture_stream, translate_pyav_errors
from model.media.decode import decode_packet
from model.media.limits import Limits
from model.media.reel import ReelInfo
from model.media.ticks import Ticks
from model.progress import Progress
from model.render.engine import Floats
from model.render.film_sound import (
    has_split_tracks,
    picture_zero,
    uses_as_heard,
    uses_of_music,
    uses_under_music,
)
from model.render.flac import FlacWriter, flac_file
from model.review.film import PICTURE, SOUND, WAVEFORM, ReviewAsked, ReviewMade
from model.review.picture import FINE, Layout, PictureFile, picture_file
from model.review.sound import ReviewSound, ReviewSoundPart
from model.review.waveform import WaveformMaker
from model.runtime.child import ChildRequest, main

_STEREO, _MUSIC_APART = Layout("stereo", 160_000), Layout("5.1", 288_000)
_EVERY = 8  # frames between two words of progress


def prepare(request: ChildRequest, progress: Progress) -> bytes:
    """Make the files in the one folder the child may write to; return what they are."""
    asked = decode(ReviewAsked, request.task.encode("utf-8", "surrogatepass"))
    try:
        return encode(make_review(Path(request.path), asked.info, Path(request.out), progress))
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
        picture = stack.enter_context(picture_file(out / PICTURE, info, _shape(sound)))
        files = [stack.enter_context(flac_file(out / SOUND, 24))] if sound.tracks else []
        waveform = WaveformMaker()
        ticks = _Pass(film, info, sound, picture, files, waveform).run(progress)
    if files:
        (out / WAVEFORM).write_bytes(waveform.encode())
    return ReviewMade(
        frames=ticks.frames,
        rows=picture.rows,
        columns=picture.columns,
        end_s=ticks.end_s,
        samples=sum(file.samples for file in files),
        clipped=sum(file.clipped for file in files),
        music_free=bool(files) and has_split_tracks(info),
        music_apart=sound.music_apart,
    )


def _sound_of(film: Path, info: ReelInfo) -> ReviewSound:
    with open_container(film, Limits()) as container, translate_pyav_errors(film.name):
        if not container.streams.audio:
            return ReviewSound((), (), Fraction(0))
        heard, under = uses_as_heard(container, info), uses_under_music(container, info)
        zero = picture_zero(container, film.name, Limits())
        return ReviewSound(heard, under, zero, uses_of_music(container, info))


def _shape(sound: ReviewSound) -> Layout | None:
    """Choose how the browser's film carries its sound: not at all, in stereo, or with its music apart."""
    if not sound.tracks:
        return None
    return _MUSIC_APART if sound.music_apart else _STEREO


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A frame of the picture (``track`` is None) or of an audio track; ``time_base`` of the picture's own count."""

    frame: VideoFrame | AudioFrame
    track: int | None
    time_base: Fraction


def _frames(film: Path, tracks: tuple[int, ...]) -> Iterator[_Decoded]:
    """Decode picture and sound in the order of the file."""
    with open_container(film, Limits()) as container, translate_pyav_errors(film.name):
        stream = picture_stream(container, film.name, Limits())
        audio = {container.streams.audio[track].index: track for track in tracks}
        base = stream.time_base or Fraction(1, FINE)
        for packet in container.demux(stream, *(container.streams.audio[track] for track in tracks)):
            for frame in decode_packet(packet) or ():
                yield _Decoded(frame, audio.get(packet.stream.index), base)


class _Pass:
    """The one decode, and where its frames go."""

    def __init__(
        self,
        film: Path,
        info: ReelInfo,
        sound: ReviewSound,
        picture: PictureFile,
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
                self._hear(self._sound.take_ready(self._ticks.end_s))
        ticks = self._ticks or Ticks(Fraction(1, FINE), self._info.timebase.rate)
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

    def _hear(self, parts: Iterator[ReviewSoundPart]) -> None:
        for part in parts:
            self._picture.sound(_for_browser(part))
            for file in self._files:
                file.push(part.under_music)
            self._waveform.push(part.whole)


def _for_browser(part: ReviewSoundPart) -> Floats:
    """Lay out a part: stereo as heard; or 5.1 with dialogue and effects in front and the film's own music behind."""
    if part.music is None:
        return part.whole
    nothing = np.zeros_like(part.music)  # centre and LFE
    return np.concatenate([part.under_music, nothing, part.music], axis=1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], prepare))
