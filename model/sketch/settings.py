"""What a person may choose about the music of a cue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from model.fields import Bounds, Seed, check_fields

Engine = Annotated[
    Literal["model", "rules"], Bounds(help="What writes the notes: the network (model) or the rules alone.")
]
Candidates = Annotated[int, Bounds(1, 16, help="Drafts the network writes, of which the best is kept.")]
ToneWords = Annotated[
    tuple[Annotated[str, Bounds(shortest=1, longest=60, pattern=r"^[a-z][a-z0-9 _-]*$")], ...],
    Bounds(longest=8, help="Tone words that replace those of the notes."),
]
ThemeId = Annotated[str, Bounds(longest=400, one_line=True, help="Id of the theme to feature instead of the ledger's.")]


@dataclass(frozen=True, slots=True)
class SketchSettings:
    """What a person may choose about one cue; raises SettingInvalid for a value out of its bounds."""

    seed: Seed = 7
    engine: Engine = "model"
    candidates: Candidates = 3
    tone: ToneWords = ()
    theme: ThemeId = ""

    def __post_init__(self) -> None:
        """Hold every setting against its bounds."""
        check_fields(self)
