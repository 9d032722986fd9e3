"""Subtitles as lines of dialogue: SubRip and WebVTT, read strictly.

A cue that cannot be read is an error, not a hole: a composer who hands in subtitles counts on every line of them.
Formats: SubRip as the players read it; WebVTT, W3C Candidate Recommendation 2019-04-04, sections 4 and 6.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Literal

from model.errors import SubtitlesInvalid
from model.observe.observations import Line

SubtitleKind = Literal["srt", "vtt"]

LATE_S = 2.0  # the last subtitle may stand this long after the last frame
_LONGEST = 8_000_000  # characters
_TIME = r"(?:(\d{1,3}):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG = re.compile(r"</?[a-zA-Z0-9][^<>]*>|\{\\?[^{}]*\}")
_SPEAKER = re.compile(r"(?:[-–—]\s*)?([^\W\d_a-z][^\Wa-z_]*(?:[ .'’-]{1,2}[^\Wa-z_]+){0,3})\.?\s?:\s+(?=\S)")
_DASH = re.compile(r"^\s*[-–—]\s*", re.MULTILINE)
_NO_CUE = re.compile(r"WEBVTT|NOTE|STYLE|REGION")


def decode_text(data: bytes) -> str:
    """Decode a text file as its author's program may have written it: UTF-8, UTF-16 with a mark, else Latin-1."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_subtitles(text: str, kind: str) -> list[Line]:
    """Read subtitles: the cues in order of time, tags taken out, speakers recognised.

    ``WU: Where is he?`` and ``<v Wu>Where is he?`` name the speaker. Cues without words or length are left out.
    Raises SubtitlesInvalid when the text is no ``srt`` or ``vtt``, a cue cannot be read or runs backwards, or there
    is none.
    """
    if kind not in {"srt", "vtt"}:
        message = f"Subtitles of the kind {kind!r} are not known."
        raise SubtitlesInvalid(message, hint="Hand in .srt or .vtt.")
    plain = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(plain) > _LONGEST or "\0" in plain:
        raise SubtitlesInvalid("The subtitles are no text of a usable length.")
    if kind == "vtt" and not plain.startswith("WEBVTT"):
        raise SubtitlesInvalid("The subtitles do not begin with WEBVTT.", hint="Is it an .srt file?")
    lines = [line for block in re.split(r"\n[ \t]*\n+", plain.strip("\n")) for line in _cue(block)]
    if not lines:
        raise SubtitlesInvalid("There is not one subtitle in the file.")
    return sorted(lines, key=lambda line: (line.start_s, line.end_s))


def check_inside(lines: Sequence[Line], duration_s: float) -> None:
    """Raise SubtitlesInvalid if a line lies outside a reel of ``duration_s`` seconds."""
    for line in lines:
        if line.start_s < 0 or line.start_s >= duration_s or line.end_s > duration_s + LATE_S:
            message = (
                f"The subtitle at {_clock(line.start_s)} ({line.text[:30]!r}) lies outside the reel, "
                f"which is {_clock(duration_s)} long."
            )
            hint = (
                "Subtitle times count from the reel's first frame; are these for the whole film, or offset by an hour?"
            )
            raise SubtitlesInvalid(message, hint=hint)


def _cue(block: str) -> Iterator[Line]:
    """Read one block: number or name, times, words. Headers, notes and styles give nothing."""
    rows = block.split("\n")
    at = next((i for i, row in enumerate(rows) if "-->" in row), None)
    if at is None:
        if _NO_CUE.match(rows[0]) or "".join(rows).strip().isdigit():
            return
        raise SubtitlesInvalid(f"There are no times above the subtitle {rows[0][:40]!r}.")
    match = _TIMES.fullmatch(rows[at])
    if match is None:
        raise SubtitlesInvalid(f"The times {rows[at].strip()[:60]!r} cannot be read.")
    start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
    if end < start:
        raise SubtitlesInvalid(f"The subtitle at {_clock(start)} ends before it starts.")
    speaker, words = _split_speaker("\n".join(rows[at + 1 :]))
    if words and end > start:
        yield Line(start, end, 1.0, speaker, words)


def _seconds(groups: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (g or "0" for g in groups)
    return (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) + int(fraction.ljust(3, "0")) / 1000


def _split_speaker(text: str) -> tuple[str, str]:
    """Split a cue into its speaker, if named, and the bare words on one line."""
    voice = _VOICE.search(text)
    bare = html.unescape(_TAG.sub("", text)).replace("\\N", "\n").strip()
    if voice is not None:
        return voice[1].strip(), _one_line(bare)
    prefix = _SPEAKER.match(bare)
    if prefix is not None:
        return prefix[1].title(), _one_line(bare[prefix.end() :])
    return "", _one_line(bare)


def _one_line(text: str) -> str:
    return " ".join(_DASH.sub("", text).split())


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}"
