"""The command's row of steps: what it asks of the film, and what it refuses before anything is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from model import pipeline
from model.errors import Cancelled, CueInvalid, OutputUnwritable, ReelMissing, SettingInvalid
from model.film_run import ScoreRequest, SpotRequest, observe_film, open_film, score_film, spot_film
from model.media.open import open_reel
from model.media.reel import Feed
from model.observe import run
from model.observe.detector import Detector, Findings
from model.observe.observations import Curve, Observations
from model.observe.registry import GROUP
from model.observe.settings import ObserveSettings
from model.progress import Progress
from model.spotting.notes import SpottingNotes, Usage
from model.spotting.settings import SpotSettings
from tests.unit.media.film_maker import Film, Sound
from tests.unit.test_cue_steps import make_cue

MONO = Sound(layout="mono", level=0.3)


def notes_of(film: Path, *cues: Any, sides: bool = False) -> SpottingNotes:
    info = open_reel(film, sides=sides).info
    return SpottingNotes(info, SpotSettings(), scenes=(), cues=cues, silences=(), hits=(), dialogue=())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[ObserveSettings]:
    """How the film was to be watched; it is not."""
    found: list[ObserveSettings] = []

    def observe(path: Path, timecode: str, settings: ObserveSettings, *_: Any) -> None:
        found.append(settings)
        raise Cancelled

    monkeypatch.setattr(pipeline, "observe_in_sandbox", observe)
    return found


@pytest.mark.parametrize("sounds", [(Sound(level=0.3),), (MONO, MONO)], ids=["stereo", "two mono tracks"])
@pytest.mark.parametrize("sides", [False, True])
def test_the_film_is_heard_for_its_score_as_it_was_heard_for_its_notes(
    tmp_path: Path, asked: list[ObserveSettings], sides: bool, sounds: tuple[Sound, ...]
) -> None:
    film = Film(sounds=sounds).write(tmp_path / "film.mov")
    with pytest.raises(Cancelled):
        score_film(ScoreRequest(film, notes_of(film, sides=sides)), tmp_path / "out")
    assert [settings.sides for settings in asked] == [sides]


def test_what_cannot_be_scored_is_refused_before_the_film_is_watched(
    tmp_path: Path, asked: list[ObserveSettings]
) -> None:
    film = Film().write(tmp_path / "film.mov")
    song = make_cue("1m2", 25, 40, usage=Usage.SONG)
    notes = notes_of(film, make_cue("1m1", 0, 20), song)
    with pytest.raises(SettingInvalid, match="There is no cue 9m9") as refused:
        score_film(ScoreRequest(film, notes, only=("9m9",)), tmp_path / "out")
    assert "1m1, 1m2" in refused.value.hint
    with pytest.raises(CueInvalid, match="1m2 is song"):
        score_film(ScoreRequest(film, notes, only=("1m2",)), tmp_path / "out")
    with pytest.raises(SettingInvalid, match="no score in out"):
        score_film(ScoreRequest(film, notes, only=("1m1",)), tmp_path / "out")
    with pytest.raises(CueInvalid, match="empty"):
        score_film(ScoreRequest(film, replace(notes, cues=(make_cue("1m1", 5, 5),))), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert asked == []


def test_a_film_that_is_not_there_and_a_folder_that_cannot_be_written(
    tmp_path: Path, asked: list[ObserveSettings]
) -> None:
    with pytest.raises(ReelMissing, match=r"gone\.mov"):
        spot_film(SpotRequest(tmp_path / "gone.mov"), tmp_path / "out")
    film = Film().write(tmp_path / "film.mov")
    with pytest.raises(OutputUnwritable):
        spot_film(SpotRequest(film), film / "out")
    assert asked == []


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = Film(frames=30).write(tmp_path / "film.mov")
    monkeypatch.setenv("CUELIGHT_CACHE", str(film / "cache"))
    request = SpotRequest(film, observing=ObserveSettings(only=("colour",)))
    with open_film(request) as opened:
        assert opened.observations.reel.frames == 30
        assert opened.cache.is_dir()
    assert not opened.cache.exists()


def test_the_film_is_watched_once_for_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_CACHE", str(tmp_path / "cache"))
    film = Film(frames=30).write(tmp_path / "film.mov")
    times: list[str] = []
    watch = pipeline.observe_in_sandbox

    def counted(path: Any, timecode: str = "", *more: Any) -> Any:
        times.append(timecode)
        return watch(path, timecode, *more)

    monkeypatch.setattr(pipeline, "observe_in_sandbox", counted)
    colour, motion = (ObserveSettings(only=(name,)) for name in ("colour", "motion"))
    for request in (
        SpotRequest(film, observing=colour),
        SpotRequest(film, observing=colour),
        SpotRequest(film, observing=motion),
        SpotRequest(film, "02:00:00:00", colour),
        SpotRequest(film, "03:00:00:00", colour, use_cache=False),
        SpotRequest(film, "03:00:00:00", colour, use_cache=False),
    ):
        with open_film(request) as opened:
            assert opened.observations.reel.name == "film.mov"
    assert times == ["", "", "02:00:00:00", "03:00:00:00", "03:00:00:00"]


class Beside(Detector):
    """Runs beside the colours."""

    name: ClassVar[str] = "beside"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset()
    after: ClassVar[tuple[str, ...]] = ("colour",)

    def finish(self, found: Findings) -> Curve:
        return np.full(2, float(self.version), np.float32)


def test_a_film_watched_before_is_watched_again_by_a_new_detector_and_by_a_changed_one(
    tmp_path: Path, install_plugin: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUELIGHT_CACHE", str(tmp_path / "cache"))
    film = Film(frames=30).write(tmp_path / "film.mov")
    times: list[ObserveSettings] = []

    def watch(path: Path, timecode: str, settings: ObserveSettings, progress: Progress) -> Observations:
        times.append(settings)
        return run.observe(open_reel(path, start_timecode=timecode), settings, progress)

    monkeypatch.setattr(pipeline, "observe_in_sandbox", watch)

    def found(settings: ObserveSettings) -> Observations:
        return observe_film(SpotRequest(film, observing=settings))

    everybody = ObserveSettings(skip=("cuts", "faces", "titles", "embeddings", "sound"))  # the slow ones
    colour = ObserveSettings(only=("colour",))
    found(everybody)
    install_plugin(GROUP, f"beside = {__name__}:Beside")
    assert found(everybody).extra["beside"][0] == 1
    found(everybody)
    assert len(times) == 2
    monkeypatch.setattr(Beside, "version", "2")
    assert found(everybody).extra["beside"][0] == 2
    found(colour)
    assert len(times) == 4
    monkeypatch.setattr(Beside, "version", "3")
    found(colour)
    assert len(times) == 4, "a detector that does not run changes nothing"
