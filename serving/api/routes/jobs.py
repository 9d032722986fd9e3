"""Routes: jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from model.errors import KeyReused, NotAllowed, NotFound, NotSignedIn, RequestInvalid, StateConflict
from serving.api import files, paging
from serving.api.access import LOOKING, Access, Caller, Editor, SignedIn, allow, find
from serving.api.changes import record_action
from serving.api.idempotency import IdempotencyKey, answer_once
from serving.api.paging import Cursor, Limit
from serving.api.schemas.common import Id, Page
from serving.api.schemas.jobs import JobNew, JobOut
from serving.api.service import Svc
from serving.jobs import queue
from serving.problems import answers
from serving.store.tables import Job, JobKind, JobState, Member, Record, Role

router = APIRouter(tags=["jobs"])
ORDER = paging.PageOrder(Job.created, Job.id)


@router.post(
    "/jobs",
    operation_id="createJob",
    summary="Ask for work: themes, a temp score, an archive",
    status_code=201,
    response_model=JobOut,
    responses=answers(NotSignedIn, NotAllowed, NotFound, StateConflict, RequestInvalid, KeyReused),
)
def create_job(body: JobNew, caller: SignedIn, service: Svc, key: IdempotencyKey = None) -> Response:
    """Add a job to the queue; what it works on is fixed now."""
    with service.database.write() as session:
        access = find(session, caller, "reel", body.reel)
        allow(access, Role.EDITOR, "write")

        def make() -> JobOut:
            job = queue.enqueue(
                session,
                project=access.project,
                kind=JobKind(body.kind),
                params=body.params.model_dump(mode="json", exclude_none=True),
                reel=body.reel,
                creator=caller.id,
            )
            record_action(session, caller, f"job.create.{body.kind}", job.id, access.project, _about(job))
            return JobOut.model_validate(job)

        answer = answer_once(session, caller.id, key, "createJob", body, make)
    service.wake()
    return answer


@router.get(
    "/jobs",
    operation_id="listJobs",
    summary="Jobs, newest first",
    responses=answers(NotSignedIn, NotFound, RequestInvalid),
)
def list_jobs(
    caller: SignedIn,
    service: Svc,
    project: Annotated[Id | None, Query(description="Only those of a project.")] = None,
    reel: Annotated[Id | None, Query(description="Only those about a reel.")] = None,
    state: Annotated[list[JobState] | None, Query(description="Only those in one of these states.")] = None,
    kind: Annotated[JobKind | None, Query(description="Only those of a kind.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[JobOut]:
    """List the jobs of a project, of a reel, or of all your projects."""
    query = select(Job)
    with service.database.read() as session:
        if project is not None:
            query = query.where(Job.project == find(session, caller, "project", project).project)
        if reel is not None:
            query = query.where(Job.reel == find(session, caller, "reel", reel).reel)
        query = query.where(*_reachable(caller))
        if state:
            query = query.where(Job.state.in_(state))
        if kind is not None:
            query = query.where(Job.kind == kind)
        return ORDER.page(session, query, limit, cursor, JobOut.model_validate)


@router.get(
    "/jobs/{job}",
    operation_id="getJob",
    summary="A job",
    responses=answers(NotSignedIn, NotFound),
    dependencies=LOOKING,
)
def get_job(job: str, service: Svc) -> JobOut:
    """Show where a job stands; /v1/projects/{project}/events tells of every step."""
    with service.database.read() as session:
        return JobOut.model_validate(_job(session, job))


@router.post(
    "/jobs/{job}/cancel",
    operation_id="cancelJob",
    summary="Stop a job",
    responses=answers(NotSignedIn, NotAllowed, NotFound),
)
def cancel_job(job: str, access: Editor, service: Svc) -> JobOut:
    """Stop a job: at once if it waits, within a second or so if it runs. One that has ended stays as it is."""
    answer = _change(service, access, job, "cancel")
    service.wake()
    return answer


@router.post(
    "/jobs/{job}/retry",
    operation_id="retryJob",
    summary="Let a failed or cancelled job go on",
    responses=answers(NotSignedIn, NotAllowed, NotFound, StateConflict),
)
def retry_job(job: str, access: Editor, service: Svc) -> JobOut:
    """Go on after the last finished stage."""
    answer = _change(service, access, job, "retry")
    service.wake()
    return answer


@router.get(
    "/jobs/{job}/file",
    operation_id="downloadJobFile",
    summary="The archive that a deliver job made",
    response_class=Response,
    responses=answers(NotSignedIn, NotFound, StateConflict) | files.describe_file_answers("application/zip"),
    dependencies=LOOKING,
)
def download_job_file(job: str, service: Svc, request: Request) -> Response:
    """Download the archive."""
    with service.database.read() as session:
        row = _job(session, job)
    if row.kind != JobKind.DELIVER:
        raise NotFound("This job makes no archive.")
    if row.state != JobState.DONE or row.result is None:
        raise StateConflict(f"The archive is not there: the job is {row.state}.", hint="Wait until it is done.")
    archive = files.Stored.of(row.result["file"])
    return files.send(service, request, archive, download=True, lasting=True)


def _change(service: Svc, access: Access, job: str, verb: str) -> JobOut:
    with service.database.write() as session:
        changed = queue.cancel(session, job) if verb == "cancel" else queue.retry(session, job)
        record_action(session, access.caller, f"job.{verb}", job, access.project, _about(changed))
        return JobOut.model_validate(changed)


def _about(job: Job) -> Record:
    return {"kind": str(job.kind), "reel": job.reel}


def _reachable(caller: Caller) -> list[ColumnElement[bool]]:
    """Narrow a list of jobs to what the caller may see."""
    found: list[ColumnElement[bool]] = []
    if caller.role is None:
        found.append(Job.project.in_(select(Member.project).where(Member.person == caller.id)))
    if caller.project is not None:
        found.append(Job.project == caller.project)
    if caller.reel is not None:
        found.append(Job.reel == caller.reel)
    return found


def _job(session: Session, name: str) -> Job:
    found = session.get(Job, name)
    if found is None:
        raise NotFound("The job has just been deleted.")
    return found
