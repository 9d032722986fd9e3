"""Small films in every format we take, and hostile ones: bombs, false sizes, disguised playlists, absurd structures."""

from __future__ import annotations

import io
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

SIZE = (64, 36)
RATE_HZ = 48_000


@dataclass(frozen=True, slots=True)
class FilmFormat:
    """A kind of film: container, codecs and the container's flags."""

    container: str
    picture: str
    sound: str = ""
    flags: str = ""
    pixels: str = "yuv420p"


FORMATS = (
    FilmFormat("mp4", "mpeg4", "aac"),
    FilmFormat("mp4", "libx264", "aac", "faststart"),
    FilmFormat("mp4", "mpeg4", "", "frag_keyframe+empty_moov"),
    FilmFormat("mov", "mjpeg", "pcm_s16le", pixels="yuvj420p"),
    FilmFormat("mov", "prores_ks", "pcm_s24le", pixels="yuv422p10le"),
    FilmFormat("matroska", "mpeg4", "pcm_s16le"),
    FilmFormat("matroska", "ffv1", "flac"),
    FilmFormat("avi", "mjpeg", "pcm_s16le", pixels="yuvj420p"),
    FilmFormat("mpegts", "mpeg2video", "aac"),
    FilmFormat("mxf", "mpeg2video"),
)


def encode_film(kind: FilmFormat, frames: int = 24, rate: Fraction = Fraction(24), sounds: int = 1) -> bytes:
    """Write a small film: grey frames that change, and a tone on each of ``sounds`` tracks."""
    options = {"fflags": "+bitexact"} | ({"movflags": kind.flags} if kind.flags else {})
    with (
        tempfile.NamedTemporaryFile() as file,  # some containers are written in two passes
        av.open(file.name, "w", format=kind.container, options=options) as out,
    ):
        picture: Any = out.add_stream(kind.picture, rate=rate)
        picture.width, picture.height, picture.pix_fmt = *SIZE, kind.pixels
        tracks = [out.add_stream(kind.sound, rate=RATE_HZ, layout="stereo") for _ in range(sounds if kind.sound else 0)]
        for index in range(frames):
            grey = np.full((SIZE[1], SIZE[0], 3), 20 + index * 31 % 200, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=kind.pixels)
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        for track in tracks:
            _tone(out, track, float(frames / rate))
        out.close()
        return Path(file.name).read_bytes()


def _tone(out: Any, track: Any, seconds: float) -> None:
    """Write a tone to a sound track."""
    wave = 0.1 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)
    both = np.stack([wave, wave]).astype(np.float32)
    step = track.codec_context.frame_size or 1024
    resampler = av.AudioResampler(track.codec_context.codec.audio_formats[0].name, "stereo", RATE_HZ)
    for first in range(0, both.shape[1], step):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(both[:, first : first + step]), "fltp", "stereo")
        frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), first
        for piece in resampler.resample(frame):
            out.mux(track.encode(piece))
    out.mux(track.encode(None))


def mux_packets(
    container: str, codec: str, pictures: Sequence[bytes], times: Sequence[int | None] | None = None
) -> bytes:
    """Write ready-made packets as a film; ``times`` are in milliseconds."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options={"fflags": "+bitexact"}) as out:
        stream: Any = out.add_stream(codec, rate=24)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
        for index, data in enumerate(pictures):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 1000), True
            packet.pts = packet.dts = times[index] if times else index * 42
            out.mux(packet)
    return buffer.getvalue()


def make_png(width: int, height: int) -> bytes:
    """Return a PNG of black pixels, a bit each; a quarter of a gigapixel takes some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def make_jpeg(width: int = SIZE[0], height: int = SIZE[1]) -> bytes:
    """Return a small JPEG whose header claims ``width`` x ``height``."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mjpeg") as out:
        stream: Any = out.add_stream("mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        grey = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, dtype=np.uint8)
        out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="yuvj420p")))
        out.mux(stream.encode(None))
    data = bytearray(buffer.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def make_non_films() -> Iterator[tuple[str, bytes]]:
    """Give files that are no films, and the first bytes of films without the rest."""
    yield "empty", b""
    yield "one byte", b"\0"
    yield "a letter", b"Dear composer,\nhere is the cut."
    yield "zeros", bytes(100_000)
    yield "a page", b"%PDF-1.7\n" + bytes(100)
    yield "an archive", b"PK\x03\x04" + bytes(100)
    yield "a picture", make_png(64, 36)
    yield "a script", b"#!/bin/sh\ncat /etc/passwd\n"
    yield "a program", b"\x7fELF\x02\x01\x01" + bytes(200)
    yield "a pickle", b"\x80\x04\x95\x1a\0\0\0\0\0\0\0\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."
    yield "a page of the web", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    yield "sound", b"RIFF\x24\0\0\0WAVEfmt " + bytes(100)
    for name, start in STARTS.items():
        yield f"{name}: the start", start
        yield f"{name}: the start and noise", start + bytes(np.random.default_rng(1).bytes(5000))
        yield f"{name}: the start and zeros", start + bytes(5000)


STARTS = {
    "mp4": b"\0\0\0\x18ftypisom" + bytes(12),
    "mkv": bytes.fromhex("1a45dfa3") + bytes(60),
    "avi": b"RIFF\xff\xff\0\0AVI LIST" + bytes(60),
    "mxf": bytes.fromhex("060e2b34020501010d01020101020400") + bytes(60),
    "ts": (b"\x47" + bytes(187)) * 8,
    "wav": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\2\0",
}


def make_disguises(targets: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Give playlists and their like that point to each of ``targets``, paths or addresses nobody may open."""
    for number, target in enumerate(targets):
        scripts = {
            "ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
            "concat": f"file {target}\n",
            "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
            "hls master": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n",
            "hls key": f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF:1,\n{target}\n',
            "dash": (
                f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{target}</BaseURL></MPD>'
            ),
            "entity": f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "{target}">]><MPD>&b;</MPD>',
            "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={target}\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
            "imf": f'<AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM"><Path>{target}</Path></AssetMap>',
        }
        for name, script in scripts.items():
            yield f"{name} {number}", script.encode()
            for kind, start in (("mxf", STARTS["mxf"]), ("mp4", STARTS["mp4"])):
                yield f"{name} {number} before {kind}", script.encode() + start
        yield f"mov reference {number}", _reference(target)


def _reference(target: str) -> bytes:
    """Return a film whose samples are in another file (a QuickTime data reference)."""
    whole = encode_film(FilmFormat("mov", "mjpeg", pixels="yuvj420p"), 4)
    alias = target.encode()
    entry = struct.pack(">I4sI", 12 + len(alias) + 1, b"url ", 0) + alias + b"\0"
    return replace_box(whole, b"dref", struct.pack(">II", 0, 1) + entry)


def replace_box(data: bytes, kind: bytes, content: bytes) -> bytes:
    """Put other content into the first box of a kind, and leave the sizes of the boxes around it as they were."""
    at = data.index(kind) - 4
    size = struct.unpack(">I", data[at : at + 4])[0]
    return data[:at] + struct.pack(">I", len(content) + 8) + kind + content + data[at + size :]


def make_bombs() -> Iterator[tuple[str, bytes]]:
    """Give films that would use up memory, time or disk if there were no limits."""
    yield "png 16k", mux_packets("mov", "png", [make_png(16_000, 16_000)] * 2)
    yield "jpeg 60k", mux_packets("mov", "mjpeg", [make_jpeg(60_000, 60_000)] * 4)
    yield (
        "jpeg behind honest frames",
        mux_packets("mov", "mjpeg", [make_jpeg()] * 10 + [make_jpeg(30_000, 30_000)] * 10),
    )
    yield "jpegs of two sizes", mux_packets("mov", "mjpeg", [make_jpeg()] * 12 + [make_jpeg(64, 32)] * 12)
    yield "ten thousand a second", encode_film(FilmFormat("mp4", "mjpeg", pixels="yuvj420p"), 1000, Fraction(10_000))
    yield "one in a day", mux_packets("matroska", "mjpeg", [make_jpeg()] * 3, [0, 86_400_000, 172_800_000])
    yield "sixty tracks", encode_film(FORMATS[3], 4, sounds=60)
    yield "a hundred tracks", encode_film(FORMATS[3], 4, sounds=100)
    yield "boxes in boxes", _nest_boxes(20_000)
    yield "a billion samples", _film_with_box(b"stsz", struct.pack(">III", 0, 1, 10**9))
    yield "four billion samples", _film_with_box(b"stsz", struct.pack(">III", 0, 0, 2**32 - 1))
    yield "times without end", _film_with_box(b"stts", struct.pack(">IIII", 0, 1, 2**32 - 1, 2**31 - 1))
    yield "many times", _film_with_box(b"stts", struct.pack(">II", 0, 2**32 - 1))
    yield "chunks beyond the file", _film_with_box(b"stco", struct.pack(">III", 0, 1, 2**32 - 16))
    yield "no chunks", _film_with_box(b"stco", struct.pack(">II", 0, 0))
    yield "no samples", _film_with_box(b"stsz", struct.pack(">III", 0, 0, 0))
    yield "no description", _film_with_box(b"stsd", struct.pack(">II", 0, 0))
    yield "a description that lies", _film_with_box(b"stsd", struct.pack(">III4s", 0, 1, 2**31, b"mp4v"))
    yield "an edit before the beginning", _film_with_box(b"elst", struct.pack(">IIIiI", 0, 1, 2**31, -(2**31), 0))
    yield "no time at all", _film_with_box(b"mdhd", struct.pack(">IIIIII", 0, 0, 0, 0, 0, 0))
    yield "times that stand", mux_packets("matroska", "mjpeg", [make_jpeg()] * 50, [0] * 50)
    yield (
        "times that jump",
        mux_packets("matroska", "mjpeg", [make_jpeg()] * 50, [k * 40 + (k > 25) * 10**9 for k in range(50)]),
    )
    yield "an unbounded element", bytes.fromhex("1a45dfa301ffffffffffffff") + bytes(1000)
    yield "an element of exabytes", bytes.fromhex("1a45dfa3 01 00ffffffffffff".replace(" ", "")) + bytes(1000)
    yield (
        "a list of four gigabytes",
        b"RIFF\xff\xff\xff\xffAVI LIST\xff\xff\xff\xffhdrlavih\xff\xff\xff\xff" + bytes(4000),
    )
    yield "a codec nobody wrote", encode_film(FORMATS[0]).replace(b"mp4v", b"evil")
    yield "a codec we do not take", encode_film(FilmFormat("avi", "huffyuv", pixels="yuv422p"))
    yield "sound alone", _make_sound_only()


def _film_with_box(kind: bytes, content: bytes) -> bytes:
    return replace_box(encode_film(FilmFormat("mp4", "mpeg4"), 8), kind, content)


def _nest_boxes(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = struct.pack(">I4s", len(inner) + 8, b"moov" if len(inner) % 16 else b"trak") + inner
    return STARTS["mp4"] + inner


def _make_sound_only() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mov") as out:
        _tone(out, out.add_stream("pcm_s16le", rate=RATE_HZ, layout="stereo"), 1.0)
    return buffer.getvalue()


CONSTRUCTED: tuple[Callable[[], Iterator[tuple[str, bytes]]], ...] = (make_non_films, make_bombs)
