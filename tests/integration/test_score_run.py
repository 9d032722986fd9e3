"""A temp score written by the command: broken off and gone on with, and the film decoded in the sandbox alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from data_tools.child_process import child_process, kill_child
from model.delivery.notes_json import encode_notes
from model.errors import NotesInvalid, ReelMismatch
from model.film_run import ScoreRequest, SpotRequest, observe_film, score_film
from model.media import container
from model.media.open import open_reel
from model.render.bwf_read import read_bwf
from model.scoring.record import CueChoice, read_record
from model.sketch.settings import SketchSettings
from model.spotting.draft import spot
from model.spotting.notes import SpottingNotes
from model.spotting.settings import SpotSettings
from model.time import Span
from tests.unit.render.reel_sound import reel_sound

RULES = CueChoice(SketchSettings(engine="rules", candidates=1))
COMMAND = [sys.executable, "-m", "serving.cli", "score"]
DEADLINE_S = 120
Files = dict[str, tuple[int, bytes]]  # of each file of a folder: its inode and its bytes


@pytest.fixture(scope="module")
def notes(tiny_film: Path) -> SpottingNotes:
    """Three short cues."""
    drafted = spot(observe_film(SpotRequest(tiny_film)), SpotSettings(coverage=1.0))
    cue = replace(drafted.cues[0], tail=0, alternatives=(), changes=())
    cues = [
        replace(cue, id=f"cue-{k}", number=f"1m{k}", title=f"Cue {k}", span=Span.of(start, start + 60))
        for k, start in enumerate((10, 80, 150), 1)
    ]
    return replace(drafted, cues=tuple(cues))


@pytest.fixture(scope="module")
def notes_file(notes: SpottingNotes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("notes") / "tiny.notes.json"
    path.write_bytes(encode_notes(notes))
    return path


def arguments(film: Path, notes_file: Path, out: Path, *more: str) -> list[str]:
    plain = ["--notes", str(notes_file), "--out", str(out), "--engine", "rules", "--candidates", "1", "--json"]
    return [*COMMAND, str(film), *plain, *more]


def files_of(folder: Path) -> Files:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {p.relative_to(folder).as_posix(): (p.stat().st_ino, p.read_bytes()) for p in paths}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: data for name, (_, data) in files_of(folder).items()}


@pytest.fixture(scope="module")
def calm(tiny_film: Path, notes_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a score that nobody disturbed."""
    out = tmp_path_factory.mktemp("calm")
    subprocess.run(arguments(tiny_film, notes_file, out), check=True, timeout=DEADLINE_S, stdout=subprocess.DEVNULL)
    return out


def cues_there(out: Path) -> list[str]:
    try:
        return [cue["number"] for cue in json.loads((out / "score.json").read_bytes())["cues"]]
    except (OSError, ValueError):
        return []


def break_off(command: list[str], begun: Callable[[], bool], how: signal.Signals) -> int:
    """End the command as soon as ``begun`` says so; return its exit code."""
    with child_process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        end = time.monotonic() + DEADLINE_S
        while not begun():
            assert child.poll() is None, "it ended before it could be broken off"
            assert time.monotonic() < end
            time.sleep(0.01)
        if how is signal.SIGKILL:
            kill_child(child)
        else:
            os.kill(child.pid, how)
        return child.wait(DEADLINE_S)


def test_a_score_that_was_killed_goes_on_where_it_stopped(
    tiny_film: Path, notes_file: Path, calm: Path, tmp_path: Path
) -> None:
    command = arguments(tiny_film, notes_file, tmp_path)
    assert break_off(command, lambda: bool(cues_there(tmp_path)), signal.SIGKILL) == -signal.SIGKILL
    written = cues_there(tmp_path)
    assert 0 < len(written) < 3, "killed in the middle"
    before = {number: files_of(tmp_path / number) for number in written}
    subprocess.run(command, check=True, timeout=DEADLINE_S, stdout=subprocess.DEVNULL)
    assert {number: files_of(tmp_path / number) for number in written} == before, "the same files, not the same again"
    assert bytes_of(tmp_path) == bytes_of(calm), "and nothing is left of the process that was killed"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_score_that_was_stopped_leaves_nothing_half_written(
    tiny_film: Path, notes_file: Path, calm: Path, tmp_path: Path, how: signal.Signals
) -> None:
    command = arguments(tiny_film, notes_file, tmp_path)
    assert break_off(command, lambda: bool(cues_there(tmp_path)), how) == 130
    written = cues_there(tmp_path)
    there = bytes_of(tmp_path)
    assert {name.partition("/")[0] for name in there if "/" in name} == set(written)
    assert [name for name in there if ".partial" in name or name.startswith(".")] == []
    assert {name: data for name, data in there.items() if name != "score.json"}.items() <= bytes_of(calm).items()


def test_the_same_again_makes_nothing_again(tiny_film: Path, notes_file: Path, calm: Path) -> None:
    before = {name: file for name, file in files_of(calm).items() if name != "score.json"}
    subprocess.run(arguments(tiny_film, notes_file, calm), check=True, timeout=DEADLINE_S, stdout=subprocess.DEVNULL)
    assert {name: file for name, file in files_of(calm).items() if name != "score.json"} == before


def test_one_cue_again_leaves_the_files_of_the_others(tiny_film: Path, notes: SpottingNotes, tmp_path: Path) -> None:
    request = ScoreRequest(tiny_film, notes, choice=RULES, preview=False)
    score_film(request, tmp_path)
    before = {number: files_of(tmp_path / number) for number in ("1m1", "1m2", "1m3")}
    other = replace(RULES, settings=replace(RULES.settings, seed=8))
    scored = score_film(replace(request, only=("1m2",), choice=other), tmp_path)
    after = {number: files_of(tmp_path / number) for number in before}
    assert (after["1m1"], after["1m3"]) == (before["1m1"], before["1m3"])
    assert after["1m2"] != before["1m2"]
    assert scored.record == read_record(tmp_path)
    assert [cue.choice.settings.seed for cue in scored.record.cues] == [7, 8, 7]


def test_a_file_that_somebody_changed_is_made_again(tiny_film: Path, notes: SpottingNotes, tmp_path: Path) -> None:
    request = ScoreRequest(tiny_film, notes, choice=RULES, preview=False)
    record = score_film(request, tmp_path).record
    before = files_of(tmp_path)
    midi = tmp_path / record.cues[1].files["midi"]
    midi.write_bytes(midi.read_bytes() + b"\0")
    score_film(request, tmp_path)
    after = files_of(tmp_path)
    assert {name: data for name, (_, data) in after.items()} == {name: data for name, (_, data) in before.items()}
    kept = {name for name, (inode, _) in after.items() if before[name][0] == inode}
    assert {name for name in after if name.startswith(("1m1/", "1m3/"))} <= kept


def test_the_film_is_decoded_in_the_sandbox_alone(
    tiny_film: Path, notes: SpottingNotes, calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an empty cache, whoever opens the film in the command's own process is caught."""
    opened: list[str] = []
    open_container = container.av.open

    def watched(path: str, *more: object, **options: object) -> object:
        opened.append(str(path))
        return open_container(path, *more, **options)

    monkeypatch.setattr(av, "open", watched)
    monkeypatch.setenv("CUELIGHT_CACHE", str(tmp_path / "cache"))
    score_film(ScoreRequest(tiny_film, notes, choice=RULES), tmp_path / "out")
    assert opened, "the preview is made from the picture that the sandbox prepared"
    assert [path for path in opened if Path(path).name == tiny_film.name] == []
    assert bytes_of(tmp_path / "out") == bytes_of(calm)


def test_the_mix_has_the_sound_of_the_film_and_the_preview_its_frames(
    tiny_film: Path, notes: SpottingNotes, calm: Path
) -> None:
    record = read_record(calm)
    assert record is not None
    assert record.mix is not None
    with av.open(str(calm / record.preview)) as film:
        assert sum(1 for _ in film.decode(video=0)) == notes.reel.frames
    mixed, _ = read_bwf(calm / record.mix.file)
    expected = reel_sound(tiny_film, open_reel(tiny_film).info, len(mixed) / 48_000)
    assert expected is not None
    before_music = slice(0, int(0.1 * 48_000))
    gain = 10 ** (record.mix.film_gain_db / 20)
    assert np.abs(mixed[before_music] - gain * expected.sound[before_music]).max() <= 2.0**-9, "figures have two digits"
    assert np.abs(mixed[before_music]).max() > 0


def test_notes_of_another_film_and_a_damaged_language(tiny_film: Path, notes: SpottingNotes, calm: Path) -> None:
    other = replace(notes, reel=replace(notes.reel, sha256="0" * 64))
    with pytest.raises(ReelMismatch):
        score_film(ScoreRequest(tiny_film, other), calm)
    language = calm / "language.json"
    whole = language.read_bytes()
    language.write_bytes(whole[:40])
    with pytest.raises(NotesInvalid):
        score_film(ScoreRequest(tiny_film, notes, choice=RULES, only=("1m1",)), calm)
    language.write_bytes(whole)
