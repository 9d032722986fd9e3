"""What goes between a dispatcher and whoever runs an attempt: the task there, reports back; all of it plain JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from serving.jobs.queue import Fence
from serving.store.tables import Record


@dataclass(frozen=True, slots=True)
class Blob:
    """An artefact that a stage has made."""

    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt, with everything it may know: it never asks the database.

    Attributes
    ----------
    inputs: artefacts by name; ``stages`` maps each stage an earlier attempt finished to the artefact with its result
    reel: name, cut and choices of the reel; ``takes``: the takes an archive is to hold (id, cue, record, files)
    """

    fence: Fence
    kind: str
    params: Record
    inputs: Record
    stages: Record = field(default_factory=dict[str, Any])
    reel: Record = field(default_factory=dict[str, Any])
    takes: tuple[Record, ...] = ()

    def to_json(self) -> str:
        """Write the task as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """Read back what :meth:`to_json` wrote."""
        data: Record = json.loads(text)
        data |= {"fence": Fence(**data["fence"]), "takes": tuple(data["takes"])}
        return cls(**data)

    @property
    def folder(self) -> str:
        """Name of the attempt's scratch folder."""
        return f"{self.fence.job}-{self.fence.attempt}"


@dataclass(frozen=True, slots=True)
class Progressed:
    """The attempt came so far."""

    word: ClassVar[str] = "progress"
    fence: Fence
    progress: Record


@dataclass(frozen=True, slots=True)
class StageDone:
    """A stage is finished; its artefacts lie in the store, ``manifest`` among them."""

    word: ClassVar[str] = "stage"
    fence: Fence
    stage: str
    manifest: str
    blobs: tuple[Blob, ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """The attempt did all there was to do; ``outcome`` is what its kind wants written into the tables."""

    word: ClassVar[str] = "ended"
    fence: Fence
    outcome: Record


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt found that the job cannot be done: code, message, hint.

    ``loose``: what of its unfinished stage lies in the store; whoever may look at the rows can tell if it is anybody's.
    """

    word: ClassVar[str] = "failed"
    fence: Fence
    problem: Record
    loose: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """The attempt stopped because it was asked to."""

    word: ClassVar[str] = "stopped"
    fence: Fence


@dataclass(frozen=True, slots=True)
class Died:
    """Whoever ran the attempt died without a word."""

    word: ClassVar[str] = "died"
    fence: Fence
    why: str = ""


Report = Progressed | StageDone | Ended | Failed | Stopped | Died
_REPORTS: dict[str, type[Any]] = {r.word: r for r in (Progressed, StageDone, Ended, Failed, Stopped, Died)}


def report_to_json(report: Report) -> str:
    """Write a report as one line."""
    return json.dumps({"report": report.word, **asdict(report)})


def report_from_json(data: Record) -> Report:
    """Read back a parsed line of :func:`report_to_json`."""
    rest = {name: value for name, value in data.items() if name != "report"}
    rest["fence"] = Fence(**rest["fence"])
    if "loose" in rest:
        rest["loose"] = tuple(rest["loose"])
    if "blobs" in rest:
        rest["blobs"] = tuple(Blob(**blob) for blob in rest["blobs"])
    report: Report = _REPORTS[data["report"]](**rest)
    return report
