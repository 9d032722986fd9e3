"""One archive of many files: stored as they are, in the order of their names and all of one date.

The same files give the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from model.progress import Progress, ignore_progress

DATE = (1980, 1, 1, 0, 0, 0)  # the first that the format knows: an archive does not tell when it was packed
MODE = 0o644 << 16  # the upper half of the external attributes is the Unix mode
UNIX = 3  # the system whose attributes these are
LARGE_BYTES = 2**31 - 1  # from here on the format needs its 64-bit fields
BLOCK_BYTES = 16 * 2**20  # copied between two looks at whether to stop


def write_archive(path: Path, name: str, files: Mapping[str, Path], progress: Progress = ignore_progress) -> Path:
    """Pack ``files`` (path in the archive -> file) below one folder called ``name``."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for done, (inside, file) in enumerate(sorted(files.items())):
            progress("archive", done, len(files))
            entry = zipfile.ZipInfo(f"{name}/{inside}", DATE)
            entry.create_system, entry.external_attr = UNIX, MODE
            entry.file_size = file.stat().st_size
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=entry.file_size > LARGE_BYTES) as to:
                while block := source.read(BLOCK_BYTES):
                    to.write(block)
                    progress("archive", done, len(files))
    return path
