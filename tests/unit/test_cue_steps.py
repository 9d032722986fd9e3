"""Which cues are composed, and what a delivery is put together from."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from model.cue_steps import Delivery, DeliveryPart, make_delivery
from model.delivery.notes_json import encode_notes
from model.errors import CueInvalid, SettingInvalid
from model.media.reel import ReelInfo
from model.pipeline import COMPOSE, DELIVER, DRAW_LEDGER, MIX, STEPS, WRITE_PREVIEW, WRITE_RECORD
from model.scoring.compose import chosen_cues, cue_ids, cues_not_written
from model.scoring.record import CueChoice, ScoredCue, current_cues
from model.spotting.notes import Cue, InType, OutType, Palette, SpottingNotes, Usage
from model.spotting.settings import SpotSettings
from model.steps.folder import FolderStore
from model.steps.runner import StepRunner
from model.steps.step import StoredFile
from model.time import Span, Timebase

BASE = Timebase.from_label(Fraction(24))


def make_cue(number: str, start: int, end: int, usage: Usage = Usage.SCORE) -> Cue:
    return Cue(
        id=f"id-{number}",
        number=number,
        title="The chase",
        span=Span.of(start, end),
        usage=usage,
        in_type=InType.ON_CUT,
        out_type=OutType.BUTTON,
        tail=0,
        instruction="",
        scene="",
        function="",
        tone=(),
        not_tone=(),
        intensity=3.0,
        tempo_bpm=(80.0, 110.0),
        palette=Palette(("strings",)),
        dialogue_density=0.0,
        confidence=0.8,
        why=(),
        alternatives=(),
    )


def notes_with(*cues: Cue) -> SpottingNotes:
    reel = ReelInfo("reel.mp4", "0" * 64, BASE, 1000, 640, 360, "mp4", "h264")
    return SpottingNotes(reel, SpotSettings(), (), cues, (), (), ())


def scored(number: str, cue: str = "", start: int = 0) -> ScoredCue:
    return ScoredCue(
        cue=cue or f"id-{number}",
        number=number,
        title="The chase",
        span=Span.of(start, start + 100),
        choice=CueChoice(),
        engine="rules",
        bpm=(90.0, 90.0),
        bars=8,
        statements=(),
        hits=(),
        files={
            "sketch": f"{number}/x.sketch.json",
            "mix": f"{number}/stems/x_MIX.wav",
            "click": f"{number}/x_CLICK.wav",
        },
        stems={"strings": f"{number}/stems/x_STR.wav"},
        parts={"viola": f"{number}/parts/x_viola.musicxml"},
        loudness_lufs=-20.0,
        true_peak_dbtp=-3.0,
    )


def test_cues_are_composed_in_the_order_of_the_reel_and_only_those_music_is_written_for() -> None:
    notes = notes_with(make_cue("1m2", 200, 300), make_cue("1m3", 400, 500, Usage.SONG), make_cue("1m1", 0, 100))
    assert [cue.number for cue in chosen_cues(notes)] == ["1m1", "1m2"]
    assert [cue.number for cue in chosen_cues(notes, ["id-1m2"])] == ["1m2"]
    assert cues_not_written(notes) == ("1m3 is song: nothing was written for it.",)
    with pytest.raises(CueInvalid, match="no cue 'nobody'"):
        chosen_cues(notes, ["nobody"])
    with pytest.raises(CueInvalid, match="1m3 is song"):
        chosen_cues(notes, ["id-1m3"])
    assert chosen_cues(notes_with(make_cue("1m3", 0, 90, Usage.SOURCE))) == []


def test_cues_are_named_by_their_numbers() -> None:
    notes = notes_with(make_cue("1m2", 200, 300), make_cue("1m1", 0, 100))
    assert cue_ids(notes, ["1m2"]) == ("id-1m2",)
    with pytest.raises(SettingInvalid) as refused:
        cue_ids(notes, ["9m9"])
    assert "1m1, 1m2" in refused.value.hint


def test_takes_are_delivered_under_the_numbers_of_today() -> None:
    there, gone = current_cues([scored("1m9", "gone"), scored("1m1", "a")], notes_with(_renamed("a", "1m2")))
    (found,) = there
    assert found.folder == "1m2"
    assert found.files["mix"] == "1m2/stems/x_MIX.wav"
    assert found.parts == {"viola": "1m2/parts/x_viola.musicxml"}
    assert len(gone) == 1
    assert "1m9" in gone[0]


def _renamed(cue: str, number: str) -> Cue:
    return replace(make_cue(number, 0, 100), id=cue)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, StoredFile]:
    names = [*scored("1m1").paths, "notes", "observations", "language", "picture", "sound"]
    for name in names:
        path = tmp_path / "there" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return {name: StoredFile.of(tmp_path / "there" / name) for name in names}


def delivery(files: dict[str, StoredFile], *parts: DeliveryPart, cues: tuple[ScoredCue, ...] | None = None) -> Delivery:
    return Delivery(frozenset(parts), (scored("1m1"),) if cues is None else cues, "Show", files)


def test_only_the_steps_that_are_needed_are_run(files: dict[str, StoredFile]) -> None:
    assert delivery(files, *DeliveryPart).steps == (DELIVER, DRAW_LEDGER, MIX, WRITE_PREVIEW, WRITE_RECORD)
    assert delivery(files, *DeliveryPart, cues=()).steps == (DELIVER, DRAW_LEDGER)
    assert delivery(files, DeliveryPart.MIX).steps == (MIX, WRITE_RECORD)
    assert delivery(files, DeliveryPart.STEMS).steps == ()
    files.pop("language")
    assert delivery(files, DeliveryPart.SCORE).steps == ()


@pytest.mark.parametrize(
    ("part", "names"),
    [
        (DeliveryPart.STEMS, ["1m1/stems/x_MIX.wav", "1m1/x_CLICK.wav", "1m1/stems/x_STR.wav"]),
        (DeliveryPart.SCORE, ["1m1/x.sketch.json", "1m1/parts/x_viola.musicxml"]),
    ],
)
def test_only_what_was_asked_for_is_delivered(
    files: dict[str, StoredFile], tmp_path: Path, part: DeliveryPart, names: list[str]
) -> None:
    (tmp_path / "notes.json").write_bytes(encode_notes(notes_with(make_cue("1m1", 0, 100))))
    files["notes"] = StoredFile.of(tmp_path / "notes.json")
    files.pop("language")
    found = make_delivery(StepRunner(FolderStore(tmp_path / "out", tmp_path / "memory")), delivery(files, part))
    assert found == {f"score/{name}": files[name] for name in names}


def test_every_step_has_a_name_of_its_own() -> None:
    names = [step.name for step in STEPS]
    assert len(set(names)) == len(names)
    assert COMPOSE in STEPS
