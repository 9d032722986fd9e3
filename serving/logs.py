"""Structured logs: one line per event on standard error, for people or, as JSON, for machines."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import Processor


class Patient:
    """A stream on which nothing goes wrong: what cannot be written (the disk is full) is lost, and the work goes on."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if that is possible."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Bring out what was written, if that is possible."""
        with suppress(OSError):
            self._stream.flush()


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
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Patient(sys.stderr))),
        cache_logger_on_first_use=False,  # a logger of a module would keep what was configured when it first spoke
    )
