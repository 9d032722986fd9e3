"""The voice is heard, the targets are met, the duck is drawn and the stems stay as they were."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.media.open import open_reel
from model.render.automation import Automation, DuckedStretch, Fade, draw_duck
from model.render.film_sound import FilmSound
from model.render.loudness import LoudnessMeter, true_peak_dbtp
from model.render.mix import Mix, mix
from model.render.printing import print_temp_mix
from model.render.seconds import intersect_spans, join_spans, subtract_spans
from model.render.stems import Stems
from model.time import Frame, Timebase
from tests.unit.media.film_maker import Film, Sound
from tests.unit.render.reel_sound import reel_sound

RATE = 48_000
TIMEBASE = Timebase.from_label(Fraction(24))
SECONDS = 30
LINES = ((4.0, 6.5), (7.6, 9.0), (20.0, 22.0))


def noise(seconds: float, level_db: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(abs(seed))
    return (rng.normal(0, 10 ** (level_db / 20), (round(seconds * RATE), 2))).astype(np.float32)


def cue(start: int, seconds: float, level_db: float = -25.0, tail_s: int = 4) -> Stems:
    sound = noise(seconds, level_db, start)
    out = Frame(start + round((seconds - tail_s) * 24))
    half = sound / 2
    return Stems(
        "c",
        "1m1",
        "A cue",
        TIMEBASE,
        Frame(start + 48),
        Frame(start),
        out,
        len(sound),
        {"strings": half, "brass": half},
        0,
        -23,
        -3,
    )


def film(
    lines: Sequence[tuple[float, float]] = LINES, level_db: float = -20.0, *, music_free: bool = False
) -> FilmSound:
    sound = noise(SECONDS, -60, 99)
    for start, end in lines:
        sound[round(start * RATE) : round(end * RATE)] += noise(end - start, level_db, 98)
    return FilmSound(sound, music_free)


def loudness(sound: np.ndarray) -> float:
    meter = LoudnessMeter()
    meter.push(sound)
    return meter.integrated_lufs


@pytest.fixture(scope="module")
def mixed() -> Mix:
    return mix([cue(0, 24.0)], film(), SECONDS * RATE, LINES)


def test_dialogue_and_peaks_are_where_a_bounce_has_them(mixed: Mix) -> None:
    sound = np.concatenate(list(mixed.blocks()))
    assert sound.shape == (SECONDS * RATE, 2)
    assert true_peak_dbtp(sound) <= -2
    assert loudness(sound) == pytest.approx(mixed.integrated_lufs, abs=0.1)
    lines = np.concatenate([mixed.film_sound(round(a * RATE), round(b * RATE)) for a, b in LINES])
    assert loudness(lines) == pytest.approx(-27, abs=0.5)
    assert mixed.dialogue_lufs == pytest.approx(-27, abs=0.1)


def test_music_is_eight_units_below_every_line(mixed: Mix) -> None:
    for start, end in LINES:
        a, b = round(start * RATE), round(end * RATE)
        assert loudness(mixed.film_sound(a, b)) - loudness(mixed.music(a, b)) >= 8
    assert len(mixed.below_speech_lu) == 3
    assert min(mixed.below_speech_lu) >= 8


def test_the_duck_leads_the_voice_and_lets_go_slowly(mixed: Mix) -> None:
    duck = mixed.music_duck
    assert duck.db(3.79) == 0
    assert duck.db(4.0) == duck.db(6.5) <= -6
    assert duck.db(5.0) >= -10
    assert duck.db(7.3) < 0, "between two close lines the music stays down"
    assert duck.db(9.7) == 0
    assert duck.db(19.7) == 0 > duck.db(19.9) > duck.db(20.0)


def test_a_film_without_lines_reaches_the_master_loudness() -> None:
    made = mix([cue(0, SECONDS, tail_s=4)], film(()), SECONDS * RATE, ())
    assert made.integrated_lufs == pytest.approx(-24, abs=0.5)
    assert made.music_duck == Automation()
    assert made.cautions == ()


def test_as_written_is_the_same_without_the_duck(mixed: Mix) -> None:
    a, b = 5 * RATE, 6 * RATE
    written, temp = mixed.music(a, b, duck=False), mixed.music(a, b)
    assert np.abs(written).max() > 1.9 * np.abs(temp).max()
    np.testing.assert_array_equal(mixed.music(0, RATE, duck=False), mixed.music(0, RATE))


def test_the_films_own_music_goes_down_where_it_cannot_be_taken_out() -> None:
    made = mix([cue(0, 24.0)], film(), SECONDS * RATE, LINES, existing=[(0.0, 30.0)])
    assert made.film_duck.db(15.0) == -14
    assert made.film_duck.db(5.0) == 0, "never under a line"
    assert made.film_duck.db(27.0) == 0, "nor where we have no music"
    assert "cannot be taken out" in made.cautions[0]


def test_split_tracks_keep_the_films_music_out() -> None:
    made = mix([cue(0, 24.0)], film(music_free=True), SECONDS * RATE, LINES, existing=[(0.0, 30.0)])
    assert made.film_duck == Automation()
    assert "left out" in made.cautions[0]


def test_a_silent_film_is_music_alone() -> None:
    made = mix([cue(0, 24.0)], None, SECONDS * RATE, LINES)
    assert made.music_duck == Automation()
    assert made.integrated_lufs == pytest.approx(-24, abs=0.5)
    assert not made.film_sound(0, RATE).any()


def test_no_cue_leaves_the_film() -> None:
    made = mix([], film(), SECONDS * RATE, LINES)
    assert made.below_speech_lu == ()
    assert not made.music(0, RATE).any()


def test_peaks_over_the_limit_lower_the_whole_and_say_so() -> None:
    loud = film()
    loud.sound[10 * RATE : 10 * RATE + 40] = 30.0
    made = mix([cue(0, 24.0)], loud, SECONDS * RATE, LINES)
    assert made.true_peak_dbtp == pytest.approx(-2.1, abs=0.01)
    assert any("lowered" in text for text in made.cautions)


def test_a_cue_before_the_reel_begins_is_cut_to_it() -> None:
    early = cue(-48, 24.0)
    made = mix([early], None, SECONDS * RATE, ())
    level = 10 ** (made.music_gain_db / 20)
    np.testing.assert_allclose(made.music(0, 100), early.mix(2 * RATE, 2 * RATE + 100) * level, rtol=1e-5)


def test_the_printed_temp_mix_lies_under_its_stems(mixed: Mix, tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    sound, table = print_temp_mix(mixed, mixed.cues[0], tmp_path, "Show")
    back, _ = soundfile.read(sound)
    assert len(back) == mixed.cues[0].samples
    np.testing.assert_allclose(back[:RATE], mixed.master(0, RATE), atol=1e-6)
    rows = table.read_text().splitlines()
    assert rows[0] == "timecode,seconds,gain_db"
    assert rows[1].startswith("01:00:03:19,3.800,0.00")


spans = st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), max_size=6)


@given(spans, spans)
def test_what_is_common_and_what_is_left_make_the_whole(one: list, other: list) -> None:
    def length(parts: list) -> float:
        return sum(b - a for a, b in join_spans(parts))

    both, rest = intersect_spans(one, other), subtract_spans(one, other)
    assert length(both) + length(rest) == pytest.approx(length(one), abs=1e-6)
    assert intersect_spans(rest, other) == [] or length(intersect_spans(rest, other)) < 1e-6


@given(st.lists(st.tuples(st.floats(0, 60), st.floats(0.1, 5), st.floats(1, 12)), min_size=1, max_size=8))
def test_no_duck_is_shallower_than_asked_and_none_jumps(raw: list) -> None:
    stretches = [DuckedStretch(start, start + length, depth) for start, length, depth in raw]
    duck = draw_duck(stretches, Fade())
    times = [at for at, _ in duck.points]
    assert times == sorted(times)
    for stretch in stretches:
        assert max(duck.db(stretch.start_s), duck.db(stretch.end_s)) <= -stretch.depth_db + 1e-6
    gains = duck.gains(0, 70 * 480)
    assert gains.min() > 0.2
    assert np.abs(np.diff(20 * np.log10(gains[:, 0]))).max() < 12 / 0.2 / RATE * 1.01


def test_a_fade_takes_time() -> None:
    with pytest.raises(ValueError, match="takes time"):
        Fade(lead_s=0)


def _film(tmp_path: Path, *sounds: Sound) -> FilmSound | None:
    path = Film(sounds=sounds).write(tmp_path / "film.mov")
    return reel_sound(path, open_reel(path).info, 2.0)


def test_the_films_sound_is_aligned_to_its_first_frame(tmp_path: Path) -> None:
    found = _film(tmp_path, Sound(clicks_s=(0.5, 1.5)))
    assert found is not None
    assert found.sound.shape == (2 * RATE, 2)
    assert not found.music_free
    loud = np.flatnonzero(np.abs(found.sound[:, 0]) > 0.25)
    assert abs(loud[0] - RATE // 2) <= 2


def test_dialogue_and_effects_replace_the_mix_when_both_are_there(tmp_path: Path) -> None:
    tracks = [
        Sound("MX", level=0.5),
        Sound("DX", clicks_s=(0.5,)),
        Sound("FX", clicks_s=(1.0,)),
        Sound("Mix", level=0.5, disposition=True),
    ]
    found = _film(tmp_path, *tracks)
    assert found is not None
    assert found.music_free
    assert np.abs(found.sound[: RATE // 4]).max() < 0.01, "the music is not there"
    assert np.abs(found.sound[RATE // 2 : RATE // 2 + 400]).max() > 0.3
    assert np.abs(found.sound[RATE : RATE + 400]).max() > 0.3


def test_dialogue_alone_does_not_replace_the_mix(tmp_path: Path) -> None:
    found = _film(tmp_path, Sound("Mix", level=0.5), Sound("DX", clicks_s=(0.5,)))
    assert found is not None
    assert not found.music_free
    assert np.abs(found.sound[: RATE // 4]).max() > 0.3


def test_a_film_without_sound(tmp_path: Path) -> None:
    assert _film(tmp_path) is None
