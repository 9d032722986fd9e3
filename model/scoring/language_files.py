"""The musical language as files: everything for programs, the ledger as a table and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model.documents import decode, encode
from model.errors import NotesInvalid
from model.files import write_all
from model.motifs.language import Language
from model.motifs.ledger_picture import ledger_svg
from model.motifs.ledger_table import ledger_csv
from model.spotting.notes import SpottingNotes

LANGUAGE, TABLE, PICTURE = "language.json", "ledger.csv", "ledger.svg"


@dataclass(frozen=True, slots=True)
class LanguageFiles:
    """Names of the files in the folder."""

    language: str = LANGUAGE
    table: str = TABLE
    page: str = PICTURE


def write_language(language: Language, notes: SpottingNotes, out: Path) -> LanguageFiles:
    """Write the language and its ledger; raises OutputUnwritable or DiskFull."""
    files = {
        LANGUAGE: encode(language, indent=1),
        TABLE: ledger_csv(language, notes).encode(),
        PICTURE: ledger_svg(language, notes).encode(),
    }
    write_all(out, files)
    return LanguageFiles()


def read_language(out: Path) -> Language:
    """Read the language of a folder; raises NotesInvalid if it is missing or damaged."""
    try:
        return decode(Language, (out / LANGUAGE).read_bytes())
    except OSError as error:
        message = f"{LANGUAGE} cannot be read: {error.strerror}."
        raise NotesInvalid(message, hint="Run once without --cue.") from error
