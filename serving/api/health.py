"""Routes: whether the service lives, whether it is ready, and its figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text

from model.errors import CuelightError
from model.observe.sandbox import chosen_level
from model.runtime import device, inventory
from serving.api import figures
from serving.api.service import Service, Svc

LEAST_FREE = 512 * 2**20

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """The service answers."""

    status: str = "ok"


class Checked(BaseModel):
    """One thing that was looked at."""

    well: bool
    says: str


class Ready(BaseModel):
    """Whether the service can do its work, and on what."""

    ready: bool
    checks: dict[str, Checked]


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
    """Look at the database, the disk, the sandbox, the networks' providers, the assets and the workers."""
    checks = {name: _look(check, service) for name, check in _CHECKS.items()}
    ready = all(check.well for check in checks.values())
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
    figures.STREAMS.set(service.hub.open_streams)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _look(check: Callable[[Service], str], service: Service) -> Checked:
    try:
        return Checked(well=True, says=check(service))
    except (CuelightError, OSError) as error:
        hint: Any = getattr(error, "hint", "")
        return Checked(well=False, says=f"{error} {hint}".strip())


def _database(service: Service) -> str:
    with service.database.read() as session:
        session.execute(text("SELECT 1"))
    return str(service.database.engine.dialect.name)


def _disk(service: Service) -> str:
    free = shutil.disk_usage(service.settings.home).free
    if free < LEAST_FREE:
        raise CuelightError(f"Only {free // 2**20} MiB are free.", hint="Free some space.")
    return f"{free // 2**30} GiB free"


def _sandbox(_service: Service) -> str:
    return chosen_level()


def _provider(_service: Service) -> str:
    return device()


def _assets(_service: Service) -> str:
    bad = [f"{name} {state}" for name, _, state in inventory() if state != "ok"]
    if bad:
        raise CuelightError(f"{', '.join(bad)}.", hint="Run `make assets`.")
    return f"{len(inventory())} present, checksums right"


def _workers(service: Service) -> str:
    return service.workers()


_CHECKS: dict[str, Callable[[Service], str]] = {
    "database": _database,
    "disk": _disk,
    "sandbox": _sandbox,
    "provider": _provider,
    "assets": _assets,
    "workers": _workers,
}
