"""One attempt, from its task to its last word. It runs the same in a worker process and inline."""

from __future__ import annotations

import errno
import importlib
import shutil
from collections.abc import Callable
from pathlib import Path

import structlog

from model.errors import Cancelled, CuelightError, DiskFull, ServiceError
from serving.jobs.queue import describe_problem
from serving.jobs.task import Ended, Failed, Report, Stopped, Task
from serving.jobs.work import JobAttempt
from serving.store.artefacts import Artefacts
from serving.store.tables import JobKind, Record

_FULL = (errno.ENOSPC, errno.EDQUOT)
_KINDS = {kind: f"serving.jobs.stages.{kind}" for kind in JobKind}
_log = structlog.get_logger("cuelight.jobs")


def run_attempt(
    task: Task,
    artefacts: Artefacts,
    scratch: Path,
    say: Callable[[Report], None],
    is_stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Do the work of a job and say how it ended; nothing is left in ``scratch``, whatever happens."""
    folder = scratch / task.folder
    log = _log.bind(job=task.fence.job, attempt=task.fence.attempt, kind=task.kind)
    attempt = JobAttempt(task, artefacts, folder, say, is_stopping)
    log.info("attempt begins")
    try:
        folder.mkdir(parents=True)
        last: Report = Ended(task.fence, _outcome(attempt))
    except Cancelled:
        last = Stopped(task.fence)
    except Exception as error:
        problem = _name_film(describe_problem(_understood(error)), task)
        log.warning("attempt failed", **problem, exc_info=not isinstance(error, CuelightError))
        last = Failed(task.fence, problem, tuple(attempt.unreported))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    log.info("attempt over", how=last.word)
    say(last)


def _outcome(attempt: JobAttempt) -> Record:
    """Run the function of the job's kind; its module is imported when the first such job comes."""
    module = importlib.import_module(_KINDS[JobKind(attempt.task.kind)])
    outcome: Record = module.run(attempt)
    return outcome


def _name_film(problem: Record, task: Task) -> Record:
    """Call the film by the name a person gave it: the store knows it by its hash alone."""
    film, name = task.inputs.get("film", ""), task.reel.get("name", "")
    if not (film and name):
        return problem
    return {what: text.replace(film, name) for what, text in problem.items()}


def _understood(error: Exception) -> Exception:
    """Say an error so that a person can do something about it."""
    if isinstance(error, CuelightError):
        return error
    if isinstance(error, OSError) and error.errno in _FULL:
        return DiskFull("There is no space left for this job.", hint="Free some space, then try again.")
    if isinstance(error, MemoryError):
        return ServiceError("The job took more memory than there is.", hint="Try again with fewer workers.")
    said = f"Something in Cuelight itself went wrong ({type(error).__name__}: {error}); your film and notes are safe."
    return ServiceError(said, hint="Try again. If it fails again, send us the job's id and the service's log.")
