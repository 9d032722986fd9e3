"""The rows of the jobs: each ends exactly once, whoever dies and whatever the clock says."""

import threading
from collections import Counter
from pathlib import Path

import pytest

from model.errors import NotFound, RequestInvalid, StateConflict
from serving.jobs import queue
from serving.jobs.queue import Fence, LeaseWatch, Superseded, fence_of
from serving.store.database import Database
from serving.store.events import events_after
from serving.store.tables import Base, Job, JobKind, JobState, Project, ReelRow, Revision, Take, TakeState


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'rows.db'}")
    Base.metadata.create_all(made.engine)
    with made.write() as session:
        session.add(Project(id="p", name="P"))
        session.flush()
        session.add(ReelRow(id="r", project="p", name="cut.mov", film="f" * 64, film_bytes=1))
    return made


def order(database: Database, kind: JobKind = JobKind.SPOT) -> str:
    with database.write() as session:
        return queue.enqueue(session, project="p", reel="r", kind=kind, params={}).id


def claim(database: Database, owner: str = "me") -> Fence:
    with database.write() as session:
        job = queue.claim(session, owner, 5)
        assert job is not None
        return fence_of(job)


def job_of(database: Database, job: str) -> Job:
    with database.read() as session:
        return session.get_one(Job, job)


def test_the_job_that_waited_longest_comes_first(database: Database) -> None:
    jobs = [order(database) for _ in range(3)]
    assert [claim(database).job for _ in range(3)] == jobs
    with database.write() as session:
        assert queue.claim(session, "me", 5) is None


def test_no_two_get_the_same_job(database: Database) -> None:
    jobs = {order(database) for _ in range(30)}
    got: list[str] = []

    def take(owner: str) -> None:
        while True:
            with database.write() as session:
                job = queue.claim(session, owner, 5)
            if job is None:
                return
            got.append(job.id)

    threads = [threading.Thread(target=take, args=(f"owner-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(got) == Counter(jobs)


def test_a_stage_is_remembered_for_the_next_attempt(database: Database) -> None:
    job = order(database)
    first = claim(database)
    with database.write() as session:
        queue.finish_stage(session, first, "watch", "a" * 64)
        queue.lose(session, first, 5)
    second = claim(database)
    assert second == Fence(job, 2, "me")
    with database.write() as session:
        queue.finish_stage(session, second, "spot", "b" * 64, ["c" * 64])
        queue.finish(session, second, {"made": 1})
    done = job_of(database, job)
    assert (done.state, done.result, done.losses) == (JobState.DONE, {"made": 1}, 1)
    assert {stage: found["manifest"] for stage, found in done.stages.items()} == {"watch": "a" * 64, "spot": "b" * 64}
    assert done.finished is not None
    assert done.lease_until is None


@pytest.mark.parametrize("how", ["report", "finish_stage", "finish", "fail", "stop", "lose", "hand_back"])
def test_an_attempt_that_no_longer_counts_changes_nothing(database: Database, how: str) -> None:
    job = order(database)
    stale = claim(database, "stale")
    with database.write() as session:
        queue.lose(session, stale, 5)
    claim(database, "new")
    acts = {
        "report": lambda s: queue.report(s, stale, {}),
        "finish_stage": lambda s: queue.finish_stage(s, stale, "watch", "a" * 64),
        "finish": lambda s: queue.finish(s, stale, {}),
        "fail": lambda s: queue.fail(s, stale, {}),
        "stop": lambda s: queue.stop(s, stale),
        "lose": lambda s: queue.lose(s, stale, 5),
        "hand_back": lambda s: queue.hand_back(s, stale),
    }
    with pytest.raises(Superseded), database.write() as session:
        acts[how](session)
    with database.write() as session:
        assert queue.renew(session, [stale], 5) == [stale]
    now = job_of(database, job)
    assert (now.state, now.owner, now.attempt, now.stages) == (JobState.RUNNING, "new", 2, {})


def test_a_job_ends_once(database: Database) -> None:
    order(database)
    fence = claim(database)
    with database.write() as session:
        queue.finish(session, fence, {})
    with pytest.raises(Superseded), database.write() as session:
        queue.fail(session, fence, {})
    with pytest.raises(Superseded), database.write() as session:
        queue.finish(session, fence, {"twice": True})
    with database.write() as session:
        assert queue.cancel(session, fence.job).state == JobState.DONE


def test_too_many_dead_workers_end_a_job(database: Database) -> None:
    job = order(database)
    for _ in range(3):
        with database.write() as session:
            queue.lose(session, queue.fence_of(queue.claim(session, "me", 5) or Job()), 3)
    ended = job_of(database, job)
    assert ended.state == JobState.FAILED
    assert ended.problem is not None
    assert ended.problem["code"] == "worker-lost"
    assert ended.problem["hint"]


def test_cancelling(database: Database) -> None:
    waiting, running = order(database), order(database)
    with database.write() as session:
        assert queue.cancel(session, waiting).state == JobState.CANCELLED
    fence = claim(database)
    with database.write() as session:
        assert queue.cancel(session, running).state == JobState.RUNNING
        assert queue.list_to_cancel(session, "me") == [fence]
        assert queue.list_to_cancel(session, "somebody else") == []
        queue.stop(session, fence)
    assert job_of(database, running).state == JobState.CANCELLED
    with pytest.raises(NotFound), database.write() as session:
        queue.cancel(session, "job_unknown")


def test_a_dead_worker_does_not_bring_a_cancelled_job_back(database: Database) -> None:
    job = order(database)
    fence = claim(database)
    with database.write() as session:
        queue.cancel(session, job)
        queue.lose(session, fence, 5)
    assert job_of(database, job).state == JobState.CANCELLED


def test_trying_again_keeps_what_was_done(database: Database) -> None:
    job = order(database)
    fence = claim(database)
    with pytest.raises(StateConflict), database.write() as session:
        queue.retry(session, job)
    with database.write() as session:
        queue.finish_stage(session, fence, "watch", "a" * 64)
        queue.fail(session, fence, {"code": "disk-full"})
        again = queue.retry(session, job)
        assert (again.state, again.problem, again.finished) == (JobState.QUEUED, None, None)
    assert claim(database).attempt == 2
    assert job_of(database, job).stages == {"watch": {"manifest": "a" * 64, "blobs": ["a" * 64]}}


def test_a_lease_that_stands_still_is_dead_whatever_the_clock_says(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    order(database)
    fence = claim(database)
    watch = LeaseWatch(5)
    monkeypatch.setattr(queue.time, "time", lambda: 4e9)  # somebody set the clock a century forward
    with database.write() as session:
        assert not queue.reap(session, watch, 5, mine="other")
    with database.write() as session:
        assert queue.renew(session, [fence], 5) == []
    monkeypatch.setattr(queue.time, "time", lambda: 1.0)  # and back to the beginning
    clock = [100.0]
    monkeypatch.setattr(queue.time, "monotonic", lambda: clock[0])
    for _ in range(20):
        clock[0] += 1
        with database.write() as session:
            queue.renew(session, [Fence(fence.job, 1, "me")], 5 + clock[0])
        with database.write() as session:
            assert not queue.reap(session, watch, 5, mine="other")
    clock[0] += 5.1
    with database.write() as session:
        assert [job.id for job in queue.reap(session, watch, 5, mine="other")] == [fence.job]


def test_the_jobs_of_a_dead_server_come_back_at_once(database: Database) -> None:
    job = order(database)
    claim(database, "dead")
    with database.write() as session:
        assert queue.list_working_owners(session) == {"dead"}
        assert [j.id for j in queue.reap(session, LeaseWatch(5), 5, dead={"dead"})] == [job]
    assert job_of(database, job).state == JobState.QUEUED


def test_each_step_is_told(database: Database) -> None:
    job = order(database)
    fence = claim(database)
    with database.write() as session:
        stages = [{"name": "watch", "state": "running"}]
        queue.report(session, fence, {"stage": "watch", "done": 1, "total": 2, "stages": stages})
        queue.finish(session, fence, {})
    with database.read() as session:
        told = [(e.topic, e.data["job"], e.data["state"]) for e in events_after(session, "p", 0)]
    assert told == [("job", job, state) for state in ("queued", "running", "running", "done")]
    assert job_of(database, job).progress["stages"] == [{"name": "watch", "state": "done"}]


def test_a_reel_without_notes_cannot_be_scored(database: Database) -> None:
    with pytest.raises(StateConflict):
        order(database, JobKind.SCORE)
    with pytest.raises(NotFound), database.write() as session:
        queue.enqueue(session, project="p", reel="nobody", kind=JobKind.SPOT, params={})


def test_what_a_job_works_on_is_fixed_when_it_is_ordered(database: Database) -> None:
    with database.write() as session:
        reel = session.get_one(ReelRow, "r")
        reel.revision, reel.observations, reel.language, reel.sound = 2, "o" * 64, "l" * 64, "s" * 64
        for number in (1, 2):
            session.add(Revision(reel="r", number=number, notes=f"{number}" * 64, author="me", edits=[]))
        session.add(ReelRow(id="next", project="p", name="cut2.mov", film="e" * 64, film_bytes=1, previous="r"))
        for cue, state in (("cue-2", TakeState.ACCEPTED), ("cue-1", TakeState.ACCEPTED), ("cue-3", TakeState.PROPOSED)):
            session.add(
                Take(
                    id=f"take-{cue}",
                    reel="r",
                    cue=cue,
                    job="j",
                    revision=1,
                    state=state,
                    record={},
                    scored={},
                    files={},
                )
            )
    with database.write() as session:

        def inputs(kind: JobKind, reel: str = "r", **params: int) -> Job:
            return queue.enqueue(session, project="p", reel=reel, kind=kind, params=dict(params))

        assert inputs(JobKind.SPOT).inputs == {"film": "f" * 64, "previous": "2" * 64}
        assert inputs(JobKind.SPOT).params == {"revision": 3}
        assert inputs(JobKind.SPOT, "next").inputs == {"film": "e" * 64, "previous": "2" * 64}
        score = inputs(JobKind.SCORE)
        assert score.inputs == {"notes": "2" * 64, "observations": "o" * 64, "language": "l" * 64, "sound": "s" * 64}
        assert score.params == {"revision": 2}
        assert inputs(JobKind.SCORE, revision=1).inputs["notes"] == "1" * 64
        assert inputs(JobKind.DELIVER).params["takes"] == ["take-cue-1", "take-cue-2"]
        with pytest.raises(RequestInvalid):
            inputs(JobKind.SCORE, revision=9)
        session.get_one(Take, "take-cue-3").record = {"choice": {"bpm": 90.0}}
        params = {"base_take": "take-cue-3", "seed": None}
        again = queue.enqueue(session, project="p", reel="r", kind=JobKind.SCORE, params=params)
        assert again.params == {"base_take": "take-cue-3", "base": {"bpm": 90.0}, "revision": 2}
        with pytest.raises(NotFound):
            queue.enqueue(session, project="p", reel="r", kind=JobKind.DELIVER, params={"takes": ["nobody's"]})
