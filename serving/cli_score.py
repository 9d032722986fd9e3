"""The commands of the second half: ``cuelight score | motifs | fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from model.errors import SettingInvalid, ThemeInvalid
from serving import contracts, terminal

if TYPE_CHECKING:
    from model.delivery.score_record import CueChoice
    from model.motifs import DeviseSettings, Theme
    from model.spotting.notes import SpottingNotes

Film = Annotated[Path, typer.Argument(help="The rough cut the notes were made for.")]
Notes = Annotated[Path | None, typer.Option("--notes", help="Spotting notes (JSON); without them the film is spotted.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Another number, other music; the same number, the same.")]
Names = Annotated[list[str] | None, typer.Option("--name", help='Name an owner: "person A=Agent 327". Repeatable.')]
Merges = Annotated[list[str] | None, typer.Option("--merge", help='Two are one: "person C=person A". Repeatable.')]
Drops = Annotated[list[str] | None, typer.Option("--drop", help="An owner that shall have no theme. Repeatable.")]
Given = Annotated[
    list[str] | None, typer.Option("--theme-file", help='Your theme (MIDI, MusicXML, ABC): "Agent 327=theme.mid".')
]
Bans = Annotated[list[str] | None, typer.Option("--ban", help="A family or an instrument not to use. Repeatable.")]


def score(
    film: Film,
    notes: Notes = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the score.")] = Path("score"),
    cue: Annotated[list[str] | None, typer.Option("--cue", help="Only this cue (1m2), leaving the others.")] = None,
    seed: Seed = 7,
    engine: Annotated[str, typer.Option("--engine", help="model, or rules for the harmoniser alone.")] = "model",
    candidates: Annotated[int, typer.Option("--candidates", min=1, max=16, help="Drafts to choose from.")] = 3,
    tone: Annotated[str, typer.Option("--tone", help="Tone words instead of the notes': tense,driving.")] = "",
    tempo: Annotated[float | None, typer.Option("--tempo", min=20, max=300, help="Quarter notes a minute.")] = None,
    palette: Annotated[str, typer.Option("--palette", help="Instruments instead of the notes': piano,harp.")] = "",
    theme: Annotated[str, typer.Option("--theme", help="Feature this theme (id in language.json).")] = "",
    name: Names = None,
    merge: Merges = None,
    drop: Drops = None,
    theme_file: Given = None,
    ban: Bans = None,
    show: Annotated[str, typer.Option("--show", help="Title of the show, for file names and pages.")] = "",
    preview: Annotated[bool, typer.Option("--preview/--no-preview", help="Film with the temp score.")] = True,
    as_json: AsJson = False,
) -> None:
    """Write a temp score to picture: MIDI, MusicXML, pages, stems, mix and a preview film."""
    from model.pipeline import ScoreRequest, score_film

    request = ScoreRequest(
        film,
        _notes(notes),
        _devising(seed, name, merge, drop, theme_file, ban),
        _choice(seed, engine, candidates, tone, tempo, palette, theme),
        tuple(cue or ()),
        show,
        preview,
    )
    with terminal.progress_bar() as progress:
        scored = score_film(request, out, progress)
    if as_json:
        terminal.print_json(contracts.score_record(scored.record, out))
    else:
        terminal.print_score(scored.record, scored.notes, out)


def motifs(
    film: Film,
    notes: Notes = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the themes.")] = Path("motifs"),
    seed: Seed = 7,
    name: Names = None,
    merge: Merges = None,
    drop: Drops = None,
    theme_file: Given = None,
    ban: Bans = None,
    as_json: AsJson = False,
) -> None:
    """Propose the leitmotifs: who has one, its page of music, and demos in several moods to approve."""
    from model.pipeline import ScoreRequest, devise_film

    request = ScoreRequest(film, _notes(notes), _devising(seed, name, merge, drop, theme_file, ban))
    with terminal.progress_bar() as progress:
        devised = devise_film(request, out, progress)
    if as_json:
        terminal.print_json(contracts.motifs_record(devised.language, devised.files))
    else:
        terminal.print_motifs(devised.language, devised.files)


def fit(
    instances: Annotated[Path, typer.Option("--instances", help="Benchmark instances (JSON).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the answers.")] = Path("answers.json"),
) -> None:
    """Lay tempo maps under benchmark hits and write the answer file."""
    import json

    from model.files import write_atomically
    from model.timing.instances import answer

    answers = answer(_bytes(instances))
    write_atomically(out, (json.dumps(answers, indent=1) + "\n").encode())
    terminal.print_line(f"{len(answers)} tempo maps in {out}")


def _notes(path: Path | None) -> SpottingNotes | None:
    from model.delivery import read_notes

    return read_notes(path) if path else None


def _devising(
    seed: int,
    names: list[str] | None,
    merges: list[str] | None,
    drops: list[str] | None,
    files: list[str] | None,
    bans: list[str] | None,
) -> DeviseSettings:
    from model.motifs import DeviseSettings

    given = {}
    for entry in files or ():
        owner, path = _pair(entry, "--theme-file")
        given[owner] = _theme(Path(path))
    return DeviseSettings(
        seed=seed,
        names=dict(_pair(entry, "--name") for entry in names or ()),
        merge=tuple(_pair(entry, "--merge") for entry in merges or ()),
        drop=tuple(drops or ()),
        given=given,
        banned=tuple(bans or ()),
    )


def _theme(path: Path) -> Theme:
    from model.motifs import read_given

    try:
        given = read_given(_bytes(path), path.name)
    except ThemeInvalid as error:
        message = error.message if path.name in error.message else f"{path.name}: {error.message}"
        raise ThemeInvalid(message, hint=error.hint) from error
    for caution in given.cautions:
        terminal.print_note(f"{path.name}: {caution}")
    return given.theme


def _choice(
    seed: int, engine: str, candidates: int, tone: str, tempo: float | None, palette: str, theme: str
) -> CueChoice:
    from model.delivery.score_record import CueChoice
    from model.motifs.language import CuePalette
    from model.sketch.sketch_types import SketchSettings

    if engine not in ("model", "rules"):
        message = f"There is no engine called {engine!r}."
        raise SettingInvalid(message, hint="Choose model or rules.")
    chosen = CuePalette(_words(palette)) if palette else None
    return CueChoice(SketchSettings(seed, engine, candidates, _words(tone), theme), tempo, chosen)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _pair(text: str, option: str) -> tuple[str, str]:
    left, mark, right = text.partition("=")
    if not mark or not left.strip() or not right.strip():
        message = f"{option} {text!r}: expected two names with '=' between them."
        raise SettingInvalid(message)
    return left.strip(), right.strip()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise SettingInvalid(message, hint="Check the path.") from error
