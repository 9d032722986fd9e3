"""A temp score made from what the sandbox prepared: the same music, the same mix, and the film is never opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from model.errors import ReelMismatch, ReelMissing
from model.pipeline import Request, Scored, ScoreRequest, observe_film, score_film
from model.render.bwf_read import read_bwf
from model.review.film import SOUND, prepare_review
from model.scoring.record import CueChoice
from model.sketch.sketch_types import SketchSettings
from model.spotting.draft import spot
from model.spotting.notes import SpotSettings
from model.time import Span

RULES = CueChoice(SketchSettings(engine="rules", candidates=1))


@pytest.fixture(scope="module")
def request_for(tiny_film: Path, tmp_path_factory: pytest.TempPathFactory) -> ScoreRequest:
    """One short cue, what was seen, what was prepared, and a film that is gone."""
    seen = observe_film(Request(tiny_film))
    notes = spot(seen, SpotSettings(coverage=1.0))
    cue = replace(notes.cues[0], span=Span.of(24, 120), tail=0, alternatives=(), changes=())
    prepared = tmp_path_factory.mktemp("prepared")
    prepare_review(tiny_film, seen.reel, prepared)
    gone = tiny_film.with_name("gone.mp4")
    return ScoreRequest(gone, replace(notes, cues=(cue,)), choice=RULES, observations=seen, prepared=prepared)


@pytest.fixture(scope="module")
def scored(request_for: ScoreRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Scored, Path]:
    out = tmp_path_factory.mktemp("score")
    return score_film(request_for, out), out


def test_the_mix_and_the_cue_are_those_of_the_film(
    request_for: ScoreRequest, scored: tuple[Scored, Path], tiny_film: Path, tmp_path: Path
) -> None:
    plain = replace(request_for, film=tiny_film, observations=None, prepared=None, preview=False)
    other = score_film(plain, tmp_path)
    record, out = scored[0].record, scored[1]
    assert replace(record, preview="") == other.record
    for name in record.cues[0].files.values():
        assert (out / name).read_bytes() == (tmp_path / name).read_bytes()
    assert record.mix is not None
    one, two = read_bwf(out / record.mix.file)[0], read_bwf(tmp_path / record.mix.file)[0]
    assert np.abs(one - two).max() <= 2.0**-22, "the film's sound was rounded to 24 bit on the way"


def test_the_preview_has_every_frame(request_for: ScoreRequest, scored: tuple[Scored, Path]) -> None:
    assert request_for.notes is not None
    with av.open(str(scored[1] / scored[0].record.preview)) as film:
        assert sum(1 for _ in film.decode(video=0)) == request_for.notes.reel.frames


def test_the_checksum_is_still_compared(request_for: ScoreRequest, tmp_path: Path) -> None:
    assert request_for.observations is not None
    reel = replace(request_for.observations.reel, sha256="0" * 64)
    other = replace(request_for, observations=replace(request_for.observations, reel=reel))
    with pytest.raises(ReelMismatch):
        score_film(other, tmp_path)


def test_a_file_that_is_gone_is_missed_before_anything_is_composed(
    request_for: ScoreRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.pipeline.devise", lambda *_: pytest.fail("too late"))
    with pytest.raises(ReelMissing, match=SOUND):
        score_film(replace(request_for, prepared=tmp_path), tmp_path / "out")
    with pytest.raises(ReelMissing):
        score_film(replace(request_for, prepared=None), tmp_path / "out")
