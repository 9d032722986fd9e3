"""The command: ``cuelight spot | score | motifs | fit | observe | cuts | doctor | assets``.

Exit codes: 0 done, 1 a fault of ours, 2 wrong usage, 3 the film, 4 another input, 5 the output, 6 an asset,
7 the sandbox, 130 cancelled. Progress goes to stderr and only to a terminal; results go to stdout.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from typer.exceptions import TyperException

from model.errors import (
    AssetError,
    Cancelled,
    CuelightError,
    InputError,
    OutputError,
    ReelError,
    SandboxError,
    ServiceError,
    SettingInvalid,
)
from model.observe.detector import ObserveSettings
from model.spotting.notes import Numbering, SpotSettings
from serving import cli_score, cli_serve, contracts, terminal

EXIT_CODES: dict[type[CuelightError], int] = {
    ReelError: 3,
    InputError: 4,
    OutputError: 5,
    AssetError: 6,
    SandboxError: 7,
    ServiceError: 8,
    Cancelled: 130,
}
ALL_BUT_CUTS = tuple(
    "affect colour dialogue effects embeddings faces loudness motion music sound thumbnails titles".split()  # noqa: SIM905
)

app = typer.Typer(
    name="cuelight",
    help="Cuelight watches a rough cut, proposes spotting notes with reasons, and writes a temp score to picture.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for command in (cli_score.score, cli_score.motifs, cli_score.fit, cli_serve.serve):
    app.command()(command)

Film = Annotated[Path, typer.Argument(help="The rough cut: MOV, MP4, MKV, WebM, MXF, AVI or MPEG-TS.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
StartTc = Annotated[str, typer.Option("--start-tc", help="Timecode of the first frame; ';' means drop-frame.")]
DialogueTrack = Annotated[
    int | None, typer.Option("--dialogue-track", min=0, help="Audio track that carries the dialogue alone (from 0).")
]
Sides = Annotated[
    bool, typer.Option("--sides", help="Dialogue and effects are on the left side, the temp music on the right.")
]
Subtitles = Annotated[Path | None, typer.Option("--subtitles", help="SRT or VTT: sharpens lines, names speakers.")]
Script = Annotated[Path | None, typer.Option("--script", help="Fountain or FDX screenplay: names the speakers.")]
Exact = Annotated[bool, typer.Option("--exact", help="Full-precision nets: slower, for the last percent.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Watch again even if this film was watched before.")]


@app.command()
def spot(
    film: Film,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the notes.")] = Path("notes"),
    coverage: Annotated[
        float | None, typer.Option("--coverage", min=0.0, max=1.0, help="Share of the reel with music, 0-1.")
    ] = None,
    hits_per_minute: Annotated[float, typer.Option("--hits-per-minute", min=0.0, help="At most this many.")] = 30.0,
    picture_version: Annotated[str, typer.Option("--picture-version", help="Printed on every document.")] = "v1",
    reel: Annotated[int, typer.Option("--reel", min=1, max=99, help="Reel number: cue 2m1 is reel 2's first.")] = 1,
    formats: Annotated[
        str, typer.Option("--formats", help="Comma-separated exporters, e.g. json,html,pdf; default all.")
    ] = "",
    previous: Annotated[
        Path | None, typer.Option("--previous", help="Published notes (JSON): their numbers never change.")
    ] = None,
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
    from model.delivery import read_notes
    from model.pipeline import Request, spot_film

    request = Request(
        film,
        start_tc,
        _observing(exact, dialogue_track, sides, (subtitles, script)),
        SpotSettings(coverage, hits_per_minute, Numbering(reel=reel), picture_version),
        [name.strip() for name in formats.split(",") if name.strip()] or None,
        read_notes(previous) if previous else None,
        not no_cache,
    )
    with terminal.progress_bar() as progress:
        spotted = spot_film(request, out, progress)
    if as_json:
        terminal.print_json(contracts.spot_record(spotted.notes, spotted.files))
    else:
        terminal.print_summary(spotted.notes, spotted.files)


@app.command()
def observe(
    film: Film,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the observations (JSON).")] = Path(
        "observations.json"
    ),
    start_tc: StartTc = "",
    dialogue_track: DialogueTrack = None,
    sides: Sides = False,
    subtitles: Subtitles = None,
    script: Script = None,
    exact: Exact = False,
    no_cache: NoCache = False,
    as_json: AsJson = False,
) -> None:
    """Watch a film and write down what is on the screen and in the ears."""
    from model.files import check_writable, write_atomically
    from model.observe.store import encode
    from model.pipeline import Request, observe_film

    chosen = _observing(exact, dialogue_track, sides, (subtitles, script))
    request = Request(film, start_tc, chosen, use_cache=not no_cache)
    check_writable(out.absolute().parent)
    with terminal.progress_bar() as progress:
        observations = observe_film(request, progress)
    write_atomically(out, encode(observations))
    if as_json:
        terminal.print_json(contracts.observe_record(observations, out))
    else:
        terminal.print_observations(observations, out)


@app.command()
def cuts(film: Film, exact: Exact = False, no_cache: NoCache = False, as_json: AsJson = False) -> None:
    """List the cuts, gradual transitions and flashes, in frames from the reel's first frame."""
    from model.pipeline import Request, observe_film

    settings = replace(ObserveSettings(), exact=exact, skip=ALL_BUT_CUTS)
    with terminal.progress_bar() as progress:
        observations = observe_film(Request(film, observing=settings, use_cache=not no_cache), progress)
    if as_json:
        terminal.print_json(contracts.cuts_record(observations))
    else:
        terminal.print_cuts(observations)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check this machine: what is there, what is missing, what to do about it."""
    from serving.doctor import examine

    findings = examine()
    if as_json:
        terminal.print_json([f.record() for f in findings])
    else:
        terminal.print_doctor(findings)
    if any(not f.well for f in findings):
        raise typer.Exit(EXIT_CODES[AssetError])


@app.command()
def assets(as_json: AsJson = False) -> None:
    """List the networks and files Cuelight runs on, with licences and checksums verified."""
    from model.runtime import inventory

    rows = inventory()
    if as_json:
        terminal.print_json([{"name": n, "licence": lic, "state": state} for n, lic, state in rows])
    else:
        terminal.print_assets(rows)
    if any(state != "ok" for _, _, state in rows):
        raise typer.Exit(EXIT_CODES[AssetError])


def _observing(
    exact: bool, dialogue_track: int | None, sides: bool, texts: tuple[Path | None, Path | None]
) -> ObserveSettings:
    subtitles, script = texts
    return ObserveSettings(
        exact=exact,
        dialogue_track=dialogue_track,
        sides=sides,
        subtitles=_side_text(subtitles),
        subtitles_format=_suffix(subtitles, ("srt", "vtt")),
        script=_side_text(script),
        script_format=_suffix(script, ("fountain", "fdx")),
    )


def _suffix(path: Path | None, known: tuple[str, ...]) -> str:
    if path is None:
        return known[0]
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in known:
        message = f"{path.name}: expected a .{' or .'.join(known)} file."
        raise SettingInvalid(message)
    return suffix


def _side_text(path: Path | None) -> str:
    if path is None:
        return ""
    from model.observe.subtitles import decode_text

    try:
        return decode_text(path.read_bytes())
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise SettingInvalid(message, hint="Check the path.") from error


@contextmanager
def _interruptible() -> Generator[None]:
    """Turn SIGTERM into the same clean stop as Ctrl-C."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def exit_code(error: CuelightError) -> int:
    """Exit code of an error: that of the nearest class in ``EXIT_CODES``."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def main() -> None:
    """Run the command; every error raised on purpose becomes one sentence and its exit code."""
    try:
        with _interruptible():
            # not standalone: click would turn Ctrl-C into its own words and code
            code = typer.main.get_command(app).main(standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        terminal.print_error(Cancelled())
        sys.exit(EXIT_CODES[Cancelled])
    except TyperException as error:
        terminal.print_usage(error.format_message())
        sys.exit(error.exit_code)
    except CuelightError as error:
        terminal.print_error(error)
        sys.exit(exit_code(error))
    if code == EXIT_CODES[Cancelled]:  # typer catches Ctrl-C itself, and keeps silent about it
        terminal.print_error(Cancelled())
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
