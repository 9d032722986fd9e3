"""The commands that watch a film: ``cuelight spot | observe | cuts``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from model.errors import SettingInvalid
from serving.cli import json_records, terminal
from serving.cli.options import (
    AsJson,
    Coverage,
    DialogueTrack,
    Exact,
    Film,
    Formats,
    HitsPerMinute,
    NoCache,
    NotesOut,
    ObservationsOut,
    PictureVersion,
    Previous,
    ReelNumber,
    Script,
    Sides,
    StartTc,
    Subtitles,
    words,
)

if TYPE_CHECKING:
    from model.observe.settings import ObserveSettings


def spot(
    film: Film,
    out: NotesOut = Path("notes"),
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
    as_json: AsJson = False,
) -> None:
    """Turn a rough cut into spotting notes."""
    from model.delivery.notes_json import read_notes
    from model.film_run import SpotRequest, spot_film
    from model.spotting.settings import Numbering, SpotSettings

    request = SpotRequest(
        film,
        start_tc,
        observe_settings(exact, dialogue_track, sides, subtitles, script),
        SpotSettings(coverage, hits_per_minute, Numbering(reel=reel), picture_version),
        words(formats) or None,
        read_notes(previous) if previous else None,
        not no_cache,
    )
    with terminal.progress_bar() as progress:
        spotted = spot_film(request, out, progress)
    if as_json:
        terminal.print_json(json_records.spot_record(spotted.notes, spotted.files))
    else:
        terminal.print_notes(spotted.notes, spotted.files)


def observe(
    film: Film,
    out: ObservationsOut = Path("observations.json"),
    start_tc: StartTc = "",
    dialogue_track: DialogueTrack = None,
    sides: Sides = False,
    subtitles: Subtitles = None,
    script: Script = None,
    exact: Exact = False,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Watch a film and write down what is seen and heard."""
    from model.documents import encode
    from model.files import check_writable, write_atomically
    from model.film_run import SpotRequest, observe_film

    settings = observe_settings(exact, dialogue_track, sides, subtitles, script)
    request = SpotRequest(film, start_tc, settings, use_cache=not no_cache)
    check_writable(out.absolute().parent)
    with terminal.progress_bar() as progress:
        observations = observe_film(request, progress)
    write_atomically(out, encode(observations))
    if as_json:
        terminal.print_json(json_records.observe_record(observations, out))
    else:
        terminal.print_observations(observations, out)


def cuts(film: Film, exact: Exact = False, no_cache: NoCache = False, as_json: AsJson = False) -> None:
    """List the cuts, gradual transitions and flashes, in frames from the reel's first frame."""
    from model.film_run import SpotRequest, observe_film
    from model.observe.settings import ObserveSettings

    settings = ObserveSettings(exact=exact, only=("cuts",))
    with terminal.progress_bar() as progress:
        observations = observe_film(SpotRequest(film, observing=settings, use_cache=not no_cache), progress)
    if as_json:
        terminal.print_json(json_records.cuts_record(observations))
    else:
        terminal.print_cuts(observations)


def observe_settings(
    exact: bool, dialogue_track: int | None, sides: bool, subtitles: Path | None, script: Path | None
) -> ObserveSettings:
    """Read what was chosen about watching; raises SettingInvalid for a file that is missing or of an unknown kind."""
    from model.observe.settings import ObserveSettings, ScriptFormat, SubtitlesFormat

    return ObserveSettings(
        exact=exact,
        dialogue_track=dialogue_track,
        sides=sides,
        subtitles=_read_text(subtitles),
        subtitles_format=_text_format(subtitles, get_args(SubtitlesFormat)),
        script=_read_text(script),
        script_format=_text_format(script, get_args(ScriptFormat)),
    )


def _text_format(path: Path | None, known: tuple[Any, ...]) -> Any:
    """Return the format that the file's name ends in; the first one where there is no file."""
    if path is None:
        return known[0]
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in known:
        raise SettingInvalid(f"{path.name}: expected a .{' or .'.join(known)} file.")
    return suffix


def _read_text(path: Path | None) -> str:
    if path is None:
        return ""
    from model.observe.words.subtitles import decode_text

    try:
        return decode_text(path.read_bytes())
    except OSError as error:
        raise SettingInvalid(f"{path.name} cannot be read: {error.strerror}.", hint="Check the path.") from error
