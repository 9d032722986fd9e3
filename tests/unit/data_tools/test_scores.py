from __future__ import annotations

import io
import os
from collections.abc import Sequence

import mido
import pytest

from data_tools.corpora.score_labels import token_bars
from data_tools.corpora.score_roles import (
    BASS,
    COUNTER,
    HARMONY,
    MELODY,
    PAD,
    RHYTHM,
    InstrumentLine,
    LineNote,
    deal_roles,
)
from data_tools.corpora.scores import HELD_OUT, choose_held_out, read_scores, short_score
from model.sketch.net.tokens import RoleNote, encode

Part = tuple[str, int, Sequence[tuple[int, int, int]]]


def line(notes: Sequence[tuple[int, int, int]], velocity: int = 80, **kind: bool) -> InstrumentLine:
    return InstrumentLine(tuple(LineNote(on, dur, pitch, velocity) for on, dur, pitch in notes), **kind)


def quarters(pitches: Sequence[int]) -> list[tuple[int, int, int]]:
    return [(12 * k, 12, p) for k, p in enumerate(pitches)]


def roles(lines: Sequence[InstrumentLine], bars: int = 1) -> list[list[RoleNote]]:
    return deal_roles(lines, [48 * k for k in range(bars)], [48] * bars)


def pitches(notes: Sequence[RoleNote], role: int) -> list[int]:
    return [n.pitch for n in notes if n.role == role]


def test_each_texture_finds_its_role() -> None:
    melody = line(quarters([76, 77, 79, 81]), 95)
    moving = line([(6 * k, 6, p) for k, p in enumerate([63, 65, 67, 65, 64, 62, 60, 59])], 50)
    pulse = line([(6 * k, 6, 61) for k in range(8)], 50)
    held = line([(0, 48, 69)], 50)
    chords = line([(0, 12, 66), (24, 12, 70)], 50)
    bass = line([(0, 24, 40), (24, 24, 45)], 50)
    drum = line([(0, 12, 43)], 50, percussion=True)
    [bar] = roles([melody, moving, pulse, held, chords, bass, drum])
    assert pitches(bar, MELODY) == [76, 77, 79, 81]
    assert pitches(bar, COUNTER) == [63, 65, 67, 65, 64, 62, 60, 59]
    assert sorted(pitches(bar, RHYTHM)) == [43, *[61] * 8]
    assert pitches(bar, PAD) == [69]
    assert pitches(bar, HARMONY) == [66, 70]
    assert pitches(bar, BASS) == [40, 45]


def test_doublings_are_left_to_the_orchestrator() -> None:
    melody = quarters([72, 74, 76, 77])
    above = [(on, dur, pitch + 12) for on, dur, pitch in melody]
    [bar] = roles([line(melody, 90), line(melody), line(above, 20)])
    assert pitches(bar, MELODY) == [72, 74, 76, 77]
    assert len(bar) == 4


def test_no_pitch_occurs_twice_at_a_position() -> None:
    parts = [line(quarters([60 + 3 * k, 64, 67, 72 - k]), 60 + k) for k in range(8)]
    [bar] = roles(parts)
    places = [(n.pos, n.pitch) for n in bar]
    assert len(places) == len(set(places))
    assert bar == sorted(bar)


def test_the_melody_stays_with_its_line_unless_another_is_clearly_more_salient() -> None:
    first = line([(12 * k, 12, 72 + k % 2) for k in range(8)], 80)
    second = line([(12 * k, 12, 69 + k % 2 + (2 if k >= 4 else 0)) for k in range(8)], 80)
    bars = roles([first, second], 2)
    assert [max(pitches(bar, MELODY)) for bar in bars] == [73, 73]


def test_a_keyboard_counts_as_several_lines() -> None:
    notes = [n for on in (0, 24) for n in ((on, 24, 40), (on, 24, 60), (on, 24, 64), (on, 24, 76))]
    [bar] = roles([line(notes, keyboard=True)])
    assert pitches(bar, MELODY) == [76, 76]
    assert pitches(bar, BASS) == [40, 40]


def test_a_sung_line_is_the_melody_even_below_the_piano() -> None:
    sung = line(quarters([64, 65, 67, 65]), 70, sings=True)
    high = line([(6 * k, 6, 84 + k % 3) for k in range(8)], 90)
    [bar] = roles([high, sung])
    assert pitches(bar, MELODY) == [64, 65, 67, 65]


def midi(parts: Sequence[Part], meters: Sequence[tuple[int, int, int]]) -> bytes:
    song = mido.MidiFile(ticks_per_beat=480)
    for number, (name, program, notes) in enumerate(parts):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        events = [(0, 0, mido.Message("program_change", program=program, channel=number))]
        if number == 0:
            events += [(at, 0, mido.MetaMessage("time_signature", numerator=n, denominator=d)) for at, n, d in meters]
            events += [(0, 0, mido.MetaMessage("set_tempo", tempo=500_000))]
        for on, dur, pitch in notes:
            events.append((on, 2, mido.Message("note_on", note=pitch, velocity=80, channel=number)))
            events.append((on + dur, 1, mido.Message("note_off", note=pitch, channel=number)))
        tick = 0
        for at, _, message in sorted(events, key=lambda e: e[:2]):
            track.append(message.copy(time=at - tick))
            tick = at
        song.tracks.append(track)
    out = io.BytesIO()
    song.save(file=out)
    return out.getvalue()


def test_midi_becomes_bars_and_roles() -> None:
    tune: Part = ("Violin", 40, [(480 * k, 480, 72 + k % 5) for k in range(10)])
    bass: Part = ("Violoncello", 42, [(960 * k, 960, 48 - k) for k in range(5)])
    read = short_score("a", "quartets", midi([tune, bass], [(0, 4, 4), (1920, 3, 4)]))
    assert [(b.start, b.length, b.beats, b.unit) for b in read.bars] == [
        (0, 48, 4, 4), (48, 36, 3, 4), (84, 36, 3, 4)
    ]  # fmt: skip
    assert read.bars[0].bpm == pytest.approx(120)
    assert [n.pitch for n in read.notes[0] if n.role == MELODY] == [72, 73, 74, 75]
    assert [n.pos for n in read.notes[1] if n.role == BASS] == [0, 24]
    labelled = token_bars(read)
    assert [bar.condition.meter for bar in labelled] == [1, 2, 2]
    assert labelled[0].condition.following == labelled[1].condition.chord
    assert encode(labelled).tokens


def test_long_bars_are_divided_and_a_new_meter_shortens_a_bar() -> None:
    tune: Part = ("Violin", 40, [(480 * k, 480, 70) for k in range(28)])
    read = short_score("a", "quartets", midi([tune], [(0, 12, 4), (480 * 25, 4, 4)]))
    assert [b.length for b in read.bars] == [72, 72, 72, 72, 12, 48]


def test_held_out_is_decided_by_names_alone() -> None:
    names = [f"movement {k}" for k in range(40)]
    chosen = choose_held_out(names)
    assert chosen == choose_held_out(names[::-1])
    assert len(chosen) == HELD_OUT
    assert choose_held_out([*chosen, *(n for n in names if n not in chosen)][:30]) == chosen


@pytest.mark.skipif("CUELIGHT_DATA" not in os.environ, reason="needs the scores of CUELIGHT_DATA")
def test_the_same_nine_movements_are_always_held_out() -> None:
    out = choose_held_out([score.name for score in read_scores("orchestra")])
    assert [name.rsplit("__", 1)[1] for name in out] == [
        "Bach_BWV.232_06", "Bach_BWV.232_09b", "Bach_BWV.232_11", "Bach_BWV.232_17", "Beethoven_Op.36_2",
        "Beethoven_Op.36_4", "Beethoven_Op.125_1", "Beethoven_Op.125_4", "Brahms_Op.68_2",
    ]  # fmt: skip
