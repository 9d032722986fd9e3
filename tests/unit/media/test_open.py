"""A reel tells its facts and hands on its feeds exactly."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from model.errors import Cancelled, TimecodeInvalid, TrackInvalid
from model.media.open import Reel, open_reel
from model.media.reel import Block, PictureBlock, SoundBlock, Still
from tests.unit.media.film_maker import Film, Sound, grey

NTSC = Fraction(24000, 1001)
DF = Fraction(30000, 1001)
CODECS = [
    ("mov", "libx264", "yuv420p", "h264", "mov"),
    ("mp4", "libx265", "yuv420p10le", "hevc", "mov"),
    ("webm", "libvpx-vp9", "yuv420p", "vp9", "matroska"),
    ("webm", "libvpx", "yuv420p", "vp8", "matroska"),
    ("mkv", "libsvtav1", "yuv420p", "av1", "matroska"),
    ("mp4", "libaom-av1", "yuv420p", "av1", "mov"),
    ("mov", "prores_ks", "yuv422p10le", "prores", "mov"),
    ("mov", "prores_ks", "yuva444p10le", "prores", "mov"),
    ("mxf", "dnxhd", "yuv422p", "dnxhd", "mxf"),
    ("mxf", "mpeg2video", "yuv420p", "mpeg2video", "mxf"),
    ("avi", "mjpeg", "yuvj420p", "mjpeg", "avi"),
    ("mov", "mjpeg", "yuvj422p", "mjpeg", "mov"),
    ("ts", "libx264", "yuv420p", "h264", "mpegts"),
    ("ts", "mpeg2video", "yuv420p", "mpeg2video", "mpegts"),
    ("mkv", "ffv1", "yuv444p", "ffv1", "matroska"),
    ("avi", "rawvideo", "bgr24", "rawvideo", "avi"),
    ("mp4", "mpeg4", "yuv420p", "mpeg4", "mov"),
]


def run(reel: Reel) -> list[Block]:
    return list(reel.blocks())


def tiny(blocks: Sequence[Block]) -> npt.NDArray[np.uint8]:
    return np.concatenate([b.tiny for b in blocks if isinstance(b, PictureBlock)])


def stereo(blocks: Sequence[Block]) -> npt.NDArray[np.float32]:
    return np.concatenate([b.stereo for b in blocks if isinstance(b, SoundBlock)])


def mono(blocks: Sequence[Block], stem: str = "") -> npt.NDArray[np.float32]:
    return np.concatenate([b.stems[stem] if stem else b.mono for b in blocks if isinstance(b, SoundBlock)])


@pytest.mark.parametrize(("extension", "codec", "pixels", "name", "container"), CODECS)
def test_every_container_and_codec(
    tmp_path: Path, extension: str, codec: str, pixels: str, name: str, container: str
) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this build of PyAV cannot encode {codec}")
    size = (1280, 720) if codec == "dnxhd" else (128, 72)
    options = {"b": "60M"} if codec == "dnxhd" else {"cpu-used": "8"} if codec == "libaom-av1" else {}
    film = Film(24, Fraction(25), codec, size, pixels, codec_options=options)
    reel = open_reel(film.write(tmp_path / f"film.{extension}"))
    blocks = run(reel)
    assert (reel.info.container, reel.info.video_codec) == (container, name)
    assert (reel.info.frames, reel.info.timebase.rate, reel.info.variable_rate) == (24, 25, False)
    assert (reel.info.width, reel.info.height) == size
    shown = tiny(blocks).mean(axis=(1, 2, 3))
    assert np.abs(shown - [grey(i) for i in range(24)]).max() < 6
    assert np.allclose(reel.clock.times_s, np.arange(24) / 25, atol=1e-9)
    assert reel.clock.end_s == pytest.approx(0.96)


@pytest.mark.parametrize("extension", ["mov", "mkv", "ts"])
@pytest.mark.parametrize("rate", [NTSC, Fraction(24), Fraction(25), DF, Fraction(30), Fraction(60000, 1001)])
def test_rates_are_exact(tmp_path: Path, rate: Fraction, extension: str) -> None:
    codec = "mpeg2video" if extension == "ts" else "mpeg4"
    reel = open_reel(Film(90, rate, codec).write(tmp_path / f"film.{extension}"))
    blocks = run(reel)
    assert reel.info.timebase.rate == rate
    assert not reel.info.variable_rate
    assert np.array_equal(reel.clock.times_s, [float(k / rate) for k in range(90)])
    assert reel.clock.end_s == float(90 / rate)
    pictures = [b for b in blocks if isinstance(b, PictureBlock)]
    assert [(p.first, len(p.tiny)) for p in pictures] == [(0, 64), (64, 26)]
    assert np.array_equal(np.concatenate([p.times_s for p in pictures]), reel.clock.times_s)


def test_stills_come_twice_a_second(tmp_path: Path) -> None:
    reel = open_reel(Film(72, NTSC, size=(1280, 720)).write(tmp_path / "film.mp4"))
    stills = [b for b in run(reel) if isinstance(b, Still)]
    assert [s.frame for s in stills] == [0, 12, 24, 36, 48, 60]
    assert stills[0].rgb.shape == (360, 640, 3)
    assert [round(float(s.rgb.mean())) for s in stills] == pytest.approx([grey(s.frame) for s in stills], abs=4)


def test_variable_rate_keeps_every_time(tmp_path: Path) -> None:
    steps = [1, 2, 1, 1, 3, 1, 1, 1, 2, 1] * 4
    pts = np.concatenate([[0], np.cumsum(steps)[:-1]]).tolist()
    reel = open_reel(Film(40, Fraction(30), pts=pts, time_base=Fraction(1, 30)).write(tmp_path / "vfr.mp4"))
    run(reel)
    assert reel.info.variable_rate
    assert np.allclose(reel.clock.times_s, np.array(pts) / 30)
    assert reel.info.timebase.rate in {Fraction(24), Fraction(25), NTSC}
    assert reel.clock.frame(pts[5] / 30).index == 5


@pytest.mark.parametrize(
    ("rate", "label", "drop"),
    [(Fraction(24), "01:02:03:04", False), (DF, "00:59:59;28", True), (DF, "10:00:00:00", False)],
)
def test_the_file_s_timecode(tmp_path: Path, rate: Fraction, label: str, drop: bool) -> None:
    reel = open_reel(Film(10, rate, picture_tags={"timecode": label}).write(tmp_path / "film.mov"))
    base = reel.info.timebase
    assert (base.label(base.start), base.drop_frame, base.assumed) == (label, drop, False)


def test_a_matroska_tag_is_a_timecode_too(tmp_path: Path) -> None:
    reel = open_reel(Film(10, Fraction(25), picture_tags={"TIMECODE": "10:00:00:12"}).write(tmp_path / "film.mkv"))
    assert reel.info.timebase.label(reel.info.timebase.start) == "10:00:00:12"


@pytest.mark.parametrize("label", ["99:99:99:99", "noon", "01:00:00:29", ""])
def test_an_absurd_timecode_in_the_file_is_ignored(tmp_path: Path, label: str) -> None:
    reel = open_reel(Film(10, tags={"timecode": label}).write(tmp_path / "film.mkv"))
    assert reel.info.timebase.assumed
    assert reel.info.timebase.label(reel.info.timebase.start) == "01:00:00:00"


def test_the_person_s_timecode_wins_and_must_exist(tmp_path: Path) -> None:
    path = Film(10, picture_tags={"timecode": "01:00:00:00"}).write(tmp_path / "film.mov")
    base = open_reel(path, start_timecode="10:00:00:23").info.timebase
    assert (base.label(base.start), base.assumed) == ("10:00:00:23", False)
    for label in ("10:00:00:24", "tomorrow", "10:00:00;00"):
        with pytest.raises(TimecodeInvalid):
            open_reel(path, start_timecode=label)


def test_facts_known_beforehand(tmp_path: Path) -> None:
    path = Film(48, sounds=[Sound("Main", "5.1")]).write(tmp_path / "a reel é.mov")
    reel = open_reel(path)
    assert reel.info.name == "a reel é.mov"
    assert reel.info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert reel.info.frames == 48
    assert [(t.title, t.channels, t.rate, t.role) for t in reel.info.audio] == [("Main", 6, 48_000, "mix")]
    with pytest.raises(RuntimeError):
        _ = reel.clock


def test_a_reel_without_sound_has_no_sound_blocks(tmp_path: Path) -> None:
    reel = open_reel(Film().write(tmp_path / "film.mp4"))
    assert reel.info.audio == ()
    assert not [b for b in run(reel) if isinstance(b, SoundBlock)]


@pytest.mark.parametrize("codec", ["pcm_s16le", "aac", "flac", "libopus", "ac3", "libmp3lame", "pcm_s24le"])
def test_sound_lies_at_its_place_in_both_feeds(tmp_path: Path, codec: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this build of PyAV cannot encode {codec}")
    clicks = (0.5, 1.25, 2.75)
    reel = open_reel(Film(72, sounds=[Sound(codec=codec, seconds=3, clicks_s=clicks)]).write(tmp_path / "film.mkv"))
    blocks = run(reel)
    sound = [b for b in blocks if isinstance(b, SoundBlock)]
    assert all(b.first + len(b.stereo) == c.first for b, c in pairwise(sound))
    assert all(len(b.stereo) == 3 * len(b.mono) and b.first % 3 == 0 for b in sound)
    assert (len(stereo(blocks)), len(mono(blocks))) == (144_000, 48_000)
    for click in clicks:
        for rate, wave in ((48_000, stereo(blocks)[:, 0]), (16_000, mono(blocks))):
            around = np.abs(wave[round((click - 0.1) * rate) : round((click + 0.1) * rate)])
            rise = int(np.argmax(around > 0.25)) / rate - 0.1
            assert abs(rise) < 0.0015


@pytest.mark.parametrize("start_s", [-0.5, 0.25, 0.4])
def test_sound_that_starts_apart_from_the_picture(tmp_path: Path, start_s: float) -> None:
    pts = [round((k / 24 + 1) * 1000) for k in range(48)]
    sound = Sound(clicks_s=[1.0], start_s=1 + start_s)
    film = Film(48, pts=pts, time_base=Fraction(1, 1000), sounds=[sound], codec="mjpeg", pixels="yuvj420p")
    reel = open_reel(film.write(tmp_path / "film.mkv"))
    wave = stereo(run(reel))[:, 0]
    assert int(np.argmax(wave > 0.25)) / 48_000 == pytest.approx(1.0 + start_s, abs=0.002)
    assert len(wave) == 96_000


def test_sound_is_cut_and_filled_to_the_picture(tmp_path: Path) -> None:
    for seconds in (0.5, 5.0):
        reel = open_reel(Film(48, sounds=[Sound(seconds=seconds, level=0.3)]).write(tmp_path / "film.mov"))
        wave = stereo(run(reel))[:, 0]
        assert len(wave) == 96_000
        assert bool(np.any(wave[-24_000:])) == (seconds > 2)


@pytest.mark.parametrize(
    ("channel", "left", "right"),
    [(0, 1, 0), (1, 0, 1), (2, 0.7071, 0.7071), (3, 0, 0), (4, 0.7071, 0), (5, 0, 0.7071)],
)
def test_five_one_folds_down_by_the_itu_s_coefficients(tmp_path: Path, channel: int, left: float, right: float) -> None:
    sound = Sound(layout="5.1", level=0.5, only=channel)
    wave = stereo(run(open_reel(Film(48, sounds=[sound]).write(tmp_path / "film.mov"))))
    power = np.sqrt(2 * np.mean(wave[10_000:80_000] ** 2, axis=0)) / 0.5
    assert power == pytest.approx([left, right], abs=0.005)


def test_other_rates_and_mono(tmp_path: Path) -> None:
    sound = Sound(layout="mono", rate=44_100, level=0.5)
    wave = stereo(run(open_reel(Film(48, sounds=[sound]).write(tmp_path / "film.mov"))))
    assert np.sqrt(2 * np.mean(wave[10_000:80_000] ** 2, axis=0)) / 0.5 == pytest.approx([0.7071] * 2, abs=0.005)


def test_split_tracks_feed_stems_and_their_sum_is_the_mix(tmp_path: Path) -> None:
    sounds = [Sound("DX", level=0.1), Sound("MX", level=0.2), Sound("R1_SFX", level=0.3)]
    reel = open_reel(Film(48, sounds=sounds).write(tmp_path / "film.mov"))
    assert [t.role for t in reel.info.audio] == ["dialogue", "music", "effects"]
    blocks = run(reel)
    for stem, level in (("dialogue", 0.1), ("music", 0.2), ("effects", 0.3)):
        assert np.abs(mono(blocks, stem)[4000:28_000]).max() == pytest.approx(level, rel=0.02)
    assert np.abs(mono(blocks)[4000:28_000]).max() == pytest.approx(0.6, rel=0.02)


def test_a_mix_beside_split_tracks_is_the_mix(tmp_path: Path) -> None:
    sounds = [Sound("Dialogue", level=0.1), Sound("Full mix", level=0.4)]
    reel = open_reel(Film(48, sounds=sounds).write(tmp_path / "film.mov"))
    blocks = run(reel)
    assert np.abs(mono(blocks)[4000:28_000]).max() == pytest.approx(0.4, rel=0.02)
    assert np.abs(mono(blocks, "dialogue")[4000:28_000]).max() == pytest.approx(0.1, rel=0.02)


def test_the_dialogue_track_can_be_forced(tmp_path: Path) -> None:
    path = Film(48, sounds=[Sound("A1", level=0.1), Sound("A2", level=0.4)]).write(tmp_path / "film.mov")
    blocks = run(open_reel(path, dialogue_track=1))
    assert np.abs(mono(blocks, "dialogue")[4000:28_000]).max() == pytest.approx(0.4, rel=0.02)
    assert np.abs(mono(blocks)[4000:28_000]).max() == pytest.approx(0.1, rel=0.02)
    for track in (-1, 2):
        with pytest.raises(TrackInvalid):
            open_reel(path, dialogue_track=track)


def test_the_sides_of_a_mix_are_heard_apart(tmp_path: Path) -> None:
    path = Film(48, sounds=[Sound(level=0.4, right_hz=3000)]).write(tmp_path / "film.mov")
    reel = open_reel(path, sides=True)
    blocks = run(reel)
    assert [track.role for track in reel.info.audio] == ["sides"]
    for stem, there, gone in (("dialogue", 1000, 3000), ("music", 3000, 1000)):
        spectrum = np.abs(np.fft.rfft(mono(blocks, stem)[8000:24_000])) / 8000
        assert spectrum[there] == pytest.approx(0.4 * 0.5**0.5, rel=0.02)
        assert spectrum[gone] < 1e-3
    both = stereo(blocks)[24_000:72_000]
    np.testing.assert_array_equal(both[:, 0], both[:, 1])
    assert np.sqrt(2 * np.mean(both[:, 0] ** 2)) == pytest.approx(0.4, rel=0.02), "each in the middle, 3 dB down"


def test_two_untitled_mono_tracks_are_left_and_right(tmp_path: Path) -> None:
    sounds = [Sound(layout="mono", level=0.2), Sound(layout="mono", level=0.4)]
    wave = stereo(run(open_reel(Film(50, Fraction(25), "mpeg2video", sounds=sounds).write(tmp_path / "film.mxf"))))
    assert np.abs(wave[12_000:84_000]).max(axis=0) == pytest.approx([0.2, 0.4], rel=0.02)


def test_rotation_and_anamorphic_pixels(tmp_path: Path) -> None:
    def top_is_bright(index: int, picture: npt.NDArray[np.uint8]) -> None:
        picture[:] = 16
        picture[: len(picture) // 2] = 235

    upright = open_reel(Film(4, draw=top_is_bright).write(tmp_path / "a.mp4"))
    assert tiny(run(upright))[0, :10].mean() > 200
    for degrees, bright in ((90, np.s_[:, :20]), (-90, np.s_[:, 28:]), (180, np.s_[17:, :])):
        reel = open_reel(Film(4, draw=top_is_bright, rotation=degrees).write(tmp_path / f"r{degrees}.mp4"))
        blocks = run(reel)
        assert (reel.info.width, reel.info.height) == ((72, 128) if degrees % 180 else (128, 72))
        assert tiny(blocks).shape == (4, 27, 48, 3)
        assert tiny(blocks)[0][bright].mean() > 200
        still = next(b for b in blocks if isinstance(b, Still))
        assert still.rgb.shape[:2] == (reel.info.height, reel.info.width)
    wide = open_reel(Film(4, size=(720, 576), aspect=Fraction(64, 45)).write(tmp_path / "pal.mp4"))
    assert (wide.info.width, wide.info.height) == (1024, 576)
    assert next(b for b in run(wide) if isinstance(b, Still)).rgb.shape == (360, 640, 3)


def test_the_tiny_feed_is_close_to_ffmpeg_s_bicubic(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    scene = rng.integers(40, 200, (27, 48, 3), dtype=np.uint8)

    def textured(index: int, picture: npt.NDArray[np.uint8]) -> None:
        picture[:] = np.kron(np.roll(scene, index, axis=1), np.ones((40, 40, 1)))
        picture += rng.integers(0, 16, picture.shape, dtype=np.uint8) // 2

    path = Film(3, size=(1920, 1080), codec="mjpeg", pixels="yuvj420p", draw=textured).write(tmp_path / "film.mov")
    ours = tiny(run(open_reel(path))).astype(int)
    with av.open(str(path)) as container:
        frames = [f.reformat(48, 27, "rgb24", interpolation="BICUBIC") for f in container.decode(video=0)]
    difference = np.abs(ours - np.stack([f.to_ndarray() for f in frames]).astype(int))
    assert difference.mean() < 1
    assert difference.max() < 12


def test_progress_is_told_and_may_stop_the_pass(tmp_path: Path) -> None:
    reel = open_reel(Film(200, sounds=[Sound(seconds=8)]).write(tmp_path / "film.mov"))
    told: list[tuple[str, int, int]] = []
    list(reel.blocks(lambda *a: told.append(a)))
    assert told[-1][1:] == (200, 200)
    assert all(a[1] <= b[1] for a, b in pairwise(told))

    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(reel.blocks(stop))
    assert not [t for t in threading.enumerate() if t.name == "decode"]


def test_a_pass_given_up_leaves_no_thread(tmp_path: Path) -> None:
    blocks = open_reel(Film(400).write(tmp_path / "film.mov")).blocks()
    next(iter(blocks))
    blocks.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name == "decode"]


def test_the_pass_can_be_run_again_and_is_the_same(tmp_path: Path) -> None:
    reel = open_reel(Film(70, sounds=[Sound(level=0.2, seconds=3)]).write(tmp_path / "film.mov"))
    first, second = run(reel), run(reel)
    assert np.array_equal(tiny(first), tiny(second))
    assert np.array_equal(stereo(first), stereo(second))
