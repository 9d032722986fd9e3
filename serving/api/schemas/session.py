"""Who is signed in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from serving.api.schemas.common import Answer, Body
from serving.store.tables import Role

Secret = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]


class SignInByToken(Body):
    """Sign in with the token of a printed link, or of an invitation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"token": "ct_9cX0b7vJY2m4tq"}]})

    token: Secret = Field(description="The token of the link.")


class SignInByShare(Body):
    """Sign in with the token of a share link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"share": "cs_9cX0b7vJY2m4tq"}]})

    share: Secret = Field(description="The token of the share link.")


class SessionProject(Answer):
    """A project that the session may see."""

    id: str
    name: str
    role: Role


class Session(Answer):
    """Who is asking and what they may see."""

    kind: Literal["person", "share"]
    id: str = Field(description="Id of the person or of the share.")
    name: str
    admin: bool = Field(description="Whether people and their invitations may be managed.")
    scopes: list[str] = Field(description="What the key may do.")
    role: Role | None = Field(default=None, description="The role of a share link; people have one per project.")
    reel: str | None = Field(
        default=None, description="The one reel that a share link shows, if it is narrowed to one."
    )
    projects: list[SessionProject] = Field(description="The first hundred projects; /v1/projects has all.")
