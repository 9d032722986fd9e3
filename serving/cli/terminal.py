"""What the terminal shows and returns: progress with time left, tables, errors that say what to do, exit codes.

Exit codes: 0 done, 1 a fault of ours, 2 wrong usage, 3 the film, 4 another input, 5 the output, 6 an asset,
7 the sandbox, 8 the service, 130 cancelled.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from model.errors import (
    AssetError,
    Cancelled,
    CuelightError,
    InputError,
    OutputError,
    ReelError,
    SandboxError,
    ServiceError,
)
from model.progress import Progress, ignore_progress

if TYPE_CHECKING:
    from model.motifs.language import Language
    from model.observe.observations import Extra, Observations
    from model.scoring.record import ScoreRecord
    from model.spotting.notes import SpottingNotes
    from model.steps.runner import StepReport
    from serving.checks import Check

EXIT_CODES: dict[type[CuelightError], int] = {
    ReelError: 3,
    InputError: 4,
    OutputError: 5,
    AssetError: 6,
    SandboxError: 7,
    ServiceError: 8,
    Cancelled: 130,
}

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


def exit_code(error: CuelightError) -> int:
    """Exit code of an error: that of the nearest class in ``EXIT_CODES``."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


@contextmanager
def progress_bar() -> Generator[Progress]:
    """Say how far the sandbox does not hold here; then show one bar per stage on a terminal, none when piped."""
    from model.runtime.isolation import choose_isolation

    for caution in choose_isolation().cautions:
        print_note(f"sandbox: {caution}")
    if not _err.is_terminal:
        yield ignore_progress
        return
    from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, TextColumn("left"), TimeRemainingColumn(), console=_err, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield show


def print_json(record: Any) -> None:
    """Print one JSON value, plain."""
    sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def print_note(sentence: str) -> None:
    """Print what a person should know beside the results, where scripts do not read it."""
    _err.print(f"[yellow]note[/] {escape(sentence)}", soft_wrap=True)


def print_usage(sentence: str) -> None:
    """Print what is wrong with the command line."""
    _err.print(f"[bold red]usage[/]: {escape(sentence)}", soft_wrap=True)
    _err.print("  Try `cuelight --help`.", soft_wrap=True)


def print_error(error: CuelightError) -> None:
    """Print the sentence and what to do about it."""
    _err.print(f"[bold red]{error.code}[/]: {escape(error.message)}", soft_wrap=True)
    if error.hint:
        _err.print(f"  {escape(error.hint)}", soft_wrap=True)


def print_notes(notes: SpottingNotes, files: Sequence[Path]) -> None:
    """Print the cues as a table, the counts, and where the files are."""
    from model.time import rate_name

    base = notes.reel.timebase
    table = Table(title=f"{escape(notes.reel.name)} — spotting notes", title_justify="left")
    for heading in ("cue", "in", "out", "length", "usage", "conf", "instruction"):
        table.add_column(heading, no_wrap=heading != "instruction")
    for cue in notes.cues:
        length = f"{float(cue.span.frames / base.rate):.1f} s"
        edges = (base.timecode(cue.span.start), base.timecode(cue.span.end))
        table.add_row(cue.number, *edges, length, str(cue.usage), f"{cue.confidence:.2f}", escape(cue.instruction))
    _out.print(table)
    music = sum(c.span.frames for c in notes.cues) / max(1, notes.reel.frames)
    assumed = " (assumed)" if base.assumed else ""
    _out.print(
        f"{len(notes.cues)} cues, {len(notes.silences)} silences, {len(notes.hits)} hits, "
        f"{len(notes.dialogue)} lines; {music:.0%} music. "
        f"{rate_name(base.rate)} fps{' DF' if base.drop_frame else ''}, starts {base.label(base.start)}{assumed}."
    )
    for caution in notes.cautions:
        _out.print(f"[yellow]note[/] {escape(caution)}")
    for file in files:
        _out.print(f"  {escape(str(file))}", soft_wrap=True)


def print_observations(observations: Observations, path: Path) -> None:
    """Print what was observed, in counts."""
    table = Table(title=escape(observations.reel.name), title_justify="left", show_header=False)
    cuts = observations.cuts
    rows = {
        "frames": str(observations.reel.frames),
        "cuts / gradual / flashes": f"{len(cuts.hard())} / {len(cuts.gradual())} / {len(cuts.flashes)} ({cuts.method})",
        "people": ", ".join(p.name for p in observations.faces.people) or "none seen",
        "titles": str(len(observations.titles)),
        "lines of dialogue": str(len(observations.dialogue.lines)) if observations.dialogue else "no sound",
        "impacts": str(len(observations.effects.impacts)) if observations.effects else "no sound",
        **{name: _finding(value) for name, value in observations.extra.items()},
        "left out": ", ".join(f"{name} ({why})" for name, why in observations.provenance.left_out.items()) or "nothing",
        "written to": str(path),
    }
    for what, value in rows.items():
        table.add_row(what, escape(value))
    _out.print(table)


def _finding(value: Extra) -> str:
    """Say how much an outside detector found."""
    if isinstance(value, tuple):
        return f"{len(value)} stretches"
    return " x ".join(map(str, value.shape)) + f" {value.dtype}"


def print_cuts(observations: Observations) -> None:
    """Print one transition a line: timecode, frame, kind."""
    base = observations.reel.timebase
    for transition in observations.cuts.transitions:
        end = f"-{transition.end.index}" if transition.end > transition.start else ""
        _out.print(f"{base.timecode(transition.start)}  {transition.start.index}{end}  {transition.kind}")
    for flash in observations.cuts.flashes:
        _out.print(f"{base.timecode(flash)}  {flash.index}  flash (not a cut)")


def print_assets(rows: Sequence[tuple[str, str, str]]) -> None:
    """Print name, licence and state of every asset."""
    table = Table("asset", "licence", "state")
    for name, licence, state in rows:
        table.add_row(name, licence, state if state == "ok" else f"[red]{state}[/]")
    _out.print(table)


def print_checks(checks: Sequence[Check]) -> None:
    """Print each check with a mark that can be read without colour, and what to do where it failed."""
    for check in checks:
        mark = "[green]ok[/] " if check.ok else "[red]bad[/]"
        _out.print(f"{mark} {check.name}: {escape(check.detail)}", soft_wrap=True)
        if check.hint:
            _out.print(f"      {escape(check.hint)}", soft_wrap=True)


def print_line(sentence: str) -> None:
    """Print one sentence."""
    _out.print(escape(sentence), soft_wrap=True)


def print_score(record: ScoreRecord, notes: SpottingNotes, folder: Path) -> None:
    """Print each cue's tempo, themes and landings, what was compromised, and where to listen."""
    base = notes.reel.timebase
    table = Table(title=f"{escape(record.reel)} — temp score", title_justify="left")
    for heading in ("cue", "in", "bars", "bpm", "hits landed", "themes", "written by"):
        table.add_column(heading, no_wrap=heading != "themes")
    for cue in record.cues:
        slow, fast = cue.bpm
        landed = f"{sum(h.landed for h in cue.hits)} of {len(cue.hits)}"
        tempo = f"{slow:g}" if slow == fast else f"{slow:g}-{fast:g}"
        themes = ", ".join(dict.fromkeys(cue.statements))
        start = base.timecode(cue.span.start)
        table.add_row(cue.number, start, str(cue.bars), tempo, landed, escape(themes), cue.engine)
    _out.print(table)
    for said in (*record.cautions, *(f"{cue.number}: {c}" for cue in record.cues for c in cue.cautions)):
        _out.print(f"[yellow]note[/] {escape(said)}", soft_wrap=True)
    if record.preview:
        _out.print(f"Watch and listen: {escape(str(folder / record.preview))}", soft_wrap=True)
    _out.print(f"Everything is in {escape(str(folder))}; score.json lists it.", soft_wrap=True)


def print_motifs(language: Language, files: Sequence[Path]) -> None:
    """Print who has a theme and what makes it theirs."""
    owners = {owner.id: owner for owner in language.owners}
    table = Table("theme", "whose", "character", "why", title_justify="left")
    for theme in language.themes:
        owner, own = owners[theme.owner], theme.character
        shape = f"{own.contour}; {own.rhythm}; {own.harmony}; {own.instrument}"
        table.add_row(escape(theme.label), escape(owner.name), escape(shape), escape(owner.why))
    _out.print(table)
    for file in files:
        _out.print(f"  {escape(str(file))}", soft_wrap=True)


def print_steps(reports: Sequence[StepReport], seconds: float) -> None:
    """Print each step with the time it took, and what of it was there already."""
    table = Table("step", "made", "kept from before", "files", "seconds", title="The steps", title_justify="left")
    for report in reports:
        counts = (str(report.made or ""), str(report.reused or ""), str(report.files))
        table.add_row(report.step, *counts, f"{report.seconds:.1f}")
    table.add_row("all", "", "", str(sum(report.files for report in reports)), f"{seconds:.1f}")
    _out.print(table)
