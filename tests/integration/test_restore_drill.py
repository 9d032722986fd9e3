"""The restore drill: a real home loses its database, its files or its pairing, and nothing is gone for good.

The home is made by the product itself: a film sent up over HTTP and spotted by a worker, another film half sent. Each
test works on a copy of it whose files are old enough to be swept, and starts the whole service, sweepers included.
"""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import sqlite3
import sys
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest
import structlog
from prometheus_client import REGISTRY

from model.progress import ignore_progress
from serving.app import create_app
from serving.cli import main
from serving.jobs.dispatcher import Dispatcher
from serving.settings import Settings
from serving.store import artefacts as artefacts_module
from serving.store import sweeping
from serving.store.artefacts import Artefacts, hash_file
from serving.store.database import Database
from serving.store.inspection import inspect_store, restore_service
from serving.store.pairing import check_pair
from serving.store.trash import Trash
from serving.uploads import arrival
from serving.uploads import service as upload_service
from serving.uploads.store import UploadStore

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would like a successor of httpx that there is not yet
    from fastapi.testclient import TestClient

TOKEN = "ct_the-printed-link"
OURS = {"Sec-Fetch-Site": "same-origin"}
TUS = {**OURS, "Tus-Resumable": "1.0.0"}
HALF = b"the first half of another film" * 1000
OLD_S = 2 * 3600  # older than any grace
LONGEST_S = 120  # a wait that ends by itself
ended: set[str] = set()  # the sweeps of the service that is running that came to an end


def open_app(
    home: Path, *, workers: int = 1, executor: Literal["process", "inline"] = "process", database_url: str = ""
) -> TestClient:
    """Make the whole application, as `cuelight serve` does."""
    chosen = Settings(home=home, workers=workers, executor=executor, database_url=database_url, port=8327)
    return TestClient(create_app(chosen, sign_in_token=TOKEN), base_url="http://127.0.0.1:8327")


@contextmanager
def running(home: Path, database_url: str = "") -> Generator[TestClient]:
    """Run the service, signed in, until its sweepers have been over artefacts and uploads."""
    ended.clear()
    with open_app(home, executor="inline", database_url=database_url) as client:
        assert client.post("/v1/session", json={"token": TOKEN}, headers=OURS).status_code == 200
        until(lambda: ended == {"artefacts", "uploads"})
        yield client


@pytest.fixture(autouse=True)
def _note_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note which sweeps ended, whatever they did: only then a test may look at what is left."""
    tidy_up, sweep_uploads = Dispatcher._tidy_up, upload_service.sweep

    def tidied(dispatcher: Dispatcher) -> None:
        tidy_up(dispatcher)
        ended.add("artefacts")

    def swept(uploads: arrival.UploadContext) -> int:
        count = sweep_uploads(uploads)
        ended.add("uploads")
        return count

    monkeypatch.setattr(Dispatcher, "_tidy_up", tidied)
    monkeypatch.setattr(upload_service, "sweep", swept)


def until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def send_up(client: TestClient, project: str, data: bytes, length: int) -> None:
    """Send the first bytes of a film, as the page does."""
    names = {"project": project, "filename": "cut.mp4"}
    told = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in names.items())
    begun = client.post("/v1/uploads", headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": told})
    assert begun.status_code == 201, begun.text
    headers = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert client.patch(begun.headers["location"], headers=headers, content=data).status_code == 204


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, tiny_film: Path) -> Path:
    """A home with a project, a spotted reel and an upload under way; and a backup of it, as the docs say."""
    home = tmp_path_factory.mktemp("made") / "home"
    with open_app(home) as client:
        client.post("/v1/session", json={"token": TOKEN}, headers=OURS)
        project = client.post("/v1/projects", json={"name": "Drill"}, headers=OURS).json()["id"]
        film = tiny_film.read_bytes()
        send_up(client, project, film, len(film))
        until(lambda: [job["state"] for job in jobs(client, project)] == ["done"])
        send_up(client, project, HALF, 2 * len(HALF))
        assert client.get("/ready").status_code == 200, client.get("/ready").text
    backup = home.parent / "backup"
    backup.mkdir()
    with closing(sqlite3.connect(home / "cuelight.db")) as live, closing(sqlite3.connect(backup / "copy.db")) as copy:
        live.backup(copy)
    shutil.copytree(home / "artefacts", backup / "artefacts")
    for path in home.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time(), time.time() - OLD_S))
    return home


def jobs(client: TestClient, project: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/jobs", params={"project": project}).json()["items"]
    assert not [job["problem"] for job in found if job["state"] == "failed"]
    return found


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A copy of the home; what was made long ago looks so."""
    copy = tmp_path / "home"
    shutil.copytree(made, copy)
    return copy


def blobs(home: Path) -> dict[str, str]:
    """Every blob of the store, by name, and what it really is."""
    return {path.name: hash_file(path) for path in (home / "artefacts").glob("??/*")}


def parts(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in (home / "uploads").glob("*.part")]


def lose_database(home: Path) -> None:
    for path in home.glob("cuelight.db*"):
        path.unlink()


def put_database_back(home: Path, made: Path) -> None:
    lose_database(home)
    shutil.copy(made.parent / "backup" / "copy.db", home / "cuelight.db")


def store_check(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in client.get("/ready").json()["checks"] if one["name"] == "store")
    return found


def assert_all_is_well(home: Path, made: Path) -> None:
    """Start the service: it is ready, and every blob and the reel itself can be read over HTTP."""
    with running(home) as client:
        assert client.get("/ready").status_code == 200, client.get("/ready").text
        project = client.get("/v1/projects").json()["items"][0]["id"]
        reel = client.get(f"/v1/projects/{project}/reels").json()["items"][0]["id"]
        assert client.get(f"/v1/reels/{reel}/notes").status_code == 200
        assert client.get(f"/v1/reels/{reel}/film").status_code == 200
    assert blobs(home) == blobs(made)
    assert all(name == content for name, content in blobs(home).items())
    assert parts(home) == [HALF]


class CommandResult(NamedTuple):
    """What a command said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


def command(home: Path, *words: str, **environment: str) -> CommandResult:
    """Run `cuelight service ...` as the command does, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["cuelight", "service", *words, "--home", str(home)])
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            structlog.reset_defaults()  # the command set logging up for a process of its own
    return CommandResult(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def test_nothing_goes_from_a_home_that_is_well(home: Path, made: Path) -> None:
    assert len(blobs(made)) > 10, "more than a small sweep may take"
    assert_all_is_well(home, made)
    assert not (home / "trash").exists()
    told = command(home, "check", "--json")
    found = json.loads(told.stdout)
    assert (told.returncode, found["ok"], found["named"]) == (0, True, len(blobs(made)))
    assert (found["missing"], found["damaged"], found["unnamed"], found["uploads_missing"]) == ([], [], [], [])


@pytest.mark.parametrize("how", ["lost", "mistyped"])
def test_a_database_that_is_not_there_costs_nothing(home: Path, made: Path, how: str) -> None:
    database_url = f"sqlite:///{home}/cuelihgt.db" if how == "mistyped" else ""
    if how == "lost":
        lose_database(home)
    refused = REGISTRY.get_sample_value(
        "cuelight_sweeps_refused_total", {"kind": "artefacts", "reason": "database-new"}
    )
    with running(home, database_url) as client:
        ready = client.get("/ready")
        check = store_check(client)
        metrics = client.get("/metrics").text
    assert (ready.status_code, check["ok"], check["code"]) == (503, False, "database-new")
    assert "CUELIGHT_DATABASE_URL" in check["hint"]
    counted = f'cuelight_sweeps_refused_total{{kind="artefacts",reason="database-new"}} {(refused or 0) + 1}'
    assert counted in metrics
    assert blobs(home) == blobs(made)
    assert parts(home) == [HALF]
    told = command(home, "check", CUELIGHT_DATABASE_URL=database_url)
    assert (told.returncode, "database-new" in told.stderr) == (8, True)
    if how == "lost":
        put_database_back(home, made)
    assert_all_is_well(home, made)


def test_without_the_guard_the_same_start_takes_every_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this drill can see: with the guard taken out, the sweepers empty the store, as they once did."""
    lose_database(home)
    for module in (sweeping, arrival):
        monkeypatch.setattr(module, "check_pair", lambda *_: None, raising=False)
        monkeypatch.setattr(module, "max_swept_files", lambda stored: stored)
    monkeypatch.setattr(artefacts_module, "max_swept_files", lambda stored: stored)
    with running(home):
        pass
    assert blobs(home) == {}
    assert parts(home) == []


def test_an_old_database_of_the_same_store_costs_nothing(home: Path, made: Path) -> None:
    """The backup of the first day: its identity is right, its rows are few."""
    lose_database(home)
    shutil.copy(made.parent / "backup" / "copy.db", home / "cuelight.db")
    with closing(sqlite3.connect(home / "cuelight.db")) as rows:
        for table in ("artefact_use", "revision", "job", "reel", "artefact"):
            rows.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        rows.commit()
    with running(home) as client:
        check = store_check(client)
        assert (check["ok"], "sweep-refused" in check["detail"]) == (True, True)
        assert client.get("/ready").status_code == 200
    assert blobs(home) == blobs(made)
    told = command(home, "sweep")
    assert (told.returncode, "sweep-refused" in told.stderr) == (8, True)
    told = command(home, "sweep", "--all", "--json")
    assert (told.returncode, json.loads(told.stdout)["moved"]) == (0, len(blobs(made)))
    assert blobs(home) == {}
    put_database_back(home, made)
    told = command(home, "restore", "--json")
    assert (told.returncode, len(json.loads(told.stdout)["restored"])) == (0, len(blobs(made)))
    assert_all_is_well(home, made)


@pytest.mark.parametrize("back_from", ["trash", "backup"])
def test_lost_blobs_come_back(home: Path, made: Path, back_from: str) -> None:
    names = sorted(blobs(made))
    store = Artefacts(home / "artefacts")
    damaged = store.path(names[-1])
    damaged.chmod(0o644)
    damaged.write_bytes(b"?" * damaged.stat().st_size)
    for name in names[:-1]:
        store.remove(name) if back_from == "trash" else store.path(name).unlink()
    with running(home) as client:  # one damaged file is left: it is the store's own, so /ready cannot know
        assert client.get("/health").status_code == 200
    told = command(home, "check", "--json")
    found = json.loads(told.stdout)
    assert (told.returncode, found["missing"], found["damaged"]) == (8, names[:-1], names[-1:])
    backup = made.parent / "backup" / "artefacts"
    if back_from == "trash":
        told = command(home, "restore")
        assert (told.returncode, "store-incomplete" in told.stderr) == (8, True), "the damaged one is in no trash"
    assert command(home, "restore", "--from", str(backup)).returncode == 0
    assert command(home, "check").returncode == 0
    assert_all_is_well(home, made)


def test_an_emptied_store_is_told_and_filled_again(home: Path, made: Path) -> None:
    shutil.rmtree(home / "artefacts")
    with running(home) as client:
        check = store_check(client)
        assert (check["ok"], check["code"]) == (False, "store-missing")
    assert parts(home) == [HALF]
    assert command(home, "restore").returncode == 8
    told = command(home, "restore", "--from", str(made.parent / "backup" / "artefacts"))
    assert told.returncode == 0, told.stderr
    assert_all_is_well(home, made)


def test_swapped_stores_cost_nothing(home: Path, made: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with open_app(other, workers=0) as client:
        client.post("/v1/session", json={"token": TOKEN}, headers=OURS)
        project = client.post("/v1/projects", json={"name": "Other"}, headers=OURS).json()["id"]
        for n in range(3):
            send_up(client, project, f"another film {n}".encode(), len(f"another film {n}"))
        until(lambda: len(blobs(other)) == 3)
    theirs = blobs(other)
    (home / "artefacts").rename(tmp_path / "aside")
    (other / "artefacts").rename(home / "artefacts")
    (tmp_path / "aside").rename(other / "artefacts")
    for place in (home, other):
        for path in place.rglob("*"):
            if path.is_file():
                os.utime(path, (time.time(), time.time() - OLD_S))
        with running(place) as client:
            assert store_check(client)["code"] == "store-mismatch"
            assert client.get("/ready").status_code == 503
            told = command(place, "restore", "--adopt-store")
            assert (told.returncode, "store-mismatch" in told.stderr) == (8, True), "never the wrong one"
    assert (blobs(home), blobs(other)) == (theirs, blobs(made))
    assert parts(home) == [HALF]
    (home / "artefacts").rename(tmp_path / "aside")
    (other / "artefacts").rename(home / "artefacts")
    assert_all_is_well(home, made)


def test_a_store_is_adopted_only_when_told(home: Path, made: Path) -> None:
    """A backup from before there were identities: the database gets a new one, and the store has another."""
    with closing(sqlite3.connect(home / "cuelight.db")) as rows:
        rows.execute("DROP TABLE store_identity")
        rows.execute("UPDATE alembic_version SET version_num = '003'")
        rows.commit()
    with running(home) as client:
        assert store_check(client)["code"] == "store-mismatch"
    assert command(home, "restore").returncode == 8
    assert blobs(home) == blobs(made)
    assert command(home, "restore", "--adopt-store").returncode == 0
    assert_all_is_well(home, made)


def test_a_home_from_before_there_were_identities_goes_on(home: Path, made: Path) -> None:
    with closing(sqlite3.connect(home / "cuelight.db")) as rows:
        rows.execute("DROP TABLE store_identity")
        rows.execute("UPDATE alembic_version SET version_num = '003'")
        rows.commit()
    (home / "artefacts" / "identity.json").unlink()
    assert_all_is_well(home, made)
    database, store = Database(f"sqlite:///{home / 'cuelight.db'}"), Artefacts(home / "artefacts")
    check_pair(database, store)
    database.close()


def test_a_deleted_project_is_in_the_trash_for_days(home: Path, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(home) as client:
        project = client.get("/v1/projects").json()["items"][0]["id"]
        assert client.delete(f"/v1/projects/{project}", headers=OURS).status_code == 204
        assert client.get("/ready").status_code == 200
    assert (blobs(home), parts(home)) == ({}, [])
    trash = Trash(home / "trash")
    assert {path.name for path in trash.files() if "artefacts" in path.parts} == set(blobs(made))
    put_database_back(home, made)
    database, store, uploads = (
        Database(f"sqlite:///{home / 'cuelight.db'}"),
        Artefacts(home / "artefacts"),
        UploadStore(home / "uploads"),
    )
    assert len(inspect_store(database, store, uploads, ignore_progress).missing) == len(blobs(made))
    done = restore_service(database, store, uploads, ignore_progress)
    assert (len(done.restored), len(done.uploads_restored), done.missing) == (len(blobs(made)), 1, ())
    database.close()
    assert_all_is_well(home, made)
    assert list(trash.files()) == []


def test_the_commands_make_no_database(tmp_path: Path) -> None:
    for words in (("check",), ("restore",), ("sweep",), ("empty-trash",)):
        told = command(tmp_path / "hoem", *words)
        assert (told.returncode, "database-missing" in told.stderr) == (8, True), told.stderr
    assert not (tmp_path / "hoem").exists()


def test_a_damaged_database_is_told_in_a_sentence(home: Path) -> None:
    (home / "cuelight.db").write_bytes(b"no database at all" * 1000)
    told = command(home, "check")
    assert (told.returncode, "database-damaged" in told.stderr, "Traceback" in told.stderr) == (8, True, False)
