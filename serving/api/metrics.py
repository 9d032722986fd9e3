"""Figures for Prometheus about requests and streams."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = Histogram(
    "cuelight_request_seconds",
    "Seconds until an answer began, by method, route and status.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10),
)
STREAMS = Gauge("cuelight_event_streams", "Open streams of events.")
WEBHOOKS = Counter("cuelight_webhooks_total", "Webhook messages, by what became of them.", ["outcome"])
