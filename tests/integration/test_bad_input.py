"""Every malformed film ends in the one error that says what is wrong, or is handled; nothing hangs, nothing crashes."""

from __future__ import annotations

import io
import os
import struct
import zlib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from model.errors import (
    BrokenReel,
    CodecRefused,
    CuelightError,
    EmptyReel,
    NoPicture,
    NotAFilm,
    PictureChanged,
    ReelError,
    ReelMissing,
    ReelTooLarge,
)
from model.media.allowed import AUDIO_CODECS, VIDEO_CODECS, detect_container_of_bytes
from model.media.limits import Limits
from model.media.open import Reel, open_reel
from model.media.reel import PictureBlock, SoundBlock
from tests.unit.media.film_maker import Film, Sound


def watch(path: Path, limits: Limits | None = None) -> Reel:
    reel = open_reel(path, limits=limits or Limits())
    frames = sum(len(b.tiny) for b in reel.blocks() if isinstance(b, PictureBlock))
    assert frames == reel.info.frames == len(reel.clock.times_s) > 0
    assert all(a < b for a, b in pairwise(reel.clock.times_s))
    assert reel.clock.end_s > reel.clock.times_s[-1]
    return reel


def refused(path: Path, error: type[CuelightError], limits: Limits | None = None) -> CuelightError:
    with pytest.raises(CuelightError) as caught:
        watch(path, limits)
    assert type(caught.value) is error, repr(caught.value)
    assert str(path.parent) not in str(caught.value)
    return caught.value


# -- not a film ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"Dear composer,\nhere is the cut.",
        b"\0" * 100_000,
        b"%PDF-1.7\n",
        b"PK\x03\x04" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"RIFF\x24\0\0\0WAVEfmt " + bytes(100),
        bytes(range(256)) * 40,
    ],
)
def test_not_a_film(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(content)
    refused(path, NotAFilm)


@pytest.mark.parametrize("extension", ["mp4", "mkv", "avi", "mxf", "ts"])
def test_the_beginning_of_a_film_and_nothing_more(tmp_path: Path, extension: str) -> None:
    beginnings = {
        "mp4": b"\0\0\0\x18ftypisom" + bytes(12),
        "mkv": bytes.fromhex("1a45dfa3") + bytes(60),
        "avi": b"RIFF\xff\xff\0\0AVI LIST" + bytes(60),
        "mxf": bytes.fromhex("060e2b34020501010d01020101020400") + bytes(60),
        "ts": (b"\x47" + bytes(187)) * 8,
    }
    path = tmp_path / f"cut.{extension}"
    path.write_bytes(beginnings[extension])
    with pytest.raises((BrokenReel, NotAFilm, NoPicture)):
        watch(path)


def test_missing_folders_and_unreadable_files(tmp_path: Path) -> None:
    refused(tmp_path / "nothing.mp4", ReelMissing)
    refused(tmp_path, ReelMissing)
    refused(tmp_path / ("x" * 300), ReelMissing)
    if os.geteuid() != 0:
        secret = tmp_path / "secret.mp4"
        secret.touch(0o000)
        refused(secret, ReelMissing)


def test_an_ordinary_sound_file_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "cue.wav"
    with av.open(str(path), "w") as out:
        track = out.add_stream("pcm_s16le", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48_000
        out.mux(track.encode(frame))
    refused(path, NotAFilm)


# -- disguises ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cut.mp4", "cut.mov", "cut%02d.mp4", "concat:a.mp4", "-i.mp4", "cut.m3u8"])
@pytest.mark.parametrize(
    "script",
    [
        "ffconcat version 1.0\nfile other.mp4\n",
        "ffconcat version 1.0\nfile '{folder}/other.mp4'\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nother.mp4\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://127.0.0.1:9/other.m3u8\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period/></MPD>',
        "file other.mp4\n",
    ],
)
def test_playlists_in_disguise_never_open_another_file(tmp_path: Path, name: str, script: str) -> None:
    Film(24).write(tmp_path / "other.mp4")
    path = tmp_path / name
    path.write_text(script.format(folder=tmp_path))
    refused(path, NotAFilm)


def test_a_film_under_any_name_is_a_film(tmp_path: Path) -> None:
    data = Film(24).write(tmp_path / "cut.mp4").read_bytes()
    for name in ("notes.txt", "cut%02d.mp4", "concat:a", "-i", "https:", "été 1.m3u8"):
        path = tmp_path / name
        path.write_bytes(data)
        assert watch(path).info.name == name


@pytest.mark.parametrize("run_in", [b"#EXTM3U\nother.mp4\n", b"ffconcat version 1.0\nfile other.mp4\n"])
def test_a_playlist_behind_an_accepted_mark(tmp_path: Path, run_in: bytes) -> None:
    """The sniffer may be led astray; FFmpeg's own list of formats is the second lock."""
    Film(24).write(tmp_path / "other.mp4")
    path = tmp_path / "cut.mp4"
    path.write_bytes(run_in + bytes.fromhex("060e2b34020501010d01020101020400") + bytes(60))
    assert detect_container_of_bytes(path.read_bytes()) == "mxf"
    with pytest.raises((NotAFilm, BrokenReel)):
        watch(path)


# -- cut off ------------------------------------------------------------------------------------------------------

SHAPES = [
    ("mp4", "mpeg4", {}),
    ("mp4", "mpeg4", {"movflags": "faststart"}),
    ("mp4", "mpeg4", {"movflags": "frag_keyframe+empty_moov"}),
    ("mkv", "mpeg4", {}),
    ("avi", "mjpeg", {}),
    ("ts", "mpeg2video", {}),
    ("mxf", "mpeg2video", {}),
]


@pytest.mark.parametrize(("extension", "codec", "options"), SHAPES)
def test_cut_off_at_any_byte(tmp_path: Path, extension: str, codec: str, options: dict[str, str]) -> None:
    sounds = () if extension == "mxf" else [Sound(codec="aac" if extension in {"mp4", "ts"} else "pcm_s16le")]
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    film = Film(50, Fraction(25), codec, pixels=pixels, sounds=sounds, options=options)
    data = film.write(tmp_path / f"whole.{extension}").read_bytes()
    assert watch(tmp_path / f"whole.{extension}").info.frames == 50
    path = tmp_path / f"cut.{extension}"
    ends: list[ReelError] = []
    early = [*range(0, 64, 7), 100, 189, 500, 1000]
    for size in sorted({*early, *(len(data) * k // 24 for k in range(1, 24)), len(data) - 1, len(data) - 9}):
        path.write_bytes(data[:size])
        try:
            reel = watch(path)
        except ReelError as error:
            ends.append(error)
        else:
            assert reel.info.frames <= 50
            shorter_allowed = extension in {"ts", "mxf"} or "frag" in options.get("movflags", "")
            assert shorter_allowed or reel.info.frames >= 47, f"{reel.info.frames} frames out of {size} bytes"
    known = {NotAFilm, BrokenReel, EmptyReel, NoPicture} | ({CodecRefused} if extension == "mxf" else set())
    assert {type(error) for error in ends} <= known
    assert len(ends) > len(early) / 2


@pytest.mark.parametrize(("extension", "codec", "options"), SHAPES)
def test_bytes_flipped_anywhere(tmp_path: Path, extension: str, codec: str, options: dict[str, str]) -> None:
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    film = Film(25, Fraction(25), codec, pixels=pixels, options=options)
    data = film.write(tmp_path / f"whole.{extension}").read_bytes()
    rng = np.random.default_rng(3)
    path = tmp_path / f"cut.{extension}"
    small = Limits(frames=2000, seconds=600)
    for _ in range(25):
        hurt = bytearray(data)
        for at in rng.integers(0, len(data), 1 + len(data) // 400):
            hurt[at] = rng.integers(0, 256)
        path.write_bytes(hurt)
        try:
            watch(path, small)
        except CuelightError as error:
            assert error.message.endswith(".")  # noqa: PT017


# -- nothing to see -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["mov", "mkv", "avi", "ts", "mp4"])
def test_audio_only(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"cut.{extension}"
    with av.open(str(path), "w") as out:
        track = out.add_stream("aac" if extension in {"ts", "mp4"} else "pcm_s16le", rate=48_000, layout="stereo")
        Film._sound(out, Sound(), track)
    assert "sound" in str(refused(path, NoPicture))


def test_cover_art_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as out:
        track = out.add_stream("aac", rate=48_000, layout="stereo")
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        out.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))
        Film._sound(out, Sound(), track)
    refused(path, NoPicture)


@pytest.mark.parametrize("extension", ["mp4", "mkv", "avi"])
def test_zero_frames(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"cut.{extension}"
    with av.open(str(path), "w") as out:
        picture = out.add_stream("mpeg4", rate=24)
        picture.width, picture.height, picture.pix_fmt = 64, 36, "yuv420p"
        track = out.add_stream("mp3" if extension == "avi" else "aac", rate=48_000, layout="stereo")
        Film._sound(out, Sound(), track)
    with pytest.raises((EmptyReel, NoPicture, BrokenReel)) as caught:
        watch(path)
    if extension == "mkv":
        assert type(caught.value) is EmptyReel


# -- bombs --------------------------------------------------------------------------------------------------------


def test_a_picture_too_large(tmp_path: Path) -> None:
    path = Film(2, size=(640, 360)).write(tmp_path / "cut.mp4")
    refused(path, ReelTooLarge, Limits(pixels=640 * 359))
    assert watch(path, Limits(pixels=640 * 360)).info.frames == 2


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def wrapped(path: Path, codec: str, pictures: list[bytes], size: tuple[int, int]) -> Path:
    """Write ready-made packets as a film."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=24)
        stream.width, stream.height = size
        stream.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
        for index, data in enumerate(pictures):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 24)
            packet.pts = packet.dts = index
            packet.is_keyframe = True
            out.mux(packet)
    return path


def jpeg(width: int, height: int) -> bytes:
    """Return a small JPEG whose header claims ``width`` x ``height``."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuvj420p"
        out.mux(stream.encode(av.VideoFrame(64, 36, "yuvj420p")))
        out.mux(stream.encode(None))
    data = bytearray(buffer.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def test_a_pixel_bomb_is_not_decoded(tmp_path: Path) -> None:
    """A quarter of a gigapixel in a few kilobytes: in a codec that is not on the list, and in one that is."""
    refused(wrapped(tmp_path / "png.mov", "png", [png(16_000, 16_000)] * 2, (64, 36)), CodecRefused)
    refused(wrapped(tmp_path / "jpeg.mov", "mjpeg", [jpeg(60_000, 60_000)] * 4, (64, 36)), BrokenReel)


def test_a_bomb_behind_an_honest_first_frame(tmp_path: Path) -> None:
    path = wrapped(tmp_path / "cut.mov", "mjpeg", [jpeg(64, 36)] * 10 + [jpeg(30_000, 30_000)] * 10, (64, 36))
    with pytest.raises((BrokenReel, PictureChanged, ReelTooLarge)):
        watch(path)


def test_too_many_frames_claimed_or_counted(tmp_path: Path) -> None:
    path = Film(120).write(tmp_path / "cut.mp4")
    refused(path, ReelTooLarge, Limits(frames=100))
    refused(path, ReelTooLarge, Limits(seconds=3))
    silent = Film(120, codec="mpeg2video").write(tmp_path / "cut.ts")  # this container claims nothing
    refused(silent, ReelTooLarge, Limits(frames=100))


def test_an_absurd_rate(tmp_path: Path) -> None:
    refused(Film(1000, Fraction(10_000), "mjpeg", (16, 16), "yuvj420p").write(tmp_path / "cut.mp4"), ReelTooLarge)


def test_too_many_tracks(tmp_path: Path) -> None:
    sounds = [Sound(seconds=0.1)] * 9
    path = Film(2, sounds=sounds).write(tmp_path / "cut.mov")
    refused(path, ReelTooLarge, Limits(streams=9))
    assert len(watch(path).info.audio) == 9


# -- codecs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "pixels"), [("png", "rgb24"), ("magicyuv", "gbrp"), ("huffyuv", "yuv422p"), ("flv", "yuv420p")]
)
def test_codec_not_allowed(tmp_path: Path, codec: str, pixels: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this build of PyAV cannot encode {codec}")
    error = refused(Film(4, codec=codec, pixels=pixels).write(tmp_path / "cut.avi"), CodecRefused)
    assert "H.264" in error.hint


def test_sound_in_a_codec_not_allowed_is_left_out(tmp_path: Path) -> None:
    path = Film(24, sounds=[Sound(codec="adpcm_ms")]).write(tmp_path / "cut.avi")
    reel = open_reel(path)
    assert not [b for b in reel.blocks() if isinstance(b, SoundBlock)]


def test_sound_that_no_decoder_knows_is_left_out(tmp_path: Path) -> None:
    path = Film(24, sounds=[Sound("Mix")]).write(tmp_path / "cut.mov")
    data = path.read_bytes()
    assert b"sowt" in data
    path.write_bytes(data.replace(b"sowt", b"evil"))
    reel = open_reel(path)
    assert [(track.title, track.channels, track.rate) for track in reel.info.audio] == [("Mix", 0, 0)]
    assert not [b for b in reel.blocks() if isinstance(b, SoundBlock)]


def test_the_lists_name_real_decoders() -> None:
    unknown = {"libaom-av1", "libopus", "libvorbis", "libvpx", "libvpx-vp9", "libdav1d"}  # not in every build
    assert not VIDEO_CODECS & AUDIO_CODECS
    for name in (VIDEO_CODECS | AUDIO_CODECS) - unknown:
        assert av.codec.Codec(name, "r").name
    assert not {"magicyuv", "png", "gif", "webp", "exr", "tiff"} & VIDEO_CODECS


# -- times --------------------------------------------------------------------------------------------------------


def retimed(path: Path, pts: list[int | None], extension: str = "mkv") -> Path:
    """Write a film of key frames whose presentation times are ``pts`` milliseconds."""
    out_path = path / f"cut.{extension}"
    with av.open(str(out_path), "w") as out:
        stream = out.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuvj420p"
        for at in pts:
            packet = av.Packet(jpeg(64, 36))
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 1000), True
            packet.pts = packet.dts = at
            out.mux(packet)
    return out_path


def test_negative_times(tmp_path: Path) -> None:
    path = Film(50, Fraction(25), pts=list(range(-10, 40)), time_base=Fraction(1, 25)).write(tmp_path / "cut.mkv")
    reel = watch(path)
    assert reel.info.frames == 50
    assert np.allclose(reel.clock.times_s, np.arange(50) / 25)


@pytest.mark.parametrize("jump_ms", [20_000, 3_600_000, 40_000_000])
def test_times_that_jump_ahead_start_a_new_count(tmp_path: Path, jump_ms: int) -> None:
    pts = [k * 40 + (jump_ms if k >= 25 else 0) for k in range(50)]
    reel = watch(retimed(tmp_path, pts))
    assert np.allclose(reel.clock.times_s, np.arange(50) / 25, atol=0.002)


def test_a_gap_of_seconds_is_believed(tmp_path: Path) -> None:
    pts = [k * 40 + (3000 if k >= 25 else 0) for k in range(50)]
    reel = watch(retimed(tmp_path, pts))
    assert reel.info.variable_rate
    assert reel.clock.end_s == pytest.approx(5.0, abs=0.01)


@pytest.mark.parametrize("at", [1, 25, 49])
def test_times_that_stand_still(tmp_path: Path, at: int) -> None:
    pts = [(k - (k == at)) * 40 for k in range(50)]
    reel = watch(retimed(tmp_path, pts, "avi") if at == 0 else retimed(tmp_path, pts))
    assert reel.clock.times_s[-1] == pytest.approx(pts[-1] / 1000, abs=0.002)


# -- shapes and tags ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("extension", "codec"), [("ts", "mpeg2video"), ("ts", "libx264")])
def test_the_picture_changes_its_size(tmp_path: Path, extension: str, codec: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this build of PyAV cannot encode {codec}")
    first = Film(50, Fraction(25), codec, (128, 72)).write(tmp_path / f"a.{extension}").read_bytes()
    second = Film(50, Fraction(25), codec, (192, 108)).write(tmp_path / f"b.{extension}").read_bytes()
    path = tmp_path / f"cut.{extension}"
    path.write_bytes(first + second)
    assert "128 x 72 to 192 x 108" in str(refused(path, PictureChanged))


def test_jpegs_of_several_sizes(tmp_path: Path) -> None:
    small, other = jpeg(64, 36), jpeg(64, 32)
    refused(wrapped(tmp_path / "cut.mov", "mjpeg", [small] * 12 + [other] * 12, (64, 36)), PictureChanged)


@pytest.mark.parametrize("extension", ["mov", "mkv", "avi"])
def test_tags_that_are_no_text(tmp_path: Path, extension: str) -> None:
    tags = {"title": "TITLEXYZ", "comment": "TITLEXYZ"}
    path = Film(24, tags=tags, sounds=[Sound("TITLEXYZ")]).write(tmp_path / f"cut.{extension}")
    data = path.read_bytes()
    assert b"TITLEXYZ" in data
    path.write_bytes(data.replace(b"TITLEXYZ", b"\xff\xfe\x80\xc3\x28\x00\x1b["))
    assert watch(path).info.frames == 24


def test_rotated_and_anamorphic_films_are_watched(tmp_path: Path) -> None:
    reel = watch(Film(24, size=(144, 80), aspect=Fraction(4, 3), rotation=90).write(tmp_path / "cut.mov"))
    assert (reel.info.width, reel.info.height) == (80, 192)


@pytest.mark.parametrize("size", [(2, 2), (16, 2000), (2000, 16)])
def test_odd_shapes(tmp_path: Path, size: tuple[int, int]) -> None:
    watch(Film(6, codec="ffv1", size=size, pixels="yuv444p").write(tmp_path / "cut.mkv"))
