from __future__ import annotations

import io
import zipfile
from fractions import Fraction

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import ThemeInvalid
from model.motifs.characters import Hints
from model.motifs.language import Owner, OwnerKind, Theme, ThemeKey
from model.motifs.reading.themes import read_theme, read_theme_file
from model.motifs.reading.tune import guess_key, take_top_line
from model.motifs.theme_midi import encode_theme_midi
from model.motifs.writing import write_theme

F = Fraction
Rows = list[tuple[int, int, int]]


def midi(*tracks: Rows, channel: int = 0, ticks: int = 480, kind: int = 1) -> bytes:
    """Write tracks of (start, end, pitch) in ticks."""
    score = mido.MidiFile(type=kind, ticks_per_beat=ticks)
    for rows in tracks:
        track, now = mido.MidiTrack(), 0
        events = [(s, 1, p) for s, _, p in rows] + [(e, 0, p) for _, e, p in rows]
        for tick, on, pitch in sorted(events):
            message = mido.Message("note_on", note=pitch, velocity=80 * on, channel=channel, time=tick - now)
            track.append(message)
            now = tick
        score.tracks.append(track)
    sink = io.BytesIO()
    score.save(file=sink)
    return sink.getvalue()


LINE = [(0, 480, 60), (480, 960, 64), (960, 1440, 67), (1440, 2400, 65)]


def xml(body: str, attributes: str = "", root: str = "score-partwise", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}<{root}><work><work-title>Home</work-title></work>'
        '<part id="P1"><measure number="1">'
        f"<attributes><divisions>2</divisions>{attributes}</attributes>{body}</measure></part></{root}>"
    ).encode()


def note(step: str, octave: int, duration: int, extra: str = "") -> str:
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{extra}{pitch}<duration>{duration}</duration></note>"


FOUR = note("C", 4, 2) + note("E", 4, 1) + note("G", 4, 1) + note("F", 4, 4)
ABC = b"X:1\nT:Home\nM:3/4\nL:1/8\nQ:1/4=84\nK:Dm\nA2 d2 ^c2|d3 e f2|A6|]\n"


@pytest.mark.parametrize("seed", range(4))
def test_a_theme_of_ours_comes_back_from_midi(seed: int) -> None:
    theme = write_theme(Owner("a", "Anna", OwnerKind.PERSON), Hints(0.2 + 0.2 * seed), seed=seed, meter=(3, 4))
    back, said = (found := read_theme_file(encode_theme_midi(theme), "anna.mid")).theme, found.cautions
    assert [(n.onset, n.duration, n.pitch) for n in back.notes] == [(n.onset, n.duration, n.pitch) for n in theme.notes]
    assert (back.meter, back.beats, back.origin) == (theme.meter, theme.beats, "given")
    assert back.bpm == pytest.approx(theme.bpm, abs=0.01)
    assert back.key.tonic == theme.key.tonic
    assert "several voices" in said[0]
    assert encode_theme_midi(theme) == encode_theme_midi(theme)
    assert read_theme_file(encode_theme_midi(theme, chords=False), "anna.mid").cautions == ()


def test_midi_a_performance_is_read_on_the_grid() -> None:
    loose = [(3, 470, 60), (487, 950, 64), (955, 1445, 67), (1441, 2390, 65)]
    assert [n.onset for n in read_theme(midi(loose), "loose.mid").notes] == [0, 1, 2, 3]


def test_musicxml_with_ties_voices_chords_and_transposition() -> None:
    tied = note("C", 4, 2, "") + "<note><pitch><step>E</step><octave>4</octave></pitch><duration>2</duration>"
    tied += '<tie type="start"/></note><note><pitch><step>E</step><octave>4</octave></pitch><duration>2</duration>'
    tied += '<tie type="stop"/></note>' + note("D", 4, 2) + note("B", 3, 2, "<chord/>")
    attributes = (
        "<key><fifths>2</fifths><mode>major</mode></key><time><beats>4</beats><beat-type>4</beat-type></time>"
        "<transpose><chromatic>-2</chromatic></transpose>"
    )
    given = read_theme_file(xml(tied + '<sound tempo="120"/>', attributes), "clarinet.musicxml")
    theme = given.theme
    assert [(n.onset, n.duration, n.pitch) for n in theme.notes] == [(0, 1, 58), (1, 2, 62), (3, 1, 60)]
    assert (theme.key, theme.label, theme.bpm, theme.meter) == (ThemeKey(2), "Home", 120.0, (4, 4))
    assert "top line" in given.cautions[0]


def test_musicxml_an_upbeat_stays_before_its_bar_line() -> None:
    theme = read_theme(xml("<note><rest/><duration>6</duration></note>" + FOUR), "upbeat.xml")
    assert [n.onset for n in theme.notes] == [3, 4, F(9, 2), 5]
    assert theme.beats == 8


def test_compressed_musicxml_is_unpacked() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("score.xml", xml(FOUR))
    assert [n.pitch for n in read_theme(sink.getvalue(), "home.mxl").notes] == [60, 64, 67, 65]


def test_abc_with_key_accidentals_dots_and_tempo() -> None:
    theme = read_theme(ABC, "home.abc")
    assert [n.pitch for n in theme.notes] == [69, 74, 73, 74, 76, 77, 69]
    assert [n.onset for n in theme.notes] == [0, 1, 2, 3, F(9, 2), 5, 6]
    assert (theme.key, theme.meter, theme.bpm, theme.beats) == (ThemeKey(2, "minor"), (3, 4), 84.0, 9)


@pytest.mark.parametrize(
    ("body", "pitches", "onsets"),
    [
        ("C>D E<F", [60, 62, 64, 65], [0, F(3, 4), 1, F(5, 4)]),
        ("(3CDE F2", [60, 62, 64, 65], [0, F(1, 3), F(2, 3), 1]),
        ("C2-C2 z2 [EGc]2 D4", [60, 72, 62], [0, 3, 4]),
        ('"Am"!p!C D/2E/ {fg}F,2 | c\'4', [60, 62, 64, 53, 84], [0, F(1, 2), F(3, 4), 1, 2]),
        ("^F F|F G", [66, 66, 65, 67], [0, F(1, 2), 1, F(3, 2)]),
        ("(CD) E4 [K:G] F2", [60, 62, 64, 66], [0, F(1, 2), 1, 3]),
        ("V:1\nC D E\nV:2\nG A B\n", [60, 62, 64], [0, F(1, 2), 1]),
    ],
)
def test_abc_in_its_finer_points(body: str, pitches: list[int], onsets: list[Fraction]) -> None:
    theme = read_theme(f"X:1\nM:4/4\nL:1/8\nK:C\n{body}\n".encode(), "x.abc")
    assert [n.pitch for n in theme.notes] == pitches
    assert [n.onset for n in theme.notes] == onsets


def bomb() -> bytes:
    return xml(FOUR, head='<!DOCTYPE score-partwise [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>')


def packed(name: str = "score.xml", data: bytes = b"x") -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


CHORDS = [(480 * k, 480 * k + 480, p) for k in range(8) for p in (60, 64, 67)]
REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b" \n\t", "empty"),
    "without a note": (midi([]), "no note"),
    "percussion only": (midi(LINE, channel=9), "percussion"),
    "chords throughout": (midi(CHORDS), "chords throughout"),
    "10,000 notes": (midi([(240 * k, 240 * k + 200, 60 + k % 12) for k in range(10_000)]), "10,000 notes"),
    "two notes": (midi(LINE[:2]), "at least 3"),
    "cut off": (midi(LINE)[:40], "damaged"),
    "in frames": (midi(LINE).replace(b"\x01\xe0", b"\xe7\x28", 1), "film frames"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "not music"),
    "prose": (b"It was a dark and stormy night.", "not music"),
    "prose with a key": (b"K: is not a key\n" + b"what? ever: 17 #### ;;; qqq uuu 999 ttt\n" * 9, "not ABC|no note"),
    "other xml": (b"<html><body>la</body></html>", "no MusicXML"),
    "broken xml": (b"<score-partwise><part>", "damaged"),
    "timewise": (xml("", root="score-timewise"), "timewise"),
    "entities": (bomb(), "entities"),
    "nonsense values": (xml(FOUR).replace(b"<divisions>2<", b"<divisions>0<"), "no sense"),
    "no duration at all": (xml(note("C", 4, 0) * 5), "no note"),
    "pitch out of reach": (xml(note("C", 44, 2) * 5), "no sense"),
    "drums in xml": (xml("<note><unpitched/><duration>2</duration></note>" * 5), "percussion"),
    "a zip of nothing": (packed("readme.txt"), "no score"),
    "a zip cut off": (packed()[:30], "damaged"),
    "a zip bomb": (packed(data=b" " * 9_000_000), "too large"),
    "too many bytes": (b"MThd" + bytes(2_000_001), "bytes"),
    "abc without notes": (b"X:1\nK:C\nz4|z4|\n", "no note"),
    "abc of impossible lengths": (b"X:1\nK:C\nC99999999 D E F\n", "impossible length"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_theme_is_refused_in_words(name: str) -> None:
    data, words = REFUSED[name]
    with pytest.raises(ThemeInvalid, match=words):
        read_theme(data, "given.bin")


def test_of_several_voices_the_top_one_is_taken_and_said() -> None:
    low = [(s, e, p - 12) for s, e, p in LINE]
    given = read_theme_file(midi(LINE, low), "duet.mid")
    assert [n.pitch for n in given.theme.notes] == [60, 64, 67, 65]
    assert "top line was taken (4 of 8 notes)" in given.cautions[0]
    piano = [*LINE, *((s + 240, s + 360, 48) for s, _, _ in LINE)]
    assert [n.pitch for n in read_theme(midi(piano), "piano.mid").notes] == [60, 64, 67, 65]


def test_a_theme_is_called_after_its_title_or_its_file() -> None:
    assert read_theme(ABC, "x.abc").label == "Home"
    assert read_theme(midi(LINE), "folder/My Théme!.mid").id == "theme-my-theme"
    assert read_theme(midi(LINE), "\x00\x1b.mid").id.startswith("theme-")


def test_the_key_is_heard_where_the_file_is_silent() -> None:
    theme = read_theme(
        midi([(480 * k, 480 * k + 480, p) for k, p in enumerate((57, 60, 64, 62, 60, 59, 56, 57))]), "a.mid"
    )
    assert theme.key == ThemeKey(9, "minor")
    assert guess_key(theme.notes[:1]).tonic == 9


def test_the_top_line_gives_way_only_to_higher_notes() -> None:
    held = read_theme(midi([(0, 1920, 72), (480, 960, 60), (1920, 2400, 74), (2400, 2880, 72)]), "held.mid")
    assert [(n.onset, n.duration, n.pitch) for n in held.notes] == [(0, 4, 72), (4, 1, 74), (5, 1, 72)]
    assert take_top_line(()) == ()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_themes_or_refused_never_a_crash(data: st.DataObject) -> None:
    sound = data.draw(st.sampled_from([midi(LINE), xml(FOUR), ABC, packed(data=xml(FOUR))]))
    cut = data.draw(st.integers(0, len(sound)))
    change = data.draw(st.binary(max_size=6))
    try:
        found = read_theme(sound[:cut] + change + sound[cut + len(change) :], "given")
    except ThemeInvalid:
        return
    assert isinstance(found, Theme)
    assert 3 <= len(found.notes) <= 200


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ABCDEFGabcdefgzxKMLQV:^_=,'/|[](){}<>-0123456789 \n\"!", max_size=120))
def test_any_abc_is_a_theme_or_refused(text: str) -> None:
    try:
        found = read_theme(f"X:1\nK:C\n{text}".encode(), "given.abc")
    except ThemeInvalid:
        return
    assert all(n.duration > 0 and 0 <= n.pitch <= 127 for n in found.notes)
