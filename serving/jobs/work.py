"""What a stage is given to work with, and how its result becomes real.

A kind of job is a plain function of :class:`Work`. It goes through its stages with :meth:`Work.stage`; a stage gets an
empty folder and a listener for its progress, and says which files it made. They are put into the store, named by a
manifest, and only then reported. A stage that an earlier attempt finished is not done again: its manifest is read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.errors import Cancelled, CuelightError
from model.progress import Progress
from serving.jobs.task import Blob, Progressed, Report, StageDone, Task
from serving.store.artefacts import Artefacts, sha256_of
from serving.store.tables import Record

SCHEMA = "cuelight.stage/1"
JSON = "application/json"
EVERY_S = 0.25  # between two reports of progress


@dataclass(frozen=True, slots=True)
class Made:
    """What a stage made: files in its folder or bytes, by name, each with its media type, and facts to remember."""

    files: Mapping[str, tuple[Path | bytes, str]] = field(default_factory=dict[str, tuple[Path | bytes, str]])
    facts: Record = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished stage left in the store."""

    files: dict[str, Blob]
    facts: Record

    def encode(self) -> bytes:
        """Write it down; the same results give the same bytes."""
        files = {name: asdict(blob) for name, blob in sorted(self.files.items())}
        document = {"schema": SCHEMA, "files": files, "facts": self.facts}
        return json.dumps(document, sort_keys=True).encode() + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Manifest:
        """Read back what :meth:`encode` wrote."""
        found: Record = json.loads(data)
        return cls({name: Blob(**blob) for name, blob in found["files"].items()}, found["facts"])


Make = Callable[[Path, Progress], Made]


@dataclass(slots=True)
class Work:
    """An attempt under way.

    Attributes
    ----------
    scratch: the attempt's own folder, thrown away at its end
    say: takes the attempt's reports; ``stopping`` tells whether somebody wants it to stop
    loose: new blobs of a stage that is being put into the store
    """

    task: Task
    artefacts: Artefacts
    scratch: Path
    say: Callable[[Report], None]
    stopping: Callable[[], bool]
    loose: list[str] = field(default_factory=list[str])
    _plan: list[str] = field(default_factory=list[str])
    _done: set[str] = field(default_factory=set[str])
    _said: float = 0.0

    def plan(self, stages: Sequence[str]) -> None:
        """Say which stages there will be."""
        self._plan = list(stages)

    def input(self, name: str) -> Path:
        """Return the file of an input, to be read only."""
        return self.artefacts.path(self.task.inputs[name])

    def read(self, name: str) -> bytes | None:
        """Return the bytes of an input, None if the job has none of that name."""
        sha256 = self.task.inputs.get(name)
        return self.artefacts.read(sha256) if sha256 else None

    def stage(self, name: str, make: Make) -> Manifest:
        """Return what the stage left in the store; it is done now unless an earlier attempt did it."""
        found = self._recall(name)
        if found is None:
            self.heard(name, name, 0, 0, at_once=True)
            folder = self.scratch / name
            folder.mkdir(parents=True)
            found = self._commit(name, make(folder, self.listener(name)))
            shutil.rmtree(folder, ignore_errors=True)
        self._done.add(name)
        return found

    def listener(self, name: str) -> Progress:
        """Return a listener that reports the progress of a stage, and stops it when somebody asks."""

        def listen(stage: str, done: int, total: int) -> None:
            self.heard(name, stage, done, total)

        return listen

    def heard(self, stage: str, step: str, done: int, total: int, *, at_once: bool = False) -> None:
        """Report progress, not too often; raises Cancelled when the attempt is to stop."""
        if self.stopping():
            raise Cancelled("The job was stopped.")
        now = time.monotonic()
        if at_once or now - self._said >= EVERY_S:
            self._said = now
            self.say(Progressed(self.task.fence, self._told(stage, step, done, total)))

    def _told(self, stage: str, step: str, done: int, total: int) -> Record:
        stages = [{"name": name, "state": self._state(name, stage)} for name in self._plan]
        return {"stage": stage, "step": step, "done": done, "total": total, "stages": stages}

    def _state(self, name: str, current: str) -> str:
        if name in self._done:
            return "done"
        return "running" if name == current else "waiting"

    def _recall(self, name: str) -> Manifest | None:
        """Return the manifest of a finished stage if all it names is still there."""
        sha256 = self.task.stages.get(name)
        if sha256 is None:
            return None
        try:
            found = Manifest.decode(self.artefacts.read(sha256))
        except CuelightError:
            return None
        return found if all(map(self._whole, found.files.values())) else None

    def _whole(self, blob: Blob) -> bool:
        return self.artefacts.has(blob.sha256) and self.artefacts.size(blob.sha256) == blob.bytes

    def _commit(self, name: str, made: Made) -> Manifest:
        """Put the files into the store and name them."""
        self.loose.clear()
        files = {label: self._put(what, kind) for label, (what, kind) in made.files.items()}
        manifest = Manifest(files, made.facts)
        written = self._put(manifest.encode(), JSON)
        self.loose.clear()
        self.say(StageDone(self.task.fence, name, written.sha256, (*files.values(), written)))
        return manifest

    def _put(self, what: Path | bytes, media_type: str) -> Blob:
        if isinstance(what, bytes):
            sha256, size = hashlib.sha256(what).hexdigest(), len(what)
        else:
            sha256, size = sha256_of(what), what.stat().st_size
        if not self.artefacts.has(sha256):
            self.loose.append(sha256)
        if isinstance(what, bytes):
            self.artefacts.put_bytes(what, media_type)
        else:
            self.artefacts.adopt(what, media_type, sha256)
        return Blob(sha256, size, media_type)
