"""Plug-ins: what packages add to Cuelight through entry points, found without importing them.

Our own detectors and exporters are registered in the same way, by the distribution ``cuelight``.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from model.errors import PluginInvalid

OURS = "cuelight"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+!_-]*")


@dataclass(frozen=True)
class Plugin:
    """One entry point, and the distribution that ships it.

    Attributes
    ----------
    point: the entry point; its name is the plug-in's name
    package, package_version: the distribution, as its metadata says
    """

    point: EntryPoint
    package: str
    package_version: str

    def __str__(self) -> str:
        return f"{self.point.name!r} of {self.package} {self.package_version}"

    @property
    def is_ours(self) -> bool:
        """Whether Cuelight itself ships it."""
        return self.package == OURS

    def load(self) -> object:
        """Import the object; raises PluginInvalid if that fails, whatever the reason."""
        try:
            return self.point.load()
        except Exception as error:
            message = f"The plug-in {self} cannot be imported: {type(error).__name__}: {error}"
            hint = f"Install {self.package} again, or remove it: pip uninstall {self.package}."
            raise PluginInvalid(message, hint=hint) from error

    def identity(self, version: str) -> str:
        """Return the identity, all by which two states of the plug-in differ, as a line; ``version`` is its own."""
        return (
            f"{self.point.group} {self.point.name} = {self.point.value} {version} {self.package} {self.package_version}"
        )

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """Folders and files that hold the code and the metadata and are no part of the interpreter's own environment.

        A process that knows only this environment needs them to import the plug-in: the site folder the distribution
        lies in, and the source of an editable one.
        """
        spec = find_spec(self.point.module.partition(".")[0])
        found = [str(self.point.dist.locate_file(""))] if self.point.dist else []
        if spec is not None:
            found += spec.submodule_search_locations or [spec.origin or ""]
        environment = [Path(p) for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)]
        outside = [Path(p).absolute() for p in found if p and not any(map(Path(p).is_relative_to, environment))]
        return tuple(p for p in dict.fromkeys(outside) if not any(p != o and p.is_relative_to(o) for o in outside))


def find_plugins(group: str) -> dict[str, Plugin]:
    """Find the plug-ins of an entry-point group by name, sorted; one with the name of ours takes its place.

    Raises PluginInvalid if two other packages ship a plug-in of the same name.
    """
    found: dict[str, Plugin] = {}
    for point in sorted(entry_points(group=group), key=lambda p: p.name):
        package = point.dist.name if point.dist else ""
        plugin = Plugin(point, package, point.dist.version if point.dist else "")
        other = found.get(point.name)
        if other is not None and OURS not in (other.package, package):
            message = f"Two plug-ins have the same name: {plugin} and {other}."
            raise PluginInvalid(message, hint=f"Remove one of them: pip uninstall {package}.")
        if other is None or other.package == OURS:
            found[point.name] = plugin
    return found


def check_declared(kind: str, name: object, version: object) -> None:
    """Check the two words every plug-in says about itself; raises PluginInvalid with what to change."""
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        message = f"The name {name!r} of {kind} is not made of small letters, digits and hyphens."
        raise PluginInvalid(message, hint='Set name = "brightness": the same word as its entry point.')
    if not (isinstance(version, str) and _VERSION.fullmatch(version)):
        message = f"The version {version!r} of {kind} {name!r} is not made of letters, digits, dots and hyphens."
        raise PluginInvalid(
            message, hint='Set version = "1", and change it whenever the same input gives another result.'
        )
