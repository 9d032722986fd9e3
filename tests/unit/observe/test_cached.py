"""Results are kept under everything they depend on, and a cache in trouble is never an error."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from model.media.open import open_reel
from model.media.reel import Feed
from model.observe import cached, run
from model.observe.detector import Detector, Findings, ObserveSettings
from model.observe.observations import Curve, Observations
from model.observe.registry import GROUP
from model.progress import Progress, ignore_progress

NETS = ("cuts", "faces", "titles", "embeddings", "sound")  # slow, and beside the point here
BARE = ObserveSettings(only=("colour",))


class Watcher:
    """Counts how often the film is really watched."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, path: str, start: str, settings: ObserveSettings, progress: Progress) -> Observations:
        self.times += 1
        return run.observe(open_reel(path, start_timecode=start), settings, progress)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUELIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def see(film: Path, watch: Watcher, settings: ObserveSettings = BARE, start: str = "") -> Observations:
    return cached.observe_cached(str(film), start, settings, ignore_progress, watch)


def test_the_second_look_is_a_memory_and_says_the_same(tiny_film: Path, folder: Path) -> None:
    from model.documents import encode

    watch = Watcher()
    first, second = see(tiny_film, watch), see(tiny_film, watch)
    assert watch.times == 1
    assert encode(first) == encode(second)


def test_other_settings_or_another_start_are_other_results(tiny_film: Path, folder: Path) -> None:
    watch = Watcher()
    see(tiny_film, watch)
    see(tiny_film, watch, start="02:00:00:00")
    see(tiny_film, watch, replace(BARE, exact=True))
    assert watch.times == 3


def test_a_copy_with_one_more_byte_is_another_film(tiny_film: Path, folder: Path, tmp_path: Path) -> None:
    watch = Watcher()
    see(tiny_film, watch)
    other = tmp_path / tiny_film.name
    other.write_bytes(tiny_film.read_bytes() + b"\0")
    assert cached._key(str(tiny_film), "", BARE) != cached._key(str(other), "", BARE)


class Beside(Detector):
    """Runs beside the colours."""

    name: ClassVar[str] = "beside"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset()
    after: ClassVar[tuple[str, ...]] = ("colour",)

    def finish(self, found: Findings) -> Curve:
        return np.full(2, float(self.version), np.float32)


def test_a_film_seen_before_is_seen_again_by_a_new_detector_and_by_a_changed_one(
    tiny_film: Path, folder: Path, install_plugin: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, everybody = Watcher(), ObserveSettings(skip=NETS)
    see(tiny_film, watch, everybody)
    install_plugin(GROUP, f"beside = {__name__}:Beside")
    assert see(tiny_film, watch, everybody).extra["beside"][0] == 1
    see(tiny_film, watch, everybody)
    assert watch.times == 2
    monkeypatch.setattr(Beside, "version", "2")
    assert see(tiny_film, watch, everybody).extra["beside"][0] == 2
    assert watch.times == 3
    see(tiny_film, watch)
    assert watch.times == 4
    monkeypatch.setattr(Beside, "version", "3")
    see(tiny_film, watch)
    assert watch.times == 4, "a detector that does not run changes nothing"


def test_a_damaged_entry_is_made_again(tiny_film: Path, folder: Path) -> None:
    watch = Watcher()
    see(tiny_film, watch)
    entry = next(folder.glob("*.json"))
    entry.write_bytes(entry.read_bytes()[:100])
    see(tiny_film, watch)
    assert watch.times == 2


def test_a_cache_that_cannot_be_written_is_no_error(
    tiny_film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("CUELIGHT_CACHE", str(blocked / "cache"))
    watch = Watcher()
    see(tiny_film, watch)
    see(tiny_film, watch)
    assert watch.times == 2


def test_the_oldest_results_are_forgotten_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    folder.mkdir()
    for age, name in enumerate(("new", "middle", "old")):
        (folder / f"{name}.json").write_bytes(b"x" * 10)
        os.utime(folder / f"{name}.json", (1000 - age, 1000 - age))
    monkeypatch.setattr(cached, "KEEP_BYTES", 20)
    cached._forget_oldest(folder)
    assert sorted(p.stem for p in folder.iterdir()) == ["middle", "new"]
