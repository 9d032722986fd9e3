"""Motifs: who and what has a theme, the themes, and where they sound."""

from model.motifs.characters import Hints
from model.motifs.devise import devise
from model.motifs.harmony import harmonise
from model.motifs.instruments import INSTRUMENTS, Instrument
from model.motifs.language import Chord, CuePalette, Key, Language, Owner, OwnerKind, Planned, Theme, ThemeNote
from model.motifs.ledger_picture import ledger_svg
from model.motifs.ledger_table import LedgerRow, ledger_csv, ledger_rows
from model.motifs.matching import find_theme, similarity
from model.motifs.reading.themes import read_given, read_theme
from model.motifs.settings import DeviseSettings
from model.motifs.theme_midi import theme_midi
from model.motifs.transforms import apply
from model.motifs.writing import write_theme

__all__ = [
    "INSTRUMENTS",
    "Chord",
    "CuePalette",
    "DeviseSettings",
    "Hints",
    "Instrument",
    "Key",
    "Language",
    "LedgerRow",
    "Owner",
    "OwnerKind",
    "Planned",
    "Theme",
    "ThemeNote",
    "apply",
    "devise",
    "find_theme",
    "harmonise",
    "ledger_csv",
    "ledger_rows",
    "ledger_svg",
    "read_given",
    "read_theme",
    "similarity",
    "theme_midi",
    "write_theme",
]
