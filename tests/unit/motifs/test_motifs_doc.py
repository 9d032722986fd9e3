"""docs/motifs.md agrees with the code about the words of development and the bans."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from model.motifs import transforms
from model.motifs.characters import Hints
from model.motifs.harmony import STYLES
from model.motifs.language import Owner, OwnerKind
from model.motifs.palette import read_ban
from model.motifs.writing import write_theme

PAGE = (Path(__file__).parents[3] / "docs/motifs.md").read_text(encoding="utf-8")
TABLE = re.findall(r"^\| (`.+?) \|", PAGE, re.MULTILINE)


def test_every_word_of_the_page_is_one_of_the_engine() -> None:
    words = [w for row in TABLE for w in re.findall(r"`([^`]+)`", row)]
    assert len(words) >= 18
    theme = write_theme(Owner("a", "Anna", OwnerKind.PERSON), Hints())
    for word in words:
        assert transforms.apply(theme, (word,), theme.key), word


@pytest.mark.parametrize("source", [PAGE, transforms.__doc__ or ""])
def test_every_word_of_the_engine_is_on_the_page(source: str) -> None:
    for name in (*transforms.WORDS_WITH_VALUE, *transforms.WORDS_ALONE):
        assert f"`{name}" in source, name
    assert all(f"`{style}`" in source for style in STYLES)


def test_the_bans_of_the_page_are_understood() -> None:
    bans = re.search(r"Bans are obeyed.*?: (.+?)\.", PAGE, re.DOTALL)
    assert bans
    for text in re.findall(r"`([^`]+)`", bans[1]):
        assert read_ban(text).instruments
