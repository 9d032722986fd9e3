"""Public sound from Debian packages: downloaded once, unpacked into a cache folder, never installed or committed.

The cache is ``CUELIGHT_CORPORA`` or the user's cache folder. The packages have licences of their own (GPL,
CC-BY-SA, CC0): they may be used to measure and train here, but are not distributed with this repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_cache_path

_UNPACKED = "unpacked"
_DEBS = "packages"


class CorporaUnavailableError(Exception):
    """The packages are not available here; the message says why."""


def cache_folder() -> Path:
    """Folder of everything built here: ``CUELIGHT_CORPORA``, else the user's cache."""
    named = os.environ.get("CUELIGHT_CORPORA", "")
    return Path(named) if named else user_cache_path("cuelight") / "corpora"


def unpack_package(package: str) -> Path:
    """Folder with the files of ``package``, downloaded and unpacked on the first call.

    Raises CorporaUnavailableError when there is no ``apt-get``, no network or no such package.
    """
    folder = cache_folder() / _UNPACKED / package
    if not folder.exists():
        _unpack(_deb(package), folder)
    return folder


def ensure_packages(packages: Iterable[str]) -> None:
    """Download every package, or raise CorporaUnavailableError before any long work starts."""
    for package in packages:
        unpack_package(package)


def _deb(package: str) -> Path:
    folder = cache_folder() / _DEBS
    folder.mkdir(parents=True, exist_ok=True)
    if not _debs(folder, package):
        _download(package, folder)
    found = _debs(folder, package)
    if not found:
        raise CorporaUnavailableError(f"apt-get did not deliver the package {package}")
    return found[-1]


def _debs(folder: Path, package: str) -> list[Path]:
    return sorted(folder.glob(f"{package}_*.deb"))


def _download(package: str, folder: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise CorporaUnavailableError(f"the sound of {package} comes from Debian, and there is no apt-get here")
    print(f"fetching {package}", flush=True)
    try:
        result = subprocess.run(
            ["apt-get", "download", package], cwd=folder, capture_output=True, text=True, check=False, timeout=600
        )
    except subprocess.TimeoutExpired:
        raise CorporaUnavailableError(f"apt-get took too long over {package}") from None
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CorporaUnavailableError(f"apt-get cannot download {package}: {reason} (is `apt-get update` due?)")


def _unpack(deb: Path, folder: Path) -> None:
    """Unpack under another name first, so that a killed run leaves nothing half-unpacked behind."""
    half = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        subprocess.run(["dpkg-deb", "-x", str(deb), str(half)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(half, ignore_errors=True)
        raise CorporaUnavailableError(f"{deb.name} does not unpack: {error}") from None
    for archive in sorted(half.rglob("*.pk3")):
        with zipfile.ZipFile(archive) as pack:
            pack.extractall(archive.with_suffix(""))
    half.rename(folder)
