"""A child that a film has taken over reaches nothing, whoever started it; outside, each of its probes succeeds."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from model.runtime import isolation as levels
from model.runtime import sandbox as parent
from model.runtime.bubblewrap import SCRATCH_BYTES, Views
from model.runtime.child import ChildLimits, ChildRequest
from model.runtime.isolation import ChildUser, Isolation, find_isolation
from model.runtime.sandbox import Sandbox, run_in_sandbox
from tests.unit.runtime.hostile_child import Targets

HERE = Path(__file__).parent
CHILD = HERE / "hostile_child.py"
BOX = Sandbox("bwrap", 60.0, ChildLimits(memory=2**31, threads=100), (str(CHILD),), (CHILD,))
A_USER = ChildUser("somebody", 23456, 23456)
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
DRIVER = """
import sys
from tests.unit.runtime.test_hostile_child import BOX
from model.runtime.child import ChildRequest
from model.runtime.isolation import find_isolation
from model.runtime.sandbox import run_in_sandbox
print(find_isolation().describe())
print(run_in_sandbox(ChildRequest(sys.argv[1], sys.argv[2]), sandbox=BOX).decode())
"""


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    folder = tmp_path_factory.mktemp("outside")
    folder.chmod(0o755)
    film, secret = folder / "film.mov", folder / "another upload"
    film.write_bytes(b"pictures")
    secret.write_bytes(b"of somebody else")
    for path in (film, secret):
        path.chmod(0o666)
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        name = f"cuelight-{os.getpid()}"
        for address in ("\0" + name, str(folder / "socket")):
            own = stack.enter_context(socket.socket(socket.AF_UNIX))
            own.bind(address)
            own.listen()
        (folder / "empty").mkdir()
        yield Targets(
            film=str(film),
            secret=str(secret),
            tcp=tcp.getsockname()[1],
            udp=udp.getsockname()[1],
            abstract=name,
            unix=str(folder / "socket"),
            process=os.getpid(),
            folder=str(folder / "empty"),
            scratch_bytes=SCRATCH_BYTES,
        )


@pytest.fixture(autouse=True)
def _with_bubblewrap() -> None:
    if find_isolation().level != "bwrap":
        pytest.skip("bubblewrap is missing or forbidden here")


@AS_ROOT
def test_outside_every_probe_reaches_its_aim(targets: Targets) -> None:
    """Else the other tests would prove nothing."""
    command = [sys.executable, str(CHILD), json.dumps(asdict(targets))]
    tried = subprocess.run(command, cwd=HERE.parents[2], env=_environment(), stdout=subprocess.PIPE, check=True)
    assert {name: why for name, why in json.loads(tried.stdout).items() if why} == {}


def test_nothing_is_reached(targets: Targets) -> None:
    found = json.loads(run_in_sandbox(ChildRequest(targets.film, json.dumps(asdict(targets))), sandbox=BOX))
    check(found)
    if os.geteuid() == 0:
        nobody = find_isolation().user
        assert nobody is not None, "root's child runs as another"
        assert found["uid_map"] == [str(nobody.uid), "0" if found["uid_map"][1] == "0" else str(nobody.uid), "1"]


@AS_ROOT
def test_a_user_s_child_reaches_nothing(targets: Targets) -> None:
    views = Views(Path(targets.film), (HERE.parents[1], Path(targets.secret)))
    arguments = [sys.executable, "-c", DRIVER, targets.film, json.dumps(asdict(targets))]
    command = A_USER.command(views, arguments)
    ran = subprocess.run(command, cwd=HERE.parents[2], env=_environment(), stdout=subprocess.PIPE, check=True)
    level, found = ran.stdout.decode().splitlines()
    assert level == "bwrap"
    check(json.loads(found))


@AS_ROOT
def test_where_root_cannot_become_another_nothing_is_reached_either(
    targets: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "find_isolation", lambda _: Isolation("bwrap", None, levels.find_bubblewrap()))
    found = json.loads(run_in_sandbox(ChildRequest(targets.film, json.dumps(asdict(targets))), sandbox=BOX))
    assert found["uid_map"] == ["0", "0", "1"]
    found["probes"]["start_many_threads"] = "0: Linux does not count root's"
    check(found)


def check(found: dict[str, Any]) -> None:
    assert [name for name, why in found["probes"].items() if not why] == []
    assert int(found["probes"]["start_many_threads"].split(":")[0]) <= BOX.limits.threads
    assert found["calls"] == []
    status = found["status"]
    assert {name: int(status[name], 16) for name in status if name.startswith("Cap")} == dict.fromkeys(
        ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), 0
    )
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HERE.parents[2]), "PYTHONDONTWRITEBYTECODE": "1"}
