"""One pass feeds every detector; order, skipping and strangers are handled."""

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from model.errors import Cancelled, SettingInvalid
from model.media import open_reel
from model.media.reel import PictureBlock, SoundBlock, Still
from model.observe import run
from model.observe.detector import Context, Detector, Findings, ObserveSettings

SEEN: dict[str, Any] = {}


class Counter(Detector):
    """Counts what goes by."""

    name: ClassVar[str] = "counter"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.frames: list[int] = []
        self.stills = 0
        self.samples = 0

    def picture(self, block: PictureBlock) -> None:
        self.frames += range(block.first, block.first + len(block.tiny))

    def still(self, still: Still) -> None:
        self.stills += 1

    def sound(self, block: SoundBlock) -> None:
        assert block.first == self.samples, "blocks join without gap or overlap"
        self.samples += len(block.stereo)

    def finish(self, found: Findings) -> Any:
        SEEN.update(frames=self.frames, stills=self.stills, samples=self.samples)
        return np.arange(3, dtype=np.float32)


class Later(Detector):
    """Wants the counter's result."""

    name: ClassVar[str] = "later"
    after: ClassVar[tuple[str, ...]] = ("counter",)

    def finish(self, found: Findings) -> Any:
        SEEN["later"] = found.get("counter", np.ndarray)
        SEEN["wrong kind"] = found.get("counter", str)
        return None


class Circular(Detector):
    """Waits for somebody who waits for it."""

    name: ClassVar[str] = "counter"
    after: ClassVar[tuple[str, ...]] = ("later",)

    def finish(self, found: Findings) -> Any:
        return None


def register(monkeypatch: pytest.MonkeyPatch, **classes: str) -> None:
    points = [EntryPoint(name, f"{__name__}:{cls}", run.GROUP) for name, cls in classes.items()]
    monkeypatch.setattr(EntryPoint, "load", lambda self: globals()[self.value.split(":")[1]])
    monkeypatch.setattr(run, "entry_points", lambda group: points if group == run.GROUP else [])


def test_every_frame_and_sample_comes_by_once_and_results_are_handed_on(
    tiny_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, later="Later", counter="Counter")
    observations = run.observe(open_reel(tiny_film))
    assert SEEN["frames"] == list(range(observations.reel.frames))
    assert SEEN["stills"] == pytest.approx(2 * observations.clock.end_s, abs=3)
    assert SEEN["samples"] == pytest.approx(48000 * observations.clock.end_s, abs=4800)
    np.testing.assert_array_equal(SEEN["later"], [0, 1, 2])
    assert SEEN["wrong kind"] is None


def test_what_a_stranger_found_lands_in_extra_and_what_is_missing_is_empty(
    tiny_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(monkeypatch, counter="Counter")
    observations = run.observe(open_reel(tiny_film))
    assert list(observations.extra) == ["counter"]
    assert observations.cuts.transitions == ()
    assert observations.dialogue is None
    assert observations.affect.arousal.confidence.max() == 0


def test_detectors_that_wait_for_each_other_are_refused(tiny_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, later="Later", counter="Circular")
    with pytest.raises(SettingInvalid, match="wait for each other"):
        run.observe(open_reel(tiny_film))


def test_skipping_an_unknown_detector_names_the_known_ones(tiny_film: Path) -> None:
    with pytest.raises(SettingInvalid) as caught:
        run.observe(open_reel(tiny_film), ObserveSettings(skip=("nonsense",)))
    assert "loudness" in caught.value.hint


def test_the_listener_can_stop_the_work(tiny_film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(monkeypatch, counter="Counter")

    def stop(stage: str, done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        run.observe(open_reel(tiny_film), progress=stop)


def test_sound_detectors_stay_at_home_when_there_is_no_sound(tiny_film: Path) -> None:
    info = open_reel(tiny_film).info
    mute = Context(type(info)(**{f: getattr(info, f) for f in info.__slots__ if f != "audio"}, audio=()))
    names = {d.name for d in run.make_detectors(mute)}
    assert names.isdisjoint(run.NEEDS_SOUND)
    assert {"cuts", "affect"} <= names
