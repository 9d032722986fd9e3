"""The command that does everything: ``cuelight run``."""

from __future__ import annotations

from pathlib import Path

from serving.cli import json_records, terminal
from serving.cli.options import (
    AsJson,
    Bans,
    Candidates,
    Coverage,
    DialogueTrack,
    Drops,
    Engine,
    Exact,
    Film,
    Formats,
    HitsPerMinute,
    Merges,
    Names,
    NoCache,
    PictureVersion,
    Preview,
    Previous,
    ReelNumber,
    RunOut,
    Script,
    Seed,
    Show,
    Sides,
    StartTc,
    Subtitles,
    ThemeFiles,
    words,
)
from serving.cli.score import cue_choice, devise_settings
from serving.cli.spot import observe_settings


def run(
    film: Film,
    out: RunOut = Path("cuelight"),
    coverage: Coverage = None,
    hits_per_minute: HitsPerMinute = 30.0,
    picture_version: PictureVersion = "v1",
    reel: ReelNumber = 1,
    formats: Formats = "",
    previous: Previous = None,
    start_tc: StartTc = "",
    dialogue_track: DialogueTrack = None,
    sides: Sides = False,
    subtitles: Subtitles = None,
    script: Script = None,
    exact: Exact = False,
    no_cache: NoCache = False,
    seed: Seed = 7,
    engine: Engine = "model",
    candidates: Candidates = 3,
    name: Names = None,
    merge: Merges = None,
    drop: Drops = None,
    theme_file: ThemeFiles = None,
    ban: Bans = None,
    show: Show = "",
    preview: Preview = True,
    as_json: AsJson = False,
) -> None:
    """Spot a film and write its temp score, step by step; what was broken off goes on where it stopped."""
    from model.delivery.notes_json import read_notes
    from model.film_run import ScoreRequest, SpotRequest, run_film
    from model.spotting.settings import Numbering, SpotSettings

    spotting = SpotRequest(
        film,
        start_tc,
        observe_settings(exact, dialogue_track, sides, subtitles, script),
        SpotSettings(coverage, hits_per_minute, Numbering(reel=reel), picture_version),
        words(formats) or None,
        read_notes(previous) if previous else None,
        not no_cache,
    )
    scoring = ScoreRequest(
        film,
        devising=devise_settings(seed, name, merge, drop, theme_file, ban),
        choice=cue_choice(seed, engine, candidates, "", None, "", ""),
        show=show,
        preview=preview,
    )
    with terminal.progress_bar() as progress:
        whole = run_film(spotting, scoring, out, progress)
    if as_json:
        terminal.print_json(json_records.run_record(whole, out))
    else:
        terminal.print_notes(whole.spotted.notes, whole.spotted.files)
        terminal.print_score(whole.scored.record, whole.scored.notes, out / "score")
        terminal.print_steps(whole.reports, whole.seconds)
