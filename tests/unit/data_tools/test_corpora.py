"""The labelled mixes are exact, repeatable and built from pools that share nothing."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from data_tools.corpora import packages
from data_tools.corpora.clips import RATE_HZ, read_clip
from data_tools.corpora.mixes import make_mix
from data_tools.corpora.packages import CorporaUnavailableError, ensure_packages, unpack_package
from data_tools.corpora.pools import RULES, ClipKind, Split, deal_files, ensure_pool, files_of_pool, packages_of
from data_tools.corpora.truth import close_gaps, music_cells, onset_cells, speech_cells

Floats = npt.NDArray[np.float64]


def write_wav(path: Path, sound: Floats) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def hum(seconds: float, hertz: float) -> Floats:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)


def hit(seconds: float = 0.5) -> Floats:
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return np.random.default_rng(1).uniform(-0.9, 0.9, len(t)) * np.exp(-t * 20)


@pytest.fixture
def tiny_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder in which the TEST pool's packages hold a few synthetic clips."""
    monkeypatch.setenv("CUELIGHT_CORPORA", str(tmp_path))
    root = tmp_path / "unpacked"
    for package in packages_of(Split.TEST):
        (root / package).mkdir(parents=True)
    for number in range(3):
        # wave bytes under the names the rules look for: the decoder goes by content
        write_wav(root / f"fillets-ng-data-nl/sound/nl/x-m-{number}.ogg", hum(1.5, 150 + 40 * number))
        write_wav(root / f"wesnoth-1.16-music/core/music/t{number}.ogg", hum(40, 300 + 50 * number))
        write_wav(root / f"drascula-music/audio/t{number}.ogg", hum(40, 400 + 50 * number))
        write_wav(root / f"ufoai-sound/0snd/sound/weapons/w{number}.ogg", hit())
        write_wav(root / f"ufoai-sound/0snd/sound/ambience/a{number}.ogg", hum(3, 80))
    files_of_pool.cache_clear()
    read_clip.cache_clear()
    yield tmp_path
    files_of_pool.cache_clear()
    read_clip.cache_clear()


def test_no_two_pools_share_a_voice_or_a_family_of_effects() -> None:
    for kind in (ClipKind.SPEECH, ClipKind.EFFECT, ClipKind.AMBIENCE):
        for split in Split:
            here = {r.package for r in RULES if r.kind is kind and split in r.turns}
            elsewhere = {r.package for r in RULES if r.kind is kind and set(r.turns) - {split}}
            assert here
            assert not here & elsewhere


def test_each_track_is_in_one_pool_only(tiny_packages: Path) -> None:
    for number in range(3, 12):
        write_wav(tiny_packages / f"unpacked/wesnoth-1.16-music/core/music/t{number:02}.ogg", hum(0.1, 300))
    rule = next(r for r in RULES if r.package == "wesnoth-1.16-music")
    hands = [{p.name for p in deal_files(rule, split)} for split in Split]
    assert sum(len(hand) for hand in hands) == len(set.union(*hands)) == 12
    assert all(hands)


@pytest.mark.usefixtures("tiny_packages")
def test_the_same_seed_gives_the_same_mix() -> None:
    ensure_pool(Split.TEST)
    one, two, other = (make_mix(Split.TEST, 40, seed) for seed in (5, 5, 6))
    assert np.array_equal(one.sound, two.sound)
    assert np.array_equal(one.speech, two.speech)
    assert np.array_equal(one.impacts_s, two.impacts_s)
    assert not np.array_equal(one.sound, other.sound)


@pytest.mark.usefixtures("tiny_packages")
def test_labels_agree_with_the_stems() -> None:
    mix = make_mix(Split.TEST, 60, 3)
    assert len(mix.sound) == 60 * RATE_HZ
    assert len(mix.speech) == len(mix.plays) == 6000
    quiet = np.repeat(~mix.speech, 160)
    assert np.mean(mix.dialogue[~quiet] ** 2) > 100 * np.mean(mix.dialogue[quiet] ** 2)
    assert np.all(mix.music[np.repeat(~mix.plays, 160)] ** 2 < 1e-4)
    assert 0 < mix.speech.mean() < 1
    for second in mix.impacts_s:
        at = int(second * RATE_HZ)
        assert np.abs(mix.effects[at : at + 800]).max() > 10 ** (-30 / 20)
    assert len(mix.impacts_s) > 3


def test_without_apt_the_error_gives_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_CORPORA", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(CorporaUnavailableError, match="there is no apt-get here"):
        ensure_packages(["ufoai-sound"])


def test_a_package_that_does_not_unpack_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    monkeypatch.setenv("CUELIGHT_CORPORA", str(tmp_path))
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "odd_1_all.deb").write_bytes(b"no package")
    with pytest.raises(CorporaUnavailableError, match="does not unpack"):
        unpack_package("odd")
    assert list((tmp_path / "unpacked").iterdir()) == []


def test_the_cache_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_CORPORA", str(tmp_path))
    assert packages.cache_folder() == tmp_path
    monkeypatch.delenv("CUELIGHT_CORPORA")
    assert packages.cache_folder().name == "corpora"


def test_speech_cells_bridge_short_gaps_only() -> None:
    def gap(seconds: float) -> Floats:
        return np.zeros(int(seconds * RATE_HZ))

    sound = np.concatenate([gap(0.3), hum(0.5, 200), gap(0.15), hum(0.5, 200), gap(0.4), hum(0.5, 200), gap(0.3)])
    edges = np.flatnonzero(np.diff(speech_cells(sound.astype(np.float32)).astype(int)))
    assert np.abs(edges - [30, 145, 185, 235]).max() <= 2


def test_music_cells_bridge_rests_of_two_seconds() -> None:
    sound = np.concatenate([hum(2, 300), np.zeros(RATE_HZ), hum(2, 300), np.zeros(3 * RATE_HZ), hum(2, 300)])
    edges = np.flatnonzero(np.diff(music_cells(sound.astype(np.float32)).astype(int)))
    assert np.abs(edges - [500, 800]).max() <= 6


def test_onsets_are_where_the_effect_begins() -> None:
    sound = np.concatenate([np.zeros(3200), hit(), np.zeros(4800), hit()]).astype(np.float32)
    assert list(onset_cells(sound)) == [20, 100]


def test_a_swell_has_no_onset() -> None:
    swell = hum(2, 200) * np.linspace(0, 1, 2 * RATE_HZ) ** 2
    assert len(onset_cells(swell.astype(np.float32))) <= 1  # at most where the clip itself begins


def test_closing_leaves_the_ends_open() -> None:
    mask = np.array([c == "#" for c in "..#..#....#."])
    assert "".join("#" if c else "." for c in close_gaps(mask, 3)) == "..####....#."


def test_a_file_that_does_not_decode_is_an_empty_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_CORPORA", str(tmp_path / "cache"))
    (tmp_path / "odd.ogg").write_bytes(b"not sound at all")
    assert len(read_clip(tmp_path / "odd.ogg")) == 0
