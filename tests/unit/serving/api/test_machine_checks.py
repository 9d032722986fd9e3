"""The checks behind ``/ready`` that run in a process of their own: kept with their age, and never trusted blindly."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from serving.api import machine_checks
from serving.api.machine_checks import MachineChecks


def printing(checks: list[dict[str, Any]]) -> tuple[str, ...]:
    return ("-c", f"print({json.dumps(checks)!r})")


def test_nothing_works_before_it_was_tried() -> None:
    (check,) = MachineChecks().latest()
    assert (check.ok, check.code) == (False, "service-busy")
    assert "for the first time" in check.detail
    assert check.hint


def test_what_the_process_found_is_kept_and_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [{"name": "sound", "ok": False, "detail": "Silent.", "hint": "Plug it in.", "code": "asset-missing"}]
    checks = MachineChecks(printing(found))
    asyncio.run(checks.refresh())
    now = time.monotonic()
    monkeypatch.setattr(machine_checks.time, "monotonic", lambda: now + 90)
    (check,) = checks.latest()
    assert (check.name, check.ok, check.detail, check.hint) == ("sound", False, "Silent.", "Plug it in.")
    assert 85 <= check.age_s <= 95


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; os.abort()", "exit code -6"),
        ("raise RuntimeError('no such chip')", "no such chip"),
        ("print('[]x')", "exit code 0"),
        ("print('[{}]')", "exit code 0"),
    ],
)
def test_a_process_that_dies_or_talks_nonsense_is_a_failed_check(code: str, says: str) -> None:
    checks = MachineChecks(("-c", code))
    asyncio.run(checks.refresh())
    (check,) = checks.latest()
    assert not check.ok
    assert says in check.detail
    assert "cuelight doctor" in check.hint


def test_a_process_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_checks, "LONGEST_S", 0.5)
    checks = MachineChecks(("-c", "import time; time.sleep(60)"))
    began = time.monotonic()
    asyncio.run(checks.refresh())
    assert time.monotonic() - began < 10
    assert "took longer" in checks.latest()[0].detail


def test_a_service_that_stops_does_not_wait_for_its_checks() -> None:
    async def stop_in_the_middle() -> None:
        task = asyncio.create_task(MachineChecks(("-c", "import time; time.sleep(60)")).refresh())
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    began = time.monotonic()
    asyncio.run(stop_in_the_middle())
    assert time.monotonic() - began < 10


def test_the_ages_of_checks_are_told(world: Any) -> None:
    assert {check["age_s"] for check in world.client.get("/ready").json()["checks"]} == {0}
    world.app.state.service.machine_checks = MachineChecks().latest
    answer = world.client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"][-1]["name"] == "machine"
