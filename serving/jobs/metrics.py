"""Figures for Prometheus about the jobs; the API serves them together with its own."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

ENDED = Counter("cuelight_jobs_ended_total", "Jobs that ended, by kind and state.", ["kind", "state"])
SECONDS = Histogram(
    "cuelight_job_seconds",
    "Seconds from the first attempt to the end, by kind.",
    ["kind"],
    buckets=(1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400),
)
JOBS = Gauge("cuelight_jobs", "Jobs that wait or run.", ["state"])
ATTEMPTS_LOST = Counter("cuelight_attempts_lost_total", "Attempts whose worker or server died.", ["kind"])
WORKER_STARTS = Counter("cuelight_worker_starts_total", "Worker processes started.")
TROUBLE = Counter("cuelight_dispatcher_trouble_total", "Steps of the dispatcher that the database or the disk refused.")
