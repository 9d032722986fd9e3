"""The 1080p reel of the speed figures, made once from the real film and repeated to any length."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.frame import PictureType
from platformdirs import user_cache_path

from data_tools.benchmark.table import data_folder

BIT_RATE = 8_000_000  # bits a second, see the conventions of speed.py


def make_reel_1080(minutes: int) -> Path:
    """Return a 1080p24 H.264 film of that length, made if it is not in the cache yet."""
    folder = user_cache_path("cuelight") / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    once = folder / "reel_1080_once.mp4"
    if not once.exists():
        _enlarge(data_folder() / "films" / "agent327_360p.mp4", once)
    film = folder / f"reel_1080_{minutes}min.mp4"
    if not film.exists():
        _repeat(once, film, minutes * 60)
    return film


def _enlarge(source: Path, target: Path) -> None:
    partial = target.with_suffix(".partial.mp4")
    with av.open(str(source)) as film, av.open(str(partial), "w") as out:
        picture = out.add_stream("libx264", rate=Fraction(24))
        picture.width, picture.height, picture.pix_fmt = 1920, 1080, "yuv420p"
        picture.bit_rate = BIT_RATE
        picture.options = {"preset": "veryfast"}
        sound = out.add_stream("aac", rate=48000)
        count = 0
        for frame in film.decode(video=0, audio=0):
            if isinstance(frame, av.VideoFrame):
                large = frame.reformat(1920, 1080, "yuv420p", interpolation="BICUBIC")
                large.pts, large.time_base, count = count, Fraction(1, 24), count + 1
                large.pict_type = PictureType.NONE
                out.mux(picture.encode(large))
            elif isinstance(frame, av.AudioFrame):
                frame.pts = None
                out.mux(sound.encode(frame))
        out.mux(picture.encode(None))
        out.mux(sound.encode(None))
    partial.replace(target)


def _repeat(source: Path, target: Path, seconds: int) -> None:
    """Copy the packets again and again, shifted in time, until the film is long enough."""
    partial = target.with_suffix(".partial.mp4")
    with av.open(str(partial), "w") as out, av.open(str(source)) as template:
        length = Fraction(template.streams.video[0].frames, 24)
        first = (template.streams.video[0], template.streams.audio[0])
        # all streams before the first packet: the header is written with it
        streams: dict[str, Any] = {stream.type: out.add_stream_from_template(stream) for stream in first}
        for turn in range(-(-seconds // length)):
            _copy(source, out, streams, turn * length, min((turn + 1) * length, Fraction(seconds)))
    partial.replace(target)


def _copy(source: Path, out: Any, streams: dict[str, Any], offset_s: Fraction, until_s: Fraction) -> None:
    """Copy one turn's packets, ``offset_s`` later, as far as ``until_s``."""
    with av.open(str(source)) as film:
        for packet in film.demux(video=0, audio=0):
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            at_s = offset_s + packet.dts * packet.time_base
            if at_s >= until_s or (offset_s and packet.dts < 0 and packet.stream.type == "audio"):
                continue  # sound that sticks out at either end would overlap the turn beside it
            shift = round(offset_s / packet.time_base)
            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
            packet.stream = streams[packet.stream.type]
            out.mux(packet)
