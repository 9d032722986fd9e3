"""Sound files written whole or not at all, and named after the published grammar."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import unicodedata
from collections.abc import Generator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

from model.errors import DiskFull, OutputError, OutputUnwritable
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
_FULL = {errno.ENOSPC, errno.EDQUOT}
_LONGEST = 40


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


@contextmanager
def whole_file(path: Path) -> Generator[Path]:
    """Give a temporary name beside ``path`` to write under; it takes its name when the block ends well.

    The folder is made if missing. Whatever ends the block early leaves what stood there before, and no litter.
    Raises OutputUnwritable or DiskFull.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".cuelight-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)  # a temporary file is private; a delivery is not
        temporary.replace(path)
    except OSError as error:
        raise explained(path.parent, error) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def explained(folder: Path, error: OSError) -> OutputError:
    """Turn what the system says about a failed write into the sentence a person can act on."""
    if error.errno in _FULL:
        return DiskFull(f"There is no space left in {folder}.", hint="Free some space or choose another folder.")
    reason = error.strerror or str(error)
    return OutputUnwritable(f"{folder} cannot be written: {reason}.", hint="Choose a folder you may write to.")
