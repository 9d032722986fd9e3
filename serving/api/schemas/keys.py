"""API keys and the people who have them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictBool

from serving.api.schemas.common import Answer, Body, Id, Name, Time
from serving.api.schemas.projects import YEAR_S

Scope = Literal["read", "write", "admin"]


class KeyNew(Body):
    """A key to make for a program."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Render farm", "scopes": ["read", "write"]}]})

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)] = Field(
        description="`read` looks, `write` changes, `admin` manages members, keys and webhooks, and deletes."
    )
    project: Id | None = Field(default=None, description="Narrow it to one project.")
    expires_in_s: Annotated[int, Field(strict=True, ge=60, le=10 * YEAR_S)] | None = Field(
        default=None, description="null: it does not."
    )


class KeyOut(Answer):
    """A key or a browser session, without its secret."""

    id: str
    name: str
    scopes: list[str]
    project: str | None
    browser: bool = Field(description="Whether it is a browser's session.")
    created: Time
    expires: Time | None
    used: Time | None = Field(description="When it was last used, to the minute.")


class KeyMade(KeyOut):
    """A key as it was made: the one time its secret is told."""

    secret: str = Field(description="Send it as `Authorization: Bearer`. Empty when an Idempotency-Key asked again.")


class PersonNew(Body):
    """Somebody to let in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Ada Brook", "email": "ada@studio.example"}]})

    name: Name
    email: Annotated[str, Field(max_length=320, pattern=r"^([!-?A-~]{1,64}@[!-?A-~]{1,250})?$")] = ""
    admin: StrictBool = False


class PersonOut(Answer):
    """Somebody who signs in."""

    id: str
    name: str
    email: str
    admin: bool
    created: Time


class InvitationOut(Answer):
    """A link with which somebody signs in, once."""

    person: str
    token: str
    url: str
    expires: Time
