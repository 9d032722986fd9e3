"""What a step is, what it is given and what it makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from model.documents import to_plain
from model.errors import InputMissing
from model.fields import document
from model.progress import Progress
from model.runtime.assets import promised_assets, promised_weights, sha256_of_file

Facts = dict[str, Any]
S = TypeVar("S")
_MODEL = Path(__file__).parents[1]
_NOT_CODE = frozenset({"__pycache__", "assets", "weights", "cards", "nets"})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file, the SHA-256 of its bytes and how many they are; nobody changes it any more."""

    path: Path
    sha256: str
    size: int

    @classmethod
    def of(cls, path: Path) -> StoredFile:
        """Hash a file; raises InputMissing if it cannot be read."""
        try:
            return cls(path, sha256_of_file(path), path.stat().st_size)
        except OSError as error:
            raise _unreadable(path, error) from error

    def read(self) -> bytes:
        """Return its bytes; raises InputMissing."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise _unreadable(self.path, error) from error


Inputs = Mapping[str, StoredFile]


@dataclass(frozen=True, slots=True)
class StepArtefact:
    """What a step has made: files by their path in its folder, and facts as plain JSON values."""

    files: Mapping[str, StoredFile] = field(default_factory=dict[str, StoredFile])
    facts: Facts = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Which bytes a file of an artefact has."""

    sha256: str
    size: int


@document("cuelight.artefact/1")
@dataclass(frozen=True, slots=True)
class ArtefactManifest:
    """What a store writes down of an artefact: the key it was made under, its files and its facts."""

    key: str
    files: dict[str, FileRecord]
    facts: Facts

    @classmethod
    def of(cls, key: str, files: Mapping[str, StoredFile], facts: Facts) -> ArtefactManifest:
        """Write down an artefact; the same artefact gives the same manifest."""
        return cls(key, {name: FileRecord(files[name].sha256, files[name].size) for name in sorted(files)}, facts)


@cache
def code_version(*rooms: str) -> str:
    """Hash the code of the named folders and modules of ``model`` (all of it without any), and every net and sound."""
    digest = hashlib.sha256()
    for room in rooms or ("",):
        place = _MODEL / room
        if not place.exists():
            message = f"There is no {room!r} in {_MODEL.name}."
            raise FileNotFoundError(message)
        for path in sorted([place] if place.is_file() else place.rglob("*")):
            inside = path.relative_to(_MODEL)
            if path.is_file() and path.suffix != ".md" and not _NOT_CODE & set(inside.parts):
                digest.update(inside.as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(repr(sorted({**promised_assets(), **promised_weights()}.items())).encode())
    return digest.hexdigest()


def _version_of_model(settings: object) -> str:
    del settings
    return code_version()


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """A named piece of work.

    Attributes
    ----------
    run: reads ``inputs``, writes files into the empty ``folder``, returns facts. It is at the top of a module, so that
        it can run in another process; files are named by their path in ``folder``
    needs: names of the inputs it cannot do without; it may be given more
    version: what else decides the result under these settings: code, networks, plug-ins
    """

    name: str
    run: Callable[[Inputs, S, Path, Progress], Facts]
    needs: tuple[str, ...] = ()
    version: Callable[[S], str] = _version_of_model

    def compute_key(self, inputs: Inputs, settings: S) -> str:
        """Hash everything that decides the result; raises InputMissing if a file it needs is not among ``inputs``."""
        if missing := [name for name in self.needs if name not in inputs]:
            message = f"The step {self.name!r} was given no {' and no '.join(missing)}."
            raise InputMissing(message)
        plain = {
            "step": self.name,
            "version": self.version(settings),
            "inputs": {name: file.sha256 for name, file in inputs.items()},
            "settings": to_plain(settings),
        }
        return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _unreadable(path: Path, error: OSError) -> InputMissing:
    message = f"{path.name} cannot be read: {error.strerror or error}."
    return InputMissing(message, hint="Check the path, or make the file again.")
