"""Motifs: who and what has a theme, the themes, and where they sound."""

from model.motifs.characters import Hints
from model.motifs.devise import devise
from model.motifs.harmony import harmonise
from model.motifs.instruments import INSTRUMENTS, Instrument
from model.motifs.language import Chord, CuePalette, Key, Language, Owner, OwnerKind, Planned, Theme, ThemeNote
from model.motifs.matching import find_theme, similarity
from model.motifs.reading import read_given, read_theme
from model.motifs.settings import DeviseSettings
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
    "Owner",
    "OwnerKind",
    "Planned",
    "Theme",
    "ThemeNote",
    "apply",
    "devise",
    "find_theme",
    "harmonise",
    "read_given",
    "read_theme",
    "similarity",
    "write_theme",
]
