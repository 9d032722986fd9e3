"""Several cues at once: each composed and written in a process of its own, as many as there are cores.

Cues know nothing of each other, so the order in which they are done changes no byte.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from model.files import safe_stem
from model.motifs.language import Language
from model.progress import Progress, silent
from model.runtime.process import die_with_parent
from model.score.titles import ScoreTitles
from model.scoring.compose import compose, heard_as
from model.scoring.folder import write_piece
from model.scoring.record import CueChoice, ScoredCue
from model.sketch.plan.mood import CueMood
from model.spotting.notes import Cue, SpottingNotes

_LOOK_S = 0.2  # how often the person is asked whether to go on


@dataclass(frozen=True, slots=True)
class Task:
    """One cue to compose, with all that is needed for it."""

    cue: Cue
    notes: SpottingNotes
    language: Language
    choice: CueChoice
    titles: ScoreTitles
    mood: CueMood | None
    out: Path


def write_cues(tasks: Sequence[Task], progress: Progress = silent, workers: int | None = None) -> list[ScoredCue]:
    """Compose the cues and write their folders; return them in the order given.

    Raises what composing and writing raise, and what ``progress`` raises; no half-written folder is left either way.
    """
    most = min(workers or os.cpu_count() or 1, len(tasks))
    if most <= 1:
        return [_one_by_one(task, k, len(tasks), progress) for k, task in enumerate(tasks)]
    crew = ProcessPoolExecutor(most, multiprocessing.get_context("spawn"), initializer=_join, initargs=(os.getpid(),))
    try:
        longest_first = sorted(tasks, key=lambda task: -task.cue.span.frames)  # so that nobody waits for one at the end
        begun = {task.cue.id: crew.submit(write_cue, task) for task in longest_first}
        return _gathered([begun[task.cue.id] for task in tasks], progress)
    except BaseException:
        _dismiss(crew, tasks)
        raise
    finally:
        crew.shutdown(wait=True, cancel_futures=True)


def write_cue(task: Task, progress: Progress = silent) -> ScoredCue:
    """Compose one cue and write its folder."""
    piece = compose(task.cue, task.notes, task.language, task.choice, task.titles, task.mood, progress)
    return write_piece(piece, task.out, task.titles.show, task.notes.reel.timebase)


def _one_by_one(task: Task, done: int, total: int, progress: Progress) -> ScoredCue:
    progress("compose", done, total)
    scored = write_cue(task, heard_as("compose", done, total, progress))
    progress("compose", done + 1, total)
    return scored


def _gathered(futures: Sequence[Future[ScoredCue]], progress: Progress) -> list[ScoredCue]:
    """Wait for all, telling how many are done; the first error ends the wait."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, _LOOK_S, FIRST_COMPLETED)
        for future in done:
            future.result()
        progress("compose", len(futures) - len(pending), len(futures))
    return [future.result() for future in futures]


def _join(parent: int) -> None:
    """Let Ctrl-C reach the parent alone, which ends the others; and end with it, should it be killed."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _dismiss(crew: ProcessPoolExecutor, tasks: Sequence[Task]) -> None:
    """End the processes and clear away what they were writing."""
    for process in list((crew._processes or {}).values()):  # noqa: SLF001 - the pool has no way to end its workers before 3.14
        process.terminate()
        process.join()
    for task in tasks:
        for filling in task.out.glob(f".{safe_stem(task.cue.number)}-*.partial"):
            shutil.rmtree(filling, ignore_errors=True)
