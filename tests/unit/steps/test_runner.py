"""Steps are run once for the same content, several at once where there are several, and may be broken off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import Cancelled, ChildDied, CueInvalid, InputMissing
from model.progress import Progress
from model.steps.folder import FolderStore
from model.steps.runner import StepCall, StepReport, StepRunner
from model.steps.step import StoredFile
from tests.unit.steps.made import NEEDY, WRITE, Text


class Bench:
    """A folder, a memory, and what was reported."""

    def __init__(self, home: Path) -> None:
        self.out, self.log = home / "out", home / "log"
        self.log.touch()
        self.reports: list[StepReport] = []
        self.heard: list[tuple[str, int, int]] = []
        self.stop_at: int | None = None

    def runner(self, workers: int = 1, *, recall: bool = True) -> StepRunner:
        store = FolderStore(self.out, self.out.with_name("memory"), recall=recall)
        return StepRunner(store, self.listener, self.reports.append, workers)

    def listener(self, step: str) -> Progress:
        assert step in ("write", "needy")
        return self.hear

    def hear(self, stage: str, done: int, total: int) -> None:
        self.heard.append((stage, done, total))
        if self.stop_at is not None and done >= self.stop_at:
            raise Cancelled

    def text(self, words: str, name: str = "out/a.txt") -> Text:
        return Text(words, self.log, name)

    def calls(self, *words: str) -> list[StepCall[Text]]:
        return [StepCall(word, {}, self.text(word, f"{word}/text.txt")) for word in words]

    @property
    def runs(self) -> list[str]:
        return self.log.read_text().split()

    @property
    def files(self) -> list[str]:
        return sorted(p.relative_to(self.out).as_posix() for p in self.out.rglob("*") if p.is_file())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_second_time_nothing_is_run_and_the_same_is_returned(bench: Bench) -> None:
    first, second = (bench.runner().run(WRITE, {}, bench.text("hello")) for _ in range(2))
    assert first == second
    assert first.facts == {"words": 5, "pair": [1, 2]}, "facts are what is read back"
    assert first.files["out/a.txt"].read() == b"hello"
    assert bench.runs == ["hello"]
    assert [(report.made, report.reused, report.files) for report in bench.reports] == [(1, 0, 1), (0, 1, 1)]


def test_other_settings_inputs_or_code_are_another_artefact(bench: Bench, tmp_path: Path) -> None:
    film = tmp_path / "film"
    film.write_text("!")
    runner = bench.runner()
    for inputs in ({}, {"film": StoredFile.of(film)}):
        for words in ("one", "two"):
            runner.run(WRITE, inputs, bench.text(words))
    assert runner.run(WRITE, {"film": StoredFile.of(film)}, bench.text("two")).files["out/a.txt"].read() == b"two!"
    runner.run(replace(WRITE, version=lambda _: "another"), {"film": StoredFile.of(film)}, bench.text("two"))
    assert bench.runs == ["one", "two", "one", "two", "two"]


def test_a_changed_file_is_made_again(bench: Bench) -> None:
    made = bench.runner().run(WRITE, {}, bench.text("hello"))
    made.files["out/a.txt"].path.write_text("jello")
    assert bench.runner().run(WRITE, {}, bench.text("hello")) == made
    assert made.files["out/a.txt"].read() == b"hello"
    assert bench.runs == ["hello", "hello"]


def test_a_folder_may_be_moved(bench: Bench) -> None:
    bench.runner().run(WRITE, {}, bench.text("hello"))
    bench.out = bench.out.rename(bench.out.with_name("elsewhere"))
    found = bench.runner().run(WRITE, {}, bench.text("hello"))
    assert found.files["out/a.txt"].path == bench.out / "out/a.txt"
    assert bench.runs == ["hello"]


def test_without_recall_all_is_made_again(bench: Bench) -> None:
    for _ in range(2):
        bench.runner(recall=False).run(WRITE, {}, bench.text("hello"))
    assert bench.runs == ["hello", "hello"]


def test_what_a_step_needs_is_asked_for_before_it_runs(bench: Bench) -> None:
    with pytest.raises(InputMissing, match="no notes and no film"):
        bench.runner().run(NEEDY, {}, bench.text("hello"))
    assert bench.runs == []


@pytest.mark.parametrize("workers", [1, 3])
def test_several_come_back_in_order_and_those_there_are_not_run(bench: Bench, workers: int) -> None:
    bench.runner().run_all(WRITE, bench.calls("b"))
    told: list[int] = []
    made = bench.runner(workers).run_all(
        WRITE, bench.calls("a", "b", "c"), lambda artefact: told.append(artefact.facts["words"])
    )
    assert [artefact.files[f"{item}/text.txt"].read() for item, artefact in made.items()] == [b"a", b"b", b"c"]
    assert sorted(bench.runs) == ["a", "b", "c"]
    assert len(told) == 2
    assert (bench.reports[-1].made, bench.reports[-1].reused) == (2, 1)
    assert bench.heard[-1] == ("write", 3, 3)
    assert bench.files == ["a/text.txt", "b/text.txt", "c/text.txt"]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_keeps_what_was_made_before_it_and_nothing_half_written(bench: Bench, workers: int) -> None:
    with pytest.raises(CueInvalid, match="No music fits"):
        bench.runner(workers).run_all(WRITE, bench.calls("good", "refused", "slow"))
    assert bench.files in (["good/text.txt"], []) if workers == 2 else bench.files == ["good/text.txt"]
    assert [path for path in bench.out.iterdir() if path.name.startswith(".")] == []


def test_a_process_that_is_killed_is_an_error_of_ours(bench: Bench) -> None:
    with pytest.raises(ChildDied):
        bench.runner(2).run_all(WRITE, bench.calls("killed", "slow"))
    assert list(bench.out.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_whoever_listens_may_stop_it(bench: Bench, workers: int) -> None:
    bench.stop_at = 0
    with pytest.raises(Cancelled):
        bench.runner(workers).run_all(WRITE, bench.calls("slow", "slower"))
    assert list(bench.out.iterdir()) == []
