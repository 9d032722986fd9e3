"""Observing once: results are kept under the content of everything they depend on.

The key is the film's bytes, the settings, the detectors that run with their versions, the code that observes and the
weights it uses: same inputs, same bytes, and a changed dial or a second run never decodes again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from platformdirs import user_cache_path

from model.documents import decode, encode
from model.errors import CuelightError
from model.observe.detector import ObserveSettings
from model.observe.observations import Observations
from model.observe.registry import detectors_identity
from model.progress import Progress
from model.runtime.assets import promised_assets, promised_weights, sha256_of_file

KEEP_BYTES = 2 * 1024**3
Watch = Callable[[str, str, ObserveSettings, Progress], Observations]


def cache_folder() -> Path:
    """Where results are kept: ``CUELIGHT_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("CUELIGHT_CACHE", "")
    return Path(chosen) if chosen else user_cache_path("cuelight") / "observations"


def observe_cached(
    path: str, start_timecode: str, settings: ObserveSettings, progress: Progress, watch: Watch
) -> Observations:
    """Return the observations of the film at ``path``, from the cache when they are there.

    ``watch`` does the work otherwise. A damaged cache entry is thrown away and made again; a cache folder that
    cannot be written is no error.
    """
    entry = cache_folder() / f"{_key(path, start_timecode, settings)}.json"
    kept = _recall(entry)
    if kept is not None:
        return kept
    observations = watch(path, start_timecode, settings, progress)
    _keep(entry, encode(observations))
    return observations


def _key(path: str, start_timecode: str, settings: ObserveSettings) -> str:
    parts = [
        sha256_of_file(Path(path)),
        Path(path).name,
        start_timecode,
        repr(sorted(asdict(settings).items())),
        detectors_identity(settings),
        code_version(),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def code_version() -> str:
    """Hash of the code that opens and observes, and of the weights it uses."""
    digest = hashlib.sha256()
    room = Path(__file__).parent.parent
    for source in sorted([*(room / "media").rglob("*.py"), *(room / "observe").rglob("*.py")]):
        digest.update(str(source.relative_to(room)).encode() + source.read_bytes())
    digest.update(repr(sorted({**promised_assets(), **promised_weights()}.items())).encode())
    return digest.hexdigest()


def _recall(entry: Path) -> Observations | None:
    try:
        data = entry.read_bytes()
        entry.touch()
    except OSError:
        return None
    try:
        return decode(Observations, data)
    except CuelightError:
        entry.unlink(missing_ok=True)
        return None


def _keep(entry: Path, data: bytes) -> None:
    partial = entry.with_suffix(f".{os.getpid()}.partial")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        partial.replace(entry)
        _forget_oldest(entry.parent)
    except OSError:
        with suppress(OSError):
            partial.unlink()


def _forget_oldest(folder: Path) -> None:
    """Keep the most recently used results up to a fixed size."""
    entries = sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    used = 0
    for entry in entries:
        used += entry.stat().st_size
        if used > KEEP_BYTES:
            entry.unlink(missing_ok=True)
