"""Settings of the service: every one has a default that works on one machine, and a ``CUELIGHT_`` variable.

``cuelight serve`` needs none of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB = 2**30


class Settings(BaseSettings):
    """What the person who runs the service may choose.

    Attributes
    ----------
    home: folder of the database, the artefacts and the uploads
    workers: worker processes for the heavy jobs; of several, one never watches films, so that nobody waits for long
    device: where networks run; ``auto`` takes the accelerator if there is one
    lease_s: a worker that is not heard of for so long has lost its job
    idle_unload_s: networks that nobody used for so long are let go
    quota_bytes: what the media of one project may take
    trash_days: what was taken away can be put back for so long
    check_every_s: how often networks, sound, pages and the watching of a film are tried for ``/ready``; 0 = never
    public_url: how the service is reached from outside; links and webhooks use it
    """

    model_config = SettingsConfigDict(env_prefix="CUELIGHT_", extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("cuelight") / "service")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8327
    public_url: str = ""
    workers: Annotated[int, Field(ge=0, le=64)] = 2
    executor: Literal["process", "inline"] = "process"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    lease_s: Annotated[float, Field(gt=0)] = 5.0
    most_attempts: Annotated[int, Field(ge=1, le=100)] = 5
    idle_unload_s: Annotated[float, Field(gt=0)] = 300.0
    longest_upload_bytes: Annotated[int, Field(gt=0)] = 64 * GIB
    quota_bytes: Annotated[int, Field(gt=0)] = 200 * GIB
    upload_expires_s: Annotated[float, Field(gt=0)] = 7 * 24 * 3600.0
    trash_days: Annotated[int, Field(ge=1, le=3650)] = 14
    check_every_s: Annotated[float, Field(ge=0)] = 3600.0
    requests_per_minute: Annotated[int, Field(gt=0)] = 6000
    open_access: bool = True  # on this machine alone: the printed link signs in as owner
    private_webhooks: bool = False  # whether webhooks may go to addresses inside the house
    oidc_issuer: str = ""
    oidc_client: str = ""
    oidc_secret: SecretStr = SecretStr("")
    log_json: bool = False

    @property
    def database(self) -> str:
        """Return the SQLAlchemy URL of the database."""
        return self.database_url or f"sqlite:///{self.home / 'cuelight.db'}"

    @property
    def artefacts(self) -> Path:
        """Folder of the content-addressed store."""
        return self.home / "artefacts"

    @property
    def uploads(self) -> Path:
        """Folder of the unfinished uploads."""
        return self.home / "uploads"

    @property
    def scratch(self) -> Path:
        """Folder of the attempts under way; whatever lies here may be thrown away at a start."""
        return self.home / "scratch"

    @property
    def threads(self) -> int:
        """Threads a job may take."""
        return os.cpu_count() or 1
