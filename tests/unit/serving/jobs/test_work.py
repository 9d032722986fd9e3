"""What a step makes becomes real whole or not at all, is found again by its key, and can be stopped."""

import json
from pathlib import Path

import pytest

from model.documents import decode
from model.errors import Cancelled, DiskFull, RequestInvalid
from model.progress import Progress
from model.steps.step import ArtefactManifest, Facts, Inputs, Step
from serving.jobs.queue import Fence
from serving.jobs.task import Failed, Progressed, Report, StageDone, Task, report_from_json, report_to_json
from serving.jobs.work import JobAttempt, media_type
from serving.store.artefacts import Artefacts
from serving.store.tables import Record

FENCE = Fence("job", 1, "me")


class Bench:
    """A store, a scratch folder, and what attempts reported."""

    def __init__(self, home: Path) -> None:
        self.artefacts = Artefacts(home / "blobs")
        self.scratch = home / "scratch"
        self.reports: list[Report] = []
        self.stop = False

    def attempt(self, stages: Record | None = None, inputs: Record | None = None) -> JobAttempt:
        task = Task(FENCE, "spot", {}, inputs or {}, stages or {})
        return JobAttempt(task, self.artefacts, self.scratch, self.reports.append, lambda: self.stop)

    def files(self) -> list[str]:
        return sorted(path.name for path in self.artefacts.root.glob("??/*"))

    @property
    def manifest(self) -> str:
        return next(report.manifest for report in self.reports if isinstance(report, StageDone))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def write_two(inputs: Inputs, settings: int, folder: Path, progress: Progress) -> Facts:
    (folder / "a.txt").write_bytes(b"first")
    (folder / "deep").mkdir()
    (folder / "deep" / "b.csv").write_bytes(b"second")
    return {"n": settings}


def write_never(inputs: Inputs, settings: int, folder: Path, progress: Progress) -> Facts:
    raise AssertionError


ONE = Step("one", write_two)
NEVER = Step("one", write_never)


def test_a_step_is_reported_after_all_of_it_is_in_the_store(bench: Bench) -> None:
    made = bench.attempt().runner.run(ONE, {}, 2)
    (done,) = [report for report in bench.reports if isinstance(report, StageDone)]
    assert done.stage == "one"
    assert {blob.sha256 for blob in done.blobs} == set(bench.files())
    assert [blob.media_type for blob in done.blobs] == ["application/octet-stream", "text/csv", "application/json"]
    manifest = decode(ArtefactManifest, bench.artefacts.read(done.manifest))
    assert {name: file.sha256 for name, file in manifest.files.items()} == {n: f.sha256 for n, f in made.files.items()}
    assert bench.artefacts.read(made.files["deep/b.csv"].sha256) == b"second"
    assert made.facts == manifest.facts == {"n": 2}
    assert [path for path in bench.scratch.rglob("*") if path.is_file()] == []


def test_what_an_earlier_attempt_has_made_is_not_made_again(bench: Bench) -> None:
    made = bench.attempt().runner.run(ONE, {}, 2)
    assert bench.attempt({"one": bench.manifest}).runner.run(NEVER, {}, 2) == made


def test_what_was_made_with_other_settings_is_not_taken(bench: Bench) -> None:
    bench.attempt().runner.run(ONE, {}, 2)
    assert bench.attempt({"one": bench.manifest}).runner.run(ONE, {}, 3).facts == {"n": 3}


@pytest.mark.parametrize("harm", ["gone", "short", "manifest", "flipped"])
def test_an_artefact_that_is_harmed_is_made_again(bench: Bench, harm: str) -> None:
    made = bench.attempt().runner.run(ONE, {}, 2)
    manifest = bench.manifest
    path = bench.artefacts.path(manifest if harm in ("manifest", "flipped") else made.files["a.txt"].sha256)
    if harm == "gone":
        path.unlink()
    else:
        path.chmod(0o644)
        path.write_bytes(path.read_bytes().replace(b"artefact", b"artefakt") if harm == "flipped" else b"x")
    assert bench.attempt({"one": manifest}).runner.run(ONE, {}, 2) == made
    assert all(map(bench.artefacts.verify, bench.files()))


def test_what_of_an_artefact_did_fit_is_known_to_be_unreported(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = bench.artefacts.put_bytes(b"first")
    adopt = bench.artefacts.adopt

    def until_the_disk_is_full(source: Path, media_type: str = "", sha256: str = "") -> str:
        if source.name == "manifest.json":
            raise DiskFull("There is no space left.")
        return adopt(source, media_type, sha256)

    monkeypatch.setattr(bench.artefacts, "adopt", until_the_disk_is_full)
    attempt = bench.attempt()
    with pytest.raises(DiskFull):
        attempt.runner.run(ONE, {}, 2)
    assert kept not in attempt.unreported, "what was there before belongs to somebody else"
    there = {sha256 for sha256 in attempt.unreported if bench.artefacts.has(sha256)}
    assert set(bench.files()) - {kept} == there != set()
    assert not any(isinstance(report, StageDone) for report in bench.reports)


def test_nothing_of_a_finished_step_is_unreported(bench: Bench) -> None:
    attempt = bench.attempt()
    attempt.runner.run(ONE, {}, 2)
    assert attempt.unreported == []


def test_progress_says_where_each_step_stands(bench: Bench) -> None:
    attempt = bench.attempt()
    attempt.plan(ONE, Step("two", write_two), Step("three", write_two))
    attempt.listener("two")("a part of it", 3, 9)
    last = bench.reports[-1]
    assert isinstance(last, Progressed)
    assert last.progress == {
        "stage": "two",
        "step": "a part of it",
        "done": 3,
        "total": 9,
        "stages": [
            {"name": "one", "state": "done"},
            {"name": "two", "state": "running"},
            {"name": "three", "state": "waiting"},
        ],
    }


def test_progress_is_reported_a_few_times_a_second_only(bench: Bench) -> None:
    attempt = bench.attempt()
    for done in range(1, 10_000):
        attempt.report_progress("one", "a part of it", done, 10_000)
    assert len(bench.reports) <= 5


def test_a_step_is_stopped_at_its_next_report(bench: Bench) -> None:
    def stopped(inputs: Inputs, settings: int, folder: Path, progress: Progress) -> Facts:
        bench.stop = True
        progress("a part of it", 1, 2)
        raise AssertionError

    with pytest.raises(Cancelled):
        bench.attempt().runner.run(Step("one", stopped), {}, 2)
    assert bench.files() == []
    assert list(bench.scratch.iterdir()) == []


def test_inputs_are_files_of_the_store(bench: Bench) -> None:
    sha256 = bench.artefacts.put_bytes(b"notes")
    attempt = bench.attempt(inputs={"notes": sha256, "sound": ""})
    assert attempt.require_inputs("notes")["notes"].read() == b"notes"
    assert list(attempt.inputs("notes", "sound", "picture")) == ["notes"]
    with pytest.raises(RequestInvalid, match="without sound and picture"):
        attempt.require_inputs("notes", "sound", "picture")


def test_tasks_and_reports_travel_as_text(bench: Bench) -> None:
    task = Task(
        FENCE, "deliver", {"what": ["notes"]}, {"film": "f" * 64}, {"one": "a" * 64}, {"name": "ü"}, ({"id": "t"},)
    )
    assert Task.from_json(task.to_json()) == task
    bench.attempt().runner.run(ONE, {}, 2)

    for report in (*bench.reports, Failed(FENCE, {"code": "disk-full"}, ("a" * 64,))):
        assert report_from_json(json.loads(report_to_json(report))) == report


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mid", "audio/midi"),
        ("b.flac", "audio/flac"),
        ("pages/1.svg", "image/svg+xml"),
        ("odd", "application/octet-stream"),
    ],
)
def test_media_types(name: str, kind: str) -> None:
    assert media_type(name) == kind
