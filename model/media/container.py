"""Opening a file that may be hostile: checked, limited, and with errors a film person understands.

``av`` errors never leave this room: :func:`reading` turns each into a branch of ``model/errors.py``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from model.errors import BrokenReel, CodecRefused, NoPicture, NotAFilm, ReelMissing, ReelTooLarge
from model.media.allowed import AUDIO_CODECS, CONTAINERS, VIDEO_CODECS, detect_container, name_disguise
from model.media.limits import Limits

_CONVERT = "Export it again as a QuickTime, MP4, MXF or MKV file."


@contextlib.contextmanager
def translate_pyav_errors(name: str) -> Generator[None]:
    """Turn whatever PyAV raises about the file called ``name`` into our own errors."""
    try:
        yield
    except av.error.MemoryError as error:
        message = f"{name} asks for more memory than there is: it is damaged, or its picture is too large."
        raise ReelTooLarge(message, hint="Copy it again, or export it at a smaller size.") from error
    except (av.error.PermissionError, av.error.ArgumentError, av.error.DemuxerNotFoundError) as error:
        message = f"{name} holds no film in a container Cuelight accepts."
        raise NotAFilm(message, hint=_CONVERT) from error
    except (av.error.PatchWelcomeError, av.error.DecoderNotFoundError) as error:
        message = f"{name} uses a variant of its codec that cannot be decoded here."
        raise CodecRefused(message, hint="Export it again as H.264 or ProRes.") from error
    except (av.error.FFmpegError, OSError, UnicodeDecodeError) as error:
        message = f"{name} is damaged or cut off and cannot be read."
        raise BrokenReel(message, hint="Copy or export the file again.") from error


def check_file(path: Path) -> str:
    """Return which of ``CONTAINERS`` the file is; raise ReelMissing or NotAFilm.

    The name plays no part: only the first bytes count.
    """
    try:
        if not path.is_file():
            message = f"There is no file {path.name!r}." if not path.exists() else f"{path.name!r} is not a file."
            raise ReelMissing(message, hint="Check the path.")
        kind = detect_container(path)
        disguise = "" if kind else name_disguise(path)
    except OSError as error:
        message = f"{path.name!r} cannot be read: {error.strerror or 'input/output error'}."
        raise ReelMissing(message, hint="Check the path and the permissions.") from error
    if not kind:
        what = f"is {disguise}, not a film" if disguise else "is not a film"
        message = f"{path.name} {what}."
        raise NotAFilm(message, hint=_CONVERT)
    return kind


@contextlib.contextmanager
def open_container(
    path: Path, limits: Limits, codecs: frozenset[str] = VIDEO_CODECS | AUDIO_CODECS
) -> Generator[InputContainer]:
    """Open a film for reading, or raise NotAFilm, BrokenReel, ReelMissing, ReelTooLarge.

    FFmpeg gets the lists of demuxers and decoders, the file protocol alone, and the pixel limit for the decoding it
    does on its own to find out about the streams. ``codecs`` are the decoders it may choose from.
    """
    kind = check_file(path)
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(CONTAINERS),
        "codec_whitelist": ",".join(sorted(codecs)),
        "max_pixels": str(limits.pixels),
    }
    with translate_pyav_errors(path.name):
        container = av.open(f"file:{path.absolute()}", options=options, metadata_errors="replace")
    with container:
        if kind not in container.format.name.split(","):
            message = f"{path.name} says it is {CONTAINERS[kind]} and holds something else."
            raise NotAFilm(message, hint=_CONVERT)
        if len(container.streams) > limits.streams:
            message = f"{path.name} has {len(container.streams)} tracks; {limits.streams} are the most accepted."
            raise ReelTooLarge(message)
        yield container


def picture_stream(
    container: InputContainer, name: str, limits: Limits, codecs: frozenset[str] = VIDEO_CODECS
) -> VideoStream:
    """Return the picture of a film, ready to decode; raise NoPicture, CodecRefused or ReelTooLarge.

    Cover art is no picture. ``codecs`` are those that are accepted.
    """
    pictures = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not pictures:
        message = f"{name} has no picture, only {'sound' if container.streams.audio else 'other data'}."
        raise NoPicture(message, hint="Export the reel with its picture.")
    stream = pictures[0]
    codec: str = getattr(stream.codec_context, "name", "")  # the context is None where no decoder is known
    if not codec:
        message = f"The kind of picture in {name} cannot be told: it is damaged, or of a codec nobody knows here."
        raise BrokenReel(message, hint="Export it again as H.264, HEVC, ProRes or DNxHR.")
    if codec not in codecs:
        message = f"The picture of {name} is coded as {codec}, which Cuelight does not open."
        raise CodecRefused(message, hint="Export it again as H.264, HEVC, ProRes or DNxHR.")
    _check_size(stream, name, limits)
    stream.thread_type = "AUTO"
    stream.codec_context.options = {"max_pixels": str(limits.pixels)}
    return stream


def _check_size(stream: VideoStream, name: str, limits: Limits) -> None:
    if stream.width * stream.height > limits.pixels:
        message = f"The picture of {name} is {stream.width} x {stream.height}: too large."
        raise ReelTooLarge(message, hint="Export it at 4K or smaller.")
    if stream.frames > limits.frames:
        message = f"{name} claims {stream.frames} frames; {limits.frames} are the most accepted."
        raise ReelTooLarge(message, hint="Split it into reels.")
    seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
    if seconds > limits.seconds:
        message = (
            f"{name} claims to last {seconds / 3600:.1f} hours; {limits.seconds / 3600:.1f} are the most accepted."
        )
        raise ReelTooLarge(message, hint="Split it into reels.")
    if stream.average_rate is not None and stream.average_rate > limits.rate:
        message = (
            f"{name} claims {float(stream.average_rate):.0f} frames per second; {limits.rate} are the most accepted."
        )
        raise ReelTooLarge(message)
