"""The rows of the jobs: made, claimed, kept alive, ended; every step fenced and told as an event.

An attempt is the triple of :class:`Fence`. Whatever an attempt wants to write goes through ``UPDATE job ... WHERE id,
attempt, owner and state = 'running'``: once somebody else has the job, or it has ended, nothing of it gets in, whatever
any clock says.

``lease_until`` is a heartbeat that people can read. Nobody compares it with the time of day: an observer takes a lease
for dead when it has not changed for as long as a lease lasts on the observer's own monotonic clock
(:class:`LeaseWatch`). A clock that jumps can therefore neither end a living attempt nor keep a dead one alive.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from model.errors import NotFound, StateConflict, WorkerLost
from serving.jobs.job_inputs import complete_inputs
from serving.store.events import publish
from serving.store.tables import ENDED, Job, JobKind, JobState, Record

HEARTBEATS = 5  # renewals in the time of a lease


class Superseded(Exception):
    """The attempt is no longer the one that counts; whatever it was writing must not be kept."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Which attempt of which job, and whose."""

    job: str
    attempt: int
    owner: str


@dataclass(slots=True)
class LeaseWatch:
    """Remembers since when each lease has looked the same, on this process's monotonic clock."""

    lease_s: float
    seen: dict[str, tuple[tuple[int, str, float | None], float]] = field(default_factory=dict[str, Any])

    def is_expired(self, job: Job, now: float | None = None) -> bool:
        """Tell whether the lease of a running job has stood still for too long."""
        moment = time.monotonic() if now is None else now
        mark = (job.attempt, job.owner, job.lease_until)
        before = self.seen.get(job.id)
        if before is None or before[0] != mark:
            self.seen[job.id] = (mark, moment)
            return False
        return moment - before[1] > self.lease_s

    def forget_all_but(self, jobs: Collection[str]) -> None:
        """Drop what is known of jobs that no longer run."""
        self.seen = {job: known for job, known in self.seen.items() if job in jobs}


def enqueue(
    session: Session,
    *,
    project: str,
    kind: JobKind,
    params: Record,
    inputs: Record | None = None,
    reel: str | None = None,
    creator: str = "",
) -> Job:
    """Add a job. What ``inputs`` (name -> SHA-256) does not name is taken from the reel as it stands now.

    Raises StateConflict if the reel is not yet in a state for it, NotFound if there is no such reel.
    """
    session.flush()  # the reel may have been added a moment ago
    chosen = complete_inputs(session, reel, JobKind(kind), params, inputs or {})
    job = Job(
        project=project, reel=reel, kind=JobKind(kind), params=chosen.params, inputs=chosen.inputs, creator=creator
    )
    session.add(job)
    session.flush()
    tell(session, job)
    return job


def cancel(session: Session, job_id: str) -> Job:
    """Stop a job: at once if it waits, within a second or so if it runs; one that has ended stays as it is."""
    job = _get(session, job_id)
    if job.state == JobState.QUEUED:
        _end(job, JobState.CANCELLED)
    elif job.state == JobState.RUNNING:
        job.cancel = True
    else:
        return job
    session.flush()
    tell(session, job)
    return job


def retry(session: Session, job_id: str) -> Job:
    """Let a failed or cancelled job go on after its last finished stage; raises StateConflict for any other."""
    job = _get(session, job_id)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise StateConflict(f"The job is {job.state}: only a failed or cancelled one can be tried again.")
    job.state, job.cancel, job.losses = JobState.QUEUED, False, 0
    job.problem, job.finished, job.owner, job.lease_until = None, None, "", None
    session.flush()
    tell(session, job)
    return job


def select_waiting(kinds: Collection[JobKind] = tuple(JobKind)) -> Select[Job]:
    """Select the job of these kinds that has waited longest."""
    queued = select(Job).where(Job.state == JobState.QUEUED, Job.kind.in_(kinds))
    return queued.order_by(Job.created, Job.id).limit(1)


def claim(session: Session, owner: str, lease_s: float, kinds: Collection[JobKind] = tuple(JobKind)) -> Job | None:
    """Take the job of these kinds that has waited longest; None if none waits."""
    job = session.scalars(select_waiting(kinds).with_for_update(skip_locked=True)).first()
    if job is None:
        return None
    now = time.time()
    job.state, job.owner, job.attempt = JobState.RUNNING, owner, job.attempt + 1
    job.lease_until, job.started = now + lease_s, job.started or now
    session.flush()
    tell(session, job)
    return job


def fence_of(job: Job) -> Fence:
    """Return the fence of the attempt a claim has begun."""
    return Fence(job.id, job.attempt, job.owner)


def renew(session: Session, fences: Sequence[Fence], lease_s: float) -> list[Fence]:
    """Say that the attempts live; return those that no longer count."""
    until = time.time() + lease_s
    return [fence for fence in fences if not _write(session, fence, lease_until=until)]


def report(session: Session, fence: Fence, progress: Record) -> None:
    """Write down how far an attempt has come; raises Superseded."""
    _write_fenced(session, fence, progress=progress)
    tell(session, _get(session, fence.job))


def finish_stage(session: Session, fence: Fence, stage: str, manifest: str, blobs: Collection[str] = ()) -> None:
    """Write down that a stage is done and which artefact holds its result; raises Superseded.

    ``blobs``: everything the result names, so that whoever deletes the job's reel knows what to let go of.
    """
    job = _require_job(session, fence)
    _write_fenced(
        session, fence, stages={**job.stages, stage: {"manifest": manifest, "blobs": sorted({*blobs, manifest})}}
    )


def finish(session: Session, fence: Fence, result: Record) -> Job:
    """End a job well; raises Superseded, and then nothing of the whole session may be kept."""
    told = _require_job(session, fence).progress
    stages = [{**stage, "state": "done"} for stage in told.get("stages", ())]
    return _finish_job(session, fence, JobState.DONE, result=result, progress={**told, "stages": stages})


def fail(session: Session, fence: Fence, problem: Record) -> Job:
    """End a job with its reason: code, message, hint; raises Superseded."""
    return _finish_job(session, fence, JobState.FAILED, problem=problem)


def stop(session: Session, fence: Fence) -> Job:
    """End a job because somebody asked for it; raises Superseded."""
    return _finish_job(session, fence, JobState.CANCELLED)


def lose(session: Session, fence: Fence, most_attempts: int, why: str = "") -> Job:
    """Give up an attempt whose worker died: another follows, unless too many died already; raises Superseded."""
    job = _require_job(session, fence)
    if job.cancel:
        return stop(session, fence)
    if job.losses + 1 >= most_attempts:
        lost = WorkerLost(
            f"The worker died {job.losses + 1} times on this job." + (f" {why}" if why else ""),
            hint="Try again; if it fails again, the film may need more memory than there is.",
        )
        _write_fenced(session, fence, losses=job.losses + 1)
        return fail(session, fence, describe_problem(lost))
    _write_fenced(session, fence, state=JobState.QUEUED, owner="", lease_until=None, losses=job.losses + 1)
    again = _get(session, fence.job)
    tell(session, again)
    return again


def hand_back(session: Session, fence: Fence) -> None:
    """Put a job back that could not be worked on now, without holding it against the job; raises Superseded."""
    _write_fenced(session, fence, state=JobState.QUEUED, owner="", lease_until=None)
    tell(session, _get(session, fence.job))


def reap(
    session: Session, watch: LeaseWatch, most_attempts: int, *, mine: str = "", dead: Collection[str] = ()
) -> list[Job]:
    """Take running jobs from owners that are known to be ``dead`` or whose leases stand still; return those jobs."""
    running = session.scalars(select(Job).where(Job.state == JobState.RUNNING, Job.owner != mine)).all()
    watch.forget_all_but({job.id for job in running})
    gone = [job for job in running if job.owner in dead or watch.is_expired(job)]
    return [lose(session, fence_of(job), most_attempts) for job in gone]


def list_to_cancel(session: Session, owner: str) -> list[Fence]:
    """Return the running attempts of ``owner`` that somebody wants stopped."""
    asked = select(Job).where(Job.state == JobState.RUNNING, Job.owner == owner, Job.cancel)
    return [fence_of(job) for job in session.scalars(asked)]


def list_working_owners(session: Session) -> set[str]:
    """Return whoever has a running job."""
    return set(session.scalars(select(Job.owner).where(Job.state == JobState.RUNNING).distinct()))


def describe_problem(error: Exception) -> Record:
    """Say an error as a job keeps it: code, message, hint."""
    code, hint = getattr(error, "code", "fault"), getattr(error, "hint", "")
    return {"code": code, "message": getattr(error, "message", str(error)), "hint": hint}


def describe_job(job: Job) -> Record:
    """Return what an event says of a job."""
    return {
        "job": job.id,
        "reel": job.reel,
        "kind": str(job.kind),
        "state": str(job.state),
        "attempt": job.attempt,
        "cancel": job.cancel,
        "progress": job.progress,
        "problem": job.problem,
    }


def tell(session: Session, job: Job) -> None:
    """Publish where a job stands."""
    publish(session, job.project, "job", describe_job(job))


def _get(session: Session, job_id: str) -> Job:
    job = session.get(Job, job_id, populate_existing=True)
    if job is None:
        raise NotFound("There is no such job.")
    return job


def _require_job(session: Session, fence: Fence) -> Job:
    job = session.get(Job, fence.job, populate_existing=True, with_for_update=True)
    if job is None or (job.attempt, job.owner, job.state) != (fence.attempt, fence.owner, JobState.RUNNING):
        raise Superseded
    return job


def _write(session: Session, fence: Fence, **values: Any) -> bool:
    ours = (
        Job.id == fence.job,
        Job.attempt == fence.attempt,
        Job.owner == fence.owner,
        Job.state == JobState.RUNNING,
    )
    changed = session.execute(update(Job).where(*ours).values(**values).execution_options(synchronize_session=False))
    return int(getattr(changed, "rowcount", 0)) == 1


def _write_fenced(session: Session, fence: Fence, **values: Any) -> None:
    if not _write(session, fence, **values):
        raise Superseded


def _finish_job(session: Session, fence: Fence, state: JobState, **values: Any) -> Job:
    assert state in ENDED  # noqa: S101 - three callers above
    _write_fenced(session, fence, state=state, finished=time.time(), lease_until=None, owner="", **values)
    job = _get(session, fence.job)
    tell(session, job)
    return job


def _end(job: Job, state: JobState) -> None:
    job.state, job.finished = state, time.time()
