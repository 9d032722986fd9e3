"""What a person may choose about spotting. Imports no numpy, so that the command can read the bounds off it.

The bounds, default, unit and sentence of each stand here alone: command, API and page are derived from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from model.fields import Bounds, Seed, check_fields

SLOWEST_BPM = 20.0
FASTEST_BPM = 300.0
Bpm = Annotated[float, Bounds(SLOWEST_BPM, FASTEST_BPM, unit="bpm", help="Quarter notes a minute.")]
Coverage = Annotated[float, Bounds(0, 1, help="Share of the reel that has music; the evidence decides if left out.")]


@dataclass(frozen=True, slots=True)
class Numbering:
    """How cues are numbered: ``1m1``, ``1M01``; source music takes ``source_suffix``."""

    reel: Annotated[int, Bounds(1, 99, help="Reel number: 2m1 is the first cue of reel 2.")] = 1
    pad: Annotated[int, Bounds(1, 4, help="Digits of the cue's number at least: 2 makes 1m01.")] = 1
    letter: Annotated[str, Bounds(shortest=1, longest=4, help="Between reel and cue: m or M.")] = "m"
    source_suffix: Annotated[str, Bounds(longest=4, help="Behind the number of source music.")] = "s"

    def __post_init__(self) -> None:
        """Hold every setting against its bounds."""
        check_fields(self)


@dataclass(frozen=True, slots=True)
class SpotSettings:
    """What a person may choose about spotting; raises SettingInvalid for a value out of its bounds.

    Attributes
    ----------
    coverage: None = let the evidence and priors decide
    hits_per_minute: reels under two minutes may have up to twice as many
    """

    coverage: Coverage | None = None
    hits_per_minute: Annotated[float, Bounds(0, help="Upper bound on the proposed hits a minute.")] = 30.0
    numbering: Numbering = field(default_factory=Numbering)
    picture_version: Annotated[str, Bounds(help="Version printed on every document.")] = "v1"
    seed: Seed = 7

    def __post_init__(self) -> None:
        """Hold every setting against its bounds."""
        check_fields(self)
