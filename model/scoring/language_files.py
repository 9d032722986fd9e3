"""The musical language as files: everything for programs, the ledger as a table and as a picture."""

from __future__ import annotations

from pathlib import Path

from model.documents import decode, encode
from model.errors import NotesInvalid
from model.files import write_all
from model.motifs.language import Language
from model.motifs.ledger_picture import ledger_svg
from model.motifs.ledger_table import ledger_csv
from model.spotting.notes import SpottingNotes

LANGUAGE, TABLE, PICTURE = "language.json", "ledger.csv", "ledger.svg"


def write_language(language: Language, notes: SpottingNotes, out: Path) -> None:
    """Write the language and its ledger; raises OutputUnwritable or DiskFull."""
    write_all(out, {LANGUAGE: encode(language, indent=1), **_ledger(language, notes)})


def write_ledger(language: Language, notes: SpottingNotes, out: Path) -> None:
    """Write the ledger alone, of a language that was agreed on before; raises OutputUnwritable or DiskFull."""
    write_all(out, _ledger(language, notes))


def _ledger(language: Language, notes: SpottingNotes) -> dict[str, bytes]:
    return {TABLE: ledger_csv(language, notes).encode(), PICTURE: ledger_svg(language, notes).encode()}


def read_language(path: Path) -> Language:
    """Read a language; raises NotesInvalid if it is missing or damaged."""
    try:
        return decode(Language, path.read_bytes())
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise NotesInvalid(message, hint="Run once without --cue.") from error
