"""Checks of this machine: what works, what does not, and what to do about it.

``cuelight doctor`` and the service's ``/ready`` show the same checks.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from model.errors import CuelightError
from model.observe.cached import cache_folder
from model.runtime.assets import inventory
from model.runtime.isolation import choose_isolation
from model.runtime.session import device


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: whether it works, what was found, and what to do about it if anything.

    ``code`` is the stable name of the error; empty if all is well.
    """

    name: str  # of what was checked, such as "sandbox"
    ok: bool
    detail: str
    hint: str = ""
    code: str = ""


def run_checks(checks: Mapping[str, Callable[[], str]]) -> list[Check]:
    """Run every check in its order; one that raises is a failed one.

    ``checks`` maps a name to a function that returns the detail, or raises CuelightError (with a hint) or OSError.
    """
    return [_run(name, check) for name, check in checks.items()]


def _run(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=check())
    except CuelightError as error:
        return Check(name, ok=False, detail=error.message, hint=error.hint, code=error.code)
    except (OSError, PackageNotFoundError) as error:
        return Check(name, ok=False, detail=str(error), code=CuelightError.code)


def check_machine() -> list[Check]:
    """Check everything a run of the command needs."""
    return run_checks(MACHINE_CHECKS)


def _python() -> str:
    return f"{platform.python_version()}, {os.cpu_count()} cores"


def _libraries() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("av", "onnxruntime", "opencv-python-headless", "typst"))


def check_assets() -> str:
    """Check that every network and sound is there with its bytes as promised; raises CuelightError."""
    bad = [f"{name} {state}" for name, _, state in inventory() if state != "ok"]
    if bad:
        raise CuelightError(f"{', '.join(bad)}.", hint="Run `make assets`.")
    return f"{len(inventory())} present, checksums right"


def _sandbox() -> str:
    return choose_isolation().describe()


def _cache() -> str:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise CuelightError("The cache folder cannot be written.", hint="Set CUELIGHT_CACHE to one that can.")
    return f"observations of {sum(1 for _ in folder.glob('*.json'))} reels stored"


MACHINE_CHECKS: dict[str, Callable[[], str]] = {
    "python": _python,
    "libraries": _libraries,
    "device": device,
    "assets": check_assets,
    "sandbox": _sandbox,
    "cache": _cache,
}
