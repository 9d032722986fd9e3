"""Installed detectors are found, checked and put in order; what is wrong is said before anything is decoded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from model.errors import PluginInvalid, SettingInvalid
from model.media.reel import Feed, PictureBlock
from model.observe.detector import Detector, Findings
from model.observe.registry import GROUP, choose_detectors, detectors_identity, plugin_paths
from model.observe.settings import ObserveSettings
from model.plugins import find_plugins

InstallPlugin = Callable[..., Path]
EVERYTHING = ObserveSettings()


class Good(Detector):
    """Declares everything."""

    name: ClassVar[str] = "good"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.PICTURE})

    def finish(self, found: Findings) -> Any:
        return None


class Circular(Good):
    name: ClassVar[str] = "circular"
    after: ClassVar[tuple[str, ...]] = ("mutual",)


class Mutual(Good):
    name: ClassVar[str] = "mutual"
    after: ClassVar[tuple[str, ...]] = ("circular",)


class Silent(Good):
    needs = None  # type: ignore[assignment]  # as an author who does not know of it leaves it


class Unversioned(Good):
    version = ""


class Greedy(Good):
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.SOUND})

    def process_picture(self, block: PictureBlock) -> None:
        """Take what it did not ask for."""


class Clock(Good):
    name: ClassVar[str] = "clock"


class Unfinished(Detector):
    name: ClassVar[str] = "good"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset()


NO_DETECTOR = "a text"


def here(name: str, thing: str) -> str:
    return f"{name} = {__name__}:{thing}"


def test_only_runs_what_is_named_and_what_that_comes_after() -> None:
    assert list(choose_detectors(ObserveSettings(only=("cuts",)))) == ["cuts"]
    assert list(choose_detectors(ObserveSettings(only=("thumbnails",)))) == ["cuts", "thumbnails"]
    assert list(choose_detectors(ObserveSettings(only=("thumbnails",), skip=("cuts",)))) == ["thumbnails"]
    everything = list(choose_detectors(EVERYTHING))
    assert len(everything) == len(find_plugins(GROUP))
    assert everything.index("cuts") < everything.index("motion") < everything.index("affect")


@pytest.mark.parametrize("settings", [ObserveSettings(skip=("nonsense",)), ObserveSettings(only=("nonsense",))])
def test_an_unknown_detector_is_refused_and_the_known_ones_are_named(settings: ObserveSettings) -> None:
    with pytest.raises(SettingInvalid, match="nonsense") as caught:
        choose_detectors(settings)
    assert "loudness" in caught.value.hint


@pytest.mark.parametrize(
    ("point", "complaint"),
    [
        (here("good", "Silent"), "does not say what it needs"),
        (here("good", "Unversioned"), "version ''"),
        (here("good", "Greedy"), "add Feed.PICTURE to needs"),
        (here("clock", "Clock"), "choose another"),
        (here("good", "Unfinished"), "has no finish"),
        (here("good", "NO_DETECTOR"), "is no detector"),
        (here("better", "Good"), "registered as 'better' of outside 1.0"),
        ("good = no_such_module:Good", "cannot be imported: ModuleNotFoundError"),
    ],
)
def test_what_a_plug_in_does_wrong_is_said(point: str, complaint: str, install_plugin: InstallPlugin) -> None:
    install_plugin(GROUP, point)
    with pytest.raises(PluginInvalid) as caught:
        choose_detectors(EVERYTHING)
    assert complaint in caught.value.message
    assert caught.value.hint


def test_detectors_that_come_after_each_other_are_refused(install_plugin: InstallPlugin) -> None:
    install_plugin(GROUP, here("circular", "Circular"), here("mutual", "Mutual"))
    with pytest.raises(PluginInvalid, match="Detectors come after each other: "):
        choose_detectors(EVERYTHING)


def test_a_plug_in_that_is_not_asked_for_is_not_imported(install_plugin: InstallPlugin) -> None:
    install_plugin(GROUP, "good = no_such_module:Good")
    assert list(choose_detectors(ObserveSettings(only=("cuts",)))) == ["cuts"]


def test_two_packages_with_one_name_are_refused_unless_one_is_ours(install_plugin: InstallPlugin) -> None:
    install_plugin(GROUP, here("cuts", "Good"))
    assert find_plugins(GROUP)["cuts"].package == "outside"
    install_plugin(GROUP, here("cuts", "Good"), package="another")
    with pytest.raises(PluginInvalid, match=r"'cuts' of \w+ 1.0 and 'cuts' of \w+ 1.0"):
        find_plugins(GROUP)


def test_the_identity_holds_everything_that_may_change_a_finding(
    install_plugin: InstallPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {detectors_identity(EVERYTHING)}
    install_plugin(GROUP, here("good", "Good"), package="first")
    told.add(detectors_identity(EVERYTHING))
    monkeypatch.setattr(Good, "version", "2")
    told.add(detectors_identity(EVERYTHING))
    monkeypatch.setattr(Good, "needs", frozenset({Feed.STILL}))
    told.add(detectors_identity(EVERYTHING))
    assert len(told) == 4
    assert "good" not in detectors_identity(ObserveSettings(only=("cuts",)))


@pytest.mark.parametrize(("package", "version"), [("outside", "1.1"), ("renamed", "1.0")])
def test_the_identity_holds_the_package_and_its_version(
    package: str, version: str, install_plugin: InstallPlugin, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = install_plugin(GROUP, here("good", "Good"))
    before = detectors_identity(EVERYTHING)
    (site / "outside-1.0.dist-info").rename(tmp_path_factory.mktemp("removed") / "info")
    install_plugin(GROUP, here("good", "Good"), package=package, version=version)
    assert detectors_identity(EVERYTHING) != before


def test_what_lies_outside_the_environment_is_named_for_the_child(
    install_plugin: InstallPlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plugin_paths() == ()
    source = tmp_path / "checkout"
    (source / "a_package").mkdir(parents=True)
    (source / "a_package" / "__init__.py").touch()
    (source / "a_module.py").touch()
    monkeypatch.syspath_prepend(source)
    site = install_plugin(GROUP, "good = a_package.deep:Good", "better = a_module:Better", "lost = nowhere:Lost")
    assert set(plugin_paths()) == {site, source / "a_package", source / "a_module.py"}
