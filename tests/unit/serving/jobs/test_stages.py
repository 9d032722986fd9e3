"""What the stages decide before anything heavy begins."""

import json
from typing import Any

import pytest

from model.documents import to_plain
from model.motifs.language import CuePalette
from model.scoring.record import CueChoice
from model.sketch.settings import SketchSettings
from serving.jobs.stages import score
from serving.jobs.stages.themes import devise_settings


def as_kept(document: object) -> Any:
    """Plain data as a row gives it back."""
    return json.loads(json.dumps(to_plain(document)))


def test_what_is_not_chosen_is_as_usual() -> None:
    assert score.choice_of({"cues": ["a"], "revision": 1}) == CueChoice()


def test_what_is_chosen_holds() -> None:
    palette = {"instruments": ["piano", "harp"], "featured": "harp", "banned": ["brass"]}
    params = {"seed": 3, "engine": "rules", "tone": ["tense"], "bpm": 96.0, "palette": palette, "theme": "a"}
    assert score.choice_of(params) == CueChoice(
        SketchSettings(seed=3, engine="rules", tone=("tense",), theme="a"),
        96.0,
        CuePalette(("piano", "harp"), "harp", ("brass",)),
    )


def test_a_take_can_be_the_beginning_of_another() -> None:
    base = CueChoice(SketchSettings(seed=5, tone=("warm",)), 80.0, CuePalette(("piano",)))
    params = {"base": as_kept(base), "seed": 6}
    assert score.choice_of(params) == CueChoice(SketchSettings(seed=6, tone=("warm",)), 80.0, CuePalette(("piano",)))


@pytest.mark.parametrize(
    ("params", "seed", "themes"), [({}, 7, 4), ({"seed": 0}, 0, 4), ({"seed": None, "most_themes": 2}, 7, 2)]
)
def test_the_themes_have_the_seed_that_was_chosen_be_it_zero(params: dict[str, Any], seed: int, themes: int) -> None:
    settings = devise_settings(params)
    assert (settings.seed, settings.most_themes) == (seed, themes)
