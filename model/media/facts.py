"""What a reel's container says about it, before the decode pass: rate, start timecode, shape, audio tracks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from model.errors import RateInvalid, TimecodeInvalid
from model.media.picture import quarter_turns
from model.media.reel import AudioTrack
from model.media.tracks import role_of
from model.time import Timebase, exact_rate

STANDARD_RATES = (
    *(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)),
    *(Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)),
)
_EXACT = Fraction(3, 10_000)  # 23.976 and 24 differ by ten in ten thousand
_PLAIN_HANDLERS = ("soundhandler", "core media audio", "apple sound media handler", "mainconcept", "gpac", "l-smash")
_WIDEST_PIXEL = 8  # width over height of a pixel, or height over width; beyond it square pixels are assumed


def label_rate(average: Fraction | None, base: Fraction | None) -> Fraction:
    """Find the rate at which a reel's frames are counted and labelled.

    A rate within 0.03 % of a standard one is that; another whole rate is believed; anything else comes from a variable
    rate (or from a container that rounds) and goes to the base rate if that is a standard one near it, else to the
    nearest standard rate.
    """
    rate = average or base or Fraction(25)
    nearest = min((abs(standard - rate), standard) for standard in STANDARD_RATES)[1]
    if abs(nearest - rate) <= nearest * _EXACT:
        return nearest
    if rate.denominator == 1 and rate >= 1:
        return rate
    if base is not None and base in STANDARD_RATES and abs(base - rate) < base / 20:
        return base
    try:
        return nearest if rate >= min(STANDARD_RATES) / 2 else exact_rate(rate)
    except RateInvalid:
        return nearest


def timebase_of(container: InputContainer, rate: Fraction, start_timecode: str) -> Timebase:
    """Build the reel's timebase: the person's timecode, else the file's, else 01:00:00:00 assumed.

    A timecode in the file that does not exist at this rate is ignored; the person's raises TimecodeInvalid.
    """
    if start_timecode:
        return Timebase.from_label(rate, start_timecode)
    for label in _timecodes(container):
        for text in (label, label.replace(";", ":")):
            try:
                return Timebase.from_label(rate, text)
            except TimecodeInvalid:
                continue
    return Timebase.from_label(rate)


def shown_size(stream: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """Return width and height as shown: pixels made square, then turned upright."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, _WIDEST_PIXEL) <= aspect <= _WIDEST_PIXEL:
        aspect = Fraction(1)
    width, height = max(1, round(frame.width * aspect)), frame.height
    return (height, width) if quarter_turns(frame.rotation) % 2 else (width, height)


def audio_tracks(streams: tuple[AudioStream, ...]) -> tuple[AudioTrack, ...]:
    """List the audio tracks with their roles, numbered from 0 as the person counts them."""
    return tuple(_track(index, stream) for index, stream in enumerate(streams))


def _track(index: int, stream: AudioStream) -> AudioTrack:
    title = _title(stream.metadata)
    language = stream.metadata.get("language", "")
    return AudioTrack(
        index,
        title,
        channels=getattr(stream.codec_context, "channels", 0),  # the context is None where no decoder is known
        rate=getattr(stream.codec_context, "rate", 0) or 0,
        role=role_of(title),
        language="" if language == "und" else language,
    )


def _title(metadata: Mapping[str, str]) -> str:
    """Take the track's own name; the names that programs give by themselves are none."""
    for key in ("title", "name", "handler_name", "track_name"):
        value = metadata.get(key, "").strip("\0 \t\n")
        if value and not value.lower().startswith(_PLAIN_HANDLERS):
            return value
    return ""


def _timecodes(container: InputContainer) -> Iterator[str]:
    """Every start timecode the file carries, the picture's own first."""
    pictures = [s.metadata for s in container.streams.video]
    others = [s.metadata for s in container.streams if s.type != "video"]
    for metadata in (*pictures, *others, container.metadata):
        for key, value in metadata.items():
            if key.lower() in {"timecode", "time_code"}:
                yield value.strip()
