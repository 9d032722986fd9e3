"""A stage's result becomes real whole or not at all, is remembered, and can be stopped."""

import json
from pathlib import Path

import pytest

from model.errors import Cancelled, DiskFull
from model.progress import Progress
from serving.jobs.queue import Fence
from serving.jobs.task import Failed, Progressed, Report, StageDone, Task, report_from_json, report_to_json
from serving.jobs.work import Made, Manifest, Work
from serving.store.artefacts import Artefacts
from serving.store.tables import Record

FENCE = Fence("job", 1, "me")


class Desk:
    def __init__(self, home: Path) -> None:
        self.artefacts = Artefacts(home / "blobs")
        self.scratch = home / "scratch"
        self.said: list[Report] = []
        self.stop = False

    def work(self, stages: Record | None = None) -> Work:
        task = Task(FENCE, "spot", {}, {}, stages or {})
        return Work(task, self.artefacts, self.scratch, self.said.append, lambda: self.stop)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.artefacts.root.glob("??/*"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def two(folder: Path, progress: Progress) -> Made:
    (folder / "a").write_bytes(b"first")
    return Made({"a": (folder / "a", "text/plain"), "b": (b"second", "text/plain")}, {"n": 2})


def test_a_stage_is_told_after_all_of_it_is_in_the_store(desk: Desk) -> None:
    found = desk.work().stage("one", two)
    (done,) = [said for said in desk.said if isinstance(said, StageDone)]
    assert {blob.sha256 for blob in done.blobs} == set(desk.files())
    assert found == Manifest.decode(desk.artefacts.read(done.manifest))
    assert desk.artefacts.read(found.files["a"].sha256) == b"first"
    assert found.facts == {"n": 2}
    assert [path for path in desk.scratch.rglob("*") if path.is_file()] == []


def test_a_finished_stage_is_not_done_again(desk: Desk) -> None:
    desk.work().stage("one", two)
    manifest = next(said.manifest for said in desk.said if isinstance(said, StageDone))

    def never(folder: Path, progress: Progress) -> Made:
        raise AssertionError

    assert desk.work({"one": manifest}).stage("one", never).facts == {"n": 2}


@pytest.mark.parametrize("harm", ["gone", "short", "manifest", "flipped"])
def test_a_stage_whose_files_are_harmed_is_done_again(desk: Desk, harm: str) -> None:
    found = desk.work().stage("one", two)
    manifest = next(said.manifest for said in desk.said if isinstance(said, StageDone))
    path = desk.artefacts.path(manifest if harm in ("manifest", "flipped") else found.files["a"].sha256)
    if harm == "gone":
        path.unlink()
    else:
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(b"stage", b"stagf") if harm == "flipped" else b"x")
    assert desk.work({"one": manifest}).stage("one", two) == found
    assert all(map(desk.artefacts.verify, desk.files()))


def test_what_of_a_stage_does_fit_is_known_to_be_loose(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = desk.artefacts.put_bytes(b"first")
    put = desk.artefacts.put_bytes

    def full(data: bytes, media_type: str = "") -> str:
        if b"schema" in data:
            raise DiskFull("There is no space left.")
        return put(data, media_type)

    monkeypatch.setattr(desk.artefacts, "put_bytes", full)
    work = desk.work()
    with pytest.raises(DiskFull):
        work.stage("one", two)
    assert kept not in work.loose, "what was there before belongs to somebody else"
    assert set(desk.files()) - {kept} == {sha256 for sha256 in work.loose if desk.artefacts.has(sha256)} != set()
    assert not any(isinstance(said, StageDone) for said in desk.said)


def test_nothing_of_a_finished_stage_is_loose(desk: Desk) -> None:
    work = desk.work()
    work.stage("one", two)
    assert work.loose == []


def test_progress_says_where_each_stage_stands(desk: Desk) -> None:
    work = desk.work()
    work.plan(["one", "two", "three"])
    work.stage("one", two)
    work.heard("two", "a step", 3, 9, at_once=True)
    last = desk.said[-1]
    assert isinstance(last, Progressed)
    assert last.progress == {
        "stage": "two",
        "step": "a step",
        "done": 3,
        "total": 9,
        "stages": [
            {"name": "one", "state": "done"},
            {"name": "two", "state": "running"},
            {"name": "three", "state": "waiting"},
        ],
    }


def test_progress_is_told_a_few_times_a_second_only(desk: Desk) -> None:
    work = desk.work()
    for done in range(10_000):
        work.heard("one", "a step", done, 10_000)
    assert len(desk.said) <= 5


def test_a_stage_is_stopped_at_its_next_word(desk: Desk) -> None:
    def stopped(folder: Path, progress: Progress) -> Made:
        desk.stop = True
        progress("a step", 1, 2)
        raise AssertionError

    with pytest.raises(Cancelled):
        desk.work().stage("one", stopped)
    assert desk.files() == []


def test_tasks_and_reports_travel_as_text(desk: Desk) -> None:
    task = Task(
        FENCE, "deliver", {"what": ["notes"]}, {"film": "f" * 64}, {"one": "a" * 64}, {"name": "ü"}, ({"id": "t"},)
    )
    assert Task.from_json(task.to_json()) == task
    desk.work().stage("one", two)

    for report in (*desk.said, Failed(FENCE, {"code": "disk-full"}, ("a" * 64,))):
        assert report_from_json(json.loads(report_to_json(report))) == report
