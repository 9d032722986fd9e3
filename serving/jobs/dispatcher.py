"""The dispatcher: a thread of the server that feeds the executor from the table, and the table from its reports.

It is the only one here that writes rows of jobs under way. Several may work on one database: claims and fences keep
them apart. It may be killed at any moment: whatever it had not written, the next attempt does again, from the last
finished stage. What the database refuses to write now (busy, full) waits in order and is tried again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from model.errors import CuelightError, DiskFull, NotFound, ServiceBusy, ServiceError
from serving.jobs import metrics, queue
from serving.jobs.disk_reserve import Reserve
from serving.jobs.executor import Capacity, Executor
from serving.jobs.outcomes import conclude
from serving.jobs.owner import hold, is_dead, is_owner, make_owner_name, remove_unheld
from serving.jobs.queue import Fence, LeaseWatch, Superseded, fence_of
from serving.jobs.task import Died, Ended, Failed, Progressed, Report, StageDone, Stopped, Task
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.events import prune
from serving.store.sweeping import ARTEFACTS, may_sweep, sweep_artefacts
from serving.store.tables import Artefact, Job, JobKind, JobState, ReelRow, Take

TICK_S = 0.2
TIDY_S = 3600.0
SAVE_S = 60.0  # how often it is seen to that space is held back
_log = structlog.get_logger("cuelight.jobs")


@dataclass(slots=True)
class _Due:
    """Something to be done every so often, on a clock that cannot jump."""

    every_s: float
    at: float = field(default=0.0)

    def is_due(self) -> bool:
        moment = time.monotonic()
        if moment < self.at:
            return False
        self.at = moment + self.every_s
        return True


class Dispatcher:
    """Runs the jobs of one database on one executor."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        artefacts: Artefacts,
        make_executor: Callable[[str], Executor],
    ) -> None:
        """Prepare; ``make_executor`` is called in the dispatcher's own thread with the name of its scratch folder."""
        self.owner = make_owner_name()
        self._settings = settings
        self._database = database
        self._artefacts = artefacts
        self._make_executor = make_executor
        self._executor: Executor | None = None
        self._held: int | None = None  # the lock on our scratch folder
        self._capacity = Capacity(settings.workers, 0)
        self._attempts: dict[Fence, JobKind] = {}
        self._unwritten: deque[Report] = deque()
        self._watch = LeaseWatch(settings.lease_s)
        self._beat = _Due(settings.lease_s / queue.HEARTBEATS)
        self._tidy = _Due(TIDY_S)
        self._reserve = Reserve(settings.home / "reserve")
        self._save = _Due(SAVE_S)
        self._awake = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to work, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and whatever it runs; jobs under way are handed back and go on at the next start."""
        self._over.set()
        self._awake.set()
        self._thread.join()

    def wake(self) -> None:
        """Say that there may be something to do; safe to call from anywhere."""
        self._awake.set()

    @property
    def alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    @property
    def capacity(self) -> Capacity:
        """What the executor last said there is."""
        return self._capacity

    def _run(self) -> None:
        executor = self._make_executor(self.owner)
        self._executor = executor
        try:
            self._run_guarded(self._clear_up)
            while not self._over.is_set():
                self._run_guarded(self.step)
            self._run_guarded(self._hand_back)
        finally:
            executor.close()
            shutil.rmtree(self._settings.scratch / self.owner, ignore_errors=True)
            if self._held is not None:
                os.close(self._held)

    def _run_guarded(self, act: Callable[[], None]) -> None:
        """Do something that must not end the thread."""
        try:
            act()
        except (CuelightError, SQLAlchemyError, OSError) as error:
            metrics.TROUBLE.inc()
            given_up = isinstance(error, DiskFull) and self._reserve.give_up()
            _log.warning("dispatcher held up", why=str(error), reserve_given_up=given_up)
            self._over.wait(TICK_S)
        except Exception:  # noqa: BLE001 - the other jobs must go on
            metrics.TROUBLE.inc()
            _log.exception("dispatcher at fault")
            self._over.wait(1.0)

    def step(self) -> None:
        """Do what is due: write what was reported, keep leases, notice the dead, stop, claim."""
        executor = self._running()
        if self._held is None:  # from here on nobody takes our scratch for left behind
            self._held = hold(self._settings.scratch / self.owner)
        if self._attempts:
            self._unwritten.extend(executor.poll(TICK_S))
        else:
            executor.poll(0.0)
            self._awake.wait(TICK_S)
        self._awake.clear()
        while self._unwritten:
            self._write(self._unwritten[0])
            self._unwritten.popleft()
        if self._beat.is_due():
            self._keep_leases()
        self._stop_cancelled()
        self._claim()
        if self._tidy.is_due():
            self._tidy_up()
        if self._save.is_due():
            self._reserve.keep()
        self._capacity = executor.capacity()

    def _running(self) -> Executor:
        assert self._executor is not None  # noqa: S101 - set before the first step
        return self._executor

    def _write(self, report: Report) -> None:
        """Bring a report into the table, whole; one from an attempt that no longer counts changes nothing."""
        fence = report.fence
        if isinstance(report, Died | Stopped):  # a process that was ended could not clear up
            shutil.rmtree(self._settings.scratch / self.owner / f"{fence.job}-{fence.attempt}", ignore_errors=True)
        try:
            with self._database.write() as session:
                self._write_report(session, report)
        except (Superseded, NotFound):
            self._running().cancel(fence)
        except (ServiceBusy, DiskFull, OperationalError, OSError):
            raise  # again, later
        except CuelightError as error:
            self._fail(fence, error)
        except Exception as error:  # noqa: BLE001 - one bad report must not hold up the others
            _log.exception("report at fault", job=fence.job, report=report.word)
            said = f"The result could not be kept: {type(error).__name__}."
            self._fail(fence, ServiceError(said, hint="This is a fault in Cuelight."))
        if not isinstance(report, Progressed | StageDone):
            self._attempts.pop(fence, None)

    def _fail(self, fence: Fence, error: CuelightError) -> None:
        """End a job whose report cannot be written, now or ever."""
        self._running().cancel(fence)
        with contextlib.suppress(Superseded), self._database.write() as session:
            self._count_job(queue.fail(session, fence, queue.describe_problem(error)))

    def _write_report(self, session: Session, report: Report) -> None:
        match report:
            case Progressed(fence, progress):
                queue.report(session, fence, progress)
            case StageDone():
                self._stage_done(session, report)
            case Ended(fence, outcome):
                self._count_job(conclude(session, fence, outcome))
            case Failed(fence, problem, loose):
                self._count_job(queue.fail(session, fence, problem))
                self._let_go(session, loose)
            case Stopped(fence):
                self._count_job(queue.stop(session, fence))
            case Died(fence, why):
                job = queue.lose(session, fence, self._settings.most_attempts, why)
                metrics.ATTEMPTS_LOST.labels(job.kind).inc()
                self._count_job(job)

    def _stage_done(self, session: Session, report: StageDone) -> None:
        """Make a stage real: its artefacts are used by the project, its result is in the job's row."""
        job = session.get(Job, report.fence.job)
        if job is None:
            raise Superseded
        for blob in report.blobs:
            if not self._artefacts.has(blob.sha256):  # swept in between: the next attempt makes it again
                queue.lose(session, report.fence, self._settings.most_attempts, "The store let go of its files.")
                self._running().cancel(report.fence)
                return
        for blob in report.blobs:
            self._artefacts.keep(session, job.project, blob.sha256, blob.bytes, blob.media_type)
        made = [blob.sha256 for blob in report.blobs]
        queue.finish_stage(session, report.fence, report.stage, report.manifest, made)

    def _let_go(self, session: Session, loose: Collection[str]) -> None:
        """Remove what a failed stage had put into the store already, unless another job has kept the same meanwhile."""
        if not loose or not may_sweep(self._database, self._artefacts, ARTEFACTS):
            return
        for sha256 in loose:
            if session.get(Artefact, sha256) is None:
                self._artefacts.remove(sha256)

    def _count_job(self, job: Job) -> None:
        if job.finished is None:
            return
        _log.info("job ended", job=job.id, kind=str(job.kind), state=str(job.state), attempts=job.attempt)
        metrics.ENDED.labels(job.kind, job.state).inc()
        metrics.SECONDS.labels(job.kind).observe(max(0.0, job.finished - (job.started or job.finished)))

    def _keep_leases(self) -> None:
        """Renew what runs here; take over what stands still elsewhere; count what waits."""
        with self._database.read() as session:
            others = queue.list_working_owners(session) - {self.owner}
            for state in (JobState.QUEUED, JobState.RUNNING):
                metrics.JOBS.labels(state).set(session.scalar(select(func.count()).where(Job.state == state)) or 0)
        if self._attempts:
            with self._database.write() as session:
                lost = queue.renew(session, list(self._attempts), self._settings.lease_s)
            for fence in lost:
                self._running().cancel(fence)
        if others:
            dead = {owner for owner in others if is_dead(owner)}
            with self._database.write() as session:
                for job in queue.reap(session, self._watch, self._settings.most_attempts, mine=self.owner, dead=dead):
                    _log.warning("attempt taken over", job=job.id, state=str(job.state))
                    metrics.ATTEMPTS_LOST.labels(job.kind).inc()

    def _stop_cancelled(self) -> None:
        if not self._attempts:
            return
        with self._database.read() as session:
            asked = queue.list_to_cancel(session, self.owner)
        for fence in asked:
            self._running().cancel(fence)

    def _claim(self) -> None:
        """Give the executor as many attempts as it has room for."""
        capacity = self._running().capacity()
        for _ in range(capacity.free):
            kinds = _welcome(capacity.workers, self._attempts.values())
            with self._database.read() as session:
                if session.scalar(queue.select_waiting(kinds)) is None:
                    return
            with self._database.write() as session:
                job = queue.claim(session, self.owner, self._settings.lease_s, kinds)
                if job is None:
                    return
                task = _task(session, job)
            self._attempts[task.fence] = job.kind
            try:
                self._running().submit(task)
            except OSError as error:  # no worker can be started: an attempt is lost, as if it had died
                self._unwritten.append(Died(task.fence, f"It could not be started: {error}."))

    def _clear_up(self) -> None:
        """Throw away the scratch of dispatchers that died, and take over their jobs."""
        self._settings.scratch.mkdir(parents=True, exist_ok=True)
        for folder in self._settings.scratch.iterdir():
            if is_owner(folder.name):  # a mistyped home may have a folder of this name with other things in it
                remove_unheld(folder)
        self._keep_leases()

    def _hand_back(self) -> None:
        """Put back what runs here: the server is being stopped, which is nobody's fault."""
        for fence in list(self._attempts):
            with contextlib.suppress(Superseded), self._database.write() as session:
                queue.hand_back(session, fence)

    def _tidy_up(self) -> None:
        with self._database.write() as session:
            prune(session)
        if may_sweep(self._database, self._artefacts, ARTEFACTS):
            sweep_artefacts(self._database, self._artefacts)


def _welcome(workers: int, busy: Collection[JobKind]) -> list[JobKind]:
    """Say which kinds may begin: where there are several workers, watching films never takes the last of them."""
    watching = sum(kind == JobKind.SPOT for kind in busy)
    full = workers > 1 and watching >= workers - 1
    return [kind for kind in JobKind if not (full and kind == JobKind.SPOT)]


def _task(session: Session, job: Job) -> Task:
    """Gather what an attempt has to know."""
    reel = session.get(ReelRow, job.reel) if job.reel else None
    facts = {"name": reel.name, "cut": reel.cut, "choices": reel.choices} if reel else {}
    takes = [session.get(Take, take) for take in job.params.get("takes", ())]
    return Task(
        fence=fence_of(job),
        kind=str(job.kind),
        params=job.params,
        inputs=job.inputs,
        stages={stage: done["manifest"] for stage, done in job.stages.items()},
        reel=facts,
        takes=tuple({"id": t.id, "cue": t.cue, "scored": t.scored, "files": t.files} for t in takes if t),
    )
