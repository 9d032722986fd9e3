"""A real server with nothing but the uploads: ``python upload_server.py HOME``; prints its address, key and project."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from serving import problems
from serving.api import uploads
from serving.api.access import local_owner
from serving.api.harbour import tend
from serving.api.hub import Hub
from serving.api.rates import Rates
from serving.api.service import Service, sha256_of
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.tables import Base, Key, Member, Project, Role

SECRET = "cl_for_tests_only"
PROJECT = f"project_{'0' * 30}"


def make_app(settings: Settings) -> FastAPI:
    """Make an application with an owner, a key and a project."""
    database = Database(settings.database)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        owner = local_owner(session, "Owner")
        if session.get(Project, PROJECT) is None:
            session.add(Project(id=PROJECT, name="Film"))
            session.flush()
            session.add(Member(project=PROJECT, person=owner.id, role=Role.OWNER))
            scopes = ["read", "write", "admin"]
            session.add(Key(person=owner.id, name="tests", secret_sha256=sha256_of(SECRET), scopes=scopes))

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(tend(app))
        yield
        task.cancel()

    app = FastAPI(lifespan=life)
    rates = Rates(10**9)
    app.state.service = Service(settings, database, Artefacts(settings.artefacts), Hub(database), rates)
    problems.install(app)
    app.include_router(uploads.router, prefix="/v1")
    return app


def main() -> None:
    """Serve on a free port of this machine."""
    settings = Settings(home=Path(sys.argv[1]), **json.loads(os.environ.get("UPLOAD_SETTINGS", "{}")))
    app = make_app(settings)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1/uploads"
        print(json.dumps({"url": url, "key": SECRET, "project": PROJECT}), flush=True)
        config = uvicorn.Config(app, log_level="error", access_log=False)
        uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main()
