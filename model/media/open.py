"""``open_reel``: the first word of the story."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from model.errors import BrokenReel, EmptyReel, ReelTooLarge
from model.media.container import check_file, open_container, picture_stream, translate_pyav_errors
from model.media.decode import DecodePlan, Pass, decode_packet
from model.media.facts import audio_tracks, label_rate, shown_size, timebase_of
from model.media.limits import Limits
from model.media.reel import ALL_FEEDS, Block, Clock, Feed, ReelInfo
from model.media.tracks import plan, with_dialogue, with_sides
from model.progress import Progress, ignore_progress

_PROBE_PACKETS = 2000  # packets without a single decodable frame: the picture is beyond use


class Reel:
    """A film, opened: its facts now, its feeds in one pass, its exact clock afterwards.

    Attributes
    ----------
    info: the facts; ``frames`` and ``variable_rate`` are the container's claims until the pass is over
    """

    def __init__(self, path: Path, info: ReelInfo, plan: DecodePlan, limits: Limits) -> None:
        """Hold on to what :func:`open_reel` found."""
        self.info = info
        self._path = path
        self._plan = plan
        self._limits = limits
        self._clock: Clock | None = None

    @property
    def clock(self) -> Clock:
        """When each frame is on the screen; known once the blocks have gone by."""
        if self._clock is None:
            message = "The clock of a reel is known only after its blocks have been read to the end."
            raise RuntimeError(message)
        return self._clock

    def final_info(self) -> ReelInfo:
        """Return the facts with the exact number of frames; known once the blocks have gone by."""
        return replace(self.info, frames=len(self.clock.times_s))

    def blocks(self, progress: Progress = ignore_progress, feeds: frozenset[Feed] = ALL_FEEDS) -> Iterator[Block]:
        """Decode the reel once, from the first frame to the last; memory does not grow with its length.

        Picture in blocks of up to 64 tiny frames, about two stills a second, sound in blocks of one second, each in
        order and roughly interleaved. Sound is cut, or filled with silence, to the length of the picture. Only
        ``feeds`` are made; the picture is decoded in any case, for the clock.
        Raises BrokenReel, PictureChanged or ReelTooLarge when the film turns out that way.
        """
        with closing(Pass(self._path, self._plan, self._limits, feeds)) as one:
            for block in one.blocks():
                yield block
                progress("watch", one.watched, max(self.info.frames, one.watched))
        self._clock = one.ticks.clock()
        self.info = replace(self.info, frames=one.ticks.frames, variable_rate=one.ticks.variable)


def open_reel(
    path: str | Path,
    *,
    start_timecode: str = "",
    dialogue_track: int | None = None,
    sides: bool = False,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Reel:
    """Open a film and read its facts; nothing but its first frame is decoded.

    Parameters
    ----------
    path: the film; its name is data and decides nothing
    start_timecode: label of the first frame, overriding the file's own; ``;`` before the frames means drop-frame
    dialogue_track: number of the audio track that carries dialogue alone, overriding the tracks' names
    sides: dialogue and effects are on the left side of the mix, the temp music on its right

    Raises ReelMissing, NotAFilm, BrokenReel, NoPicture, EmptyReel, CodecRefused, ReelTooLarge, TimecodeInvalid or
    TrackInvalid.
    """
    film = Path(path)
    check_file(film)
    with open_container(film, limits) as container:
        stream = picture_stream(container, film.name, limits)
        first = _first_frame(container, stream, film.name)
        rate = label_rate(stream.average_rate, stream.base_rate)
        width, height = shown_size(stream, first)
        tracks = with_dialogue(audio_tracks(container.streams.audio), dialogue_track)
        default = next((i for i, s in enumerate(container.streams.audio) if s.disposition & 1), 0)
        if sides:
            tracks = with_sides(tracks, default)
        info = ReelInfo(
            name=film.name,
            sha256="",
            timebase=timebase_of(container, rate, start_timecode),
            frames=_claimed_frames(container, stream),
            width=width,
            height=height,
            container=container.format.name.split(",")[0],
            video_codec=stream.codec_context.codec.canonical_name,
            variable_rate=_claims_variable(stream),
            audio=tracks,
        )
        intent = DecodePlan(
            rate=rate,
            first_pts=first.pts,
            coded=(first.width, first.height),
            shown=(width, height),
            rotation=first.rotation,
            uses=plan(tracks, default, forced_first=dialogue_track == 0),
        )
    return Reel(film, replace(info, sha256=hash_file(film)), intent, limits)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_frame(container: InputContainer, stream: VideoStream, name: str) -> VideoFrame:
    """Decode the first frame; raise EmptyReel or BrokenReel if there is none."""
    packets = 0
    with translate_pyav_errors(name), _within_pixels(name):
        for packet in container.demux(stream):
            packets += packet.size > 0
            for frame in decode_packet(packet) or ():
                if isinstance(frame, VideoFrame):
                    return frame
            if packets > _PROBE_PACKETS:
                break
    if packets:
        message = f"Not one frame of {name} can be decoded."
        raise BrokenReel(message, hint="Copy or export the file again.")
    if stream.frames > 0:
        message = f"{name} is cut off before its first frame."
        raise BrokenReel(message, hint="Copy or export the file again.")
    message = f"{name} holds no frame."
    raise EmptyReel(message, hint="Check the export's in and out points.")


@contextlib.contextmanager
def _within_pixels(name: str) -> Generator[None]:
    """Explain the decoder's refusal of a picture whose size only the decoder could see."""
    try:
        yield
    except av.error.ArgumentError as error:
        message = f"The picture of {name} is larger than accepted, or what it says about its size is damaged."
        raise ReelTooLarge(message, hint="Export it at 4K or smaller.") from error


def _claimed_frames(container: InputContainer, stream: VideoStream) -> int:
    if stream.frames > 0:
        return stream.frames
    rate = stream.average_rate or stream.base_rate or 0
    if stream.duration and stream.time_base:
        return round(stream.duration * stream.time_base * rate)
    return round((container.duration or 0) * rate / 1_000_000)


def _claims_variable(stream: VideoStream) -> bool:
    average, base = stream.average_rate, stream.base_rate
    return average is not None and base is not None and abs(average - base) > base / 1000
