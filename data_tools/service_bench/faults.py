"""Jobs under faults: kill -9 of worker, server and both; and, in ``scarcity``, what jobs need and do not find.

Conventions
-----------
- One real ``cuelight serve`` with one worker on this machine, SQLite; the film is the tiny synthetic one; spotting and
  scoring take turns, with real networks.
- A kill comes at a moment drawn from the time an undisturbed job of that kind takes, and counts only if the job is
  running then. Worker, server and both are drawn alike; a killed server is started again at once, on the same folder.
- Resumed: from the kill (from the start of the next server, if that was killed) until the job's next attempt is running
  or the job is done.
- A job has ended once if its row says ``done`` and exactly one event of the whole history says that it ended.
- Artefacts are identical if reel, notes and takes name the same SHA-256 as after an undisturbed run (of the notes, all
  but the number of their revision), and every file in the store has the SHA-256 that is its name.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_high
from typing import Any, Literal

from data_tools.benchmark.table import BenchRow
from data_tools.service_bench.fault_scenario import (
    FINAL_STATES,
    JOB_PARAMS,
    LONGEST_S,
    FaultScenario,
    make_tiny_film,
    wait_until,
)
from data_tools.service_bench.scarcity import scarcity_rows
from data_tools.service_bench.service import RunningService

KILLS = 50  # enough that a fault which one kill in twenty provokes is met nine times in ten
EARLIER_FACTOR = 0.8  # after a kill that came too late: the machine is faster now than when the undisturbed job ran
Victim = Literal["worker", "server", "both"]
VICTIMS: tuple[Victim, ...] = ("worker", "server", "both")


@dataclass(slots=True)
class JobKills:
    """What became of jobs that were killed.

    Attributes
    ----------
    resumed_s: of every kill; ``started_s``: what of it the next server took until it answered
    lost: acknowledged jobs that are gone or did not end well; ``many_ends``: jobs that ended not exactly once
    different: jobs whose artefacts are not those of an undisturbed run
    damaged: files of the store whose SHA-256 is not their name
    """

    kills: int = 0
    jobs: int = 0
    lost: int = 0
    many_ends: int = 0
    different: int = 0
    damaged: int = 0
    resumed_s: list[float] = field(default_factory=list[float])
    started_s: list[float] = field(default_factory=list[float])
    by_victim: dict[str, int] = field(default_factory=dict[str, int])


def kill_jobs(folder: Path, kills: int = KILLS, seed: int = 0) -> JobKills:
    """Kill at ``kills`` random moments of spotting and scoring, and compare with an undisturbed run."""
    settings = {"CUELIGHT_MOST_ATTEMPTS": "20"}
    with FaultScenario(RunningService(folder / "home", workers=1, settings=settings)) as scenario:
        scenario.open(make_tiny_film(folder))
        return _kill_repeatedly(scenario, kills, random.Random(seed))


def _kill_repeatedly(scenario: FaultScenario, kills: int, rng: random.Random) -> JobKills:
    found = JobKills()
    undisturbed, took_s = _run_undisturbed(scenario)
    while found.kills < kills:
        for kind in JOB_PARAMS:
            job = scenario.request_job(kind)
            for _ in range(rng.choice((1, 1, 2))):
                if not _kill_once(scenario, found, job, rng.random() * took_s[kind], rng.choice(VICTIMS)):
                    took_s[kind] *= EARLIER_FACTOR
            ended = scenario.wait(job)
            found.jobs += 1
            found.lost += ended["state"] != "done"
            found.many_ends += scenario.count_endings(job) != 1
            found.different += scenario.list_results(kind, job) != undisturbed[kind]
    found.damaged = scenario.count_damaged_files()
    found.lost += len(scenario.query("SELECT id FROM job WHERE state != 'done'"))
    return found


def _run_undisturbed(scenario: FaultScenario) -> tuple[dict[str, object], dict[str, float]]:
    """Do each kind of job undisturbed; return what it makes and the seconds it takes."""
    results: dict[str, object] = {}
    took_s: dict[str, float] = {}
    for kind in JOB_PARAMS:
        began = time.monotonic()
        job = scenario.request_job(kind)
        if scenario.wait(job)["state"] != "done":
            raise RuntimeError(f"{kind} fails undisturbed\n{scenario.server.log[-2000:]}")
        took_s[kind], results[kind] = time.monotonic() - began, scenario.list_results(kind, job)
    return results, took_s


def _kill_once(scenario: FaultScenario, found: JobKills, job: str, wait_s: float, victim: Victim) -> bool:
    """Kill the victim ``wait_s`` after the job began and note how soon it goes on; False if it was over by then."""
    wait_until(lambda: scenario.read_job(job)["state"] != "queued", LONGEST_S)
    time.sleep(wait_s)
    workers, before = scenario.find_workers(), scenario.read_job(job)
    if before["state"] != "running":
        return False
    if victim != "server":
        for pid in workers:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    if victim != "worker":
        scenario.server.kill()
        began = time.monotonic()
        scenario.server.start()
        found.started_s.append(time.monotonic() - began)
    wait_until(lambda: _goes_on(scenario.read_job(job), before["attempt"]), LONGEST_S)
    found.resumed_s.append(time.monotonic() - began)
    found.kills += 1
    found.by_victim[victim] = found.by_victim.get(victim, 0) + 1
    return True


def _goes_on(job: dict[str, Any], attempt: int) -> bool:
    return job["state"] in FINAL_STATES or (job["state"] == "running" and job["attempt"] > attempt)


def rows() -> list[BenchRow]:
    """Return the rows of kills and scarcity; takes about fifteen minutes on two cores."""
    with tempfile.TemporaryDirectory() as scratch:
        kills = kill_jobs(Path(scratch))
    return [*kill_rows(kills), *scarcity_rows()]


def kill_rows(kills: JobKills) -> list[BenchRow]:
    """Return the rows of what became of killed jobs."""
    on = f"{kills.kills} x kill -9 in {kills.jobs} jobs, tiny film"
    who = {f"{victim}s killed": float(count) for victim, count in sorted(kills.by_victim.items())}
    times = {"median": _median(kills.resumed_s), "starting a server, median": _median(kills.started_s)}
    return [
        BenchRow("acknowledged jobs lost", on, kills.lost, 0, "==", who),
        BenchRow("jobs that did not end exactly once", on, kills.many_ends, 0, "=="),
        BenchRow("jobs whose artefacts differ from an undisturbed run", on, kills.different, 0, "=="),
        BenchRow("damaged files in the store", on, kills.damaged, 0, "=="),
        BenchRow("resumed, worst, s", on, max(kills.resumed_s), 10, "<=", times),
    ]


def _median(values: list[float]) -> float:
    return median_high(values) if values else 0.0
