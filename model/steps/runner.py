"""Runs steps, each unless its artefact is there already, and keeps what they make."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from model.progress import Progress, ignore_progress, report_as
from model.runtime.pool import run_in_processes
from model.steps.step import Facts, Inputs, Step, StepArtefact

S = TypeVar("S")


class StepStore(Protocol):
    """Keeps what steps make, and finds it again."""

    def find(self, label: str, key: str) -> StepArtefact | None:
        """Return the artefact of this key if it is there, whole."""
        ...

    def open_folder(self, label: str) -> AbstractContextManager[Path]:
        """Give a step an empty folder to fill; it is gone afterwards, however the step ended."""
        ...

    def keep(self, label: str, key: str, folder: Path, facts: Facts) -> StepArtefact:
        """Take over the files of a folder that a step has filled, whole or not at all."""
        ...


@dataclass(frozen=True, slots=True)
class StepReport:
    """How a step went.

    Attributes
    ----------
    made, reused: on how many things it was run now, and how many it was not run on because the artefact was there
    files: how many they have in all
    seconds: on the clock, several at once counted once
    """

    step: str
    made: int
    reused: int
    files: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StepCall(Generic[S]):
    """One of several runs of a step: ``item`` tells them apart (the number of a cue)."""

    item: str
    inputs: Inputs
    settings: S


def _listen_to_none(step: str) -> Progress:
    del step
    return ignore_progress


def _tell_nobody(report: StepReport) -> None:
    del report


@dataclass(frozen=True, slots=True)
class StepRunner:
    """Runs steps and keeps their artefacts in a store.

    Attributes
    ----------
    listener: returns who hears the progress of the step of that name
    report: told about each step that is over
    workers: processes at once where a step is run on several things; None = as many as there are cores
    """

    store: StepStore
    listener: Callable[[str], Progress] = _listen_to_none
    report: Callable[[StepReport], None] = _tell_nobody
    workers: int | None = None

    def use_store(self, store: StepStore) -> StepRunner:
        """Return the same runner on another store."""
        return replace(self, store=store)

    def run(self, step: Step[S], inputs: Inputs, settings: S) -> StepArtefact:
        """Return the artefact of a step, made now or before; raises what the step and the store raise."""
        return self.run_all(step, [StepCall("", inputs, settings)])[""]

    def run_all(
        self, step: Step[S], calls: Sequence[StepCall[S]], on_kept: Callable[[StepArtefact], None] | None = None
    ) -> dict[str, StepArtefact]:
        """Run a step on several things, some at once; return the artefacts by item, in the order of ``calls``.

        Each artefact is kept as soon as it is there, so that the next run goes on after it if this one is broken off.

        Parameters
        ----------
        calls: begun in this order; one whose artefact is there already is not run
        on_kept: told about each artefact that was made now
        """
        began = time.perf_counter()
        keys = {call.item: step.compute_key(call.inputs, call.settings) for call in calls}
        found: dict[str, StepArtefact] = {}
        for call in calls:
            if artefact := self.store.find(label_of(step.name, call.item), keys[call.item]):
                found[call.item] = artefact
        reused = len(found)

        def keep(call: StepCall[S], folder: Path, facts: Facts) -> None:
            artefact = self.store.keep(label_of(step.name, call.item), keys[call.item], folder, facts)
            found[call.item] = artefact
            if on_kept is not None:
                on_kept(artefact)

        self._make(step, [call for call in calls if call.item not in found], reused, keep)
        files = sum(len(artefact.files) for artefact in found.values())
        self.report(StepReport(step.name, len(found) - reused, reused, files, time.perf_counter() - began))
        return {call.item: found[call.item] for call in calls}

    def _make(
        self,
        step: Step[S],
        calls: Sequence[StepCall[S]],
        before: int,
        keep: Callable[[StepCall[S], Path, Facts], None],
    ) -> None:
        """Run a step on what is not there yet, in several processes if that helps; ``before`` are there already."""
        progress, total = self.listener(step.name), before + len(calls)
        workers = min(self.workers or os.cpu_count() or 1, len(calls))
        if workers <= 1:
            for done, call in enumerate(calls, before):
                with self.store.open_folder(label_of(step.name, call.item)) as folder:
                    inner = progress if total == 1 else report_as(step.name, done, total, progress)
                    inner(step.name, 0, 0)
                    keep(call, folder, _run(step.run, call.inputs, call.settings, folder, inner))
                    progress(step.name, done + 1, total)
            return
        with ExitStack() as stack:
            folders = [stack.enter_context(self.store.open_folder(label_of(step.name, c.item))) for c in calls]
            run_in_processes(
                [
                    partial(_run, step.run, call.inputs, call.settings, folder, ignore_progress)
                    for call, folder in zip(calls, folders, strict=True)
                ],
                lambda index, facts: keep(calls[index], folders[index], facts),
                lambda done: progress(step.name, before + done, total),
                workers,
            )


def label_of(step: str, item: str) -> str:
    """Name a run of a step: ``compose 1m2``."""
    return f"{step} {item}".strip()


def _run(
    run: Callable[[Inputs, S, Path, Progress], Facts], inputs: Inputs, settings: S, folder: Path, progress: Progress
) -> Facts:
    """Run a step and return its facts as they will be read back: lists for tuples."""
    facts: Facts = json.loads(json.dumps(run(inputs, settings, folder, progress)))
    return facts
