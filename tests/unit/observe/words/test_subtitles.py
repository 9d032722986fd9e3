"""Subtitles are read whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import SubtitlesInvalid
from model.observe.observations import Line
from model.observe.words.subtitles import check_inside, decode_text, read_subtitles

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Where</i> is he?

2
00:00:03,000 --> 00:00:04,000
WU: Agent 327,
I presume.

3
00:01:00,000 --> 00:01:01,000
{\\an8}- Listen: I'm in.
"""
VTT = """WEBVTT - made by hand

STYLE
::cue { color: red }

NOTE nobody reads this
--

intro
00:01.000 --> 00:02.500 align:start line:0
<v.loud Roger Bingham>We are in <b>New&nbsp;York</b>

00:00:03.000 --> 00:00:04.000
DR. STRANGE: No.
"""


def test_srt_gives_times_words_and_speakers() -> None:
    lines = read_subtitles(SRT, "srt")
    assert [(x.start_s, x.end_s, x.speaker, x.text) for x in lines] == [
        (1.0, 2.5, "", "Where is he?"),
        (3.0, 4.0, "Wu", "Agent 327, I presume."),
        (60.0, 61.0, "", "Listen: I'm in."),
    ]


def test_vtt_knows_voices_notes_and_settings() -> None:
    lines = read_subtitles(VTT, "vtt")
    assert [(x.start_s, x.end_s, x.speaker, x.text) for x in lines] == [
        (1.0, 2.5, "Roger Bingham", "We are in New York"),
        (3.0, 4.0, "Dr. Strange", "No."),
    ]


def test_line_ends_byte_marks_and_order_do_not_matter() -> None:
    assert read_subtitles("\ufeff" + SRT.replace("\n", "\r\n"), "srt") == read_subtitles(SRT, "srt")
    blocks = SRT.split("\n\n")
    assert read_subtitles("\n\n\n".join(reversed(blocks)), "srt") == read_subtitles(SRT, "srt")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "srt"),
        ("  \n\n", "srt"),
        ("This is a letter.\n\nNot subtitles.", "srt"),
        ("WEBVTT\n", "vtt"),
        (SRT, "vtt"),
        (SRT, "ass"),
        (SRT.replace("00:00:03,000 -->", "00:00:0x,000 -->"), "srt"),
        (SRT.replace("00:00:03,000 -->", "-00:00:03,000 -->"), "srt"),
        (SRT.replace("00:00:03,000 --> 00:00:04,000", "00:00:04,000 --> 00:00:03,000"), "srt"),
        (SRT.replace("00:00:03,000 --> 00:00:04,000", "00:75:03,000 --> 00:75:04,000"), "srt"),
        (SRT.replace("00:00:03,000 --> 00:00:04,000\n", ""), "srt"),
        (SRT + "\0", "srt"),
    ],
)
def test_what_does_not_parse_is_refused(text: str, kind: str) -> None:
    with pytest.raises(SubtitlesInvalid):
        read_subtitles(text, kind)


@pytest.mark.parametrize("line", [Line(10, 11, 1), Line(9, 12.5, 1), Line(3600, 3601, 1), Line(-1, 1, 1)])
def test_outside_the_reel(line: Line) -> None:
    with pytest.raises(SubtitlesInvalid, match="outside"):
        check_inside([Line(0, 1, 1), line], 10.0)


def test_inside_the_reel() -> None:
    check_inside([Line(0, 1, 1), Line(9.9, 11.9, 1)], 10.0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_decoding(encoding: str) -> None:
    assert decode_text("Grüße, où?".encode(encoding)) == "Grüße, où?"


@given(st.binary(max_size=200))
def test_decoding_never_fails(data: bytes) -> None:
    assert isinstance(decode_text(data), str)


@given(st.text(max_size=300), st.sampled_from(["srt", "vtt"]))
def test_nonsense_is_refused_or_read(text: str, kind: str) -> None:
    try:
        lines = read_subtitles("WEBVTT\n\n" * (kind == "vtt") + text, kind)
    except SubtitlesInvalid:
        return
    assert all(line.end_s > line.start_s >= 0 and line.text for line in lines)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**7),
            st.integers(1, 10_000),
            st.from_regex(r"[a-z]{1,9}( [a-z]{1,9}){0,3}", fullmatch=True),
        ),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from(["srt", "vtt"]),
)
def test_what_pysubs2_writes_reads_back(cues: list[tuple[int, int, str]], kind: str) -> None:
    file = pysubs2.SSAFile()
    file.extend(pysubs2.SSAEvent(start=start, end=start + length, text=text) for start, length, text in cues)
    read = read_subtitles(file.to_string(kind), kind)
    assert sorted((round(x.start_s * 1000), round(x.end_s * 1000), x.text) for x in read) == sorted(
        (start, start + length, text) for start, length, text in cues
    )


@pytest.mark.skipif("CUELIGHT_DATA" not in os.environ, reason="needs the films of CUELIGHT_DATA")
def test_a_real_film() -> None:
    data = Path(os.environ["CUELIGHT_DATA"], "films", "agent327_en.vtt").read_bytes()
    lines = read_subtitles(decode_text(data), "vtt")
    assert len(lines) == 16
    assert (lines[0].start_s, lines[0].end_s, lines[0].text) == (12.72, 15.12, "This is 327, I'm going in")
    assert lines[4].text == "Haircut? Please!"
    check_inside(lines, 231.5)
