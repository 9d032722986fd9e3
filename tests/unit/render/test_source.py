"""Picture and sound from our own files are those of the film, and the film is not opened for them."""

from pathlib import Path

import av
import numpy as np
import pytest

from model.errors import NotesInvalid, ReelMissing
from model.media.open import open_reel
from model.media.reel import ReelInfo
from model.render.film import preview
from model.render.film_sound import FilmSound, film_sound
from model.render.mix import Mix, mix
from model.render.source import FilmSource
from model.review.child import make_review
from model.review.film import PICTURE, SOUND
from tests.unit.media.film_maker import Film, Sound

SPLIT = (Sound("DX", level=0.2, clicks_s=(0.4,)), Sound("MX", level=0.4), Sound("FX", level=0.1))


def prepared(tmp_path: Path, sounds: tuple[Sound, ...]) -> tuple[Path, ReelInfo, FilmSource]:
    path = Film(size=(320, 180), frames=48, sounds=sounds).write(tmp_path / "reel.mov")
    info = open_reel(path).info
    (tmp_path / "made").mkdir()
    make_review(path, info, tmp_path / "made", lambda *_: None)
    return path, info, FilmSource(tmp_path / "gone.mov", tmp_path / "made")


@pytest.mark.parametrize("sounds", [(Sound(level=0.4, clicks_s=(1.0,)),), SPLIT])
def test_the_sound_is_that_of_the_film_within_a_bit(tmp_path: Path, sounds: tuple[Sound, ...]) -> None:
    path, info, source = prepared(tmp_path, sounds)
    one, other = film_sound(path, info, 2.0), source.sound(info, 2.0)
    assert one is not None
    assert other is not None
    assert one.sound.shape == other.sound.shape
    assert np.abs(one.sound - other.sound).max() <= 2.0**-24
    assert one.music_free == other.music_free == (sounds is SPLIT)
    from_film = FilmSource(path).sound(info, 2.0)
    assert from_film is not None
    np.testing.assert_array_equal(from_film.sound, one.sound)


def test_the_preview_from_our_picture_has_the_frames_of_the_film(tmp_path: Path) -> None:
    path, info, source = prepared(tmp_path, ())
    bed = mix([], FilmSound(np.zeros((96_000, 2), np.float32), music_free=False), 96_000, ())

    def frames(picture: Path, to: str, mixed: Mix) -> list[tuple[float, int]]:
        with av.open(str(preview(picture, info, mixed, [], tmp_path / to))) as film:
            return [(f.time, round(f.to_ndarray(format="gray").mean() / 7)) for f in film.decode(video=0)]

    seen, expected = frames(source.picture, "a.mp4", bed), frames(path, "b.mp4", bed)
    assert [t for t, _ in seen] == [t for t, _ in expected]
    assert max(abs(a - b) for (_, a), (_, b) in zip(seen, expected, strict=True)) <= 1


def test_what_is_needed_is_asked_for_before_anything_is_composed(tmp_path: Path) -> None:
    path, info, source = prepared(tmp_path, ())
    FilmSource(path).check(sounds=True, shows=True)
    with pytest.raises(ReelMissing, match=r"gone\.mov"):
        FilmSource(tmp_path / "gone.mov").check(sounds=False, shows=False)
    source.check(sounds=False, shows=True)
    assert source.sound(info, 2.0) is None
    with pytest.raises(ReelMissing, match=SOUND):
        source.check(sounds=True, shows=False)
    (tmp_path / "made" / PICTURE).unlink()
    source.check(sounds=False, shows=False)
    with pytest.raises(ReelMissing, match=PICTURE):
        source.check(sounds=False, shows=True)
    (tmp_path / "made" / SOUND).write_bytes(b"nothing")
    with pytest.raises(NotesInvalid):
        source.sound(info, 2.0)
