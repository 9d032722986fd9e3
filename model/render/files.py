"""Names of sound files, after the published grammar."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from model.time import rate_name

CODES = {
    "mix": "MIX",
    "temp mix": "TEMPMIX",
    "click": "CLICK",
    "strings": "STR",
    "brass": "BRS",
    "woodwinds": "WW",
    "percussion": "PERC",
    "keys": "KEYS",
    "choir": "CHR",
    "pads": "PAD",
    "bass": "BASS",
    "solo": "SOLO",
}
_LONGEST = 40  # characters of one part of a file name


def stem_name(show: str, number: str, title: str, part: str, rate: Fraction, version: int = 1) -> str:
    """Name of a sound file: ``SHOW_1m1_TitleCamel_STR_v01_48k_24b_23976.wav``, letters ``[A-Za-z0-9._-]`` only.

    ``part`` is a key of ``CODES``; the rate is the timecode's, without its point.
    """
    words = [_plain(show).upper() or "REEL", _plain(number) or "cue", _camel(title) or "Untitled", CODES[part]]
    return "_".join([*words, f"v{version:02d}", "48k", "24b", rate_name(rate).replace(".", "")]) + ".wav"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", _ascii(text)).strip("-.")[:_LONGEST]


def _camel(text: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", _ascii(text).replace("'", ""))
    return "".join(word[:1].upper() + word[1:] for word in words)[:_LONGEST]
