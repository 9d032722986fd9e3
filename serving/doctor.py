"""The doctor: is this machine fit to run Cuelight, and if not, what to do."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from model.errors import CuelightError
from model.observe.cached import cache_folder
from model.observe.sandbox import chosen_level
from model.runtime import device, inventory


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at."""

    what: str
    well: bool
    says: str

    def record(self) -> dict[str, object]:
        """Return it as plain data."""
        return asdict(self)


def examine() -> list[Examined]:
    """Look at everything a run needs; never raises."""
    return [_look(what, check) for what, check in _CHECKS.items()]


def _look(what: str, check: Callable[[], str]) -> Examined:
    try:
        return Examined(what, well=True, says=check())
    except (CuelightError, OSError, PackageNotFoundError) as error:
        hint = getattr(error, "hint", "")
        return Examined(what, well=False, says=f"{error} {hint}".strip())


def _python() -> str:
    return f"{platform.python_version()}, {os.cpu_count()} cores"


def _libraries() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("av", "onnxruntime", "opencv-python-headless", "typst"))


def _assets() -> str:
    bad = [f"{name} {state}" for name, _, state in inventory() if state != "ok"]
    if bad:
        raise CuelightError(f"{', '.join(bad)}.", hint="Run `make assets`.")
    return f"{len(inventory())} present, checksums right"


def _sandbox() -> str:
    level = chosen_level()
    return level if level == "bwrap" else f"{level} (install bubblewrap for a child without network and files)"


def _cache() -> str:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise CuelightError("the cache folder cannot be written.", hint="Set CUELIGHT_CACHE to one that can.")
    return f"{sum(1 for _ in folder.glob('*.json'))} reels remembered"


_CHECKS: dict[str, Callable[[], str]] = {
    "python": _python,
    "libraries": _libraries,
    "device": device,
    "assets": _assets,
    "sandbox": _sandbox,
    "cache": _cache,
}
