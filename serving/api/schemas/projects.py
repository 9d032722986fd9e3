"""Projects, who is in them, and the links into them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from serving.api.schemas.common import Answer, Body, Id, Line, Name, Time
from serving.store.tables import Role

DAY_S = 86_400
YEAR_S = 366 * DAY_S

Later = Annotated[Time | None, BeforeValidator(lambda at: at or None)]  # a row says 0 for never
Topic = Literal[
    "job", "notes", "comment", "approval", "take", "reel", "upload", "project", "member", "share", "webhook"
]


class ProjectNew(Body):
    """A project to make."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "The Harbour, episode 3"}]})

    name: Name


class ProjectChange(Body):
    """What to change about a project."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "The Harbour, episode 4"}]})

    name: Name


class ProjectOut(Answer):
    """A film or an episode with its reels."""

    id: str
    name: str
    role: Role = Field(description="What you are in it.")
    created: Time
    version: int
    reels: int = Field(description="How many reels it has.")
    bytes: int = Field(description="What its files take.")
    quota_bytes: int = Field(description="What they may take.")


class MemberOut(Answer):
    """Somebody in a project."""

    person: str
    name: str
    email: str
    role: Role


class MemberChange(Body):
    """The role somebody is to have."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "director"}]})

    role: Role


class ShareNew(Body):
    """A link for somebody without an account."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "For Ada, the director", "role": "director"}]})

    name: Name
    role: Literal["director", "viewer"] = Field(default="viewer", description="What whoever has the link may do.")
    reel: Id | None = Field(default=None, description="Narrow it to one reel.")
    expires_in_s: Annotated[int, Field(strict=True, ge=60, le=YEAR_S)] = 14 * DAY_S


class ShareOut(Answer):
    """A share link, without its secret."""

    id: str
    name: str
    role: Role
    reel: str | None
    created: Time
    expires: Time
    revoked: bool


class ShareMade(ShareOut):
    """A share link as it was made: the one time its secret is told."""

    token: str = Field(description="Empty when an Idempotency-Key asked for it again.")
    url: str = Field(description="The address to send to whoever may see the project.")


class WebhookNew(Body):
    """Where to tell of a project's events."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://studio.example/hooks/cuelight", "topics": ["job", "approval"]}]
        }
    )

    url: Annotated[str, Field(min_length=8, max_length=2000, pattern=r"^https?://[!-~]+$")]
    topics: Annotated[list[Topic], Field(max_length=20)] = Field(
        default_factory=list[Topic], description="Which events to tell of; empty for all."
    )


class WebhookOut(Answer):
    """A webhook, without its secret."""

    id: str
    url: str
    topics: list[str]
    active: bool = Field(description="Whether it is still tried; it is given up after many failures.")
    failures: int = Field(description="Failures since it last answered.")
    delivered: int = Field(description="Number of the last event it was told of.")
    failed: Time | None = Field(description="When it last failed.")
    why: str = Field(description="Why it last failed, in words.")
    retry_at: Later = Field(description="When it is tried again, if it is waiting for that.")


class WebhookMade(WebhookOut):
    """A webhook as it was made: the one time its secret is told."""

    secret: str = Field(description="Verify signatures with it. Empty when an Idempotency-Key asked for it again.")


class AuditOut(Answer):
    """Who did what."""

    number: int
    project: str | None
    actor: str
    actor_name: Line
    action: str
    target: str
    data: dict[str, Any] = Field(description="What there is to say of it: names as they were then, a verdict, a role.")
    created: Time
