"""What the uploads of a running service share: their files, the threads that write them, those being verified."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import structlog
from fastapi import FastAPI

from model.errors import NotFound
from serving.background import keep_doing
from serving.settings import Settings
from serving.store.database import Database
from serving.store.tables import Upload, UploadState
from serving.uploads.arrival import UploadContext, finish, recover, sweep
from serving.uploads.store import UploadStore

WRITERS = 8  # threads that write uploads to the disk
SWEEP_EVERY_S = 600.0
R = TypeVar("R")
_log = structlog.get_logger("cuelight.uploads")


@dataclass(slots=True)
class UploadService:
    """The uploads of one running service."""

    settings: Settings
    database: Database
    uploads: UploadContext
    wake: Callable[[], None]  # tells whoever runs the jobs that there may be one
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WRITERS, "upload"))
    finishing: dict[str, asyncio.Task[Upload]] = field(default_factory=dict[str, "asyncio.Task[Upload]"])

    def look(self, upload: str) -> tuple[Upload, int]:
        """Return the row of an upload and how many of its bytes are here; raises NotFound."""
        row = self._row(upload)
        received = self.uploads.files.received_bytes(upload)
        if received is None:  # no file: it is in the store already, perhaps since a moment ago, or was refused or swept
            row = self._row(upload)
            received = row.length if row.film and row.state != UploadState.REFUSED else 0
        return row, received

    async def run(self, work: Callable[[], R]) -> R:
        """Do something with files in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, work)

    async def finish(self, upload: str, patience_s: float) -> Upload | None:
        """Verify and take over a whole film; None if that takes longer than ``patience_s`` (it goes on by itself)."""
        task = self.finishing.get(upload)
        if task is None:
            task = asyncio.create_task(self._finish(upload))
            self.finishing[upload] = task
            task.add_done_callback(partial(self._log_failure, upload))
        done, _ = await asyncio.wait({task}, timeout=patience_s)
        return task.result() if done else None

    def _row(self, upload: str) -> Upload:
        with self.database.read() as session:
            row = session.get(Upload, upload)
        if row is None:
            raise NotFound("There is no such upload.", hint="Begin a new one.")
        return row

    async def _finish(self, upload: str) -> Upload:
        row = await self.run(lambda: finish(self.uploads, upload))
        if row.state == UploadState.COMPLETE:
            self.wake()
        return row

    def _log_failure(self, upload: str, task: asyncio.Task[Upload]) -> None:
        del self.finishing[upload]
        if not task.cancelled() and (error := task.exception()):
            _log.warning("upload not finished", upload=upload, error=str(error))


def upload_service_of(app: FastAPI) -> UploadService:
    """Return the upload service of an application; made the first time."""
    upload_service: UploadService | None = getattr(app.state, "upload_service", None)
    if upload_service is None:
        service = app.state.service

        def wake() -> None:
            service.wake()  # looked up at each call: the dispatcher starts later

        uploads = UploadContext(
            service.database, UploadStore(service.settings.uploads), service.artefacts, service.settings.quota_bytes
        )
        upload_service = app.state.upload_service = UploadService(service.settings, service.database, uploads, wake)
    return upload_service


async def maintain_uploads(app: FastAPI) -> None:
    """Finish what was whole when the service stopped, then sweep now and then, until cancelled."""
    upload_service = upload_service_of(app)

    async def look_after() -> None:
        if await upload_service.run(lambda: recover(upload_service.uploads)):
            upload_service.wake()
        await upload_service.run(lambda: sweep(upload_service.uploads))

    await keep_doing("uploads", look_after, SWEEP_EVERY_S)
