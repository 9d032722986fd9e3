"""``/ready`` of a real service says what works: not ready before everything was tried, then it answers at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from data_tools.service_bench.service import RunningService

TRIED_WITHIN_S = 120.0
CHEAP_S = 0.5


def ready(server: RunningService) -> tuple[int, dict[str, dict[str, Any]]]:
    answer = server.ask("GET", "/ready")
    return answer.status, {check["name"]: check for check in answer.body["checks"]}


def test_a_service_is_ready_once_everything_was_tried(tmp_path: Path) -> None:
    with RunningService(tmp_path / "home", workers=1, settings={"CUELIGHT_CHECK_EVERY_S": "3600"}) as server:
        status, checks = ready(server)
        assert (status, checks["machine"]["code"]) == (503, "service-busy")
        ends = time.monotonic() + TRIED_WITHIN_S
        while "machine" in checks:
            assert time.monotonic() < ends, checks
            time.sleep(0.5)
            status, checks = ready(server)
        assert (status, [check for check in checks.values() if not check["ok"]]) == (200, [])
        assert set(checks) >= {"database", "disk", "sandbox", "workers", "networks", "sound", "page", "film"}
        began = time.monotonic()
        ready(server)
        assert time.monotonic() - began < CHEAP_S
