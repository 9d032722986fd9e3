"""Takes and the musical language."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from serving.api.schemas.common import Answer, Time
from serving.store.tables import TakeState


class TakeFile(Answer):
    """A file of a take."""

    name: str
    bytes: int
    media_type: str
    url: str


class TakeOut(Answer):
    """A sketch of one cue."""

    id: str
    reel: str
    cue: str
    job: str
    revision: int = Field(description="The notes it was written to.")
    state: TakeState
    record: dict[str, Any] = Field(
        description="The document `cuelight.take/1`: what was written, from which choices, where its sound lies on the "
        "reel, how loud it is beside the film, and where the hits landed."
    )
    files: list[TakeFile]
    created: Time


class ThemesOut(Answer):
    """The musical language of a reel."""

    language: dict[str, Any] | None = Field(description="The document `cuelight.language/1`; null until it is devised.")
    demos: list[TakeFile] = Field(description="The themes, played.")
    job: str | None = Field(description="The job that devised it.")
