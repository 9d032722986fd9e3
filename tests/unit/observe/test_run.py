"""One pass feeds every detector what it needs; what outside detectors find has its place."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from model.documents import decode, encode
from model.errors import Cancelled, PluginInvalid
from model.media.open import Reel, open_reel
from model.media.reel import Feed, PictureBlock, SoundBlock, Still
from model.observe import run
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Cuts, Observations, Stretch
from model.observe.registry import GROUP
from model.observe.settings import ObserveSettings
from model.time import Frame

SEEN: dict[str, Any] = {}


class Counter(Detector):
    """Counts what goes by."""

    name: ClassVar[str] = "counter"
    version: ClassVar[str] = "2"
    needs: ClassVar[frozenset[Feed]] = frozenset(Feed)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.frames: list[int] = []
        self.stills = 0
        self.samples = 0

    def process_picture(self, block: PictureBlock) -> None:
        self.frames += range(block.first, block.first + len(block.tiny))

    def process_still(self, still: Still) -> None:
        self.stills += 1

    def process_sound(self, block: SoundBlock) -> None:
        assert block.first == self.samples, "blocks join without gap or overlap"
        self.samples += len(block.stereo)

    def finish(self, found: Findings) -> Any:
        SEEN.update(frames=self.frames, stills=self.stills, samples=self.samples)
        return np.arange(3, dtype=np.float32)


class Later(Detector):
    """Wants the counter's result."""

    name: ClassVar[str] = "later"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset()
    after: ClassVar[tuple[str, ...]] = ("counter",)

    def finish(self, found: Findings) -> Any:
        SEEN["later"] = found.get("counter", np.ndarray)
        SEEN["wrong kind"] = found.get("counter", str)
        return None


class Circular(Counter):
    """Waits for somebody who waits for it."""

    after: ClassVar[tuple[str, ...]] = ("later",)


class Speaks(Detector):
    """Finds stretches, of the sound alone."""

    name: ClassVar[str] = "speaks"
    version: ClassVar[str] = "3"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.SOUND})

    def finish(self, found: Findings) -> tuple[Stretch, ...]:
        return (Stretch(0.5, 1.5, 0.9, "a word"),)


class Lists(Detector):
    """Finds what observations cannot hold."""

    name: ClassVar[str] = "lists"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset()

    def finish(self, found: Findings) -> list[int]:
        return [1, 2]


class OtherCuts(Detector):
    """Takes the place of the cuts."""

    name: ClassVar[str] = "cuts"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.STILL})

    def finish(self, found: Findings) -> Any:
        return SEEN["cuts"]


@pytest.fixture
def register(install_plugin: Callable[..., Path]) -> Callable[..., ObserveSettings]:
    """Install detectors of this file; returns the settings that run them alone."""

    def install(**classes: type[Detector]) -> ObserveSettings:
        install_plugin(GROUP, *(f"{name} = {__name__}:{kind.__name__}" for name, kind in classes.items()))
        return ObserveSettings(only=tuple(classes))

    return install


Register = Callable[..., ObserveSettings]


def without_sound(reel: Reel) -> Reel:
    reel.info = replace(reel.info, audio=())
    return reel


def test_every_frame_and_sample_comes_by_once_and_results_are_handed_on(tiny_film: Path, register: Register) -> None:
    observations = run.observe(open_reel(tiny_film), register(later=Later, counter=Counter))
    assert SEEN["frames"] == list(range(observations.reel.frames))
    assert SEEN["stills"] == pytest.approx(2 * observations.clock.end_s, abs=3)
    assert SEEN["samples"] == pytest.approx(48000 * observations.clock.end_s, abs=4800)
    np.testing.assert_array_equal(SEEN["later"], [0, 1, 2])
    assert SEEN["wrong kind"] is None


def test_what_an_outside_detector_found_is_stored_and_what_is_missing_is_empty(
    tiny_film: Path, register: Register
) -> None:
    observations = decode(
        Observations, encode(run.observe(open_reel(tiny_film), register(counter=Counter, speaks=Speaks)))
    )
    assert list(observations.extra) == ["counter", "speaks"]
    np.testing.assert_array_equal(observations.extra["counter"], np.arange(3, dtype=np.float32))
    assert observations.extra["speaks"] == (Stretch(0.5, 1.5, 0.9, "a word"),)
    assert observations.provenance.detectors == {"counter": "2 (outside 1.0)", "speaks": "3 (outside 1.0)"}
    assert observations.cuts.transitions == ()
    assert observations.dialogue is None
    assert observations.affect.arousal.confidence.max() == 0


def test_a_finding_that_cannot_be_stored_is_refused_with_what_to_return(tiny_film: Path, register: Register) -> None:
    with pytest.raises(PluginInvalid, match="'lists' found a list") as caught:
        run.observe(open_reel(tiny_film), register(lists=Lists))
    assert "tuple of Stretch" in caught.value.hint


def test_an_outside_detector_takes_the_place_of_ours_and_must_find_the_same(
    tiny_film: Path, register: Register
) -> None:
    settings = register(cuts=OtherCuts)
    SEEN["cuts"] = Cuts((), (Frame(3),), "other")
    observations = run.observe(open_reel(tiny_film), settings)
    assert observations.cuts == SEEN["cuts"]
    assert observations.provenance.detectors == {"cuts": "1 (outside 1.0)"}
    SEEN["cuts"] = [3]
    with pytest.raises(PluginInvalid, match="'cuts' found a list") as caught:
        run.observe(open_reel(tiny_film), settings)
    assert "Return a Cuts" in caught.value.hint


def test_the_listener_can_stop_the_work(tiny_film: Path, register: Register) -> None:
    settings = register(counter=Counter)

    def stop(stage: str, done: int, total: int) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        run.observe(open_reel(tiny_film), settings, stop)


def test_a_reel_without_sound_is_observed_without_what_needs_it_and_says_so(
    tiny_film: Path, register: Register
) -> None:
    register(speaks=Speaks, later=Later)
    settings = ObserveSettings(only=("loudness", "speaks", "later", "colour"))
    observations = run.observe(without_sound(open_reel(tiny_film)), settings)
    reason = "the reel has no sound"
    assert observations.provenance.left_out == {"loudness": reason, "speaks": reason}
    assert set(observations.provenance.detectors) == {"colour", "later"}
    assert observations.extra == {}
    assert observations.loudness is None
    assert observations.colour.luma.any()
    with_sound = run.observe(open_reel(tiny_film), settings)
    assert with_sound.provenance.left_out == {}
    assert with_sound.loudness is not None


def test_only_the_feeds_that_somebody_needs_are_decoded(
    tiny_film: Path, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[type] = []
    blocks = Reel.blocks

    def listen(self: Reel, *arguments: Any) -> Any:
        for block in blocks(self, *arguments):
            handed.append(type(block))
            yield block

    monkeypatch.setattr(Reel, "blocks", listen)
    clocks = []
    for name, kind in (("colour", PictureBlock), ("thumbnails", Still), ("loudness", SoundBlock)):
        handed.clear()
        told: list[tuple[int, int]] = []
        skip = ("cuts",) if name == "thumbnails" else ()
        settings = ObserveSettings(only=(name,), skip=skip)
        observations = run.observe(
            open_reel(tiny_film),
            settings,
            lambda s, d, t, told=told: told.append((d, t)) if s == run.STAGE_WATCH else None,
        )
        assert set(handed) == {kind}
        assert told[0][0] == 0
        assert all(done <= total for done, total in told)
        assert told[-1][0] > observations.reel.frames / 2
        clocks.append(observations.clock.times_s)
    np.testing.assert_array_equal(clocks[0], clocks[1])
    np.testing.assert_array_equal(clocks[0], clocks[2])
