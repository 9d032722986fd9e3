"""The film's own sound at 48 kHz stereo, without its music where the reel has split tracks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer
from av.video.frame import VideoFrame

from model.media.allowed import AUDIO_CODECS
from model.media.container import picture_stream
from model.media.decode import decode_packet
from model.media.limits import Limits
from model.media.reel import ReelInfo
from model.media.tracks import MIX, SIDES, TrackUse, plan, sides_of
from model.render.engine import RATE, Floats

_KEPT = frozenset({"dialogue", "effects"})
_AT_A_TIME = RATE


@dataclass(frozen=True, slots=True)
class FilmSound:
    """What is heard besides our music.

    Attributes
    ----------
    sound: float32 [n, 2] at 48 kHz from the reel's first frame, as long as the picture
    music_free: whether the film's own music was left out: only dialogue and effects tracks were taken
    """

    sound: Floats
    music_free: bool


def has_split_tracks(info: ReelInfo) -> bool:
    """Tell whether the film's music can be left out: what else is heard comes on tracks of its own.

    That is so with tracks for dialogue and effects; with dialogue and music split, where no track is the mix; or with
    dialogue and effects on one side of the mix and music on the other.
    """
    roles = {track.role for track in info.audio}
    return SIDES in roles or roles >= _KEPT or (MIX not in roles and roles >= {"dialogue", "music"})


def uses_as_heard(container: InputContainer, info: ReelInfo) -> tuple[TrackUse, ...]:
    """Choose the tracks of the reel's own mix, those that can be decoded."""
    default = next((i for i, s in enumerate(container.streams.audio) if s.disposition & 1), 0)
    return tuple(use for use in plan(info.audio, default) if use.in_mix and _decodable(container, use))


def uses_under_music(container: InputContainer, info: ReelInfo) -> tuple[TrackUse, ...]:
    """Choose the tracks that stay under our music."""
    if not has_split_tracks(info):
        return uses_as_heard(container, info)
    return _apart(container, info, _KEPT)


def uses_of_music(container: InputContainer, info: ReelInfo) -> tuple[TrackUse, ...]:
    """Choose the tracks of the film's own music, if it can be heard apart from all the rest; else none."""
    if not has_split_tracks(info) or not uses_under_music(container, info):
        return ()
    return _apart(container, info, frozenset({"music"}))


def _apart(container: InputContainer, info: ReelInfo, roles: frozenset[str]) -> tuple[TrackUse, ...]:
    """Choose by what they carry: sides, where they were told apart, else tracks."""
    uses = sides_of(info.audio) or tuple(TrackUse(track.index, stem=track.role) for track in info.audio)
    return tuple(use for use in uses if use.stem in roles and _decodable(container, use))


def picture_zero(container: InputContainer, name: str, limits: Limits) -> Fraction:
    """Time of the first picture frame in the container's own count."""
    stream = picture_stream(container, name, limits)
    for packet in container.demux(stream):
        for frame in decode_packet(packet) or ():
            if isinstance(frame, VideoFrame):
                return (frame.pts or 0) * (stream.time_base or Fraction(0))
    return Fraction(0)


def _decodable(container: InputContainer, use: TrackUse) -> bool:
    stream = container.streams.audio[use.track]
    return stream.codec_context is not None and stream.codec_context.name in AUDIO_CODECS
