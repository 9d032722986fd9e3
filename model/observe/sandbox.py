"""Observing a film in a child process, shut off from everything: how every film that a person brings is watched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from model.fields import document
from model.observe.observations import Observations
from model.observe.settings import ObserveSettings
from model.progress import Progress, ignore_progress
from model.runtime.child import ChildRequest
from model.runtime.sandbox import Sandbox, run_in_sandbox

_CHILD = ("-m", "model.observe.child")


@document("cuelight.observe-task/1")
@dataclass(frozen=True, slots=True)
class ObserveTask:
    """What the child is asked to observe, and how."""

    start_timecode: str
    settings: ObserveSettings


def observe_in_sandbox(
    path: str | Path,
    start_timecode: str = "",
    settings: ObserveSettings | None = None,
    progress: Progress = ignore_progress,
    sandbox: Sandbox = Sandbox(),  # noqa: B008 - frozen
) -> Observations:
    """Observe a film in the child.

    Raises whatever observing raises, under its own class; ChildDied, ChildTimedOut or ChildOutOfMemory if the child
    did not survive; and what ``progress`` raises, after the child has been stopped.
    """
    from model.documents import decode, encode
    from model.observe.registry import plugin_paths

    task = encode(ObserveTask(start_timecode, settings or ObserveSettings())).decode("utf-8", "surrogatepass")
    sandbox = replace(sandbox, command=_CHILD, importable=(*sandbox.importable, *plugin_paths()))
    return decode(Observations, run_in_sandbox(ChildRequest(str(path), task), progress, sandbox))
