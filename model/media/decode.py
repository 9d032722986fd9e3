"""The single decode pass: demux, decode and shrink on one thread while the detectors work on another."""

from __future__ import annotations

import contextlib
import queue
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from model.errors import BrokenReel, PictureChanged, ReelTooLarge
from model.media.allowed import AUDIO_CODECS
from model.media.container import open_container, picture_stream, translate_pyav_errors
from model.media.limits import Limits
from model.media.picture import quarter_turns, still_scaler, tiny_scaler
from model.media.reel import ALL_FEEDS, Block, Feed, PictureBlock, Pixels, Still
from model.media.sound import SoundFeed
from model.media.ticks import Ticks
from model.media.tracks import TrackUse

BLOCK_FRAMES = 64
STILL_EVERY_S = 0.5
_WAITING_BLOCKS = 8  # what the decoder may run ahead
_LOST_S = 1.0  # this much of the declared length may be missing,
_LOST_SHARE = 0.02  # or this share of it,
_LOST_LEAST_S = 0.1  # but always this much
_MATROSKA_DURATION = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)\0*")


@dataclass(frozen=True, slots=True)
class DecodePlan:
    """What the pass needs to know beforehand.

    Attributes
    ----------
    rate: nominal rate of the picture
    first_pts: presentation time of the first frame, in ticks of the picture stream
    coded, shown: width and height before and after rotation and non-square pixels
    rotation: degrees, as FFmpeg tells it
    uses: what each audio track is decoded for
    """

    rate: Fraction
    first_pts: int | None
    coded: tuple[int, int]
    shown: tuple[int, int]
    rotation: int
    uses: tuple[TrackUse, ...]


@dataclass(frozen=True, slots=True)
class _End:
    """The last thing in the queue: the error that ended the pass, if one did."""

    error: BaseException | None = None


class Pass:
    """Decodes a film once; ``blocks`` yields its feeds, ``close`` stops the decoder wherever it is.

    Attributes
    ----------
    ticks: the clock as far as the picture has been handed on
    watched: frames handed on so far; where no picture is handed on, frames decoded so far
    """

    def __init__(self, path: Path, plan: DecodePlan, limits: Limits, feeds: frozenset[Feed] = ALL_FEEDS) -> None:
        """Start the decoder; only ``feeds`` are made."""
        self.watched = 0
        self.ticks = Ticks(Fraction(1), plan.rate)
        self._path = path
        self._plan = plan
        self._limits = limits
        self._feeds = feeds
        self._queue: queue.Queue[Block | _End] = queue.Queue(_WAITING_BLOCKS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="decode", daemon=True)
        self._thread.start()

    def blocks(self) -> Iterator[Block]:
        """Yield the feeds; raise what ended the pass early."""
        while True:
            block = self._queue.get()
            if isinstance(block, _End):
                if block.error is not None:
                    raise block.error
                return
            if isinstance(block, PictureBlock):
                self.watched = block.first + len(block.tiny)
            elif Feed.PICTURE not in self._feeds:
                self.watched = self.ticks.frames  # the decoder's own count: up to eight blocks ahead
            yield block

    def close(self) -> None:
        """Stop decoding and wait for the thread."""
        self._stop.set()
        while self._thread.is_alive():
            with contextlib.suppress(queue.Empty):
                self._queue.get_nowait()
            self._thread.join(0.01)

    def _run(self) -> None:
        end = _End()
        try:
            with open_container(self._path, self._limits) as container, translate_pyav_errors(self._path.name):
                for block in self._decode(container):
                    self._put(block)
                    if self._stop.is_set():
                        return
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for it
            end = _End(error)
        self._put(end)

    def _put(self, block: Block | _End) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(block, timeout=0.1)
                return

    def _decode(self, container: InputContainer) -> Iterator[Block]:
        name = self._path.name
        picture = picture_stream(container, name, self._limits)
        time_base = picture.time_base or Fraction(1, 90_000)
        self.ticks = Ticks(time_base, self._plan.rate)
        feed = _PictureFeed(self._plan, self.ticks, name, self._limits, self._feeds)
        wanted = self._plan.uses if Feed.SOUND in self._feeds else ()
        tracks = dict.fromkeys(use.track for use in wanted)
        audio = {track: container.streams.audio[track] for track in tracks}
        usable = {stream.index: track for track, stream in audio.items() if _decodable(stream)}
        uses = tuple(use for use in wanted if use.track in usable.values())
        sound = SoundFeed(uses, (self._plan.first_pts or 0) * time_base)
        lost = 0
        for packet in container.demux(picture, *(s for s in audio.values() if s.index in usable)):
            frames = decode_packet(packet)
            lost += frames is None and packet.stream.index == picture.index
            for frame in frames or ():
                if isinstance(frame, VideoFrame):
                    yield from feed.push(frame)
                elif isinstance(frame, AudioFrame):
                    sound.tracks[usable[packet.stream.index]].push(frame)
            if packet.stream.index != picture.index:
                yield from sound.blocks(self.ticks.end_s)
        yield from feed.rest()
        _check_whole(picture, self.ticks, lost, name)
        yield from sound.rest(self.ticks.end_s)


class _PictureFeed:
    """Gathers frames into picture blocks and picks the stills."""

    def __init__(self, plan: DecodePlan, ticks: Ticks, name: str, limits: Limits, feeds: frozenset[Feed]) -> None:
        turns = quarter_turns(plan.rotation)
        self._tiny = tiny_scaler(turns)
        self._still = still_scaler(*plan.shown, turns)
        self._coded = plan.coded
        self._ticks = ticks
        self._name = name
        self._limits = limits
        self._feeds = feeds
        self._times: list[float] = []
        self._pixels: list[Pixels] = []
        self._next_still_s = 0.0

    def push(self, frame: VideoFrame) -> Iterator[Block]:
        """Take the next frame."""
        self._check(frame)
        index = self._ticks.frames
        time_s = self._ticks.add(frame.pts, frame.duration)
        if Feed.PICTURE in self._feeds:
            self._times.append(time_s)
            self._pixels.append(self._tiny(frame))
        if len(self._times) == BLOCK_FRAMES:
            yield from self.rest()
        if Feed.STILL in self._feeds and time_s >= self._next_still_s - 1e-6:
            self._next_still_s = (time_s // STILL_EVERY_S + 1) * STILL_EVERY_S
            yield Still(index, time_s, self._still(frame))

    def rest(self) -> Iterator[PictureBlock]:
        """Hand on the frames gathered so far."""
        if self._times:
            first = self._ticks.frames - len(self._times)
            yield PictureBlock(first, np.array(self._times, dtype=np.float64), np.stack(self._pixels))
        self._times, self._pixels = [], []

    def _check(self, frame: VideoFrame) -> None:
        if (frame.width, frame.height) != self._coded:
            was, now = "{} x {}".format(*self._coded), f"{frame.width} x {frame.height}"
            message = f"The picture of {self._name} changes from {was} to {now} at frame {self._ticks.frames}."
            raise PictureChanged(message, hint="Export the reel again at one size.")
        if self._ticks.frames >= self._limits.frames or self._ticks.end_s > self._limits.seconds:
            message = f"{self._name} goes on past {self._ticks.frames} frames: longer than any reel."
            raise ReelTooLarge(message, hint="Split it into reels.")


def decode_packet(packet: Packet[Any]) -> list[VideoFrame | AudioFrame] | None:
    """Decode a packet; None if it is damaged: the clock will show the gap."""
    try:
        return [f for f in packet.decode() if isinstance(f, VideoFrame | AudioFrame)]
    except (av.error.InvalidDataError, av.error.EOFError):
        return None


def _decodable(stream: AudioStream) -> bool:
    """Whether the sound's codec is on the list; a reel with other sound is treated as one without."""
    return stream.codec_context is not None and stream.codec_context.name in AUDIO_CODECS


def _check_whole(picture: VideoStream, ticks: Ticks, lost: int, name: str) -> None:
    """Compare the picture with what the file declares; raise BrokenReel if too much is missing."""
    declared = read_declared_length_s(picture)
    allowed = min(_LOST_S, max(_LOST_SHARE * declared, _LOST_LEAST_S))
    if declared - ticks.skipped_s - ticks.end_s > allowed:
        message = f"{name} breaks off after {ticks.end_s:.1f} of {declared:.1f} seconds."
        raise BrokenReel(message, hint="Copy or export the file again.")
    if lost > max(1, _LOST_SHARE * ticks.frames):
        message = f"{name} is damaged: {lost} pieces of its picture cannot be decoded."
        raise BrokenReel(message, hint="Copy or export the file again.")


def read_declared_length_s(picture: VideoStream) -> float:
    """Return how long the file says its picture lasts, in seconds; 0 if it does not say.

    Matroska writes the end of each track, counted from zero, as a tag. Of a cut AVI file FFmpeg shortens the length
    but not the header's count of frames.
    """
    if picture.container.format.name == "avi" and picture.frames and picture.average_rate:
        return float(picture.frames / picture.average_rate)
    if picture.duration and picture.time_base:
        return float(picture.duration * picture.time_base)
    clock = _MATROSKA_DURATION.fullmatch(picture.metadata.get("DURATION", ""))
    if clock is None:
        return 0.0
    start = float((picture.start_time or 0) * (picture.time_base or 0))
    return int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3]) - start
