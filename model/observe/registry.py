"""The detectors that are installed: found by entry point, checked for what they declare, put in order.

The entry-point group is ``cuelight.detectors``; ours are registered there like any other.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from model.errors import PluginInvalid, SettingInvalid
from model.media.reel import Feed, ReelInfo
from model.observe.detector import Detector
from model.observe.settings import ObserveSettings
from model.plugins import Plugin, check_declared, find_plugins

GROUP = "cuelight.detectors"
RESERVED = frozenset({"reel", "clock", "provenance", "extra", "schema"})  # members of Observations nobody detects


@dataclass(frozen=True, slots=True)
class InstalledDetector:
    """A detector's class and the package it comes from."""

    plugin: Plugin
    kind: type[Detector]

    @property
    def version(self) -> str:
        """The detector's version and its package's: ``1 (cuelight 0.1.0)``."""
        return f"{self.kind.version} ({self.plugin.package} {self.plugin.package_version})"

    @property
    def identity(self) -> str:
        """Everything by which two states of the detector differ, as one line."""
        return f"{self.plugin.identity(self.kind.version)} needs {' '.join(sorted(self.kind.needs))}"


def choose_detectors(settings: ObserveSettings) -> dict[str, InstalledDetector]:
    """Return the detectors that the settings ask for, by name, each after those it comes after.

    Raises SettingInvalid when the settings name a detector that is not installed, and PluginInvalid when one cannot be
    imported, declares something wrong, or two come after each other.
    """
    installed = find_plugins(GROUP)
    unknown = {*settings.only, *settings.skip} - set(installed)
    if unknown:
        message = f"There is no detector called {', '.join(sorted(unknown))}."
        raise SettingInvalid(message, hint=f"There are {', '.join(installed)}.")
    chosen: dict[str, InstalledDetector] = {}
    waiting = list(settings.only or installed)
    while waiting:
        name = waiting.pop()
        if name in installed and name not in chosen and name not in settings.skip:
            chosen[name] = load_detector(installed[name])
            waiting += chosen[name].kind.after
    return {name: chosen[name] for name in _order_detectors({name: d.kind.after for name, d in chosen.items()})}


def load_detector(plugin: Plugin) -> InstalledDetector:
    """Import a detector and check what it declares; raises PluginInvalid."""
    kind = plugin.load()
    if not (isinstance(kind, type) and issubclass(kind, Detector)):
        message = f"The plug-in {plugin} is no detector."
        raise PluginInvalid(message, hint="Name a class that derives from model.observe.detector.Detector.")
    check_declaration(kind)
    if kind.name != plugin.point.name:
        message = f"The detector {kind.name!r} is registered as {plugin}."
        raise PluginInvalid(message, hint="Use the same name in the class and in the entry point.")
    return InstalledDetector(plugin, kind)


def check_declaration(kind: type[Detector]) -> None:
    """Check what a detector says about itself; raises PluginInvalid with what to change."""
    name: object = getattr(kind, "name", None)
    check_declared(kind.__name__, name, getattr(kind, "version", None))
    needs: object = getattr(kind, "needs", None)
    complaint = ""
    if inspect.isabstract(kind):
        complaint = "has no finish"
    elif name in RESERVED:
        complaint = "has the name of something that is not detected: choose another"
    elif not (isinstance(needs, frozenset) and all(isinstance(feed, Feed) for feed in needs)):
        complaint = "does not say what it needs: set needs = frozenset({Feed.PICTURE}), with the feeds it takes"
    elif not (isinstance(kind.after, tuple) and all(isinstance(n, str) for n in kind.after)):
        complaint = 'does not say what it comes after: set after = ("cuts",), or leave it out'
    else:
        taken = [feed for feed in Feed if getattr(kind, f"process_{feed}") is not getattr(Detector, f"process_{feed}")]
        missing = [f"Feed.{feed.name}" for feed in taken if feed not in kind.needs]
        complaint = f"takes a feed it does not need: add {', '.join(missing)} to needs" if missing else ""
    if complaint:
        message = f"The detector {name!r} ({kind.__module__}.{kind.__name__}) {complaint}."
        raise PluginInvalid(message, hint="docs/extending.md shows a whole detector.")


def missing_feeds(detectors: Mapping[str, InstalledDetector], reel: ReelInfo) -> dict[str, str]:
    """Return the detectors that the reel cannot feed, each with the reason in words."""
    offered = set(Feed) if reel.audio else set(Feed) - {Feed.SOUND}
    lacks = {name: sorted(detector.kind.needs - offered) for name, detector in detectors.items()}
    return {name: f"the reel has no {' and no '.join(feeds)}" for name, feeds in lacks.items() if feeds}


def detectors_identity(settings: ObserveSettings) -> str:
    """Return the detectors that the settings ask for with their versions, as text: what observations depend on."""
    return "\n".join(detector.identity for detector in choose_detectors(settings).values())


def plugin_paths() -> tuple[Path, ...]:
    """Folders and files outside the interpreter's environment that installed detectors are imported from."""
    plugins = find_plugins(GROUP).values()
    return tuple(dict.fromkeys(path for plugin in plugins if not plugin.is_ours for path in plugin.paths))


def _order_detectors(after: Mapping[str, Iterable[str]]) -> list[str]:
    graph = {name: sorted(n for n in before if n in after) for name, before in sorted(after.items())}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        message = f"Detectors come after each other: {' -> '.join(error.args[1])}."
        raise PluginInvalid(message, hint="Take one of them out of the other's `after`.") from error
