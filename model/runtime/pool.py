"""Several calls at once, each in a process of its own; the order in which they end changes no byte."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess
from typing import TypeVar

from model.errors import ChildDied
from model.runtime.process import die_with_parent

T = TypeVar("T")
POLL_S = 0.2  # how often progress is reported while all processes are busy, so that cancelling is quick


def run_in_processes(
    calls: Sequence[Callable[[], T]], on_done: Callable[[int, T], None], progress: Callable[[int], None], workers: int
) -> None:
    """Run every call, at most ``workers`` at a time, and hand on each result as soon as it is there.

    Parameters
    ----------
    calls: what pickle can carry: module-level functions and ``functools.partial`` of them. They start in this order
    on_done: gets the index of a call and its result, in this process; what it raises ends all
    progress: told how many calls are done, several times a second; what it raises ends all

    Raises what a call raises, and ChildDied if a process was killed. The other processes are ended first.
    """
    pool = ProcessPoolExecutor(
        min(workers, len(calls)), multiprocessing.get_context("spawn"), initializer=_follow, initargs=(os.getpid(),)
    )
    try:
        pending: dict[Future[T], int] = {pool.submit(call): index for index, call in enumerate(calls)}
        while pending:
            progress(len(calls) - len(pending))
            for future in wait(pending, POLL_S, FIRST_COMPLETED).done:
                on_done(pending.pop(future), future.result())
            if pending:
                _check_alive(pool)
        progress(len(calls))
    except BrokenProcessPool as error:
        message = "A process that was composing ended unexpectedly."
        raise ChildDied(message, hint="There may be too little memory; run it again with fewer at a time.") from error
    finally:
        _end(pool)


def _check_alive(pool: ProcessPoolExecutor) -> None:
    """Raise BrokenProcessPool if a process has ended; the pool may notice that only when another one is done."""
    if any(process.exitcode is not None for process in _processes(pool)):
        raise BrokenProcessPool


def _follow(parent: int) -> None:
    """End with the parent, should it be killed; Ctrl-C is for the parent alone, which then ends this process."""
    die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _end(pool: ProcessPoolExecutor) -> None:
    """End the processes, at work or not: results are taken by now, or unwanted."""
    for process in _processes(pool):
        process.terminate()
        process.join()
    pool.shutdown(wait=True, cancel_futures=True)


def _processes(pool: ProcessPoolExecutor) -> Sequence[BaseProcess]:
    return list((pool._processes or {}).values())  # noqa: SLF001 - the pool shows no process of its own before 3.14
