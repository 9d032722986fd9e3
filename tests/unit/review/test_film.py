"""What the browser plays shows every frame at its time and sounds as the mix does."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from model.errors import Cancelled, ChildTimedOut, NotAFilm, OutputError, OutputUnwritable
from model.media.open import open_reel
from model.media.reel import Clock, ReelInfo
from model.render.flac import read_flac, round_samples
from model.review.child import make_review
from model.review.film import PICTURE, SOUND, WAVEFORM, ReviewMade, prepare_review
from model.review.waveform import read_waveform
from model.runtime.child import ChildLimits
from model.runtime.sandbox import Sandbox
from tests.unit.media.film_maker import Film, Sound, grey
from tests.unit.render.reel_sound import reel_sound

RATE = 48_000
NTSC = Fraction(24000, 1001)


def reel(tmp_path: Path, name: str = "reel.mov", *, sides: bool = False, **settings: object) -> tuple[Path, ReelInfo]:
    path = Film(**{"size": (320, 180), "frames": 48, **settings}).write(tmp_path / name)
    return path, open_reel(path, sides=sides).info


def marked(index: int, picture: np.ndarray) -> None:
    """Say which frame it is: a bar that stands elsewhere on each."""
    picture[:] = 40
    picture[:, 3 * index : 3 * index + 3] = 220


def mark_of(picture: np.ndarray) -> int:
    return int(np.argmax(picture.mean(axis=(0, 2)))) // 3


def made(path: Path, info: ReelInfo, out: Path) -> ReviewMade:
    """Make the files without the sandbox: the sandbox has tests of its own."""
    out.mkdir(exist_ok=True)
    return make_review(path, info, out, lambda *_: None)


def clock_of(path: Path) -> Clock:
    opened = open_reel(path)
    for _ in opened.blocks():
        pass
    return opened.clock


def shown(path: Path) -> tuple[list[float], list[np.ndarray]]:
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
        return [float(f.pts * f.time_base) for f in frames], [f.to_ndarray(format="rgb24") for f in frames]


def sought(path: Path, at_s: Fraction) -> np.ndarray:
    """Seek as a browser does: from the key frame before, the last frame that begins at or before the time."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        film.seek(int(at_s / stream.time_base), stream=stream)
        last = None
        for frame in film.decode(stream):
            if frame.pts * stream.time_base > at_s:
                break
            last = frame
        assert last is not None
        return last.to_ndarray(format="rgb24")


@pytest.mark.parametrize("rate", [Fraction(24), NTSC, Fraction(30000, 1001), Fraction(25)])
def test_the_middle_of_a_frame_shows_that_frame(tmp_path: Path, rate: Fraction) -> None:
    path, info = reel(tmp_path, rate=rate, frames=60, draw=marked)
    facts = made(path, info, tmp_path / "out")
    assert facts.frames == 60
    for index in range(60):
        seen = sought(tmp_path / "out" / PICTURE, (index + Fraction(1, 2)) / rate)
        assert mark_of(seen) == index


def test_every_frame_once_in_order_and_none_depends_on_a_later_one(tmp_path: Path) -> None:
    path, info = reel(tmp_path, rate=NTSC, frames=100, draw=marked, sounds=(Sound(seconds=4.5),))
    made(path, info, tmp_path / "out")
    times, images = shown(tmp_path / "out" / PICTURE)
    np.testing.assert_allclose(times, [n * 1001 / 24000 for n in range(100)], atol=1e-6)
    assert [mark_of(image) for image in images] == list(range(100))
    with av.open(str(tmp_path / "out" / PICTURE)) as film:
        packets = [p for p in film.demux(video=0) if p.size]
        assert all(p.pts == p.dts for p in packets), "no B-frames"
        keys = [float(p.pts * p.time_base) for p in packets if p.is_keyframe]
        assert max(np.diff(keys)) <= 1.0
        assert film.streams.video[0].codec_context.name == "h264"
    data = (tmp_path / "out" / PICTURE).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "it plays before it has come whole"


def test_a_variable_rate_keeps_its_times(tmp_path: Path) -> None:
    pts = [0, 1000, 3000, 3500, 7000, 8000, 48000]
    path, info = reel(tmp_path, frames=7, pts=pts, time_base=Fraction(1, 24000), codec="libx264", draw=marked)
    facts = made(path, info, tmp_path / "out")
    clock = clock_of(path)
    times, _ = shown(tmp_path / "out" / PICTURE)
    np.testing.assert_allclose(times, clock.times_s, atol=2e-5)
    assert facts.end_s == pytest.approx(clock.end_s)
    edges = [*clock.times_s, clock.end_s]
    for index in range(7):
        middle = Fraction((edges[index] + edges[index + 1]) / 2)
        assert mark_of(sought(tmp_path / "out" / PICTURE, middle)) == index


TWO_SECONDS = 2 * RATE
SOUNDS: dict[str, tuple[Sound, ...]] = {
    "stereo": (Sound(level=0.4, clicks_s=(0.5, 1.5)),),
    "shorter than the picture": (Sound(level=0.4, seconds=1.25),),
    "longer than the picture": (Sound(level=0.4, seconds=3.0),),
    "late": (Sound(level=0.4, seconds=1.0, start_s=0.7),),
    "44.1 kHz": (Sound(level=0.4, rate=44_100),),
    "surround": (Sound(level=0.3, layout="5.1", only=2),),
    "a pair of mono tracks": (Sound(level=0.3, layout="mono"), Sound(level=0.2, layout="mono", clicks_s=(1.0,))),
    "split tracks": (
        Sound("DX", level=0.2, clicks_s=(0.4,)),
        Sound("MX", level=0.4),
        Sound("FX", level=0.1, clicks_s=(1.2,)),
    ),
    "dialogue and music split, and nothing else": (Sound("DX", level=0.2, clicks_s=(0.4,)), Sound("MX", level=0.4)),
    "sides": (Sound(level=0.4, right_hz=3000.0),),
    "mono tracks as sides": tuple(Sound(layout="mono", level=level) for level in (0.2, 0.4, 0.3)),
    "music beside the mix": (Sound("Mix", level=0.3), Sound("MX", level=0.1)),
}
APART = ("split tracks", "dialogue and music split, and nothing else", "sides", "mono tracks as sides")


@pytest.mark.parametrize("what", SOUNDS)
def test_the_sound_is_that_of_the_mix_to_the_sample(tmp_path: Path, what: str) -> None:
    path, info = reel(tmp_path, sounds=SOUNDS[what], sides="sides" in what)
    facts = made(path, info, tmp_path / "out")
    expected = reel_sound(path, info, 2.0)
    assert expected is not None
    assert facts.samples == TWO_SECONDS
    assert facts.music_free == expected.music_free == facts.music_apart == (what in APART)
    assert facts.clipped == 0
    back = read_flac(tmp_path / "out" / SOUND, TWO_SECONDS)
    np.testing.assert_array_equal(back, (round_samples(expected.sound, 24)[0] / 2.0**23).astype(np.float32))
    waveform = read_waveform((tmp_path / "out" / WAVEFORM).read_bytes())
    assert waveform.samples == TWO_SECONDS


def test_split_tracks_are_all_heard_in_the_film_itself(tmp_path: Path) -> None:
    path, info = reel(tmp_path, sounds=SOUNDS["split tracks"])
    made(path, info, tmp_path / "out")
    with av.open(str(tmp_path / "out" / PICTURE)) as film:
        assert film.streams.audio[0].layout.name == "5.1"
        channels = np.concatenate([f.to_ndarray() for f in film.decode(audio=0)], axis=1)[:, RATE // 2 : RATE]
    levels = [pytest.approx(level, abs=0.03) for level in (0.3, 0.3, 0, 0, 0.4, 0.4)]
    assert list(np.abs(channels).max(axis=1)) == levels, "dialogue and effects in front, the music behind"
    heard = channels[0] + channels[4]
    without = read_flac(tmp_path / "out" / SOUND, TWO_SECONDS)[RATE // 2 : RATE, 0]
    assert np.abs(heard).max() == pytest.approx(0.7, abs=0.05)
    assert np.abs(without).max() == pytest.approx(0.3, abs=0.05)
    drawn = read_waveform((tmp_path / "out" / WAVEFORM).read_bytes()).levels[-1].pairs[50:100]
    assert drawn.max() / 127 == pytest.approx(0.7, abs=0.05), "what is drawn is what is heard"


def test_the_sides_of_a_mix_are_apart_in_the_film(tmp_path: Path) -> None:
    path, info = reel(tmp_path, sounds=SOUNDS["sides"], sides=True)
    made(path, info, tmp_path / "out")
    with av.open(str(tmp_path / "out" / PICTURE)) as film:
        channels = np.concatenate([f.to_ndarray() for f in film.decode(audio=0)], axis=1)[:, RATE // 2 : RATE]
    loudest = [int(np.abs(np.fft.rfft(channel)).argmax()) * 2 for channel in channels[[0, 1, 4, 5]]]
    assert loudest == [1000, 1000, 3000, 3000]
    under = read_flac(tmp_path / "out" / SOUND, TWO_SECONDS)[RATE // 2 : RATE, 0]
    assert int(np.abs(np.fft.rfft(under)).argmax()) * 2 == 1000, "the mix leaves the temp music out"


def test_picture_and_sound_of_the_film_stay_together(tmp_path: Path) -> None:
    path, info = reel(tmp_path, rate=NTSC, sounds=(Sound(seconds=2.0, clicks_s=(1.5,)),))
    made(path, info, tmp_path / "out")
    with av.open(str(tmp_path / "out" / PICTURE)) as film:
        parts = [(f.pts, f.to_ndarray()[0]) for f in film.decode(audio=0)]
    out = np.zeros(3 * RATE)
    for at, part in parts:
        out[max(at, 0) : at + len(part)] = part[max(-at, 0) :]
    assert abs(int(np.argmax(np.abs(out) > 0.2)) - round(1.5 * RATE)) < 48


def test_a_silent_film_has_a_picture_alone(tmp_path: Path) -> None:
    path, info = reel(tmp_path)
    facts = made(path, info, tmp_path / "out")
    assert facts.samples == 0
    assert [p.name for p in (tmp_path / "out").iterdir()] == [PICTURE]
    with av.open(str(tmp_path / "out" / PICTURE)) as film:
        assert not film.streams.audio


def test_large_films_are_made_smaller_and_turned_ones_upright(tmp_path: Path) -> None:
    path, info = reel(tmp_path, "large.mov", size=(1920, 1080), frames=2, codec="mjpeg", pixels="yuvj422p")
    facts = made(path, info, tmp_path / "large")
    assert (facts.rows, facts.columns) == (540, 960)
    _, images = shown(tmp_path / "large" / PICTURE)
    assert [i.mean() for i in images] == pytest.approx([grey(0), grey(1)], abs=3), "full range became video range"

    def corner(index: int, picture: np.ndarray) -> None:
        picture[:40, :60] = (255, 0, 0)

    path, info = reel(tmp_path, "turned.mov", draw=corner, rotation=90, frames=3)
    made(path, info, tmp_path / "turned")
    _, images = shown(tmp_path / "turned" / PICTURE)
    assert images[0].shape == (320, 180, 3)
    reds = np.argwhere((images[0][:, :, 0].astype(int) - images[0][:, :, 2]) > 80).mean(axis=0)
    assert reds[0] > 200


def test_a_damaged_film_has_the_frames_that_were_watched(tmp_path: Path) -> None:
    path, info = reel(tmp_path, "a.mkv", frames=200, codec="libx264")
    data = bytearray(path.read_bytes())
    for at in np.random.default_rng(2).integers(3000, len(data) - 100, 5):
        data[at] ^= 0x10
    path.write_bytes(data[: len(data) * 98 // 100])
    clock = clock_of(path)
    facts = made(path, info, tmp_path / "out")
    assert facts.frames == len(clock.times_s) < 200
    assert facts.end_s == clock.end_s
    np.testing.assert_allclose(shown(tmp_path / "out" / PICTURE)[0], clock.times_s, atol=2e-5)


def test_a_single_frame(tmp_path: Path) -> None:
    path, info = reel(tmp_path, frames=1, sounds=(Sound(seconds=0.5, level=0.3),))
    facts = made(path, info, tmp_path / "out")
    assert (facts.frames, facts.samples) == (1, 2000)


def test_the_same_film_gives_the_same_bytes_in_the_sandbox_and_beside_it(tmp_path: Path) -> None:
    path, info = reel(tmp_path, frames=100, sounds=(Sound(level=0.3, seconds=4.2),))
    heard: list[tuple[str, int, int]] = []
    media = prepare_review(path, info, tmp_path / "one", lambda *a: heard.append(a))
    assert media.made == made(path, info, tmp_path / "two")
    names = [PICTURE, SOUND, WAVEFORM]
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == names
    assert [(tmp_path / "one" / n).read_bytes() for n in names] == [(tmp_path / "two" / n).read_bytes() for n in names]
    assert (media.picture, media.sound, media.waveform) == tuple(tmp_path / "one" / n for n in names)
    assert heard[-1] == ("picture", 100, 100)
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)


def test_what_ends_early_leaves_what_was_there(tmp_path: Path) -> None:
    path, info = reel(tmp_path, frames=100, sounds=(Sound(level=0.3, seconds=4.2),))
    out = tmp_path / "out"
    out.mkdir()
    (out / PICTURE).write_bytes(b"older")

    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        prepare_review(path, info, out, stop)
    with pytest.raises(ChildTimedOut):
        prepare_review(path, info, out, sandbox=Sandbox(wall_s=0.0))
    assert [p.name for p in out.iterdir()] == [PICTURE]
    assert (out / PICTURE).read_bytes() == b"older"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, info = reel(tmp_path, sounds=(Sound(level=0.3),))
    monkeypatch.setattr("model.review.film._LARGEST_FILE", 4096)
    box = Sandbox(limits=ChildLimits(file_size=4096))
    with pytest.raises(OutputError, match="as the browser plays it"):
        prepare_review(path, info, tmp_path / "out", sandbox=box)
    assert list((tmp_path / "out").iterdir()) == []


def test_without_bubblewrap_the_files_are_the_same(tmp_path: Path) -> None:
    path, info = reel(tmp_path, sounds=(Sound(level=0.3),))
    media = prepare_review(path, info, tmp_path / "out", sandbox=Sandbox("rlimit"))
    assert media.made == made(path, info, tmp_path / "other")
    assert media.picture.read_bytes() == (tmp_path / "other" / PICTURE).read_bytes()


def test_a_new_silent_cut_takes_the_old_sound_away(tmp_path: Path) -> None:
    path, info = reel(tmp_path, sounds=(Sound(level=0.3),))
    prepare_review(path, info, tmp_path / "out")
    path, info = reel(tmp_path, "silent.mov")
    media = prepare_review(path, info, tmp_path / "out")
    assert media.sound is None
    assert media.waveform is None
    assert [p.name for p in (tmp_path / "out").iterdir()] == [PICTURE]


def test_no_film_and_no_folder(tmp_path: Path) -> None:
    path, info = reel(tmp_path)
    text = tmp_path / "text.mp4"
    text.write_text("#EXTM3U\nhttp://example.org/a.ts\n")
    with pytest.raises(NotAFilm, match="playlist"):
        prepare_review(text, info, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(OutputUnwritable):
        prepare_review(path, info, text / "out")
