"""The commands that write music: ``cuelight score | motifs | fit``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from model.errors import SettingInvalid, ThemeInvalid
from serving.cli import json_records, terminal
from serving.cli.options import (
    AnswersOut,
    AsJson,
    Bans,
    Candidates,
    Cues,
    Drops,
    Engine,
    FeaturedTheme,
    Film,
    GivenNotes,
    Instances,
    Instruments,
    Merges,
    MotifsOut,
    Names,
    Preview,
    ScoreOut,
    Seed,
    Show,
    Tempo,
    ThemeFiles,
    Tone,
    words,
)

if TYPE_CHECKING:
    from model.motifs.language import Theme
    from model.motifs.settings import DeviseSettings
    from model.scoring.record import CueChoice
    from model.spotting.notes import SpottingNotes


def score(
    film: Film,
    notes: GivenNotes = None,
    out: ScoreOut = Path("score"),
    cue: Cues = None,
    seed: Seed = 7,
    engine: Engine = "model",
    candidates: Candidates = 3,
    tone: Tone = "",
    tempo: Tempo = None,
    palette: Instruments = "",
    theme: FeaturedTheme = "",
    name: Names = None,
    merge: Merges = None,
    drop: Drops = None,
    theme_file: ThemeFiles = None,
    ban: Bans = None,
    show: Show = "",
    preview: Preview = True,
    as_json: AsJson = False,
) -> None:
    """Write a temp score to picture: MIDI, MusicXML, pages, stems, mix and a preview film."""
    from model.film_run import ScoreRequest, score_film

    request = ScoreRequest(
        film,
        _read_notes(notes),
        devise_settings(seed, name, merge, drop, theme_file, ban),
        cue_choice(seed, engine, candidates, tone, tempo, palette, theme),
        tuple(cue or ()),
        show,
        preview,
    )
    with terminal.progress_bar() as progress:
        scored = score_film(request, out, progress)
    if as_json:
        terminal.print_json(json_records.score_record(scored.record, out))
    else:
        terminal.print_score(scored.record, scored.notes, out)


def motifs(
    film: Film,
    notes: GivenNotes = None,
    out: MotifsOut = Path("motifs"),
    seed: Seed = 7,
    name: Names = None,
    merge: Merges = None,
    drop: Drops = None,
    theme_file: ThemeFiles = None,
    ban: Bans = None,
    as_json: AsJson = False,
) -> None:
    """Propose the leitmotifs: who has one, its page of music, and demos in several moods to approve."""
    from model.film_run import ScoreRequest, devise_film

    request = ScoreRequest(film, _read_notes(notes), devise_settings(seed, name, merge, drop, theme_file, ban))
    with terminal.progress_bar() as progress:
        devised = devise_film(request, out, progress)
    if as_json:
        terminal.print_json(json_records.motifs_record(devised.language, devised.files))
    else:
        terminal.print_motifs(devised.language, devised.files)


def fit(instances: Instances, out: AnswersOut = Path("answers.json")) -> None:
    """Lay tempo maps under benchmark hits and write the answer file."""
    import json

    from model.files import write_atomically
    from model.timing.instances import answer_instances

    answers = answer_instances(_read_bytes(instances))
    write_atomically(out, (json.dumps(answers, indent=1) + "\n").encode())
    terminal.print_line(f"{len(answers)} tempo maps in {out}")


def _read_notes(path: Path | None) -> SpottingNotes | None:
    from model.delivery.notes_json import read_notes

    return read_notes(path) if path else None


def devise_settings(
    seed: int,
    names: list[str] | None,
    merges: list[str] | None,
    drops: list[str] | None,
    files: list[str] | None,
    bans: list[str] | None,
) -> DeviseSettings:
    """Read what was chosen about the musical language; raises SettingInvalid or ThemeInvalid."""
    from model.motifs.settings import DeviseSettings

    given = {}
    for entry in files or ():
        owner, path = _pair(entry, "--theme-file")
        given[owner] = _read_theme(Path(path))
    return DeviseSettings(
        seed=seed,
        names=dict(_pair(entry, "--name") for entry in names or ()),
        merge=tuple(_pair(entry, "--merge") for entry in merges or ()),
        drop=tuple(drops or ()),
        given=given,
        banned=tuple(bans or ()),
    )


def _read_theme(path: Path) -> Theme:
    from model.motifs.reading.themes import read_theme_file

    try:
        given = read_theme_file(_read_bytes(path), path.name)
    except ThemeInvalid as error:
        message = error.message if path.name in error.message else f"{path.name}: {error.message}"
        raise ThemeInvalid(message, hint=error.hint) from error
    for caution in given.cautions:
        terminal.print_note(f"{path.name}: {caution}")
    return given.theme


def cue_choice(
    seed: int,
    engine: Literal["model", "rules"],
    candidates: int,
    tone: str,
    tempo: float | None,
    palette: str,
    theme: str,
) -> CueChoice:
    """Read what was chosen for the cues that are written."""
    from model.motifs.language import CuePalette
    from model.scoring.record import CueChoice
    from model.sketch.settings import SketchSettings

    chosen = CuePalette(words(palette)) if palette else None
    return CueChoice(SketchSettings(seed, engine, candidates, words(tone), theme), tempo, chosen)


def _pair(text: str, option: str) -> tuple[str, str]:
    left, mark, right = text.partition("=")
    if not mark or not left.strip() or not right.strip():
        raise SettingInvalid(f"{option} {text!r}: expected two names with '=' between them.")
    return left.strip(), right.strip()


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingInvalid(f"{path.name} cannot be read: {error.strerror}.", hint="Check the path.") from error
