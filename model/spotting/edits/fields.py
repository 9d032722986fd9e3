"""What a field of an edit may hold: texts, words, numbers in a range; each check names the field it blames."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches

from model.errors import SettingInvalid
from model.spotting.edits.refusal import field_error
from model.spotting.vocabulary import WORDS

LONGEST_TITLE = 200  # characters
LONGEST_TEXT = 2000  # characters of an instruction or a reason
LONGEST_WORD = 60  # characters of a tone word or an instrument
MOST_WORDS = 12
_UNWRITABLE = ("Cc", "Cs")  # control characters, halves of characters


def check_text(field: str, text: str | None, longest: int, *, needed: bool = False) -> None:
    """Refuse what is too long, cannot be written, or is empty where something must be said; None is left alone."""
    if text is None:
        return
    if needed and not text.strip():
        raise field_error(SettingInvalid, field, f"The {name_field(field)} cannot be empty.")
    if len(text) > longest:
        said = f"The {name_field(field)} has {len(text)} characters; {longest} is the most."
        raise field_error(SettingInvalid, field, said, "Say it shorter.")
    if any(unicodedata.category(char) in _UNWRITABLE for char in text):
        raise field_error(SettingInvalid, field, f"The {name_field(field)} holds characters that cannot be written.")


def check_words(field: str, words: Sequence[str] | None, *, needed: bool = False) -> None:
    """Refuse too many words, one twice, and each that is no text."""
    if words is None:
        return
    if len(words) > MOST_WORDS or (needed and not words):
        raise field_error(SettingInvalid, field, f"Give at most {MOST_WORDS} for {name_field(field)}, and not none.")
    for word in words:
        check_text(field, word, LONGEST_WORD, needed=True)
    if len(set(words)) != len(words):
        raise field_error(SettingInvalid, field, f"The {name_field(field)} names something twice.")


def check_tone(field: str, words: Sequence[str] | None) -> None:
    """Refuse a tone word that is not in the vocabulary, and name the nearest one."""
    check_words(field, words)
    for word in words or ():
        if word not in WORDS:
            near = get_close_matches(word, sorted(WORDS), 1, 0.5)
            hint = f"Did you mean {near[0]!r}?" if near else "docs/vocabulary.md lists the words."
            raise field_error(SettingInvalid, field, f"{word!r} is no tone word.", hint)


def check_range(field: str, value: float | None, low: float, high: float) -> None:
    """Refuse a number outside ``low`` to ``high``, and what is no number; None is left alone."""
    if value is not None and not low <= value <= high:
        raise field_error(SettingInvalid, field, f"The {name_field(field)} must lie between {low:g} and {high:g}.")


def name_field(field: str) -> str:
    """Say a field in words: ``fields.not_tone`` is ``not tone``."""
    return field.rsplit(".", 1)[-1].replace("_", " ").replace("-", " ")
