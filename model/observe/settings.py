"""What a person may choose about watching a film. Imports no numpy, so that the command can read the bounds off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from model.fields import Bounds, check_fields

SubtitlesFormat = Literal["srt", "vtt"]
ScriptFormat = Literal["fountain", "fdx"]


@dataclass(frozen=True, slots=True)
class ObserveSettings:
    """What a person may choose about observing; raises SettingInvalid for a value out of its bounds.

    Attributes
    ----------
    dialogue_track: None = the track whose name says so
    subtitles, script: decoded text of the files, empty if none
    only: names of detectors to run, and with them those they come after; empty = all that are installed
    skip: names of detectors to leave out
    """

    exact: Annotated[
        bool, Bounds(help="Full-precision networks: about three times slower, slightly more accurate.")
    ] = False
    dialogue_track: Annotated[int, Bounds(0, help="Audio track that carries the dialogue alone, from 0.")] | None = None
    sides: Annotated[
        bool, Bounds(help="Dialogue and effects are on the left side of the sound, the temp music on the right.")
    ] = False
    subtitles: Annotated[str, Bounds(help="Text of SRT or VTT subtitles: exact lines, names of speakers.")] = ""
    subtitles_format: SubtitlesFormat = "srt"
    script: Annotated[str, Bounds(help="Text of a Fountain or FDX screenplay: names of speakers.")] = ""
    script_format: ScriptFormat = "fountain"
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Hold every setting against its bounds."""
        check_fields(self)
