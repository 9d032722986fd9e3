"""What every request needs: the settings, the database, the store, and what was read lately."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import Depends, Request

from model.delivery.notes_json import read_notes
from model.documents import decode
from model.observe.observations import Observations
from model.spotting.notes import SpottingNotes
from serving.api.event_broadcaster import EventBroadcaster
from serving.api.rate_limits import RateLimits
from serving.checks import Check
from serving.settings import Settings
from serving.store.artefacts import Artefacts
from serving.store.database import Database

NOTES_KEPT = 64  # documents in memory
OBSERVATIONS_KEPT = 4  # documents in memory: they are large
NUMBERS_KEPT = 20_000  # documents of which the cues' numbers are in memory
SPOTTERS = 2  # previews at a time; the others wait


@dataclass(slots=True)
class Service:
    """One running service.

    Attributes
    ----------
    sign_in_sha256: hash of the token that signs in as the local owner during this run; empty = no such token
    notes, observations: read a document of the store by its SHA-256; the last ones are kept in memory
    numbers: the cues' numbers in a notes document
    respot_slots: bounds how many previews are spotted at a time
    used: when keys were used, until that is written down
    issuer: the identity provider (:class:`serving.api.oidc.Issuer`); None if there is none
    wake: tells whoever runs the jobs that there may be one
    workers: says what runs the jobs; raises CuelightError if nothing does
    machine_checks: what the last check of this machine found; none where no jobs run here
    """

    settings: Settings
    database: Database
    artefacts: Artefacts
    broadcaster: EventBroadcaster
    rates: RateLimits
    owner_name: str = "Owner"
    sign_in_sha256: str = ""
    issuer: Any = None
    wake: Callable[[], None] = lambda: None
    workers: Callable[[], str] = lambda: "none: jobs wait"
    machine_checks: Callable[[], list[Check]] = list
    notes: Callable[[str], SpottingNotes] = field(init=False)
    observations: Callable[[str], Observations] = field(init=False)
    numbers: Callable[[str], frozenset[str]] = field(init=False)
    used: dict[str, float] = field(default_factory=dict[str, float])
    respot_slots: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(SPOTTERS))

    def __post_init__(self) -> None:
        """Put a memory before the documents that are asked for again and again; both are immutable."""
        self.notes = lru_cache(NOTES_KEPT)(lambda sha256: read_notes(self.artefacts.read(sha256)))
        self.numbers = lru_cache(NUMBERS_KEPT)(lambda sha256: _numbers(self.artefacts.read(sha256)))
        self.observations = lru_cache(OBSERVATIONS_KEPT)(
            lambda sha256: decode(Observations, self.artefacts.read(sha256))
        )

    @property
    def cookie(self) -> str:
        """Name of the session's cookie: a browser does not tell ports apart, so the name does."""
        return f"cuelight_{self.settings.port}"

    def address(self, request: Request) -> str:
        """Return the address at which the service is reached, without a slash at the end."""
        return (self.settings.public_url or str(request.base_url)).rstrip("/")


def service_of(request: Request) -> Service:
    """Return the running service."""
    service: Service = request.app.state.service
    return service


Svc = Annotated[Service, Depends(service_of)]


def new_secret(kind: str) -> str:
    """Make a secret that cannot be guessed: its kind and 256 random bits."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """Hash a secret for keeping; it is long and random, so a plain hash does."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _numbers(document: bytes) -> frozenset[str]:
    return frozenset(str(cue["number"]) for cue in json.loads(document)["cues"])
