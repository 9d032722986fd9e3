"""Artefacts in a folder: what the command keeps, beside its output and in the person's cache."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_cache_path

from model.documents import decode, encode
from model.errors import CuelightError
from model.files import move_into, remove_abandoned, safe_stem, working_folder, write_atomically
from model.runtime.assets import sha256_of_file
from model.steps.step import ArtefactManifest, Facts, StepArtefact, StoredFile

CACHE_BYTES = 8 * 1024**3  # half a dozen features with their picture and sound as prepared


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Artefacts whose files lie in a folder, under the names their steps gave them.

    What the files of each key were is written down in ``manifests``. An artefact is there if every one of its files
    still has the bytes it was made with: a folder may be moved, and a file that somebody has changed is made again.

    Attributes
    ----------
    folder: where the files lie
    manifests: folder with a small JSON file a key; if it cannot be written, only the memory is lost
    by_key: whether each artefact has a folder of its own below ``folder``, named by its key
    recall: whether what was made before is used
    """

    folder: Path
    manifests: Path
    by_key: bool = False
    recall: bool = True

    def find(self, label: str, key: str) -> StepArtefact | None:
        """Return the artefact of this key if each of its files is there, unchanged."""
        del label
        path = self.manifests / f"{key}.json"
        if not self.recall:
            return None
        try:
            known = decode(ArtefactManifest, path.read_bytes())
            place = self._place(key)
            files = {name: StoredFile(place / name, file.sha256, file.size) for name, file in known.files.items()}
            if known.key != key or not all(map(_is_unchanged, files.values())):
                return None
            os.utime(path)
            return StepArtefact(files, known.facts)
        except (OSError, CuelightError):
            return None  # none, or a damaged one: the artefact is made again

    def open_folder(self, label: str) -> AbstractContextManager[Path]:
        """Give an empty folder on the same disk; what processes that were killed have left there goes."""
        remove_abandoned(self.folder)
        return working_folder(self.folder, safe_stem(label))

    def keep(self, label: str, key: str, folder: Path, facts: Facts) -> StepArtefact:
        """Move the files to their place, then write down what they are."""
        del label
        place = self._place(key)
        made = {name: StoredFile.of(path) for name, path in files_below(folder).items()}
        place.mkdir(parents=True, exist_ok=True)
        move_into(folder, place)
        files = {name: replace(file, path=place / name) for name, file in made.items()}
        self._write_manifest(key, files, facts)
        return StepArtefact(files, facts)

    def _place(self, key: str) -> Path:
        return self.folder / key if self.by_key else self.folder

    def _write_manifest(self, key: str, files: Mapping[str, StoredFile], facts: Facts) -> None:
        with suppress(CuelightError):
            write_atomically(self.manifests / f"{key}.json", encode(ArtefactManifest.of(key, files, facts)))


def files_below(folder: Path) -> dict[str, Path]:
    """List every file of a folder by its path in it, in order."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in found}


def cache_folder() -> Path:
    """Where the command keeps what it can make again: ``CUELIGHT_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("CUELIGHT_CACHE", "")
    return Path(chosen) if chosen else user_cache_path("cuelight") / "steps"


def forget_oldest(folder: Path, most_bytes: int = CACHE_BYTES) -> None:
    """Remove the artefacts of a cache that were not used for longest, until the rest fits."""
    entries: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if not path.name.startswith("."):
            entries.setdefault(path.stem, []).append(path)
    used = 0
    for paths in sorted(entries.values(), key=_last_use, reverse=True):
        used += sum(_size(path) for path in paths)
        if used > most_bytes:
            for path in paths:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _last_use(paths: list[Path]) -> float:
    return max(path.stat().st_mtime for path in paths)


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in files_below(path).values()) if path.is_dir() else path.stat().st_size


def _is_unchanged(file: StoredFile) -> bool:
    return file.path.stat().st_size == file.size and sha256_of_file(file.path) == file.sha256
