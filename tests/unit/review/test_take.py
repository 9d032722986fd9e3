"""A take says where its sound lies, when each note sounds and how each hit falls; its files say the same."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from defusedxml import ElementTree

from data_tools.benchmark.score_samples import make_theme_sketch
from model.documents import decode
from model.errors import NotesInvalid
from model.media.reel import ReelInfo
from model.render.bwf import Label, write_bwf
from model.render.bwf_read import read_bwf
from model.render.flac import read_flac
from model.render.stems import aligned_start
from model.review.roll import Roll
from model.review.take import RECORD, TakeFiles, read_take, write_take
from model.review.time_map import TimeMap
from model.score.engrave import engrave
from model.score.titles import ScoreTitles
from model.scoring.folder import tempo_table
from model.scoring.record import CueChoice, MixRecord, ScoredCue, summarise_landings
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Sketch
from model.sketch.write import dump
from model.spotting.notes import SpottingNotes
from model.spotting.settings import SpotSettings
from model.time import Frame, Span, Timebase
from model.timing.landing import Fit, Fits, Grade

RATE = 48_000
SAMPLES = 3 * RATE + 7
DUCK = "timecode,seconds,gain_db\n01:00:12:17,12.717,0.00\n01:00:12:22,12.917,-8.00\n"


@dataclass(frozen=True)
class Folder:
    """A score folder with one cue, its sketch, and notes about a reel it could be of."""

    path: Path
    cue: ScoredCue
    sketch: Sketch
    notes: SpottingNotes


def fits_of(sketch: Sketch) -> Fits:
    best = Fit(sketch.tempo_map, sketch.landings, 0.8, 2, 0.036, 5, "2 tempo changes, 90-96.5 bpm")
    late = [
        replace(at, frames_off=2.5, grade=Grade.NEAR, where="strong beat", reason="2.5 frames late (it is heavy)")
        for at in sketch.landings
    ]
    lost = [replace(at, grade=Grade.MISS, where="", reason="left out, for now") for at in sketch.landings]
    single = replace(best, landings=tuple(late), name="single tempo, 96 bpm", changes=0, largest_step=0.0)
    other = replace(best, landings=tuple(lost), name="1 tempo change")
    return Fits(best, single, (other,))


def written(folder: Path, sketch: Sketch, base: Timebase) -> ScoredCue:
    score = engrave(sketch, base, ScoreTitles("Agent 327"))
    documents = {
        "midi": score.midi,
        "musicxml": score.musicxml,
        "short_score": score.short_score,
        "pdf": score.pdf,
        "roll": b"<svg/>",
        "sketch": dump(sketch),
        "tempo": tempo_table(fits_of(sketch), base).encode(),
    }
    (folder / "1m1").mkdir(parents=True)
    for kind, data in documents.items():
        (folder / "1m1" / f"A327_1m1_{kind}").write_bytes(data)
    (folder / "duck.csv").write_text(DUCK)
    rng = np.random.default_rng(5)
    start = aligned_start(base, sketch.cue_in)
    sounds = {name: rng.uniform(-0.4, 0.4, (SAMPLES, 2)).astype(np.float32) for name in ("strings", "brass")}
    for name, sound in {**sounds, "mix": sounds["strings"] + sounds["brass"]}.items():
        write_bwf(folder / "1m1" / f"{name}.wav", [sound], SAMPLES, base, start, Label("A", "1m1", "v01", name, name))
    return ScoredCue(
        cue="a",
        number="1m1",
        title=sketch.title,
        span=Span(sketch.cue_in, sketch.out),
        choice=CueChoice(SketchSettings(seed=3)),
        engine="rules",
        bpm=(90.0, 96.5),
        bars=sketch.tempo_map.bars,
        statements=("A: Agent",),
        hits=summarise_landings(sketch),
        files={kind: f"1m1/A327_1m1_{kind}" for kind in documents} | {"mix": "1m1/mix.wav"},
        stems={name: f"1m1/{name}.wav" for name in sounds},
        parts={},
        loudness_lufs=-20.0,
        true_peak_dbtp=-3.0,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    sketch, base = make_theme_sketch()
    path = tmp_path_factory.mktemp("score")
    reel = ReelInfo("agent.mov", "0" * 64, base, 5555, 640, 360, "mov", "h264")
    notes = SpottingNotes(reel, SpotSettings(), (), (), (), (), ())
    return Folder(path, written(path, sketch, base), sketch, notes)


@pytest.fixture(scope="module")
def take(folder: Folder, tmp_path_factory: pytest.TempPathFactory) -> TakeFiles:
    mix = MixRecord("mix.wav", "duck.csv", -24.0, -2.0, -27.0, (8.0,), -3.5, -6.25, ((1.0, 0.0), (1.4, -12.0)))
    return write_take(folder.path, folder.cue, folder.notes, tmp_path_factory.mktemp("takes") / "take", mix)


def times_of(take: TakeFiles) -> TimeMap:
    return decode(TimeMap, (take.folder / take.record.timemap).read_bytes())


def test_the_record_reads_back_and_names_files_that_are_there(take: TakeFiles) -> None:
    assert read_take((take.folder / RECORD).read_bytes()) == take.record
    named = {RECORD, take.record.mix, take.record.timemap, take.record.roll, *take.record.stems.values()}
    assert {*named, *take.record.pages, *take.record.documents} == set(take.names)
    assert take.record.documents["short.musicxml"] == "A327_1m1_short_score"
    with pytest.raises(NotesInvalid):
        read_take(b'{"schema": "cuelight.take/1"}')


def test_the_sound_is_that_of_the_stems_sample_for_sample(folder: Folder, take: TakeFiles) -> None:
    base = folder.notes.reel.timebase
    record = take.record
    for name, file in {"mix": record.mix, **record.stems}.items():
        sound, first = read_bwf(folder.path / "1m1" / f"{name}.wav")
        flac = read_flac(take.folder / file, record.samples)
        assert len(sound) == record.samples == SAMPLES
        assert np.abs(flac - sound).max() <= 2.0**-16
        assert first == record.start_sample + base.start * RATE / base.rate
    assert record.start_sample == record.start_frame.index * RATE / base.rate
    assert record.start_s * RATE == pytest.approx(record.start_sample, abs=0.05)
    assert record.start_frame < folder.sketch.cue_in


def test_every_drawn_note_sounds_when_the_sketch_says(folder: Folder, take: TakeFiles) -> None:
    tempo = folder.sketch.tempo_map
    onsets = sorted({round(float(tempo.seconds(note.onset)), 4) for note in folder.sketch.notes})
    times = times_of(take)
    drawn = {note.on_s for page in times.pages for note in page.notes}
    assert max(min(abs(at - onset) for onset in onsets) for at in drawn) < 0.002
    assert max(min(abs(at - onset) for at in drawn) for onset in onsets) < 0.002
    for page in times.pages:
        names = [e.get("data-id") for e in svg(take, page.file).iter() if e.get("data-id")]
        assert {note.id for note in page.notes} <= set(names)
        assert len(names) == len(set(names))
        assert all(page.from_s <= note.on_s < note.off_s for note in page.notes)
        assert all(note.on_s < page.to_s for note in page.notes)
    assert [page.file for page in times.pages] == list(take.record.pages)


def test_pages_follow_each_other_and_hold_every_bar_once(folder: Folder, take: TakeFiles) -> None:
    times = times_of(take)
    bars = [bar for page in times.pages for bar in page.bars]
    assert [bar.bar for bar in bars] == list(range(1, folder.sketch.tempo_map.bars + 1))
    assert all(0 <= bar.left < bar.right <= 1 and 0 <= bar.top < bar.bottom <= 1 for bar in bars)
    assert all(a.to_s == b.from_s for a, b in zip(times.pages, times.pages[1:], strict=False))
    for page in times.pages:
        numbers = [e.get("data-bar") for e in svg(take, page.file).iter() if e.get("data-bar")]
        assert numbers == [str(bar.bar) for bar in page.bars]


def test_bars_and_beats_are_those_of_the_tempo_map(folder: Folder, take: TakeFiles) -> None:
    tempo, times = folder.sketch.tempo_map, times_of(take)
    assert times.start_s == pytest.approx(float(tempo.start_s), abs=1e-4)
    assert times.end_s == times.bars[-1].end_s
    for bar, after in zip(times.bars, times.bars[1:], strict=False):
        assert bar.end_s == after.at_s
        assert bar.beats_s[0] == bar.at_s
        assert len(bar.beats_s) == bar.meter[0]
        assert sorted(bar.beats_s) == list(bar.beats_s)
    assert [t.bpm for t in times.tempi] == [float(t.bpm) for t in tempo.tempi]
    base = folder.notes.reel.timebase
    assert all(abs(float(base.seconds(bar.frame)) - bar.at_s) <= 0.5 / base.rate + 1e-3 for bar in times.bars)
    green = [s for s in times.streamers if s.colour == "green"]
    assert [s.end_s for s in green] == [times.start_s]
    assert times.punches[-1].at_s == times.out_s
    assert next(c.accent for c in times.clicks if not c.free)


def svg(take: TakeFiles, file: str) -> ElementTree.Element:
    return ElementTree.fromstring((take.folder / file).read_text(encoding="utf-8"))


def test_pages_take_the_colour_around_them_and_need_no_style_sheet(take: TakeFiles) -> None:
    for file in take.record.pages:
        root = svg(take, file)
        assert not [e for e in root.iter() if e.tag.endswith(("style", "script", "foreignObject"))]
        for element in root.iter():
            assert element.get("color") is None
            assert element.get("style") is None
            assert element.get("fill") in {None, "currentColor", "none"}
            assert element.get("stroke") in {None, "currentColor", "none"}
            assert not [name for name in element.attrib if name.startswith("on")]


def test_the_roll_holds_every_part(folder: Folder, take: TakeFiles) -> None:
    roll = decode(Roll, (take.folder / take.record.roll).read_bytes())
    assert [p.instrument for p in roll.parts] == [p.instrument for p in folder.sketch.parts]
    assert [len(p.notes) for p in roll.parts] == [len(p.notes) for p in folder.sketch.parts]
    tempo = folder.sketch.tempo_map
    for part, source in zip(roll.parts, folder.sketch.parts, strict=True):
        for note, played in zip(part.notes, source.notes, strict=True):
            assert note[0] == pytest.approx(float(tempo.seconds(played.onset)), abs=1e-4)
            assert note[0] < note[1]
            assert note[2:4] == (played.pitch, played.velocity)
            assert roll.lowest <= note[2] <= roll.highest or part.family == "percussion"
    assert [s.label for s in roll.statements] == [s.label for s in folder.sketch.statements]


def test_the_table_says_how_each_hit_falls_with_each_tempo(folder: Folder, take: TakeFiles) -> None:
    record = take.record
    assert [(m.id, m.frame) for m in record.moments] == [(at.aim.id, at.aim.frame) for at in folder.sketch.landings]
    assert [fit.kind for fit in record.fits] == ["taken", "single", "other"]
    taken, single, other = record.fits
    for fall, at in zip(taken.falls, folder.sketch.landings, strict=True):
        assert (fall.grade, fall.where, fall.reason) == (at.grade, at.where, at.reason)
        assert fall.frames_off == pytest.approx(at.frames_off, abs=0.006)
    assert all((f.where, f.reason) == ("strong beat", "2.5 frames late (it is heavy)") for f in single.falls)
    assert all((f.grade, f.where, f.reason) == (Grade.MISS, "", "left out, for now") for f in other.falls)
    assert (taken.captured, taken.changes, taken.largest_step, taken.odd_bars) == (0.8, 2, 0.036, 5)
    assert single.near == len(folder.sketch.landings)


def test_levels_are_those_of_the_temp_mix(folder: Folder, take: TakeFiles, tmp_path: Path) -> None:
    levels = take.record.levels
    assert levels is not None
    assert (levels.film_gain_db, levels.music_gain_db) == (-3.5, -6.25)
    assert levels.music_duck == ((12.717, 0.0), (12.917, -8.0))
    assert levels.film_duck == ((1.0, 0.0), (1.4, -12.0))
    assert write_take(folder.path, folder.cue, folder.notes, tmp_path / "t").record.levels is None


def test_the_same_cue_gives_the_same_bytes(folder: Folder, tmp_path: Path) -> None:
    one = write_take(folder.path, folder.cue, folder.notes, tmp_path / "one")
    two = write_take(folder.path, folder.cue, folder.notes, tmp_path / "two")
    assert one.names == two.names
    assert list(contents(one)) == list(contents(two))


def contents(take: TakeFiles) -> Iterator[bytes]:
    return ((take.folder / name).read_bytes() for name in take.names)


@pytest.mark.parametrize("what", ["1m1/mix.wav", "1m1/A327_1m1_sketch", "1m1/A327_1m1_tempo"])
def test_a_score_that_is_damaged_leaves_nothing(folder: Folder, tmp_path: Path, what: str) -> None:
    copy = tmp_path / "score"
    shutil.copytree(folder.path, copy)
    for damage in (lambda path: path.write_bytes(path.read_bytes()[:30]), lambda path: path.unlink()):
        damage(copy / what)
        with pytest.raises(NotesInvalid):
            write_take(copy, folder.cue, folder.notes, tmp_path / "take")
    assert [p.name for p in tmp_path.iterdir()] == ["score"]


def test_stems_that_do_not_begin_together_are_refused(folder: Folder, tmp_path: Path) -> None:
    copy = tmp_path / "score"
    shutil.copytree(folder.path, copy)
    sound = np.zeros((100, 2), np.float32)
    base = Timebase.from_label(Fraction(24))
    write_bwf(copy / "1m1/brass.wav", [sound], 100, base, Frame(0), Label("A", "1m1", "v01", "brass", "brass"))
    with pytest.raises(NotesInvalid, match="together"):
        write_take(copy, folder.cue, folder.notes, tmp_path / "take")


def test_a_new_take_replaces_the_old_one(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "take").mkdir()
    (tmp_path / "take" / "older").touch()
    made = write_take(folder.path, folder.cue, folder.notes, tmp_path / "take")
    assert "older" not in {p.name for p in made.folder.iterdir()}
    assert json.loads((made.folder / RECORD).read_text())["schema"] == "cuelight.take/1"
