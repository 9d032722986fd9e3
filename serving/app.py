"""The application: the API, the page, and what runs beside them."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import APIRouter, FastAPI

from model.errors import CuelightError
from serving import problems
from serving.api import oidc
from serving.api.event_broadcaster import EventBroadcaster
from serving.api.expiry import remember_use, tidy, write_use
from serving.api.gate import Gate
from serving.api.machine_checks import MachineChecks
from serving.api.openapi import describe
from serving.api.page import WebPage
from serving.api.rate_limits import RateLimits
from serving.api.routes import (
    approvals,
    audit,
    comments,
    events,
    health,
    jobs,
    keys,
    members,
    notes,
    people,
    projects,
    reels,
    session,
    shares,
    takes,
    uploads,
    webhooks,
)
from serving.api.service import Service, hash_secret, new_secret
from serving.api.webhook_sender import tell
from serving.background import keep_doing
from serving.jobs.dispatcher import Dispatcher
from serving.jobs.executor import Executor, InlineExecutor
from serving.jobs.processes import ProcessExecutor
from serving.logs import configure_logs
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database, shown_url
from serving.store.migrations import is_new, migrate
from serving.store.pairing import check_pair, pair_identities
from serving.store.takes import complete_take_records
from serving.uploads.service import maintain_uploads

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    oidc.router,
    projects.router,
    members.router,
    shares.router,
    audit.router,
    people.router,
    keys.router,
    uploads.router,
    reels.router,
    notes.router,
    comments.router,
    approvals.router,
    takes.router,
    jobs.router,
    events.router,
    webhooks.router,
)

_log = structlog.get_logger("cuelight.service")


def create_app(settings: Settings | None = None, *, sign_in_token: str = "") -> FastAPI:
    """Make the application.

    Parameters
    ----------
    settings: of the service; taken from the environment if left out
    sign_in_token: signs in as the local owner while the application runs; empty = no such token
    """
    chosen = settings or Settings()
    service = open_service(chosen, sign_in_token)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncGenerator[None]:
        async with _running(app, service):
            yield

    app = FastAPI(
        title="Cuelight",
        version=version("cuelight"),
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    app.state.service = service
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    app.include_router(health.router)
    app.router.default = WebPage()
    app.add_middleware(Gate)
    describe(app, service.cookie)
    return app


def open_service(settings: Settings, sign_in_token: str = "") -> Service:
    """Open the database, brought up to date, and the store; say so if one of them is new or they do not match."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(settings.database)
    if is_new(database):
        _log.warning("new database made", database=shown_url(settings.database), home=str(settings.home))
    migrate(database)
    artefacts = Artefacts(settings.artefacts)
    pair_identities(database, artefacts, settings.uploads)
    try:
        check_pair(database, artefacts)
    except CuelightError as error:
        _log.error("store and database do not match", code=error.code, detail=error.message, hint=error.hint)
    complete_take_records(database, artefacts)
    return Service(
        settings,
        database,
        artefacts,
        EventBroadcaster(database),
        RateLimits(settings.requests_per_minute),
        owner_name=_user(),
        issuer=oidc.open_issuer() if settings.oidc_issuer else None,
        sign_in_sha256=hash_secret(sign_in_token) if sign_in_token and settings.open_access else "",
    )


def new_token() -> str:
    """Make a token for the printed link."""
    return new_secret("ct")


@asynccontextmanager
async def _running(app: FastAPI, service: Service) -> AsyncGenerator[None]:
    """Run the dispatcher, the broadcaster and what tends uploads, as long as the application runs."""
    dispatcher = _dispatcher(service)
    await service.broadcaster.start()
    async with contextlib.AsyncExitStack() as stack:
        if dispatcher is not None:
            dispatcher.start()
            stack.push_async_callback(asyncio.to_thread, dispatcher.stop)
        works = [service.broadcaster.run(), maintain_uploads(app), tell(service), tidy(service), remember_use(service)]
        if service.settings.workers and service.settings.check_every_s:
            checks = MachineChecks()
            service.machine_checks = checks.latest
            works.append(keep_doing("machine checks", checks.refresh, service.settings.check_every_s))
        for work in works:
            stack.push_async_callback(_stop_task, asyncio.create_task(work))
        stack.callback(service.broadcaster.close)
        yield
    with contextlib.suppress(CuelightError):
        await asyncio.to_thread(write_use, service)
    service.database.close()


async def _stop_task(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _dispatcher(service: Service) -> Dispatcher | None:
    """Make what runs the jobs, and let the service know; none without workers."""
    settings = service.settings
    if not settings.workers:
        return None

    def executor(owner: str) -> Executor:
        scratch = settings.scratch / owner
        if settings.executor == "inline":
            return InlineExecutor(service.artefacts, scratch)
        return ProcessExecutor(
            settings.artefacts,
            scratch,
            workers=settings.workers,
            device=settings.device,
            idle_unload_s=settings.idle_unload_s,
            log_json=settings.log_json,
        )

    dispatcher = Dispatcher(settings, service.database, service.artefacts, executor)

    def workers() -> str:
        if not dispatcher.alive:
            raise CuelightError("Nothing runs the jobs.", hint="Start the service again.")
        there = dispatcher.capacity
        opened = ", ".join(f"{net} on {provider}" for net, provider in sorted(there.providers.items()))
        return f"{there.workers} on {there.device or settings.device}" + (f": {opened}" if opened else "")

    service.wake = dispatcher.wake
    service.workers = workers
    return dispatcher


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "Owner"


def write_openapi() -> str:
    """Write the description of the API as it is committed."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as home:
        app = create_app(Settings(home=Path(home), workers=0))
        return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    configure_logs()  # to standard error: the description alone goes to standard output
    sys.stdout.write(write_openapi())
