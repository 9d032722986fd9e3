"""The commands ``cuelight service check | restore | sweep | empty-trash``: database and store, compared and mended.

They read the same settings as ``cuelight serve`` and may run beside it. None of them makes a database or a home: a
mistyped path is an error here.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import typer

from serving.cli import terminal
from serving.cli.options import AdoptStore, AsJson, Backup, Home, KeepDays, SizesOnly, SweepAll
from serving.cli.serve import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from serving.store.artefacts import Artefacts
    from serving.store.database import Database
    from serving.store.inspection import StoreInspection
    from serving.uploads.store import UploadStore

app = typer.Typer(name="service", help="Compare the service's database with its files, and put back what is lost.")


class OpenedHome(NamedTuple):
    """What lies in the home of a service, opened."""

    where: str
    database: Database
    artefacts: Artefacts
    uploads: UploadStore
    trash_days: int


@app.command()
def check(home: Home = None, sizes_only: SizesOnly = False, as_json: AsJson = False) -> None:
    """Compare database and store both ways; exit code 8 if anything the database names is missing or damaged."""
    from model.errors import StoreIncomplete
    from serving.store.inspection import inspect_store
    from serving.store.pairing import check_pair

    with _open_home(home) as opened:
        with terminal.progress_bar() as progress:
            found = inspect_store(opened.database, opened.artefacts, opened.uploads, progress, read_all=not sizes_only)
        if as_json:
            terminal.print_json({"database": opened.where, "store": str(opened.artefacts.root), **found.record()})
        else:
            _print_inspection(opened, found)
        check_pair(opened.database, opened.artefacts)
    if not found.ok:
        raise StoreIncomplete(
            "The database names files that are missing or damaged.",
            hint="`cuelight service restore` puts back what the trash holds, `--from FOLDER` what a backup holds.",
        )


@app.command()
def restore(home: Home = None, backup: Backup = None, adopt: AdoptStore = False, as_json: AsJson = False) -> None:
    """Put back what is missing or damaged, out of the trash or a backup; what is whole is never touched."""
    from model.errors import StoreIncomplete
    from serving.store.inspection import restore_service

    with _open_home(home) as opened, terminal.progress_bar() as progress:
        done = restore_service(opened.database, opened.artefacts, opened.uploads, progress, backup=backup, adopt=adopt)
    if as_json:
        terminal.print_json(done.record())
    else:
        terminal.print_line(
            f"{len(done.restored)} files and {len(done.uploads_restored)} unfinished uploads put back; "
            f"{len(done.missing)} files and {len(done.uploads_missing)} uploads are still missing."
        )
    if done.missing or done.uploads_missing:
        message = "Not everything that the database names could be put back."
        raise StoreIncomplete(message, hint="Name a copy of the folder `artefacts` with --from.")


@app.command()
def sweep(home: Home = None, everything: SweepAll = False, as_json: AsJson = False) -> None:
    """Move the files that no project uses to the trash now, as the service does every hour."""
    from serving.store.sweeping import ARTEFACTS, sweep_artefacts

    with _open_home(home) as opened:
        count = sweep_artefacts(opened.database, opened.artefacts, limited=not everything)
    if count.refused and not everything:
        raise opened.artefacts.refusals[ARTEFACTS]
    if as_json:
        terminal.print_json({"stored": count.stored, "moved": count.moved, "moved_bytes": count.moved_bytes})
    else:
        terminal.print_line(f"{count.moved} of {count.stored} files moved to the trash ({_size(count.moved_bytes)}).")


@app.command("empty-trash")
def empty_trash(home: Home = None, keep_days: KeepDays = None) -> None:
    """Delete for good what was thrown away long enough ago: for disk space at once, or because it was asked for."""
    with _open_home(home) as opened:
        days = opened.artefacts.empty_trash(opened.trash_days if keep_days is None else keep_days)
    terminal.print_line(f"{days} days of trash deleted for good.")


@contextmanager
def _open_home(home: Path | None) -> Generator[OpenedHome]:
    """Open what is there; no database and no home is made. Raises DatabaseMissing, StoreMissing and SettingInvalid."""
    from model.errors import StoreMissing
    from serving.logs import configure_logs
    from serving.store.artefacts import Artefacts
    from serving.store.database import open_existing, shown_url
    from serving.uploads.store import UploadStore

    settings = read_settings({"home": home} if home else {})
    configure_logs(as_json=settings.log_json)
    database = open_existing(settings.database)
    try:
        if not settings.home.is_dir():
            message = f"There is no folder {settings.home}."
            raise StoreMissing(message, hint="Check --home or CUELIGHT_HOME.")
        yield OpenedHome(
            shown_url(settings.database),
            database,
            Artefacts(settings.artefacts),
            UploadStore(settings.uploads),
            settings.trash_days,
        )
    finally:
        database.close()


def _print_inspection(opened: OpenedHome, found: StoreInspection) -> None:
    """Print the comparison as a table."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("what", "found", title=f"{opened.where} and {opened.artefacts.root}", title_justify="left")
    oldest = f", oldest of {found.trash_days[0]}" if found.trash_days else ""
    for what, said in (
        ("identity", found.code or "the same"),
        ("files the database names", f"{found.named} ({_size(found.named_bytes)})"),
        ("missing", str(len(found.missing))),
        ("damaged", str(len(found.damaged))),
        ("files no project uses", f"{len(found.unnamed)} ({_size(found.unnamed_bytes)})"),
        ("unfinished uploads without a file", str(len(found.uploads_missing))),
        ("files of uploads without a row", str(len(found.uploads_unnamed))),
        ("trash", f"{found.trash_files} files ({_size(found.trash_bytes)}){oldest}"),
    ):
        table.add_row(what, escape(said))
    Console(highlight=False).print(table)
    for word, names in (("missing", found.missing), ("damaged", found.damaged), ("missing", found.uploads_missing)):
        for name in names:
            terminal.print_line(f"{word} {name}")


def _size(count: int) -> str:
    """Write a number of bytes for people."""
    mebibyte = 2**20
    return f"{count / mebibyte:.1f} MiB"
