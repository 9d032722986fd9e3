"""What the command keeps in folders: found whole or not at all, cleared up after a kill, forgotten when too much."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_tools.child_process import child_process
from model.steps.folder import FolderStore, forget_oldest
from model.steps.step import StepArtefact

KEY = "a" * 64


def keep(store: FolderStore, key: str, **files: str) -> StepArtefact:
    with store.open_folder("step") as folder:
        for name, words in files.items():
            (folder / name).write_text(words)
        return store.keep("step", key, folder, {"n": 1})


def test_a_memory_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    store = FolderStore(tmp_path / "out", blocked / "memory")
    assert keep(store, KEY, a="hello").files["a"].read() == b"hello"
    assert store.find("step", KEY) is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b'{"schema": "cuelight.artefact/9"}'])
def test_a_damaged_manifest_is_no_memory(tmp_path: Path, damage: bytes) -> None:
    store = FolderStore(tmp_path / "out", tmp_path / "memory")
    keep(store, KEY, a="hello")
    assert store.find("step", KEY)
    (tmp_path / "memory" / f"{KEY}.json").write_bytes(damage)
    assert store.find("step", KEY) is None


def test_by_key_artefacts_of_one_name_lie_beside_each_other(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, tmp_path, by_key=True)
    one, two = keep(store, "1" * 64, a="one"), keep(store, "2" * 64, a="two")
    assert (one.files["a"].read(), two.files["a"].read()) == (b"one", b"two")
    assert store.find("step", "1" * 64) == one


def test_what_a_killed_process_was_filling_goes_and_what_another_fills_stays(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "out", tmp_path / "memory")
    script = (
        "import sys, time; from pathlib import Path; from model.files import working_folder\n"
        "with working_folder(Path(sys.argv[1]), 'step') as folder:\n"
        "    (folder / 'half').write_text('half'); print('filling', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(store.folder)]
    with store.open_folder("mine") as mine, child_process(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "filling\n"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert len(list(store.folder.iterdir())) == 2
        with store.open_folder("next") as following:
            assert {mine, following} == set(store.folder.iterdir())
    assert list(store.folder.iterdir()) == []


def test_a_folder_that_was_being_replaced_comes_back(tmp_path: Path) -> None:
    (tmp_path / ".1m1.cuelight.old").mkdir()
    (tmp_path / ".1m1.cuelight.old" / "a").write_text("before")
    (tmp_path / ".bashrc.old").mkdir()
    with FolderStore(tmp_path, tmp_path / "memory").open_folder("step"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".bashrc.old", "1m1"]


def test_the_oldest_are_forgotten_first(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, tmp_path, by_key=True)
    keys = [name * 64 for name in "abc"]
    for age, key in enumerate(keys):
        keep(store, key, a="x" * 10_000)
        then = time.time() - 1000 * (3 - age)
        for path in (tmp_path / f"{key}.json", tmp_path / key):
            os.utime(path, (then, then))
    store.find("step", keys[0])  # used again: no longer the oldest
    forget_oldest(tmp_path, 25_000)
    assert [store.find("step", key) is not None for key in keys] == [True, False, True]
    assert len(list(tmp_path.iterdir())) == 4
