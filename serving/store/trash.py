"""The trash: what the service takes away goes into a folder of that day and stays there for days.

``trash/2026-11-30/artefacts/ab/abcd...`` and ``trash/2026-11-30/uploads/upload_....part``: everything keeps its name,
so that ``cuelight service restore`` finds it again. Only :meth:`Trash.empty` deletes.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from model.files import sync

TRASH = "trash"  # its folder in the service's home
DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Trash:
    """The folder of what was taken away, one folder a day (UTC)."""

    def __init__(self, root: Path) -> None:
        """Use the folder ``root``; it is made when the first file comes."""
        self.root = root

    def put(self, path: Path, below: str) -> bool:
        """Move a file to ``below`` today's folder; return whether there was one. Raises OSError."""
        target = self.root / current_day().isoformat() / below / path.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            path.replace(target)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy_over(path, target)
        return True

    def find(self, below: str, name: str) -> Iterator[Path]:
        """Give every file of that name, the one thrown away last first."""
        for folder in reversed(self.days()):
            if (path := folder / below / name).is_file():
                yield path

    def files(self) -> Iterator[Path]:
        """Give every file."""
        for folder in self.days():
            yield from (path for path in folder.rglob("*") if path.is_file())

    def days(self) -> list[Path]:
        """Return the folders of the days, oldest first; nothing else in the trash is ours."""
        with suppress(FileNotFoundError):
            return sorted(path for path in self.root.iterdir() if DAY.fullmatch(path.name) and path.is_dir())
        return []

    def empty(self, keep_days: int) -> int:
        """Delete for good what was thrown away more than ``keep_days`` days ago (0: all); return how many days went."""
        last = (current_day() - timedelta(days=keep_days)).isoformat()
        gone = [folder for folder in self.days() if folder.name < last or keep_days == 0]
        for folder in gone:
            shutil.rmtree(folder)
        return len(gone)


def current_day() -> date:
    """Return the day by which the trash is sorted (UTC)."""
    return datetime.now(UTC).date()


def _copy_over(path: Path, target: Path) -> None:
    """Move a file to another file system: it goes here only when it is whole there."""
    partial = target.with_name(f"{target.name}.partial")
    with suppress(FileNotFoundError):
        partial.unlink()
    shutil.copy2(path, partial)
    sync(partial)
    partial.replace(target)
    path.unlink()
