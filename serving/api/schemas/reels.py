"""Reels: the versions of a cut."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from serving.api.schemas.common import Answer, Body, Id, Name, Time
from serving.api.schemas.uploads import Watching
from serving.store.tables import JobState


class ReelChange(Body):
    """What to change about a reel; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Reel 2", "cut": "v3"}]})

    name: Name | SkipJsonSchema[None] = None
    cut: Name | SkipJsonSchema[None] = Field(default=None, max_length=40, description="Which version of the cut it is.")
    previous: Id | None = Field(default=None, description="The reel that this one follows; null for none.")
    choices: Watching | None = Field(
        default=None,
        description="How the film is to be watched the next time; what is left out stays, what is null is unsaid.",
    )


class ReelMedia(Answer):
    """Addresses of what was made from the film; null until it is made."""

    film: str | None = Field(description="The film for the browser: MP4, byte ranges.")
    sound: str | None = Field(description="Its sound, lossless.")
    lanes: str | None = Field(description="What was seen and heard, to draw.")
    waveform: str | None = Field(description="Its sound, to draw.")
    thumbnails: str | None = Field(description="Pattern of the thumbnails' addresses; put the number for {n}.")
    notes: str | None
    language: str | None = Field(description="The themes, once they are devised.")


class ReelOut(Answer):
    """A version of a cut."""

    id: str
    project: str
    name: str
    cut: str
    previous: str | None
    revision: int = Field(description="Head of the notes; 0 until it is spotted.")
    version: int
    created: Time
    bytes: int = Field(description="Length of the film as it was uploaded.")
    facts: dict[str, Any] | None = Field(description="The film's facts as the notes write them; null until known.")
    choices: dict[str, Any] = Field(description="What was chosen with the upload.")
    media: ReelMedia
    job: str | None = Field(description="The job that watches it, the last one.")
    state: JobState | None = Field(description="Where that job stands.")
