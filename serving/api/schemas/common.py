"""What all bodies share: strictness, names, frames, pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")

Name = Annotated[
    str,
    Field(
        min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$", description="A name: one line."
    ),
]
Line = Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$", description="Text of one line.")]
Prose = Annotated[str, Field(max_length=10_000, pattern=r"^[^\x00]*$", description="Text of any number of lines.")]
Id = Annotated[str, Field(pattern=r"^[a-z]{1,12}_[0-9a-f]{30}$", description="An opaque id.")]
CueId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$", description="Id of a cue in the notes.")]
FrameNumber = Annotated[int, Field(strict=True, ge=0, le=10_000_000, description="Frames from the reel's first frame.")]
Time = Annotated[datetime, Field(description="A moment, in UTC.")]


class Body(BaseModel):
    """A body that comes in: nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A record that goes out; made from rows of the same names."""

    model_config = ConfigDict(from_attributes=True)


class Page(BaseModel, Generic[T]):
    """Some of a list, and where it goes on."""

    items: list[T]
    next: str | None = Field(default=None, description="Pass it as `cursor` to go on; null at the end.")
