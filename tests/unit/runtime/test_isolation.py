"""What the sandbox does with what it finds on a machine, and that it says so."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from data_tools.child_process import child_process
from model.errors import ChildDied, SettingInvalid
from model.runtime import bubblewrap, isolation
from model.runtime.bubblewrap import find_bubblewrap, missing_protections
from model.runtime.child import ChildLimits, ChildRequest
from model.runtime.isolation import choose_isolation, find_isolation
from model.runtime.sandbox import Sandbox, run_in_sandbox

CHILD = Path(__file__).with_name("sandbox_child.py")
HOSTILE = Path(__file__).with_name("hostile_child.py")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(autouse=True)
def _found_anew() -> Iterator[None]:
    isolation._find_strongest.cache_clear()
    yield
    isolation._find_strongest.cache_clear()


@pytest.fixture
def real() -> Path:
    program = find_bubblewrap()
    if program is None or find_isolation().level != "bwrap":
        pytest.skip("bubblewrap is missing or forbidden here")
    return program


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder at the front of PATH, and nothing in the usual places."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(bubblewrap, "_USUAL_PLACES", ())
    monkeypatch.setenv("PATH", str(folder))
    return folder


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def echo(film: Path) -> bytes:
    film.write_bytes(b"pictures")
    box = Sandbox(command=(str(CHILD),), readable=(CHILD,), limits=ChildLimits(memory=2**31))
    return run_in_sandbox(ChildRequest(str(film), "read"), sandbox=box)


def test_without_bubblewrap_films_are_watched_under_limits_and_it_is_said(bin_folder: Path, tmp_path: Path) -> None:
    found = choose_isolation()
    assert (found.level, found.bubblewrap) == ("rlimit", None)
    assert "bubblewrap (bwrap) was found neither in PATH nor in /usr/bin" in found.describe()
    assert echo(tmp_path / "film.mov") == b"pictures"


def test_bubblewrap_is_found_wherever_path_says(real: Path, bin_folder: Path, tmp_path: Path) -> None:
    shutil.copy(real, bin_folder / "bwrap")
    found = choose_isolation()
    assert (found.level, found.bubblewrap, found.cautions) == ("bwrap", bin_folder / "bwrap", ())
    assert echo(tmp_path / "film.mov") == b"pictures"


def test_bubblewrap_is_found_where_path_forgets_it(real: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bubblewrap, "_USUAL_PLACES", (str(real),))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_isolation().level == "bwrap"
    assert echo(tmp_path / "film.mov") == b"pictures"


def test_a_bubblewrap_that_does_not_work_is_given_up_and_its_words_are_told(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder / "bwrap", "echo 'bwrap: No permissions to create new namespace' >&2; exit 1")
    found = choose_isolation()
    assert found.level == "rlimit"
    assert "bwrap: No permissions to create new namespace" in found.describe()
    assert echo(tmp_path / "film.mov") == b"pictures"


def test_an_old_bubblewrap_does_what_it_can(real: Path, bin_folder: Path, tmp_path: Path) -> None:
    known = "--ro-bind --unshare-all"
    script(bin_folder / "bwrap", f'[ "$1" = --help ] && echo "    {known}" && exit; exec {real} "$@"')
    assert len(missing_protections(bin_folder / "bwrap")) == 2
    found = choose_isolation()
    assert found.level == "bwrap"
    assert "too old for --disable-userns" in found.describe()
    assert "too old for --size" in found.describe()
    assert echo(tmp_path / "film.mov") == b"pictures"


def test_bubblewrap_was_promised(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_SANDBOX", "bwrap")
    with pytest.raises(SettingInvalid, match="bubblewrap does not work here"):
        choose_isolation()
    monkeypatch.setenv("CUELIGHT_SANDBOX", "rlimit")
    assert choose_isolation().level == "rlimit"
    monkeypatch.setenv("CUELIGHT_SANDBOX", "none")
    with pytest.raises(SettingInvalid, match="none of auto, bwrap, rlimit"):
        choose_isolation()


@AS_ROOT
@pytest.mark.parametrize("name", ["root", "0", "nobody-of-that-name", "-1"])
def test_the_child_s_user_must_be_somebody_without_rights(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUELIGHT_SANDBOX_USER", name)
    with pytest.raises(SettingInvalid, match="no user without rights"):
        choose_isolation()


@AS_ROOT
@pytest.mark.parametrize("level", ["bwrap", "rlimit"])
def test_root_s_child_reads_what_only_root_may_and_writes_where_it_is_told(tmp_path: Path, level: str) -> None:
    """A film and a folder of root's alone, behind a door that is root's alone."""
    if level == "bwrap" and find_isolation().level != "bwrap":
        pytest.skip("bubblewrap is missing or forbidden here")
    door = tmp_path / "root's alone"
    out = door / "out"
    out.mkdir(parents=True)
    film = door / "réel.mov"
    film.write_bytes(b"pictures")
    for path, mode in ((film, 0o600), (out, 0o700), (door, 0o700)):
        path.chmod(mode)
    box = Sandbox("bwrap" if level == "bwrap" else "rlimit", command=(str(CHILD),), readable=(CHILD,), writable=out)
    user = find_isolation(box.level).user
    assert user is not None
    assert user.uid != 0
    assert run_in_sandbox(ChildRequest(str(film), "read"), sandbox=box) == b"pictures"
    run_in_sandbox(ChildRequest(str(film), "make\nby nobody"), sandbox=box)
    with pytest.raises(ChildDied):
        run_in_sandbox(ChildRequest(str(film), "overwrite"), sandbox=box)
    assert film.read_bytes() == b"pictures"
    facts = [path.stat() for path in (out, out / "made", film)]
    assert {(fact.st_uid, fact.st_gid) for fact in facts} == {(0, 0)}, "what was lent is root's again"
    assert stat.S_IMODE(film.stat().st_mode) == 0o600


def test_under_limits_alone_there_is_no_network_and_no_forbidden_call(tmp_path: Path) -> None:
    film = tmp_path / "film.mov"
    film.write_bytes(b"pictures")
    box = Sandbox("rlimit", 60.0, ChildLimits(memory=2**31), (str(HOSTILE),), (HOSTILE,))
    task = dict.fromkeys(("film", "secret", "abstract", "unix", "folder"), "/nowhere")
    numbers = {"tcp": 9, "udp": 9, "process": os.getpid(), "scratch_bytes": 0}
    found = json.loads(run_in_sandbox(ChildRequest(str(film), json.dumps(task | numbers)), sandbox=box))
    assert found["calls"] == []
    sockets = ("connect", "send_datagram", "ask_the_kernel_for_interfaces")
    others = ("start_process", "start_program", "become_program", "make_uncounted_memory", "take_memory")
    assert {name: "not permitted" in found["probes"][name] for name in sockets} == dict.fromkeys(sockets, True)
    assert [name for name in others if not found["probes"][name]] == []


def test_the_terminal_is_told(tmp_path: Path) -> None:
    script(tmp_path / "bwrap", "echo 'bwrap: broken' >&2; exit 1")
    ran = subprocess.run(
        [sys.executable, "-m", "serving.cli", "cuts", str(tmp_path / "no.mov")],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 3
    assert "sandbox:" in ran.stderr
    assert "bwrap: broken" in ran.stderr


def test_the_log_and_ready_are_told(tmp_path: Path) -> None:
    script(tmp_path / "bwrap", "echo 'bwrap: broken' >&2; exit 1")
    command = [sys.executable, "-m", "serving.cli", "serve", "--port", "0", "--home", str(tmp_path), "--workers", "0"]
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    with (
        (tmp_path / "log").open("wb") as log,
        child_process(command, env=env, stdout=subprocess.PIPE, stderr=log) as served,
        httpx.Client() as client,
    ):
        assert served.stdout is not None
        address = served.stdout.readline().split()[-1].partition("?")[0]
        ready = client.get(f"{address}ready", timeout=30).json()
    checks = {check["name"]: check for check in ready["checks"]}
    assert checks["sandbox"]["detail"].startswith("rlimit")
    assert "bwrap: broken" in checks["sandbox"]["detail"]
    assert "bwrap: broken" in (tmp_path / "log").read_text(encoding="utf-8")
