"""The child is confined, heard, and never leaves its parent guessing."""

from __future__ import annotations

import dataclasses
import errno
import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_tools.child_process import child_process
from model.errors import (
    BrokenReel,
    Cancelled,
    ChildDied,
    ChildOutOfMemory,
    ChildTimedOut,
    CuelightError,
    ReelMissing,
)
from model.observe.sandbox import observe_in_sandbox
from model.runtime import sandbox as parent
from model.runtime.child import ChildLimits, ChildRequest
from model.runtime.isolation import Level, find_isolation
from model.runtime.sandbox import Sandbox, run_in_sandbox

CHILD = Path(__file__).with_name("sandbox_child.py")
LEVELS: list[Level] = ["rlimit", "bwrap"]


@pytest.fixture(params=LEVELS)
def box(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "bwrap" and find_isolation().level != "bwrap":
        pytest.skip("bubblewrap is missing or forbidden here")
    limits = ChildLimits(memory=2**31)
    return Sandbox(request.param, wall_s=20, limits=limits, command=(str(CHILD),), readable=(CHILD,))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "réel – 1.mp4"
    path.write_bytes(b"pictures" * 1000)
    return path


def ask(box: Sandbox, film: Path, *words: str) -> bytes:
    return run_in_sandbox(ChildRequest(str(film), "\n".join(words)), sandbox=box)


def test_bytes_and_tasks_come_through(box: Sandbox, film: Path) -> None:
    assert ask(box, film, "read") == film.read_bytes()
    assert ask(box, film, "echo", "faces", "ü") == "echo ['faces', 'ü']".encode()


def test_long_subtitles_fit_through_the_pipe(box: Sandbox, film: Path) -> None:
    assert len(ask(box, film, "echo", "ü" * 300_000)) > 600_000


def test_progress_is_heard(box: Sandbox, film: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    run_in_sandbox(ChildRequest(str(film), "echo"), lambda *a: heard.append(a), box)
    assert set(heard) == {("watch", 1, 2)}


def test_a_silent_child_can_be_cancelled(box: Sandbox, film: Path) -> None:
    heard = 0

    def stop(stage: str, done: int, total: int) -> None:
        nonlocal heard
        heard += 1
        if heard == 3:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run_in_sandbox(ChildRequest(str(film), "hang"), stop, box)
    assert time.monotonic() - began < 10


def test_our_errors_keep_their_class(box: Sandbox, film: Path) -> None:
    with pytest.raises(BrokenReel, match="breaks off") as caught:
        ask(box, film, "refuse")
    assert caught.value.hint == "Copy it again."


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("fault", ChildDied),
        ("unknown", ChildDied),
        ("die", ChildDied),
        ("abort", ChildDied),
        ("flood", ChildDied),
        ("lie", ChildDied),
        ("eat", ChildOutOfMemory),
    ],
)
def test_a_child_that_does_not_survive(box: Sandbox, film: Path, what: str, error: type[CuelightError]) -> None:
    with pytest.raises(error):
        ask(box, film, what)


@pytest.mark.parametrize("message", ['{"error": 5}', '{"error": {}}', '{"done": "7"}', '{"progress": [1]}', "[]", "{"])
def test_messages_of_no_known_shape_are_refused(box: Sandbox, film: Path, message: str) -> None:
    with pytest.raises(ChildDied, match="unreadable"):
        ask(box, film, "garble", message)


def test_a_result_over_the_limit_is_refused(box: Sandbox, film: Path) -> None:
    small = dataclasses.replace(box, limits=dataclasses.replace(box.limits, file_size=4096))
    with pytest.raises(ChildDied):
        ask(small, film, "big")


def test_a_hanging_child_is_stopped(box: Sandbox, film: Path) -> None:
    began = time.monotonic()
    with pytest.raises(ChildTimedOut):
        ask(dataclasses.replace(box, wall_s=1.0), film, "hang")
    assert time.monotonic() - began < 10


def test_cancelling_kills_the_child(box: Sandbox, film: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        raise Cancelled

    before = children()
    with pytest.raises(Cancelled):
        run_in_sandbox(ChildRequest(str(film), "forever"), stop, box)
    assert children() == before


def test_a_child_that_cannot_be_started_leaves_nothing_open(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", refused)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="Cannot allocate"):
        run_in_sandbox(ChildRequest(str(film), "echo"), sandbox=Sandbox("rlimit"))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_only_the_last_words_of_a_child_are_read() -> None:
    class Long(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 <= size <= 2000, "a child may complain for a gigabyte"
            return super().read(size)

    assert parent._explain_exit(1, Long(b"nothing\n" * 10**5 + b"the reason")).hint == "the reason"
    assert parent._explain_exit(1, Long(b"short")).hint == "short"
    assert parent._explain_exit(1, Long()).hint == ""


def test_no_network_and_no_other_files_inside_bubblewrap(film: Path, tmp_path: Path) -> None:
    if find_isolation().level != "bwrap":
        pytest.skip("bubblewrap is missing or forbidden here")
    box = Sandbox("bwrap", command=(str(CHILD),), readable=(CHILD,))
    other = tmp_path / "other upload"
    other.touch()
    assert ask(box, film, "look", str(other), "/etc/passwd", str(film), "/proc/1") == b"False,False,False,True"
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ChildDied, match="failed") as refused:
        ask(box, film, "connect", str(server.getsockname()[1]))
    assert "not permitted" in str(refused.value)


def test_one_folder_to_write_to(box: Sandbox, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    boxed = dataclasses.replace(box, writable=out)
    seen = run_in_sandbox(ChildRequest(str(film), "make\nas it was told"), sandbox=boxed)
    assert (out / "made").read_text() == "as it was told"
    assert (seen.decode() == str(out)) == (box.level == "rlimit")


def test_inside_bubblewrap_nothing_else_can_be_written(film: Path, tmp_path: Path) -> None:
    if find_isolation().level != "bwrap":
        pytest.skip("bubblewrap is missing or forbidden here")
    before = film.read_bytes()
    box = Sandbox("bwrap", command=(str(CHILD),), readable=(CHILD,))
    with pytest.raises(ChildDied):
        run_in_sandbox(ChildRequest(str(film), "overwrite"), sandbox=box)
    with pytest.raises(ChildDied):
        run_in_sandbox(ChildRequest(str(film), "spill"), sandbox=box)
    assert film.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [film.name]


@pytest.mark.skipif(sys.platform != "linux", reason="the parent's death is signalled on Linux only")
def test_the_child_dies_with_its_parent(film: Path) -> None:
    code = (
        "from model.runtime.child import ChildRequest; from model.runtime.sandbox import Sandbox, run_in_sandbox\n"
        f"run_in_sandbox(ChildRequest({str(film)!r}, 'forever'), lambda *a: print('up', flush=True), "
        f"Sandbox('rlimit', command=({str(CHILD)!r},)))"
    )
    with child_process([sys.executable, "-c", code], stdout=subprocess.PIPE) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "up\n"
        orphans = descendants(killed.pid)
        killed.kill()
    assert orphans
    assert all(gone(pid) for pid in orphans)


def test_no_film_no_child(tmp_path: Path) -> None:
    with pytest.raises(ReelMissing):
        observe_in_sandbox(tmp_path / "nothing.mp4")


def test_a_request_reads_back() -> None:
    request = ChildRequest("/reel/\udcff.mp4", "words", "/made", ChildLimits(memory=5))
    assert ChildRequest.from_json(request.to_json()) == request


def test_every_error_has_its_own_code() -> None:
    codes = [c.code for c in parent._error_classes(CuelightError)]
    assert len(codes) == len(set(codes))


def children() -> set[int]:
    return descendants(os.getpid())


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | descendants(child)
    return found


def gone(pid: int) -> bool:
    for _ in range(50):
        stat = Path(f"/proc/{pid}/stat")
        try:
            if stat.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False
