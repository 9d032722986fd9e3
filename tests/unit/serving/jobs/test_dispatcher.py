"""Jobs in motion: done once, gone on with after any death, stopped when asked, failed with a reason."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from data_tools.child_process import child_process
from model.errors import DiskFull, EditConflict
from serving.jobs import outcomes as conclude
from serving.jobs import processes, queue
from serving.jobs.owner import hold, is_dead, make_owner_name, remove_unheld
from serving.store import database as store_database
from serving.store.events import events_after
from serving.store.tables import Job, JobKind, JobState, Project, Use
from tests.unit.serving.jobs.conftest import HERE, LEASE_S, Room


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("kind", ["inline", "processes"])
def test_a_job_is_done_once(room: Room, kind: str) -> None:
    room.begin(kind)
    job = room.ended(room.order("quick"))
    assert (job.state, job.attempt, job.problem) == (JobState.DONE, 1, None)
    assert room.lines()[:2] == ["first", "second"]
    assert job.result
    assert room.artefacts.read(job.result["more"]) == b"more"
    with room.database.read() as session:
        kept = set(session.scalars(select(Use.sha256)))
        states = [e.data["state"] for e in events_after(session, "p", 0)]
    assert {blob for stage in job.stages.values() for blob in stage["blobs"]} <= kept
    assert job.result["made"] in kept
    assert states[0] == "queued"
    assert states[-1] == "done"
    assert states.count("done") == 1
    assert room.scratch() == []


def test_inline_and_processes_make_the_same(room: Room) -> None:
    made = []
    for kind in ("inline", "processes"):
        dispatcher = room.begin(kind)
        job = room.ended(room.order("quick"))
        made.append((job.result, job.stages))
        dispatcher.stop()
    assert made[0] == made[1]


def test_a_worker_stays_warm_and_is_let_go_when_idle(room: Room) -> None:
    room.begin(idle_unload_s=2)
    jobs = [room.order("quick") for _ in range(2)]
    for job in jobs:
        room.ended(job)
    pids = [line for line in room.lines() if line.startswith("pid")]
    assert pids[0] == pids[1]
    room.until(lambda: room.pids() == [])
    assert not alive(int(pids[0].split()[1]))
    room.ended(room.order("quick"))


def test_nobody_waits_behind_films_being_watched(room: Room) -> None:
    room.settings.workers = 2
    room.begin()
    watched, waiting = room.order("work"), room.order("work")
    room.running(watched)
    assert room.ended(room.order("quick", JobKind.DELIVER)).state == JobState.DONE
    assert room.job(watched).state == JobState.RUNNING
    assert room.job(waiting).state == JobState.QUEUED, "the last worker is for what is quick"


def test_a_job_goes_to_the_worker_that_did_such_a_job_last(room: Room) -> None:
    room.settings.workers = 2
    room.begin()
    slow = room.order("work")
    room.running(slow)
    room.ended(room.order("quick", JobKind.DELIVER))
    with room.database.write() as session:
        queue.cancel(session, slow)
    room.ended(slow)
    for kind in (JobKind.DELIVER, JobKind.SPOT):
        room.ended(room.order("quick", kind))
    first, again, other = (line for line in room.lines() if line.startswith("pid"))
    assert first == again != other


def test_a_killed_worker_is_noticed_at_once_and_its_job_goes_on(room: Room) -> None:
    room.begin()
    job = room.order("once")
    room.running(job)
    os.kill(room.pids()[0], signal.SIGKILL)
    room.until(lambda: room.job(job).attempt == 2, LEASE_S / 4)
    done = room.ended(job)
    assert (done.state, done.losses) == (JobState.DONE, 1)
    assert [line for line in room.lines() if "pid" not in line] == ["first", "second", "second"]
    assert room.scratch() == []


def test_a_job_that_kills_its_workers_is_given_up(room: Room) -> None:
    room.begin()
    job = room.ended(room.order("die"))
    assert job.state == JobState.FAILED
    assert job.problem
    assert job.problem["code"] == "worker-lost"
    assert "SIGKILL" in job.problem["message"]
    assert room.lines().count("second") == 2
    room.ended(room.order("quick"))


@pytest.mark.parametrize(("act", "code"), [("full", "disk-full"), ("missing", "asset-missing"), ("fault", "service")])
def test_a_job_fails_with_its_reason_and_the_service_lives(room: Room, act: str, code: str) -> None:
    room.begin()
    job = room.ended(room.order(act))
    assert (job.state, job.attempt) == (JobState.FAILED, 1)
    assert job.problem
    assert job.problem["code"] == code
    assert job.problem["message"]
    assert job.problem["hint"]
    assert room.scratch() == []
    assert room.ended(room.order("quick")).state == JobState.DONE


@pytest.mark.parametrize("wanted", [False, True])
def test_what_a_failed_stage_put_into_the_store_goes_unless_somebody_keeps_it(
    room: Room, wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt, more = room.artefacts.adopt, hashlib.sha256(b"more").hexdigest()

    def until_the_disk_is_full(source: Path, media_type: str = "", sha256: str = "") -> str:
        if source.name == "none":
            raise DiskFull("There is no space left.")
        name = adopt(source, media_type, sha256)
        if wanted and name == more:
            with room.database.write() as session:
                room.artefacts.keep(session, "p", name, 4)
        return name

    monkeypatch.setattr(room.artefacts, "adopt", until_the_disk_is_full)
    room.begin("inline")
    job = room.ended(room.order("lost"))
    assert (job.state, list(job.stages)) == (JobState.FAILED, ["first"])
    assert room.artefacts.has(more) == wanted
    assert all(map(room.artefacts.has, job.stages["first"]["blobs"]))


def test_a_failed_job_tried_again_does_not_repeat_what_was_done(room: Room) -> None:
    room.begin()
    job = room.ended(room.order("full"))
    with room.database.write() as session:
        queue.retry(session, job.id)
    again = room.ended(job.id)
    assert (again.state, again.attempt) == (JobState.FAILED, 2)
    assert room.lines() == ["first", "second", "second"]


@pytest.mark.parametrize("act", ["work", "deaf", "family"])
def test_a_running_job_is_stopped(room: Room, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE_S", 0.3 if act == "deaf" else 30)
    room.begin()
    job = room.order(act)
    room.running(job)
    with room.database.write() as session:
        queue.cancel(session, job)
    assert room.ended(job, 10).state == JobState.CANCELLED, "the work itself takes a minute"
    assert room.scratch() == []
    assert room.ended(room.order("quick")).state == JobState.DONE


def test_children_die_with_their_worker(room: Room) -> None:
    room.begin()
    job = room.order("family")
    room.until(lambda: any("child" in line for line in room.lines()))
    child = int(next(line for line in room.lines() if "child" in line).split()[1])
    os.kill(room.pids()[0], signal.SIGKILL)
    room.until(lambda: not alive(child))
    with room.database.write() as session:
        queue.cancel(session, job)


def test_a_killed_server_takes_its_workers_along_and_the_next_goes_on(room: Room) -> None:
    command = [sys.executable, str(HERE / "server_child.py"), str(room.settings.home), str(LEASE_S)]
    with child_process(command, stderr=subprocess.DEVNULL) as server:
        job = room.order("once")
        room.running(job)
        workers = [
            int(pid) for pid in Path(f"/proc/{server.pid}/task").glob("*/children") for pid in pid.read_text().split()
        ]
        assert workers
        server.kill()
        server.wait()
    room.until(lambda: not any(map(alive, workers)), 10)
    room.begin()
    done = room.ended(job, LEASE_S / 2)
    assert (done.state, done.attempt) == (JobState.DONE, 2)
    assert [line for line in room.lines() if "pid" not in line] == ["first", "second", "second"]
    room.until(lambda: room.scratch() == [])


def test_a_stopped_server_hands_its_jobs_back(room: Room) -> None:
    first = room.begin()
    job = room.order("once")
    room.running(job)
    first.stop()
    assert (room.job(job).state, room.job(job).losses) == (JobState.QUEUED, 0)
    room.begin()
    assert room.ended(job).state == JobState.DONE


def test_two_servers_share_one_queue(room: Room) -> None:
    room.begin()
    room.begin()
    jobs = [room.order("quick") for _ in range(12)]
    for job in jobs:
        assert room.ended(job).attempt == 1


def test_a_project_deleted_in_the_middle_ends_its_work(room: Room) -> None:
    room.begin()
    job = room.order("work")
    room.running(job)
    with room.database.write() as session:
        session.delete(session.get_one(Project, "p"))
    room.artefacts.collect(room.database)
    room.until(lambda: room.scratch() == [])
    with room.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0
        assert session.scalar(select(func.count()).select_from(Use)) == 0


def test_a_database_that_is_busy_for_a_while_loses_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_database, "BUSY_MS", 50)
    room.database.close()
    room.begin()
    job = room.order("once")
    room.running(job)
    with room.database.write():
        os.kill(room.pids()[0], signal.SIGKILL)
        time.sleep(0.7)
    assert room.ended(job).state == JobState.DONE


def test_a_result_that_cannot_be_written_fails_its_job_only(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: object) -> None:
        raise ZeroDivisionError

    real = dict(conclude._CONCLUSIONS)
    monkeypatch.setattr(conclude, "_CONCLUSIONS", dict.fromkeys(JobKind, wrong))
    room.begin()
    job = room.ended(room.order("quick"))
    assert job.state == JobState.FAILED
    monkeypatch.setattr(conclude, "_CONCLUSIONS", real)
    assert room.ended(room.order("quick")).state == JobState.DONE


def test_workers_that_cannot_be_started_end_the_job(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(processes.subprocess, "Popen", refused)
    room.begin()
    job = room.ended(room.order("quick"))
    assert (job.state, (job.problem or {})["code"]) == (JobState.FAILED, "worker-lost")
    assert "Cannot allocate memory" in (job.problem or {})["message"]


def test_a_result_that_comes_too_late_is_told_as_such(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(*_: object) -> None:
        raise EditConflict("The notes were changed meanwhile.", hint="Order it anew.")

    monkeypatch.setattr(conclude, "_CONCLUSIONS", dict.fromkeys(JobKind, changed))
    room.begin("inline")
    job = room.ended(room.order("quick"))
    assert job.problem == {
        "code": "edit-conflict",
        "message": "The notes were changed meanwhile.",
        "hint": "Order it anew.",
    }


def test_what_was_swept_between_making_and_keeping_is_made_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    has, gone = room.artefacts.has, threading.Event()

    def swept(sha256: str) -> bool:
        if not gone.is_set():
            gone.set()
            room.artefacts.remove(sha256)
        return has(sha256)

    monkeypatch.setattr(room.artefacts, "has", swept)
    room.begin()
    job = room.ended(room.order("quick"))
    assert (job.state, job.losses) == (JobState.DONE, 1)
    for stage in job.stages.values():
        assert all(map(room.artefacts.verify, stage["blobs"]))


def test_scratch_left_by_another_boot_is_freed_and_that_of_the_living_is_not(room: Room) -> None:
    left = room.settings.scratch / "anotherboot0.17.1234.abcdef00" / "job_x-1"
    left.mkdir(parents=True)
    (left / "half").write_bytes(bytes(1000))
    foreign = room.settings.scratch / "holiday pictures"  # the home is mistyped, and there is such a folder
    foreign.mkdir()
    room.begin()
    job = room.order("work")
    room.running(job)
    room.until(lambda: not left.parent.exists())
    assert foreign.exists()
    assert room.scratch()
    before = room.scratch()
    other = room.begin()
    room.until((room.settings.scratch / other.owner).exists)
    assert room.scratch() == before
    with room.database.write() as session:
        queue.cancel(session, job)


def test_a_folder_is_held_from_its_beginning(tmp_path: Path) -> None:
    folder, over = tmp_path / "scratch" / "owner", threading.Event()

    def sweep() -> None:
        while not over.is_set():
            remove_unheld(folder)

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        for _ in range(200):
            handle = hold(folder)
            (folder / "half").touch()
            assert (folder / "half").exists()
            os.close(handle)
    finally:
        over.set()
        sweeper.join()
    remove_unheld(folder)
    assert not folder.exists()


def test_an_owner_is_known_to_be_dead_only_when_it_is() -> None:
    ours = make_owner_name()
    assert not is_dead(ours)
    place, pid, began, chance = ours.split(".")
    assert is_dead(f"{place}.{pid}.1.{chance}"), "another process had that number before"
    assert is_dead(f"{place}.4194303.{began}.{chance}")
    assert not is_dead(f"elsewhere.{pid}.1.{chance}")
    assert not is_dead("nobody")
