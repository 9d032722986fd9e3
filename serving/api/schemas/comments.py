"""Comments and approvals."""

from __future__ import annotations

from pydantic import ConfigDict, Field, StrictBool

from serving.api.schemas.common import Answer, Body, CueId, FrameNumber, Id, Prose, Time
from serving.store.tables import Role, Verdict


class CommentNew(Body):
    """A remark pinned to a frame."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"frame": 1404, "text": "Can the music wait until she turns?"}]}
    )

    frame: FrameNumber
    text: Prose = Field(min_length=1)
    cue: CueId | None = Field(default=None, description="The cue it is about, if it is about one.")


class CommentChange(Body):
    """What to change about a comment; what is left out stays. Only its author changes the text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"resolved": True}]})

    text: Prose | None = Field(default=None, min_length=1)
    resolved: StrictBool | None = None


class CommentOut(Answer):
    """A remark pinned to a frame."""

    id: str
    reel: str
    frame: int
    cue: str | None
    text: str
    author: str
    author_name: str
    author_role: Role
    resolved: bool
    version: int
    created: Time


class ApprovalNew(Body):
    """What you say about a cue."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"verdict": "changes", "text": "Softer under her line."}]}
    )

    verdict: Verdict
    text: Prose = ""
    take: Id | None = Field(default=None, description="The take you heard, if you heard one.")


class ApprovalOut(Answer):
    """What a role last said about a cue."""

    reel: str
    cue: str
    role: Role
    verdict: Verdict
    text: str
    author: str
    author_name: str
    revision: int = Field(description="The notes as they were when it was said.")
    take: str | None
    created: Time
