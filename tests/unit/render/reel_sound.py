"""The sound of a reel decoded the plain way: whole tracks, one after the other.

The product decodes picture and sound in one pass, in the sandbox (``model.render.review_sound``); this is what it must
equal, sample for sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from av.audio.frame import AudioFrame
from av.container import InputContainer

from model.media.container import open_container, translate_pyav_errors
from model.media.decode import decode_packet
from model.media.limits import Limits
from model.media.reel import ReelInfo
from model.media.sound import TrackFeed, place_part
from model.media.tracks import TrackUse
from model.render.engine import RATE, Floats
from model.render.film_sound import FilmSound, has_split_tracks, picture_zero, uses_under_music
from model.render.scratch import make_long_sound


def reel_sound(path: Path, info: ReelInfo, seconds: float) -> FilmSound | None:
    """Decode the sound of a reel; None for a silent film."""
    limits = Limits()
    split = has_split_tracks(info)
    with open_container(path, limits) as container, translate_pyav_errors(path.name):
        zero = picture_zero(container, path.name, limits)
        uses = uses_under_music(container, info)
    if not uses:
        return None
    sound = make_long_sound(round(seconds * RATE), None)
    with open_container(path, limits) as container, translate_pyav_errors(path.name):
        for use in uses:
            _add_track(container, use, zero, sound)
            container.seek(0)
    return FilmSound(sound, split)


def _add_track(container: InputContainer, use: TrackUse, zero: Fraction, into: Floats) -> None:
    at = 0
    for part in _track(container, use, zero):
        end = min(at + len(part), len(into))
        into[at:end] += place_part(part[: end - at], use)
        at = end


def _track(container: InputContainer, use: TrackUse, zero: Fraction) -> Iterator[Floats]:
    feed = TrackFeed(zero)
    for packet in container.demux(container.streams.audio[use.track]):
        for frame in decode_packet(packet) or ():
            if isinstance(frame, AudioFrame):
                feed.push(frame)
        if feed.available >= RATE:
            yield feed.take(feed.available)
    feed.flush()
    yield feed.take(feed.available)
