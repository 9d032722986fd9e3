"""Progress and cancellation: one callable through all layers.

Long work calls ``progress(stage, done, total)`` often enough to be interesting. Whoever listens may raise
:class:`model.errors.Cancelled` from the call, and the work stops there: cancelling needs no further concept.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how far a stage has come."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report ``done`` of ``total`` units of ``stage``; raise ``Cancelled`` to stop the work.

        ``total`` is 0 while the length is unknown.
        """
        ...


def ignore_progress(stage: str, done: int, total: int) -> None:
    """Say nothing: the default listener."""


def report_as(stage: str, done: int, total: int, progress: Progress) -> Progress:
    """Return a listener for inner steps that reports each as ``done`` of ``total`` of ``stage``.

    The person sees one stage, and may cancel as often as the inner steps report.
    """
    outer = stage, done, total

    def report(stage: str, done: int, total: int) -> None:
        del stage, done, total
        progress(*outer)

    return report
