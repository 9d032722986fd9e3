"""What a finished job changes in the tables: all of it in the transaction that ends the job, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from model.errors import EditConflict
from serving.jobs import queue
from serving.jobs.queue import Fence, Superseded
from serving.store.events import publish
from serving.store.tables import Job, JobKind, Record, ReelRow, Revision, Take


def conclude(session: Session, fence: Fence, outcome: Record) -> Job:
    """Write what came out and end the job well; raises Superseded, and then nothing of it may be kept."""
    job = session.get(Job, fence.job)
    reel = session.get(ReelRow, job.reel) if job and job.reel else None
    if job is None or reel is None:
        raise Superseded
    result = _CONCLUSIONS[JobKind(job.kind)](session, job, reel, outcome)
    return queue.finish(session, fence, result)


def _spot(session: Session, job: Job, reel: ReelRow, outcome: Record) -> Record:
    """Fill in the reel; its notes are the first revision, or the next if the reel was spotted before."""
    number = job.params["revision"]
    if number != reel.revision + 1:
        raise EditConflict("The notes were changed while the film was watched again.", hint="Order it anew.")
    for name, value in outcome["reel"].items():
        setattr(reel, name, value)
    session.add(
        Revision(
            reel=reel.id,
            number=number,
            notes=outcome["notes"],
            author=job.creator,
            author_name="Cuelight",
            edits=[],
            summary="Spotted",
        )
    )
    reel.revision, reel.version = number, reel.version + 1
    session.flush()
    publish(session, reel.project, "reel", {"id": reel.id, "name": reel.name, "version": reel.version})
    publish(session, reel.project, "notes", {"reel": reel.id, "revision": number})
    return {"reel": reel.id, "revision": number, "cues": outcome["cues"]}


def _themes(session: Session, job: Job, reel: ReelRow, outcome: Record) -> Record:
    """Agree on the language; its demos stay with the job."""
    del job
    _speak(session, reel, outcome["language"])
    return outcome


def _score(session: Session, job: Job, reel: ReelRow, outcome: Record) -> Record:
    """Add a take for each cue; the language they speak is the reel's, if it had none."""
    if not reel.language:
        _speak(session, reel, outcome["language"])
    takes = [
        Take(
            reel=reel.id,
            cue=made["cue"],
            job=job.id,
            revision=job.params["revision"],
            record=made["record"],
            scored=made["scored"],
            files=made["files"],
        )
        for made in outcome["takes"]
    ]
    session.add_all(takes)
    session.flush()
    for take in takes:
        publish(session, reel.project, "take", {"id": take.id, "reel": reel.id, "cue": take.cue, "state": take.state})
    return {"takes": [take.id for take in takes], "language": outcome["language"], "cautions": outcome["cautions"]}


def _deliver(session: Session, job: Job, reel: ReelRow, outcome: Record) -> Record:
    del session, job, reel
    return outcome


def _speak(session: Session, reel: ReelRow, language: str) -> None:
    reel.language, reel.version = language, reel.version + 1
    session.flush()
    publish(session, reel.project, "reel", {"id": reel.id, "name": reel.name, "version": reel.version})


_CONCLUSIONS: dict[JobKind, Callable[[Session, Job, ReelRow, Record], Record]] = {
    JobKind.SPOT: _spot,
    JobKind.THEMES: _themes,
    JobKind.SCORE: _score,
    JobKind.DELIVER: _deliver,
}
