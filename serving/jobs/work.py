"""An attempt at a job while it is under way: its inputs, and the store its steps keep their artefacts in.

A kind of job is a plain function of :class:`JobAttempt`. It runs steps of ``model/pipeline.py`` with
``attempt.runner``. What a step has made is put into the service's store, named by a manifest, and only then reported;
the next attempt finds it there by its key instead of making it again.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.documents import decode, encode
from model.errors import Cancelled, CuelightError, RequestInvalid
from model.progress import Progress
from model.steps.folder import files_below
from model.steps.runner import StepRunner
from model.steps.step import ArtefactManifest, Facts, Step, StepArtefact, StoredFile
from serving.jobs.task import Blob, Progressed, Report, StageDone, Task
from serving.store.artefacts import Artefacts, hash_file
from serving.store.tables import Record

REPORT_INTERVAL_S = 0.25  # between two reports of progress
JSON, BINARY = "application/json", "application/octet-stream"
_MEDIA_TYPES = {
    ".json": JSON,
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
    ".pdf": "application/pdf",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp4": "video/mp4",
    ".zip": "application/zip",
}


def media_type(name: str) -> str:
    """Tell the media type of a file we made by the ending of its name."""
    return _MEDIA_TYPES.get(Path(name).suffix, BINARY)


def describe_blob(name: str, file: StoredFile) -> Record:
    """Say of a file what the tables keep of it: sha256, bytes and media type."""
    return {"sha256": file.sha256, "bytes": file.size, "media_type": media_type(name)}


@dataclass(slots=True)
class JobAttempt:
    """An attempt under way: a :class:`model.steps.StepStore` over the service's artefacts.

    Attributes
    ----------
    scratch: the attempt's own folder, thrown away at its end
    say: takes the attempt's reports; ``is_stopping`` tells whether somebody wants it to stop
    unreported: new blobs of an artefact that is just being put into the store
    """

    task: Task
    artefacts: Artefacts
    scratch: Path
    say: Callable[[Report], None]
    is_stopping: Callable[[], bool]
    unreported: list[str] = field(default_factory=list[str])
    _plan: list[str] = field(default_factory=list[str])
    _reported_at: float = 0.0

    # -- what it works on

    def inputs(self, *names: str) -> dict[str, StoredFile]:
        """Return the inputs of these names, as far as the job has them."""
        return {name: self.find_file(self.task.inputs[name]) for name in names if self.task.inputs.get(name)}

    def require_inputs(self, *names: str) -> dict[str, StoredFile]:
        """Return the inputs of these names; raises RequestInvalid if the job lacks one."""
        found = self.inputs(*names)
        if missing := [name for name in names if name not in found]:
            raise RequestInvalid(f"The job was ordered without {' and '.join(missing)}.")
        return found

    def find_file(self, sha256: str) -> StoredFile:
        """Return a file of the store, to be read only; raises NotFound."""
        return StoredFile(self.artefacts.path(sha256), sha256, self.artefacts.size(sha256))

    # -- what it reports

    @property
    def runner(self) -> StepRunner:
        """What runs its steps."""
        return StepRunner(self, self.listener)

    def plan(self, *steps: Step[Any]) -> None:
        """Say which steps there will be, in order."""
        self._plan = [step.name for step in steps]

    def listener(self, step: str) -> Progress:
        """Return a listener that reports the progress of a step, and stops it when somebody asks."""

        def listen(stage: str, done: int, total: int) -> None:
            self.report_progress(step, stage, done, total)

        return listen

    def report_progress(self, step: str, doing: str, done: int, total: int) -> None:
        """Report progress, not too often; raises Cancelled when the attempt is to stop."""
        if self.is_stopping():
            raise Cancelled("The job was stopped.")
        now = time.monotonic()
        if now - self._reported_at >= REPORT_INTERVAL_S or (done, total) == (0, 0):
            self._reported_at = now
            stages = [{"name": name, "state": self._state(name, step)} for name in self._plan]
            progress = {"stage": step, "step": doing, "done": done, "total": total, "stages": stages}
            self.say(Progressed(self.task.fence, progress))

    def _state(self, name: str, current: str) -> str:
        if current not in self._plan or name == current:
            return "running" if name == current else "waiting"
        return "done" if self._plan.index(name) < self._plan.index(current) else "waiting"

    # -- where its steps keep what they make

    def find(self, label: str, key: str) -> StepArtefact | None:
        """Return what an earlier attempt has made under this label, if it has the same key and all of it is there."""
        sha256 = self.task.stages.get(label)
        if sha256 is None:
            return None
        try:
            manifest = decode(ArtefactManifest, self.artefacts.read(sha256))
            if manifest.key != key or not all(self._is_whole(f.sha256, f.size) for f in manifest.files.values()):
                return None
            return StepArtefact({name: self.find_file(f.sha256) for name, f in manifest.files.items()}, manifest.facts)
        except CuelightError:
            return None

    @contextmanager
    def open_folder(self, label: str) -> Generator[Path]:
        """Give an empty folder in the attempt's scratch."""
        folder = self.scratch / label.replace("/", "_")
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, label: str, key: str, folder: Path, facts: Facts) -> StepArtefact:
        """Put the files into the store, name them in a manifest, then report them."""
        self.unreported.clear()
        files: dict[str, StoredFile] = {}
        blobs: list[Blob] = []
        for name, path in files_below(folder).items():
            blob = Blob(hash_file(path), path.stat().st_size, media_type(name))
            self._note_new(blob.sha256)
            self.artefacts.adopt(path, blob.media_type, blob.sha256)
            files[name] = self.find_file(blob.sha256)
            blobs.append(blob)
        data = encode(ArtefactManifest.of(key, files, facts))
        path = folder / "manifest.json"
        path.write_bytes(data)
        manifest = Blob(hash_file(path), len(data), JSON)
        self._note_new(manifest.sha256)
        self.artefacts.adopt(path, JSON, manifest.sha256)
        self.unreported.clear()
        self.say(StageDone(self.task.fence, label, manifest.sha256, (*blobs, manifest)))
        return StepArtefact(files, facts)

    def _note_new(self, sha256: str) -> None:
        if not self.artefacts.has(sha256):
            self.unreported.append(sha256)

    def _is_whole(self, sha256: str, size: int) -> bool:
        return self.artefacts.has(sha256) and self.artefacts.size(sha256) == size
