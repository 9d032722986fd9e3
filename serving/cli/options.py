"""The options of every command: name, bounds and one sentence each, in one place.

A command's signature names the option and its default. Options that only one command has stand here too, so that the
same word means the same everywhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

# --- every command ---------------------------------------------------------------------------------------------------
Film = Annotated[Path, typer.Argument(help="The rough cut: MOV, MP4, MKV, WebM, MXF, AVI or MPEG-TS.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]

# --- watching a film -------------------------------------------------------------------------------------------------
StartTc = Annotated[str, typer.Option("--start-tc", help="Timecode of the first frame; ';' means drop-frame.")]
DialogueTrack = Annotated[
    int | None, typer.Option("--dialogue-track", min=0, help="Audio track that carries the dialogue alone, from 0.")
]
Sides = Annotated[
    bool, typer.Option("--sides", help="Dialogue and effects are on the left side, the temp music on the right.")
]
Subtitles = Annotated[
    Path | None, typer.Option("--subtitles", help="SRT or VTT file: exact lines of dialogue, names of speakers.")
]
Script = Annotated[Path | None, typer.Option("--script", help="Fountain or FDX screenplay: names of speakers.")]
Exact = Annotated[
    bool, typer.Option("--exact", help="Full-precision networks: about three times slower, slightly more accurate.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Watch the film again even if its observations are stored.")]
ObservationsOut = Annotated[Path, typer.Option("--out", "-o", help="File for the observations (JSON).")]

# --- spotting --------------------------------------------------------------------------------------------------------
NotesOut = Annotated[Path, typer.Option("--out", "-o", help="Folder for the notes.")]
Coverage = Annotated[
    float | None, typer.Option("--coverage", min=0.0, max=1.0, help="Share of the reel that has music, 0-1.")
]
HitsPerMinute = Annotated[
    float, typer.Option("--hits-per-minute", min=0.0, help="Upper bound on the proposed hits a minute.")
]
PictureVersion = Annotated[str, typer.Option("--picture-version", help="Version printed on every document.")]
ReelNumber = Annotated[int, typer.Option("--reel", min=1, max=99, help="Reel number: 2m1 is the first cue of reel 2.")]
Formats = Annotated[
    str, typer.Option("--formats", help="Exporters to run, separated by commas: json,html,pdf. Default: all.")
]
Previous = Annotated[
    Path | None, typer.Option("--previous", help="Published notes (JSON): their cue numbers are kept.")
]

# --- musical language ------------------------------------------------------------------------------------------------
GivenNotes = Annotated[
    Path | None, typer.Option("--notes", help="Spotting notes (JSON); without them the film is spotted first.")
]
MotifsOut = Annotated[Path, typer.Option("--out", "-o", help="Folder for the themes.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, help="Seed of the random choices: the same seed writes the same music.")
]
Names = Annotated[
    list[str] | None, typer.Option("--name", help='Name an owner of a theme: "person A=Agent 327". Repeatable.')
]
Merges = Annotated[
    list[str] | None, typer.Option("--merge", help='Two owners are one: "person C=person A". Repeatable.')
]
Drops = Annotated[list[str] | None, typer.Option("--drop", help="An owner that gets no theme. Repeatable.")]
ThemeFiles = Annotated[
    list[str] | None,
    typer.Option("--theme-file", help='Your own theme (MIDI, MusicXML, ABC): "Agent 327=theme.mid". Repeatable.'),
]
Bans = Annotated[
    list[str] | None, typer.Option("--ban", help="A family or an instrument that is not used. Repeatable.")
]

# --- temp score ------------------------------------------------------------------------------------------------------
ScoreOut = Annotated[Path, typer.Option("--out", "-o", help="Folder for the score.")]
Cues = Annotated[
    list[str] | None, typer.Option("--cue", help="Write only this cue (1m2) and keep the others. Repeatable.")
]
Engine = Annotated[
    Literal["model", "rules"],
    typer.Option("--engine", help="What writes the notes: model (the network) or rules (the rules alone)."),
]
Candidates = Annotated[
    int, typer.Option("--candidates", min=1, max=16, help="Drafts the network writes, of which the best is kept.")
]
Tone = Annotated[str, typer.Option("--tone", help="Tone words that replace those of the notes: tense,driving.")]
Tempo = Annotated[
    float | None, typer.Option("--tempo", min=20, max=300, help="Preferred tempo in quarter notes a minute.")
]
Instruments = Annotated[str, typer.Option("--palette", help="Instruments that replace those of the notes: piano,harp.")]
FeaturedTheme = Annotated[str, typer.Option("--theme", help="Feature this theme (its id in language.json).")]
Show = Annotated[str, typer.Option("--show", help="Title of the show, in file names and on pages.")]
Preview = Annotated[bool, typer.Option("--preview/--no-preview", help="Make the film with the temp score.")]

RunOut = Annotated[Path, typer.Option("--out", "-o", help="Folder: the notes go into notes/, the score into score/.")]

# --- tempo maps of the benchmark -------------------------------------------------------------------------------------
Instances = Annotated[Path, typer.Option("--instances", help="Benchmark instances (JSON).")]
AnswersOut = Annotated[Path, typer.Option("--out", "-o", help="File for the answers.")]

# --- the service -----------------------------------------------------------------------------------------------------
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on. Default: this machine alone.")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
Home = Annotated[
    Path | None, typer.Option("--home", help="Folder of the database, the films and everything made from them.")
]
SizesOnly = Annotated[bool, typer.Option("--sizes-only", help="Compare lengths and do not read every file: quick.")]
Backup = Annotated[
    Path | None, typer.Option("--from", exists=True, file_okay=False, help="Copy of the folder artefacts to take from.")
]
AdoptStore = Annotated[
    bool, typer.Option("--adopt-store", help="This database and this store belong together from now on.")
]
SweepAll = Annotated[bool, typer.Option("--all", help="However many they are: without the limit of a sweep.")]
KeepDays = Annotated[
    int | None, typer.Option("--keep-days", min=0, help="Keep what is younger. Default: CUELIGHT_TRASH_DAYS.")
]
Workers = Annotated[int | None, typer.Option("--workers", min=0, max=64, help="Worker processes that run the jobs.")]
PublicUrl = Annotated[
    str | None, typer.Option("--public-url", help="Address under which the service is reached from outside.")
]


def words(text: str) -> tuple[str, ...]:
    """Split an option that holds several words, separated by commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
