"""Putting the parts together: the dispatcher of a server, with the executor its settings ask for."""

from __future__ import annotations

from serving.jobs.dispatcher import Dispatcher
from serving.jobs.executor import Executor, InlineExecutor
from serving.jobs.processes import ProcessExecutor
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database


def make_dispatcher(settings: Settings, database: Database, artefacts: Artefacts) -> Dispatcher:
    """Make the dispatcher of a server; ``start`` and ``stop`` it with the application."""

    def executor(owner: str) -> Executor:
        scratch = settings.scratch / owner
        if settings.executor == "inline":
            return InlineExecutor(artefacts, scratch)
        return ProcessExecutor(
            settings.artefacts,
            scratch,
            workers=settings.workers,
            device=settings.device,
            idle_unload_s=settings.idle_unload_s,
            log_json=settings.log_json,
        )

    return Dispatcher(settings, database, artefacts, executor)
