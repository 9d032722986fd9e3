"""Bad input to the second half: a typed error or a stated compromise, never a crash, never silence without a word."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import pytest

from model.delivery.notes_json import encode_notes, read_notes
from model.errors import (
    AssetMissing,
    CueInvalid,
    DiskFull,
    InstrumentUnknown,
    NotesInvalid,
    ReelMismatch,
    ThemeInvalid,
)
from model.film_run import ScoreRequest, score_film
from model.media.reel import ReelInfo
from model.motifs.devise import devise
from model.motifs.language import CuePalette
from model.motifs.reading.themes import read_theme
from model.motifs.settings import DeviseSettings
from model.render.engine import engine
from model.runtime import assets
from model.score.titles import ScoreTitles
from model.scoring.compose import compose, request_cue
from model.scoring.folder import write_piece
from model.scoring.record import CueChoice
from model.sketch.settings import SketchSettings
from model.spotting.check import check_notes
from model.spotting.notes import Cue, Hit, HitKind, InType, OutType, Palette, SpottingNotes, Usage
from model.spotting.settings import SpotSettings
from model.time import Frame, Span, Timebase

RATE = 24
RULES = CueChoice(SketchSettings(engine="rules", candidates=1))


def cue(start: int = 24, end: int = 24 + 20 * RATE, **other: Any) -> Cue:
    plain = Cue(
        id="a",
        number="1m1",
        title="The door",
        span=Span.of(start, end),
        usage=Usage.SCORE,
        in_type=InType.ON_CUT,
        out_type=OutType.BUTTON,
        tail=48,
        instruction="Enter on the cut.",
        scene="A room.",
        function="suspense",
        tone=("tense",),
        not_tone=(),
        intensity=3.0,
        tempo_bpm=(80.0, 110.0),
        palette=Palette(("strings",)),
        dialogue_density=0.0,
        confidence=0.8,
        why=(),
        alternatives=(),
    )
    return replace(plain, **other)


def notes(*cues: Cue, hits: tuple[Hit, ...] = (), frames: int = 40_000) -> SpottingNotes:
    base = Timebase.from_label(Fraction(RATE))
    reel = ReelInfo("reel.mp4", "0" * 64, base, frames, 640, 360, "mp4", "h264")
    return SpottingNotes(reel, SpotSettings(), (), cues or (cue(),), (), hits, ())


def hit(k: int, frame: int, weight: float = 3.0) -> Hit:
    return Hit(f"h{k}", Frame(frame), HitKind.ACTION, weight, f"blow {k}", cue="a")


def write(given: SpottingNotes, choice: CueChoice = RULES) -> Any:
    check_notes(given)
    language = devise(given, None, DeviseSettings())
    return compose(request_cue(given.cues[0], given, None, language, choice, ScoreTitles("Show")))


# -- the notes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.pop("cues"),
        lambda record: record.update(schema="cuelight.spotting-notes/2"),
        lambda record: record.update(schema="somebody.else/1"),
        lambda record: record["cues"][0].update(span={"in": 90, "out": 30}),
        lambda record: record["cues"][0].update(tempo_bpm="quick"),
        lambda record: record["cues"][0].update(mood="blue"),
    ],
)
def test_notes_that_are_not_ours_newer_or_backwards(change: Any) -> None:
    record = json.loads(encode_notes(notes()))
    change(record)
    with pytest.raises(NotesInvalid):
        read_notes(json.dumps(record).encode())


def test_bytes_that_are_no_notes_at_all() -> None:
    for data in (b"", b"MThd\0\0\0\6", b"[]", b'{"schema": 7}', b"\xff\xfe{"):
        with pytest.raises(NotesInvalid):
            read_notes(data)


def test_overlapping_cues_and_edges_outside_the_reel() -> None:
    with pytest.raises(CueInvalid, match="overlap"):
        check_notes(notes(cue(), cue(100, 900, id="b", number="1m2")))
    with pytest.raises(CueInvalid, match="outside"):
        check_notes(notes(cue(end=50_000)))


def test_a_film_that_is_not_the_notes_own(tiny_film: Path, tmp_path: Path) -> None:
    with pytest.raises(ReelMismatch):
        score_film(ScoreRequest(tiny_film, notes()), tmp_path)
    assert list(tmp_path.iterdir()) == []


# -- the cue ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("frames", [1, 3, 8, 20, 40])
def test_a_cue_shorter_than_a_bar_is_refused_or_is_one_gesture_and_says_so(frames: int) -> None:
    try:
        piece = write(notes(cue(end=24 + frames)))
    except CueInvalid as refused:
        assert refused.hint  # noqa: PT017 - either way is right, but never without a word
    else:
        assert piece.sketch.cautions
        assert any(part.notes for part in piece.sketch.parts)


def test_a_cue_longer_than_twenty_minutes_is_refused() -> None:
    with pytest.raises(CueInvalid, match="twenty minutes"):
        write(notes(cue(0, 20 * 60 * RATE + 1)))


def test_two_hundred_hits_in_one_cue_each_land_or_say_why_not() -> None:
    given = notes(hits=tuple(hit(k, 26 + 2 * k) for k in range(200)))
    piece = write(given)
    told = {at.aim.id: at for at in piece.sketch.landings}
    assert {h.id for h in given.hits} <= set(told)
    assert all(at.reason or at.beat is not None for at in told.values())
    assert any(at.beat is not None for at in told.values())


def test_of_hits_one_frame_apart_one_lands_and_the_other_says_why_not() -> None:
    given = notes(hits=(hit(1, 200, 5.0), hit(2, 201, 1.0)))
    told = {at.aim.id: at for at in write(given).sketch.landings}
    assert told["h1"].beat is not None
    assert told["h2"].beat is not None or told["h2"].reason


# -- themes -------------------------------------------------------------------------------------------------------


def midi(*notes_: tuple[int, int, int], channel: int = 0) -> bytes:
    """(tick, length, pitch) as a MIDI file."""
    events = sorted(
        [(t, "note_on", p) for t, _, p in notes_] + [(t + n, "note_off", p) for t, n, p in notes_],
        key=lambda e: (e[0], e[1] == "note_on"),
    )
    file, track, at = mido.MidiFile(ticks_per_beat=480), mido.MidiTrack(), 0
    for tick, kind, pitch in events:
        track.append(mido.Message(kind, note=pitch, velocity=64, time=tick - at, channel=channel))
        at = tick
    file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.mid", b""),
        ("no_notes.mid", midi()),
        ("chords.mid", midi(*((480 * k, 480, p) for k in range(8) for p in (48, 60, 64, 67)))),
        ("drums.mid", midi(*((480 * k, 240, 38) for k in range(8)), channel=9)),
        ("endless.mid", midi(*((120 * k, 120, 60 + k % 12) for k in range(10_000)))),
        ("not_music.mid", b"MThd" + bytes(40)),
        ("letter.xml", b"<letter>Dear composer</letter>"),
        ("bomb.musicxml", b'<!DOCTYPE x [<!ENTITY a "b">]><score-partwise>&a;</score-partwise>'),
        ("broken.abc", b"X:1\nK:\n"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    ],
)
def test_a_theme_file_that_holds_no_theme(name: str, data: bytes) -> None:
    with pytest.raises(ThemeInvalid) as caught:
        read_theme(data, name)
    assert caught.value.message[-1] in ".?"


# -- players, assets, disks ---------------------------------------------------------------------------------------


def test_an_unknown_instrument_is_named_with_those_there_are() -> None:
    choice = replace(RULES, palette=CuePalette(("piano", "ophicleide")))
    with pytest.raises(InstrumentUnknown, match="ophicleide"):
        write(notes(), choice)


def test_a_missing_soundfont_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "ASSETS", tmp_path)
    for kept in (assets.asset_path, engine):  # what another test has opened would still be at hand
        kept.cache_clear()
    with pytest.raises(AssetMissing, match="soundfont") as caught:
        write(notes())
    assert "make assets" in caught.value.hint
    assets.asset_path.cache_clear()


def test_a_full_disk_leaves_no_half_cue(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    given = notes()
    try:
        with pytest.raises(DiskFull):
            write_piece(write(given), small, "Show", given.reel.timebase)
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)
        shutil.rmtree(small)
