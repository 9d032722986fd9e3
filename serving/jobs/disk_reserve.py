"""A reserve of disk space, given up when the database has no room to say that there is none."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

BYTES = 16 * 2**20  # several times what the database's journal grows to


class Reserve:
    """A file that takes up space until it is needed."""

    def __init__(self, path: Path, size: int = BYTES) -> None:
        """Keep the reserve at ``path``, on the disk of the database."""
        self._path = path
        self._size = size

    @property
    def kept(self) -> bool:
        """Tell whether the space is still kept back."""
        return self._path.exists()

    def keep(self) -> None:
        """Hold space back, if there is plenty and none is held back yet."""
        if self.kept:
            return
        partial = self._path.with_suffix(".partial")
        with suppress(OSError):
            if shutil.disk_usage(self._path.parent).free > 2 * self._size:
                with partial.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, self._size)
                partial.replace(self._path)
        with suppress(OSError):
            partial.unlink(missing_ok=True)

    def give_up(self) -> bool:
        """Give the space back; return whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
