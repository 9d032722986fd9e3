"""The checks of this machine that are too heavy for a request: run in a process of their own, kept with their age."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import structlog

from model.errors import ServiceBusy, ServiceError
from serving.checks import Check

LONGEST_S = 300.0  # a check that takes longer is broken off: six CPU seconds, behind everything else on this machine
_CHECKS = ("-m", "serving.checks")
_log = structlog.get_logger("cuelight.checks")


class MachineChecks:
    """What the last run of :mod:`serving.checks` found."""

    def __init__(self, command: tuple[str, ...] = _CHECKS) -> None:
        """Begin without results; ``command``: arguments of the interpreter, only tests give others."""
        self._command = command
        self._checks = [
            Check(
                "machine",
                ok=False,
                detail="Networks, sound, pages and the watching of films are being tried for the first time.",
                hint="Ask again in half a minute.",
                code=ServiceBusy.code,
            )
        ]
        self._checked_at = time.monotonic()

    def latest(self) -> list[Check]:
        """Return the latest results; ``age_s`` says how old they are."""
        age_s = int(time.monotonic() - self._checked_at)
        return [replace(check, age_s=age_s) for check in self._checks]

    async def refresh(self) -> None:
        """Run the checks and keep what they found; a process that ends without an answer is a failed check."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        try:
            answer, complaints = await asyncio.wait_for(process.communicate(), LONGEST_S)
            self._checks = _read_checks(answer, complaints, process.returncode)
        except TimeoutError:
            self._checks = [_failed_check(f"The checks took longer than {LONGEST_S:g} s.")]
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        self._checked_at = time.monotonic()
        for check in self._checks:
            if not check.ok:
                _log.warning("check failed", check=check.name, code=check.code, detail=check.detail, hint=check.hint)


def _read_checks(answer: bytes, complaints: bytes, code: int | None) -> list[Check]:
    try:
        return [Check(**check) for check in json.loads(answer)]
    except (ValueError, TypeError):
        last = complaints.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return [_failed_check(f"The checks ended with exit code {code}: {last}")]


def _failed_check(detail: str) -> Check:
    hint = "Run `cuelight doctor` on this machine: it says which check does not end."
    return Check("machine", ok=False, detail=detail, hint=hint, code=ServiceError.code)


def _environment() -> dict[str, str]:
    """Let the process find our packages wherever the service was started."""
    packages = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [packages, os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path}
