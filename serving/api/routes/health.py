"""Routes: whether the service lives, whether it is ready, and its figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text

from model.errors import CuelightError
from model.files import check_writable
from model.runtime.isolation import choose_isolation
from model.runtime.session import device
from serving.api import metrics as figures
from serving.api.service import Service, Svc
from serving.checks import Check, run_checks
from serving.store.pairing import check_pair

MIN_FREE_BYTES = 512 * 2**20

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """The service answers."""

    status: str = "ok"


class Ready(BaseModel):
    """Whether the service can do its work, and on what."""

    ready: bool
    checks: list[Check]


@router.get("/health", operation_id="getHealth", summary="Whether the service lives", openapi_extra={"security": []})
async def get_health() -> Health:
    """Answer as long as the process does."""
    return Health()


@router.get(
    "/ready",
    operation_id="getReady",
    summary="Whether the service can work, and on what",
    responses={503: {"model": Ready, "description": "Something is missing."}},
    openapi_extra={"security": []},
)
def get_ready(service: Svc, response: Response) -> Ready:
    """Say whether everything works; networks, sound, pages and a film were tried at the start or within the hour."""
    quick = run_checks({name: partial(check, service) for name, check in SERVICE_CHECKS.items()})
    checks = [*quick, *service.machine_checks()]
    ready = all(check.ok for check in checks)
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return Ready(ready=ready, checks=checks)


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    openapi_extra={"security": []},
)
def get_metrics(service: Svc) -> Response:
    """Write the figures in Prometheus's form."""
    figures.STREAMS.set(service.broadcaster.open_streams)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _database(service: Service) -> str:
    with service.database.read() as session:
        session.execute(text("SELECT 1"))
    return str(service.database.engine.dialect.name)


def _store(service: Service) -> str:
    """Check that store and database belong together; a sweep that was refused is told, and does not stop the work."""
    check_pair(service.database, service.artefacts)
    refused = [f"{error.code}: {error} {error.hint}" for error in service.artefacts.refusals.values()]
    return "; ".join(["belongs to the database", *refused])


def _disk(service: Service) -> str:
    """Write a file where the service keeps everything."""
    check_writable(service.settings.home)
    free = shutil.disk_usage(service.settings.home).free
    if free < MIN_FREE_BYTES:
        raise CuelightError(f"Only {free // 2**20} MiB are free.", hint="Free some space.")
    return f"{free // 2**30} GiB free"


def _sandbox(_service: Service) -> str:
    return choose_isolation().describe()


def _provider(_service: Service) -> str:
    return device()


def _workers(service: Service) -> str:
    return service.workers()


# Quick enough for every request. A function returns the detail, or raises CuelightError with a hint, or OSError.
SERVICE_CHECKS: dict[str, Callable[[Service], str]] = {
    "database": _database,
    "store": _store,
    "disk": _disk,
    "sandbox": _sandbox,
    "provider": _provider,
    "workers": _workers,
}
