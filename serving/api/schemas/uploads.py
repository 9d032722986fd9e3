"""Uploads: what is chosen with a film, and how far it has come."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from serving.api.schemas.common import Answer, Body, Time
from serving.store.tables import UploadState

TEXT_CHARACTERS = 4_000_000
Text = Annotated[str, Field(max_length=TEXT_CHARACTERS, pattern=r"^[^\x00]*$", description="The file's text.")]


class SubtitleText(Body):
    """Subtitles that came with the film."""

    text: Text
    format: Literal["srt", "vtt"] = "srt"


class ScriptText(Body):
    """The screenplay that came with the film."""

    text: Text
    format: Literal["fountain", "fdx"] = "fountain"


class Watching(Body):
    """How a film is to be watched; all of it may be left out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"start_timecode": "01:00:00:00", "sides": True}]})

    start_timecode: str | None = Field(
        default=None, pattern=r"^\d{2}:\d{2}:\d{2}[:;.]\d{2}$", description="Timecode of the reel's first frame."
    )
    coverage: float | None = Field(None, ge=0, le=1, description="How much of the film should have music.")
    sides: bool | None = Field(
        default=None, description="Dialogue and effects are on the left side of the sound, the temp music on the right."
    )
    subtitles: SubtitleText | None = None
    script: ScriptText | None = None


class UploadChoices(Watching):
    """What a person chooses with a film; all of it may be left out."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"start_timecode": "01:00:00:00", "coverage": 0.5, "cut": "v2"}]}
    )

    cut: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Which version of the cut it is.",
    )


class UploadProblem(Answer):
    """Why an upload was refused."""

    code: str
    message: str
    hint: str = ""


class UploadOut(Answer):
    """How far an upload has come."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "upload_0f1e2d3c4b5a69788796a5b4c3d2e1",
                    "project": "project_0f1e2d3c4b5a69788796a5b4c3d2e1",
                    "name": "The Harbour v2.mov",
                    "length": 1_073_741_824,
                    "received": 142_606_336,
                    "state": "open",
                    "reel": None,
                    "job": None,
                    "problem": None,
                    "created": "2026-01-31T10:00:00Z",
                    "expires": "2026-02-07T10:00:00Z",
                }
            ]
        }
    )

    id: str
    project: str
    name: str = Field(description="The file's name as the client said it: data, never a path.")
    length: int = Field(description="Bytes of the whole film.")
    received: int = Field(description="Bytes that are here for good; go on from there.")
    state: UploadState = Field(description="`open` with every byte received: it is being verified.")
    reel: str | None = Field(description="The reel it became.")
    job: str | None = Field(description="The job that watches it.")
    problem: UploadProblem | None = Field(description="Why it was refused.")
    created: Time
    expires: Time = Field(description="When an unfinished upload is forgotten.")
