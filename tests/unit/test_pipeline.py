"""The film is heard for its score as it was heard for its notes."""

from __future__ import annotations

from pathlib import Path

import pytest

from model import pipeline
from model.errors import Cancelled
from model.media.open import open_reel
from model.observe.observations import Observations
from model.pipeline import Request, ScoreRequest, score_film
from model.progress import Progress
from model.spotting.notes import SpotSettings, SpottingNotes
from tests.unit.media.film_maker import Film, Sound

MONO = Sound(layout="mono", level=0.3)


@pytest.mark.parametrize("sounds", [(Sound(level=0.3),), (MONO, MONO)], ids=["stereo", "two mono tracks"])
@pytest.mark.parametrize("sides", [False, True])
def test_the_sides_that_the_notes_tell_are_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sides: bool, sounds: tuple[Sound, ...]
) -> None:
    film = Film(sounds=sounds).write(tmp_path / "film.mov")
    info = open_reel(film, sides=sides).info
    notes = SpottingNotes(info, SpotSettings(), scenes=(), cues=(), silences=(), hits=(), dialogue=())
    asked: list[Request] = []

    def observe(request: Request, progress: Progress) -> Observations:
        asked.append(request)
        raise Cancelled

    monkeypatch.setattr(pipeline, "observe_film", observe)
    with pytest.raises(Cancelled):
        score_film(ScoreRequest(film, notes), tmp_path / "out")
    assert [request.observing.sides for request in asked] == [sides]
