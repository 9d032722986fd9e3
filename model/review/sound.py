"""The reel's sound while it is decoded beside the picture: as it is heard, as it stays under our music, and its music.

The same samples as decoding whole tracks gives, handed on as they come: memory does not grow with the reel's length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame

from model.media.sound import TrackFeed, place_part
from model.media.tracks import TrackUse
from model.render.engine import RATE, Floats

_AHEAD = 30 * RATE  # how long sound may wait for the picture, or for another track
_AT_A_TIME = RATE


@dataclass(frozen=True, slots=True)
class ReviewSoundPart:
    """Some consecutive sound, float32 [n, 2] each.

    Attributes
    ----------
    whole: the reel's own mix
    under_music: what stays of it under our music
    music: the reel's own music, where that is heard apart; else None
    """

    whole: Floats
    under_music: Floats
    music: Floats | None = None


class ReviewSound:
    """Tracks in, mixes out."""

    def __init__(
        self,
        heard: tuple[TrackUse, ...],
        under_music: tuple[TrackUse, ...],
        zero: Fraction,
        music: tuple[TrackUse, ...] = (),
    ) -> None:
        """Prepare for the tracks of each mix; ``zero`` is second zero in the container's own time."""
        self._heard, self._under, self._music = heard, under_music, music
        self._feeds = {use.track: TrackFeed(zero) for use in (*heard, *under_music, *music)}
        self._done = 0

    @property
    def tracks(self) -> tuple[int, ...]:
        """Numbers of the audio tracks to decode."""
        return tuple(sorted(self._feeds))

    @property
    def music_apart(self) -> bool:
        """Whether the reel's own music is heard apart."""
        return bool(self._music)

    def push(self, track: int, frame: AudioFrame) -> None:
        """Take a decoded frame of a track."""
        self._feeds[track].push(frame)

    def take_ready(self, picture_s: float) -> Iterator[ReviewSoundPart]:
        """Hand on what is complete and whose picture, up to ``picture_s``, is known."""
        if not self._feeds:
            return
        longest = max(feed.available for feed in self._feeds.values())
        for feed in self._feeds.values():
            feed.pad_to(longest - _AHEAD)
        ready = min(feed.available for feed in self._feeds.values())
        ahead = self._done + ready - round(picture_s * RATE)
        ready -= min(max(ahead, 0), _AHEAD)
        if ready >= _AT_A_TIME:
            yield self._mix(ready)

    def rest(self, end_s: float) -> Iterator[ReviewSoundPart]:
        """Hand on what is left, cut or filled with silence to the end of the picture."""
        end = round(end_s * RATE)
        for feed in self._feeds.values():
            feed.flush()
        while self._feeds and self._done < end:
            size = min(end - self._done, _AT_A_TIME)
            for feed in self._feeds.values():
                feed.pad_to(size)
            yield self._mix(size)

    def _mix(self, samples: int) -> ReviewSoundPart:
        parts = {track: feed.take(samples) for track, feed in self._feeds.items()}
        self._done += samples
        under = _sum(parts, self._under, samples)
        whole = under if self._heard == self._under else _sum(parts, self._heard, samples)
        return ReviewSoundPart(whole, under, _sum(parts, self._music, samples) if self._music else None)


def _sum(parts: dict[int, Floats], uses: tuple[TrackUse, ...], samples: int) -> Floats:
    out: Floats = np.zeros((samples, 2), np.float32)
    for use in uses:
        out += place_part(parts[use.track], use)
    return out
