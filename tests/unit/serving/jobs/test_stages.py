"""What the stages decide before anything heavy begins."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from model.documents import to_plain
from model.errors import CueInvalid
from model.motifs.language import CuePalette
from model.scoring.record import CueChoice, ScoredCue
from model.sketch.sketch_types import SketchSettings
from model.spotting.notes import SpottingNotes, Usage
from model.time import Span
from serving.jobs.stages import deliver, score
from serving.jobs.stages.material import media_type
from serving.jobs.work import Work


def cue(name: str, start: int, usage: Usage = Usage.SCORE) -> SimpleNamespace:
    return SimpleNamespace(id=name, number=f"1m{start}", span=Span.of(start, start + 10), usage=usage)


def notes(*cues: SimpleNamespace) -> SpottingNotes:
    return cast("SpottingNotes", SimpleNamespace(cues=cues))


def scored(name: str, number: str) -> ScoredCue:
    return ScoredCue(
        cue=name,
        number=number,
        title="The chase",
        span=Span.of(0, 100),
        choice=CueChoice(),
        engine="rules",
        bpm=(90.0, 90.0),
        bars=8,
        statements=(),
        hits=(),
        files={"sketch": f"{number}/x.sketch.json", "mix": f"{number}/stems/x_MIX.wav"},
        stems={"strings": f"{number}/stems/x_STR.wav"},
        parts={"viola": f"{number}/parts/x_viola.musicxml"},
        loudness_lufs=-20.0,
        true_peak_dbtp=-3.0,
    )


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


def test_cues_are_written_in_order_and_only_ours() -> None:
    found = notes(cue("b", 20), cue("song", 40, Usage.SONG), cue("a", 0))
    assert [c.id for c in score._chosen(found, ())] == ["a", "b"]
    assert [c.id for c in score._chosen(found, ["b"])] == ["b"]
    for wrong in (["nobody"], ["song"]):
        with pytest.raises(CueInvalid):
            score._chosen(found, wrong)
    with pytest.raises(CueInvalid):
        score._chosen(notes(cue("song", 0, Usage.SONG)), ())


def test_a_long_score_is_written_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score.os, "cpu_count", lambda: 2)
    cues = cast("Any", [cue(str(k), k) for k in range(20)])
    portions = score._portions(cues)
    assert [len(portion) for portion in portions] == [8, 8, 4]
    assert [c for portion in portions for c in portion] == cues


def test_takes_are_delivered_under_the_numbers_of_today() -> None:
    takes = [
        {"scored": as_kept(scored("gone", "1m9")), "files": {}},
        {"scored": as_kept(scored("a", "1m1")), "files": {}},
    ]
    work = cast("Work", SimpleNamespace(task=SimpleNamespace(takes=takes)))
    current, cautions = deliver._current(work, notes(SimpleNamespace(id="a", number="1m2")))
    ((found, _),) = current
    assert found.files == {"sketch": "1m2/x.sketch.json", "mix": "1m2/stems/x_MIX.wav"}
    assert found.parts == {"viola": "1m2/parts/x_viola.musicxml"}
    assert len(cautions) == 1
    assert "1m9" in cautions[0]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"stems"}, {"score/1m1/stems/x_STR.wav", "score/1m1/x_CLICK.wav"}),
        ({"score"}, {"score/1m1/x.mid", "score/1m1/parts/x_viola.musicxml"}),
        ({"notes", "mix", "preview"}, set()),
    ],
)
def test_only_what_was_asked_for_is_taken(wanted: set[str], names: set[str]) -> None:
    inside = ("folder/stems/x_STR.wav", "folder/x_CLICK.wav", "folder/x.mid", "folder/parts/x_viola.musicxml")
    files = {name: {"sha256": "a" * 64} for name in (*inside, "mix.flac", "take.json")}
    assert set(deliver._taken([(scored("a", "1m1"), files)], frozenset(wanted))) == names


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.mid", "audio/midi"),
        ("b.flac", "audio/flac"),
        ("pages/1.svg", "image/svg+xml"),
        ("odd", "application/octet-stream"),
    ],
)
def test_media_types(name: str, kind: str) -> None:
    assert media_type(Path(name).as_posix()) == kind
