"""The preview shows every frame at its time, with what belongs to it, and sounds with the picture."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from model.errors import Cancelled, DiskFull, OutputUnwritable, SettingInvalid
from model.media.open import open_reel
from model.media.reel import ReelInfo
from model.render.film import FilmSettings, preview, preview_size
from model.render.film_sound import FilmSound
from model.render.mix import Mix, mix
from model.render.overlay import Guide, Overlay, _pulses, bar_beat_label
from model.review.child import make_review
from model.review.film import PICTURE
from model.sketch.sketch_types import Sketch
from model.time import Beat, Frame, Timebase
from model.timing.landing import Fit
from model.timing.sync import sync
from model.timing.tempo_map import Meter, Tempo, TempoMap
from tests.unit.media.film_maker import Film, Sound

RATE = 48_000
NTSC = Fraction(24000, 1001)
Small = Callable[..., tuple[Sketch, Timebase]]


def _clicked(seconds: float, at_s: float) -> Mix:
    sound = np.zeros((round(seconds * RATE), 2), np.float32)
    sound[round(at_s * RATE) : round(at_s * RATE) + 480] = 0.5
    return replace(mix([], None, len(sound), ()), film=FilmSound(sound, music_free=False))


def _reel(tmp_path: Path, **settings: object) -> tuple[Path, ReelInfo]:
    path = Film(**{"size": (320, 180), **settings}).write(tmp_path / "reel.mov")
    return path, open_reel(path).info


def _guide(small_cue: Small, rate: Fraction) -> Guide:
    sketch, timebase = small_cue(rate, "", 24)
    return Guide.of(sketch, sync(Fit(sketch.tempo_map, sketch.landings, 1.0, 0, 0.0, 0), sketch.out, timebase))


def _shown(path: Path) -> tuple[list[float], list[np.ndarray]]:
    with av.open(str(path)) as film:
        frames = list(film.decode(video=0))
        return [float(f.pts * f.time_base) for f in frames], [f.to_ndarray(format="rgb24") for f in frames]


def _heard(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        parts = [(f.pts, f.to_ndarray()) for f in film.decode(audio=0)]
    out = np.zeros(max(p + a.shape[1] for p, a in parts))
    for at, sound in parts:
        out[max(at, 0) : at + sound.shape[1]] = sound[0, max(-at, 0) :]
    return out


@pytest.fixture
def made(tmp_path: Path, small_cue: Small) -> tuple[Path, ReelInfo]:
    path, info = _reel(tmp_path, frames=96, rate=NTSC)
    film = preview(path, info, _clicked(96 / NTSC, 2.0), [_guide(small_cue, NTSC)], tmp_path / "out" / "preview.mp4")
    return film, info


def test_every_frame_keeps_its_time(made: tuple[Path, ReelInfo]) -> None:
    times, _ = _shown(made[0])
    np.testing.assert_allclose(times, [n * 1001 / 24000 for n in range(96)], atol=1e-5)


def test_sound_and_picture_stay_together(made: tuple[Path, ReelInfo]) -> None:
    heard = _heard(made[0])
    assert abs(int(np.argmax(np.abs(heard) > 0.2)) - 2 * RATE) < 48
    assert len(heard) >= round(96 / NTSC * RATE)


def test_the_streamer_runs_into_the_downbeat_and_the_punch_flashes_on_it(made: tuple[Path, ReelInfo]) -> None:
    _, images = _shown(made[0])
    plain = images[70][:, :, :].astype(int)

    def green(image: np.ndarray) -> np.ndarray:
        r, g, b = (image[30:-30, :, c].astype(int) for c in range(3))
        return (g - np.maximum(r, b) > 80).sum(axis=0)

    at = [np.flatnonzero(green(images[n]) > 60).mean() for n in (6, 12, 18)]
    assert at == sorted(at)
    assert np.diff(at) == pytest.approx(320 * 6 / 48.0, abs=6)
    assert green(images[24]).max() > 20, "the punch"
    assert green(images[24])[[0, -1]].max() == 0, "the streamer has left"
    assert green(images[25]).max() == 0
    assert plain.std() > 0


def test_a_variable_rate_stays_variable(tmp_path: Path, small_cue: Small) -> None:
    pts = [0, 1000, 3000, 3500, 7000, 8000]
    path, info = _reel(tmp_path, frames=6, pts=pts, time_base=Fraction(1, 24000), codec="libx264")
    film = preview(path, info, _clicked(0.4, 0.1), [], tmp_path / "preview.mp4")
    times, _ = _shown(film)
    clock = open_reel(path)
    list(clock.blocks())
    np.testing.assert_allclose(times, clock.clock.times_s, atol=2e-5)


def test_an_upright_film_stays_upright(tmp_path: Path) -> None:
    def corner(index: int, picture: np.ndarray) -> None:
        picture[:40, :60] = (255, 0, 0)

    path, info = _reel(tmp_path, frames=6, draw=corner, rotation=90)
    assert (info.width, info.height) == (180, 320)
    film = preview(path, info, _clicked(0.25, 0.1), [], tmp_path / "preview.mp4")
    _, images = _shown(film)
    assert images[0].shape == (320, 180, 3)
    reds = np.argwhere((images[0][:, :, 0].astype(int) - images[0][:, :, 2]) > 80).mean(axis=0)
    assert reds[0] > 200, "the left corner turned counter-clockwise lies at the bottom"


def test_large_films_are_made_smaller_and_small_ones_not_larger(tmp_path: Path) -> None:
    _, info = _reel(tmp_path)
    assert preview_size(info, 720) == (180, 320)
    assert preview_size(replace(info, width=1920, height=1080), 360) == (360, 640)
    assert preview_size(replace(info, width=1080, height=1920), 361) == (360, 202)
    with pytest.raises(SettingInvalid, match="90 to 720"):
        FilmSettings(rows=1080)


def test_cancelling_and_failing_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, info = _reel(tmp_path, frames=24)

    def stop(stage: str, done: int, total: int) -> None:
        assert stage == "preview"
        if done == 10:
            raise Cancelled

    with pytest.raises(Cancelled):
        preview(path, info, _clicked(1, 0.5), [], tmp_path / "out" / "p.mp4", progress=stop)
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(OutputUnwritable):
        preview(path, info, _clicked(1, 0.5), [], path / "p.mp4")

    def full(*_: object) -> None:
        raise av.error.FFmpegError(28, "No space left on device")

    monkeypatch.setattr("model.render.film._Encoder.run", full)
    with pytest.raises(DiskFull):
        preview(path, info, _clicked(1, 0.5), [], tmp_path / "out" / "p.mp4")
    assert list((tmp_path / "out").iterdir()) == []


def test_bars_and_beats_follow_the_meter() -> None:
    tempo_map = TempoMap(
        Fraction(10), 3, (Tempo(Beat(Fraction(0)), Fraction(60)),), (Meter(0, 3, 4), Meter(1, 6, 8), Meter(2, 4, 4))
    )
    pulses = _pulses(tempo_map)
    beats, labels = [a for a, _ in pulses], [b for _, b in pulses]
    assert [bar_beat_label(beats, labels, t) for t in (9.0, 10.0, 12.9, 13.0, 14.5, 16.0)] == [
        "-1|3", "1|1", "1|3", "2|1", "2|2", "3|1",
    ]  # fmt: skip
    assert bar_beat_label(beats, labels, 1.0) == ""


def test_cue_and_bar_are_shown_only_while_the_cue_plays(small_cue: Small) -> None:
    overlay = Overlay([_guide(small_cue, Fraction(24))], Timebase.from_label(Fraction(24)))

    def drawn(frame: int) -> np.ndarray:
        picture = np.full((270, 320), 100, np.uint8)
        overlay.draw(picture, Frame(frame), frame / 24, (frame + 1) / 24)
        return picture[:180] != 100

    playing, after = drawn(100), drawn(170)
    assert playing[:30, :160].any()
    assert playing[:30, 200:].any()
    assert playing[-30:, :60].any()
    assert after[:30, :160].any()
    assert not after[:, 200:].any()
    assert not after[60:, :].any()


def test_sound_of_the_reel_is_not_needed(tmp_path: Path) -> None:
    path, info = _reel(tmp_path, frames=12, sounds=(Sound(seconds=0.5),))
    film = preview(path, info, _clicked(0.5, 0.25), [], tmp_path / "p.mp4", settings=FilmSettings(rows=90))
    _, images = _shown(film)
    assert images[0].shape == (90, 160, 3)


def test_the_preview_from_the_prepared_picture_has_the_frames_of_the_film(tmp_path: Path) -> None:
    path, info = _reel(tmp_path, frames=48, sounds=())
    make_review(path, info, tmp_path, lambda *_: None)

    def greys(picture: Path, to: str) -> list[tuple[float, int]]:
        with av.open(str(preview(picture, info, _clicked(2.0, 0.5), [], tmp_path / to))) as film:
            return [(float(f.time), round(f.to_ndarray(format="gray").mean() / 7)) for f in film.decode(video=0)]

    prepared, expected = greys(tmp_path / PICTURE, "a.mp4"), greys(path, "b.mp4")
    assert [time for time, _ in prepared] == [time for time, _ in expected]
    assert max(abs(a - b) for (_, a), (_, b) in zip(prepared, expected, strict=True)) <= 1
