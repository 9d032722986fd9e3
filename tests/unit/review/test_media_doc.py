"""The page about the browser's files names every member they have, and the figures that shape them."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from model.review.film import PICTURE, SOUND, WAVEFORM
from model.review.fits import TakeFall, TakeFit, TakeMoment
from model.review.lanes import Lanes
from model.review.picture import MOST_ROWS
from model.review.roll import Roll, RollPart
from model.review.take import DOCUMENTS, TakeLevels, TakeRecord
from model.review.time_map import BarTimes, PageTimes, TimeMap
from model.review.waveform import MAGIC, STEPS
from model.scoring.record import ScoredCue

PAGE = (Path(__file__).parents[3] / "docs" / "review-media.md").read_text(encoding="utf-8")
SAID = {"schema", "start_s", "end_s", "out_s", "at_s", "on_s", "off_s", "lowest", "highest", "bar", "label"}


def test_every_member_of_the_lanes_is_described() -> None:
    assert [name for name in Lanes.__annotations__ if f"`{name}`" not in PAGE] == []


@pytest.mark.parametrize("kind", [TakeRecord, TakeLevels, TakeFit, TakeFall, TakeMoment, TimeMap, PageTimes, BarTimes])
def test_every_member_of_a_take_is_described(kind: Any) -> None:
    of_the_score = {field.name for field in fields(ScoredCue)}
    names = {field.name for field in fields(kind)} - (of_the_score if kind is TakeRecord else set())
    assert sorted(name for name in names - SAID if f"`{name}`" not in PAGE) == []


def test_every_member_of_the_roll_is_described() -> None:
    names = {field.name for kind in (Roll, RollPart) for field in fields(kind)} - SAID
    assert sorted(name for name in names if f"`{name}`" not in PAGE) == []


def test_files_and_figures() -> None:
    for word in (PICTURE, SOUND, WAVEFORM, MAGIC.decode(), *map(str, STEPS), f"{MOST_ROWS} rows", *DOCUMENTS.values()):
        assert word in PAGE, word
