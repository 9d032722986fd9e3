"""Checks of this machine: what works, what does not, and what to do about it.

Each check tries the thing itself: a network is opened, a note is played, a page is drawn, a film is watched in the
sandbox, a file is written. ``cuelight doctor`` runs all of them. The service runs ``python -m serving.checks``, which
prints those of the machine as JSON: in a process of their own they leave no networks in the service's memory, and a
library that crashes does not take the service along.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from model.errors import AssetMissing, CuelightError

NICENESS = 19  # of the checks in a process of their own: requests and jobs run before them
MIN_PEAK = 1e-3  # of a note, full scale being 1; what a soundfont that plays gives is well above


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked: whether it works, what was found, and what to do about it if anything.

    ``code`` is the stable name of the error; empty if all is well. ``age_s``: seconds since it was checked.
    """

    name: str  # of what was checked, such as "sandbox"
    ok: bool
    detail: str
    hint: str = ""
    code: str = ""
    age_s: int = 0


def run_checks(checks: Mapping[str, Callable[[], str]]) -> list[Check]:
    """Run every check in its order; one that raises is a failed one.

    ``checks`` maps a name to a function that returns the detail, or raises. Errors of ours bring their own hint.
    """
    return [_run(name, check) for name, check in checks.items()]


def _run(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=check())
    except CuelightError as error:
        return Check(name, ok=False, detail=error.message, hint=error.hint, code=error.code)
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        hint = f"Install Cuelight again with all it depends on: {package or 'a library'} is not usable here."
        return Check(name, ok=False, detail=str(error), hint=hint, code=AssetMissing.code)
    except Exception as error:  # noqa: BLE001 - a library that is broken raises whatever it likes
        return Check(name, ok=False, detail=f"{type(error).__name__}: {error}", code=CuelightError.code)


def check_all() -> list[Check]:
    """Check everything that watching and scoring a film needs, and the folders to write to; about six CPU seconds."""
    return run_checks({"python": _python} | MACHINE_CHECKS | {"sandbox": _sandbox, "cache": _cache, "home": _home})


def _python() -> str:
    return f"{platform.python_version()}, {os.cpu_count()} cores"


def _libraries() -> str:
    from importlib.metadata import version

    return ", ".join(f"{name} {version(name)}" for name in ("av", "onnxruntime", "opencv-python-headless", "typst"))


def _assets() -> str:
    from model.runtime.assets import how_to_get_assets, inventory

    files = inventory()
    bad = [f"{name} is {state}" for name, _, state in files if state != "ok"]
    if bad:
        raise AssetMissing(f"{', '.join(bad)}.", hint=how_to_get_assets())
    return f"{len(files)} networks and sounds present, checksums right"


def _networks() -> str:
    """Open every network where it would run."""
    from model.runtime.assets import network_names
    from model.runtime.session import open_net

    providers = [open_net(name).provider.removesuffix("ExecutionProvider") for name in network_names()]
    return f"{len(providers)} open on {' and '.join(sorted(set(providers)))}"


def _sound() -> str:
    """Play one note on each soundfont."""
    import numpy as np

    from model.render.engine import RATE, Press, engine
    from model.render.patches import MAIN, PIANO, Patch

    fonts = (MAIN, PIANO)
    for font in fonts:
        note = Press(start=0, end=RATE // 2, patch=Patch(0, 0, font), key=60, velocity=100)
        peak = max(float(np.abs(block).max()) for block in engine(font).blocks([note], RATE // 2))
        if peak < MIN_PEAK:
            raise CuelightError(f"A note on {font} is silent.", hint="Install Cuelight again.")
    return f"a note sounds on each of {len(fonts)} soundfonts"


def _page() -> str:
    """Write a theme, engrave it and set it as a PDF."""
    from model.motifs.characters import Hints
    from model.motifs.language import Owner, OwnerKind
    from model.motifs.writing import write_theme
    from model.score.engrave import engrave_theme

    page = engrave_theme(write_theme(Owner("check", "Check", OwnerKind.IDEA), Hints()))
    if not page.pdf.startswith(b"%PDF"):
        raise CuelightError("A page of music does not become a PDF.", hint="Install Cuelight again.")
    return "a page of music is engraved and set as a PDF"


def _sandbox() -> str:
    from model.runtime.isolation import choose_isolation

    return choose_isolation().describe()


def _film() -> str:
    """Encode a film of one second and let every detector watch it in the sandbox."""
    from model.observe.sandbox import observe_in_sandbox
    from model.render.short_film import FRAMES, write_short_film

    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "check.mp4"
        write_short_film(film)
        frames = observe_in_sandbox(film).reel.frames
    if frames != FRAMES:
        raise CuelightError(f"A film of {FRAMES} frames was watched as one of {frames}.")
    return "a film of one second is encoded, and watched in the sandbox"


def _cache() -> str:
    from model.files import check_writable
    from model.steps.folder import cache_folder

    folder = cache_folder()
    try:
        check_writable(folder)
    except CuelightError as error:
        raise CuelightError(error.message, hint="Set CUELIGHT_CACHE to a folder that can be written.") from error
    return f"{folder} can be written; {sum(1 for _ in folder.glob('*.json'))} results of steps are remembered"


def _home() -> str:
    """Check the folder of the service; where it is not there yet, the one it would be made in."""
    from model.files import check_writable
    from serving.settings import Settings

    home = Settings().home
    existing = next(folder for folder in (home, *home.absolute().parents) if folder.is_dir())
    try:
        check_writable(existing)
    except CuelightError as error:
        raise CuelightError(error.message, hint="Set CUELIGHT_HOME to a folder that can be written.") from error
    return f"{home} can be written" if existing == home else f"{home} can be made"


MACHINE_CHECKS: dict[str, Callable[[], str]] = {
    "libraries": _libraries,
    "assets": _assets,
    "networks": _networks,
    "sound": _sound,
    "page": _page,
    "film": _film,
}


def main() -> None:
    """Print the checks of this machine as JSON; end with the process that started this one."""
    from model.runtime.process import die_with_parent

    die_with_parent()
    os.nice(NICENESS)
    sys.stdout.write(json.dumps([asdict(check) for check in run_checks(MACHINE_CHECKS)]) + "\n")


if __name__ == "__main__":
    main()
