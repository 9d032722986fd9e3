"""Jobs: the work that takes time."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from serving.api.schemas.common import Answer, Body, CueId, Id, Line, Time
from serving.store.tables import JobKind, JobState

Seed = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1, description="The same seed gives the same result.")]
Word = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z][a-z0-9 _-]*$")]


class PaletteChoice(Body):
    """Who may play."""

    instruments: Annotated[list[Word], Field(max_length=60)]
    featured: Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9 _-]*$")] = ""
    banned: Annotated[list[Word], Field(max_length=60)] = Field(default_factory=list[str])


class SpotParams(Body):
    """What was chosen with the upload holds again."""


class ThemesParams(Body):
    """How to devise the musical language; what is left out is up to us."""

    seed: Seed | None = None
    most_themes: Annotated[int, Field(strict=True, ge=1, le=12)] | None = None


class ScoreParams(Body):
    """How to write the cues; what is left out is taken from the notes."""

    cues: Annotated[list[CueId], Field(max_length=200)] = Field(
        default_factory=list[str], description="Ids of the cues to write; empty for all."
    )
    seed: Seed | None = None
    engine: Literal["model", "rules"] | None = None
    candidates: Annotated[int, Field(strict=True, ge=1, le=12, description="How many to choose from.")] | None = None
    tone: Annotated[list[Word], Field(max_length=8)] | None = None
    bpm: Annotated[float, Field(strict=True, ge=30, le=240)] | None = None
    palette: PaletteChoice | None = None
    theme: Line | None = Field(default=None, description="Id of the theme to feature.")
    base_take: Id | None = Field(default=None, description="The take whose choices hold where nothing else is said.")


class DeliverParams(Body):
    """What to put into the archive."""

    what: Annotated[list[Literal["notes", "score", "mix", "stems", "preview"]], Field(max_length=20)] = Field(
        default_factory=list[Literal["notes", "score", "mix", "stems", "preview"]], description="Empty for everything."
    )
    takes: Annotated[list[Id], Field(max_length=200)] | None = Field(
        default=None, description="Which takes; the accepted ones if left out."
    )


class SpotJob(Body):
    """Watch a reel again."""

    kind: Literal["spot"]
    reel: Id
    params: SpotParams = SpotParams()


class ThemesJob(Body):
    """Devise the musical language of a reel."""

    kind: Literal["themes"]
    reel: Id
    params: ThemesParams = ThemesParams()


class ScoreJob(Body):
    """Write a temp score."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "score",
                    "reel": "reel_0f1e2d3c4b5a69788796a5b4c3d2e1",
                    "params": {"cues": ["cue-1"], "seed": 11, "tone": ["tense"]},
                }
            ]
        }
    )

    kind: Literal["score"]
    reel: Id
    params: ScoreParams = ScoreParams()


class DeliverJob(Body):
    """Make one archive to download."""

    kind: Literal["deliver"]
    reel: Id
    params: DeliverParams = DeliverParams()


JobNew = Annotated[SpotJob | ThemesJob | ScoreJob | DeliverJob, Field(discriminator="kind")]


class JobOut(Answer):
    """A piece of work and where it stands."""

    id: str
    project: str
    reel: str | None
    kind: JobKind
    params: dict[str, Any]
    state: JobState
    attempt: int
    cancel: bool = Field(description="Whether somebody asked to stop it.")
    progress: dict[str, Any] = Field(description="The stage under way, how far it is, and the stages there are.")
    result: dict[str, Any] | None = Field(description="What it made.")
    problem: dict[str, Any] | None = Field(description="Why it failed: code, message, hint.")
    creator: str
    created: Time
    started: Time | None
    finished: Time | None
