"""From decoded sound to the sound feeds: aligned to the picture, folded down, at both rates.

Fold-down is ITU-R BS.775 (Lo/Ro): centre and surrounds at -3 dB, no LFE, done by swresample in floats. Nothing is
scaled down to make room: floats do not clip, and unscaled the loudness of the fold-down stays the loudness of the
surround mix. A mono track plays at -3 dB on both sides, for the same reason.

The 16 kHz feed is the mean of both sides through a linear-phase low-pass, every third sample.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from model.media.reel import MONO_RATE, STEREO_RATE, Floats, SoundBlock
from model.media.tracks import TrackUse

_RATIO = STEREO_RATE // MONO_RATE
_HALF = 60  # low-pass of 121 taps, a multiple of the ratio on each side
_CUT_HZ = 7_600
_JITTER_S = 0.05  # smaller disagreements between count and timestamps are ignored
_GAP_S = 10  # larger ones mean that the timestamps began a new count
_LATE_S = 600  # sound that claims to start further than this from its picture has wrong timestamps
_AHEAD = 30 * STEREO_RATE  # how long sound may wait for the picture or for another track
_SIDES = {"left": (2**0.5, 0.0), "right": (0.0, 2**0.5)}
_TAKEN = {"left": slice(0, 1), "right": slice(1, 2)}


def place_part(part: Floats, use: TrackUse) -> Floats:
    """Return what a use takes of its track, where it plays; both float32 [n, 2].

    A mono track of a pair goes to its side; one side of a stereo track goes to both, 3 dB down as any mono track.
    """
    if use.taken in _TAKEN:
        return np.repeat(part[:, _TAKEN[use.taken]] * np.float32(0.5**0.5), 2, axis=1)
    gains = _SIDES.get(use.side)
    return part if gains is None else part.mean(axis=1, keepdims=True) * np.array(gains, np.float32)


class TrackFeed:
    """One track as a gapless stream of 48 kHz stereo that begins at the reel's second zero."""

    def __init__(self, zero_s: Fraction) -> None:
        """Prepare to take the track's frames; ``zero_s`` is second zero in the container's own time."""
        self._zero_s = float(zero_s)
        self._resampler: AudioResampler | None = None
        self._shape: tuple[str, int, str] | None = None
        self._parts: deque[Floats] = deque()
        self._expected_s: float | None = None  # where the next frame's timestamp should be
        self._position = 0  # where the next resampled sample belongs
        self._placed = 0  # samples placed since second zero
        self._taken = 0  # samples handed on

    @property
    def available(self) -> int:
        """Samples ready to be taken."""
        return self._placed - self._taken

    def push(self, frame: AudioFrame) -> None:
        """Take a decoded frame."""
        shape = (frame.format.name, frame.sample_rate, frame.layout.name)
        if shape != self._shape:
            self.flush()
            self._resampler, self._shape = AudioResampler("flt", "stereo", STEREO_RATE), shape
        if frame.time is not None:
            self._align(frame.time - self._zero_s, frame.samples / frame.sample_rate)
        frame.pts = None
        self._resample(frame)

    def flush(self) -> None:
        """Draw the last samples out of the resampler."""
        self._resample(None)
        self._resampler = self._shape = None

    def pad_to(self, samples: int) -> None:
        """Add silence until ``samples`` are available."""
        if samples > self.available:
            self._append(_silence(samples - self.available))

    def take(self, samples: int) -> Floats:
        """Hand on float32 [samples, 2]."""
        out: list[Floats] = []
        missing = samples
        while missing:
            part = self._parts.popleft()
            if len(part) > missing:
                self._parts.appendleft(part[missing:])
                part = part[:missing]
            out.append(part)
            missing -= len(part)
        self._taken += samples
        return np.concatenate(out) if len(out) != 1 else out[0]

    def _align(self, at_s: float, length_s: float) -> None:
        expected, self._expected_s = self._expected_s, at_s + length_s
        if expected is None:
            self._position = round(at_s * STEREO_RATE) if abs(at_s) < _LATE_S else 0
        elif _JITTER_S < abs(at_s - expected) <= _GAP_S:
            self._resample(None)
            self._resampler = AudioResampler("flt", "stereo", STEREO_RATE)
            self._position += round((at_s - expected) * STEREO_RATE)

    def _resample(self, frame: AudioFrame | None) -> None:
        for out in self._resampler.resample(frame) if self._resampler is not None else ():
            part = np.frombuffer(out.planes[0], np.float32, 2 * out.samples).reshape(-1, 2)  # type: ignore[call-overload]
            if self._position > self._placed:
                self._append(_silence(self._position - self._placed))
            overlap = min(len(part), self._placed - self._position)
            self._append(part[overlap:])
            self._position += len(part)

    def _append(self, part: Floats) -> None:
        if len(part):
            self._parts.append(part)
            self._placed += len(part)


class Decimator:
    """One in three samples after a low-pass; output ``k`` is centred on input ``3k``."""

    def __init__(self) -> None:
        """Begin in silence."""
        self._buffer: Floats = np.zeros(_HALF, dtype=np.float32)

    def push(self, samples: Floats) -> Floats:
        """Take float32 [n]; return the outputs whose whole surroundings are known."""
        self._buffer = np.concatenate([self._buffer, samples])
        ready = (len(self._buffer) - 2 * _HALF - 1) // _RATIO + 1
        if ready <= 0:
            return np.zeros(0, dtype=np.float32)
        last = (ready - 1) * _RATIO + 2 * _HALF + 1
        out = np.zeros(ready, dtype=np.float32)
        for phase in range(_RATIO):  # every third sample against every third tap: nothing is computed and thrown away
            out += np.correlate(self._buffer[phase:last:_RATIO], _LOW_PASS[phase::_RATIO], "valid")[:ready]
        self._buffer = self._buffer[ready * _RATIO :]
        return out


def _low_pass() -> Floats:
    """Window a sinc: linear phase, unity at 0 Hz, -6 dB at the cut."""
    cut = 2 * _CUT_HZ / STEREO_RATE
    taps = np.sinc(cut * np.arange(-_HALF, _HALF + 1)) * np.kaiser(2 * _HALF + 1, 7.0)
    low_pass: Floats = (taps / taps.sum()).astype(np.float32)
    return low_pass


_LOW_PASS = _low_pass()


class SoundFeed:
    """All tracks of a reel, mixed into sound blocks of one second."""

    def __init__(self, uses: tuple[TrackUse, ...], zero_s: Fraction) -> None:
        """Prepare the feeds of the tracks in ``uses``."""
        self._uses = uses
        self.tracks = {use.track: TrackFeed(zero_s) for use in uses}
        stems = sorted({use.stem for use in uses if use.stem})
        self._decimators = {name: Decimator() for name in ("", *stems)}
        self._low: dict[str, list[Floats]] = {name: [] for name in self._decimators}
        self._high: list[Floats] = []
        self._mixed = 0
        self._sent = 0

    def blocks(self, picture_s: float) -> Iterator[SoundBlock]:
        """Hand on the whole seconds that are complete and whose picture, up to ``picture_s``, is known."""
        if not self.tracks:
            return
        longest = max(feed.available for feed in self.tracks.values())
        for feed in self.tracks.values():
            feed.pad_to(longest - _AHEAD)
        ready = min(feed.available for feed in self.tracks.values())
        ahead = self._mixed + ready - round(picture_s * STEREO_RATE)
        if ahead > 0:
            ready -= min(ahead, _AHEAD)
        if ready >= STEREO_RATE + _HALF:
            self._mix(ready)
            yield from self._send(STEREO_RATE)

    def rest(self, end_s: float) -> Iterator[SoundBlock]:
        """Hand on what is left, cut or filled with silence to the end of the picture."""
        if not self.tracks:
            return
        end = max(round(end_s * MONO_RATE) * _RATIO, self._sent)
        for feed in self.tracks.values():
            feed.flush()
            feed.pad_to(end - self._mixed)
        if end > self._mixed:
            self._mix(end - self._mixed)
        for name, decimator in self._decimators.items():
            self._low[name].append(decimator.push(np.zeros(_HALF, dtype=np.float32)))
        yield from self._send(1, end)

    def _mix(self, samples: int) -> None:
        stereo = np.zeros((samples, 2), dtype=np.float32)
        stems = {name: np.zeros(samples, dtype=np.float32) for name in self._decimators if name}
        parts = {track: feed.take(samples) for track, feed in self.tracks.items()}
        for use in self._uses:
            part = place_part(parts[use.track], use)
            if use.in_mix:
                stereo += part
            if use.stem:
                stems[use.stem] += part.mean(axis=1)
        self._high.append(stereo)
        for name, decimator in self._decimators.items():
            self._low[name].append(decimator.push(stems[name] if name else stereo.mean(axis=1)))
        self._mixed += samples

    def _send(self, least: int, end: int | None = None) -> Iterator[SoundBlock]:
        """Cut blocks of a second from what is mixed, down to ``least`` samples at the end."""
        high = np.concatenate(self._high)
        low = {name: np.concatenate(parts) for name, parts in self._low.items()}
        done = 0
        while True:
            known = min(len(low[""]) * _RATIO, len(high)) - done
            size = min(STEREO_RATE, known if end is None else min(known, end - self._sent)) // _RATIO * _RATIO
            if size < least:
                break
            cut = slice(done // _RATIO, (done + size) // _RATIO)
            stems = {name: part[cut] for name, part in low.items() if name}
            yield SoundBlock(self._sent, high[done : done + size], low[""][cut], stems)
            done += size
            self._sent += size
        self._high = [high[done:]]
        self._low = {name: [part[done // _RATIO :]] for name, part in low.items()}


def _silence(samples: int) -> Floats:
    """Return float32 [samples, 2] of zeros that takes no memory."""
    return np.broadcast_to(np.zeros((1, 2), dtype=np.float32), (samples, 2))
