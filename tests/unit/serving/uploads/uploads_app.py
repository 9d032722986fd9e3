"""An application of the uploads alone, with an owner, a key and a project."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from serving import problems
from serving.api.access import find_local_owner
from serving.api.event_broadcaster import EventBroadcaster
from serving.api.rate_limits import RateLimits
from serving.api.routes import uploads
from serving.api.service import Service, hash_secret
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.pairing import pair_identities
from serving.store.tables import Base, Key, Member, Project, Role
from serving.uploads.service import maintain_uploads

SECRET = "cl_for_tests_only"
PROJECT = f"project_{'0' * 30}"


def make_service(settings: Settings) -> Service:
    """Open a service with an owner, a key and a project."""
    database = Database(settings.database)
    Base.metadata.create_all(database.engine)
    with database.write() as session:
        owner = find_local_owner(session, "Owner")
        if session.get(Project, PROJECT) is None:
            session.add(Project(id=PROJECT, name="Film"))
            session.flush()
            session.add(Member(project=PROJECT, person=owner.id, role=Role.OWNER))
            scopes = ["read", "write", "admin"]
            session.add(Key(person=owner.id, name="tests", secret_sha256=hash_secret(SECRET), scopes=scopes))
    artefacts = Artefacts(settings.artefacts)
    pair_identities(database, artefacts, settings.uploads)
    return Service(settings, database, artefacts, EventBroadcaster(database), RateLimits(10**9))


def make_app(settings: Settings) -> FastAPI:
    """Make an application of the uploads alone."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(maintain_uploads(app))
        yield
        task.cancel()

    app = FastAPI(lifespan=life)
    app.state.service = make_service(settings)
    problems.install(app)
    app.include_router(uploads.router, prefix="/v1")
    return app
