"""Structured logs: one line per event on standard error, for people or, as JSON, for machines."""

from __future__ import annotations

import sys

import structlog
from structlog.typing import Processor


def configure_logs(*, as_json: bool = False) -> None:
    """Decide how every ``structlog`` logger of this process writes."""
    said: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    traces = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # variables may hold secrets
    last: list[Processor] = (
        [structlog.processors.ExceptionRenderer(traces), structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*said, *last],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
