"""The synthetic films the benchmark measures on: rendered once into the user's cache and read from there afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

import data_tools.films
from data_tools.films import TEST_SEEDS, Truth, make_catalogue_film, read_truth

MEASURED = 8  # of the 20 test films: each takes a minute to render, and longer to observe
_GENERATOR = (
    "catalogue", "cutting", "effects", "film", "framing", "lines", "people", "picture", "plan", "practice", "reader",
    "record", "script", "sets", "sound", "staging", "truth", "voices",
)  # fmt: skip


def read_test_films(count: int = MEASURED, folder: Path | None = None) -> list[tuple[Path, Truth]]:
    """Return the first ``count`` films that nothing was tuned on, with their truth; those missing are rendered."""
    return read_films(TEST_SEEDS[:count], folder)


def read_films(seeds: Iterable[int], folder: Path | None = None) -> list[tuple[Path, Truth]]:
    """Return the catalogue films of ``seeds``; ``folder`` replaces the cache."""
    home = folder or user_cache_path("cuelight") / "films" / generator_version()
    found = list[tuple[Path, Truth]]()
    for seed in seeds:
        path = home / f"film_{seed}.mp4"
        written = path.with_suffix(".truth.json")
        if path.is_file() and written.is_file():
            found.append((path, read_truth(written)))
        else:
            print(f"rendering {path.name}")
            found.append((path, make_catalogue_film(seed, path)))
    return found


@cache
def generator_version() -> str:
    """Return the version of the generator, a hash of its sources, so that films of an older one are never measured."""
    package = Path(data_tools.films.__file__).parent
    digest = hashlib.sha256()
    for module in _GENERATOR:
        digest.update((package / f"{module}.py").read_bytes())
    return digest.hexdigest()[:12]
