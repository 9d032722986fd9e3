"""A folder written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from model.delivery.files import explained


@contextmanager
def fresh_folder(parent: Path, name: str) -> Generator[Path]:
    """Give a new folder to fill; when all went well it takes the place of ``parent / name``.

    What stood there before stays until then, and stays for good if anything is raised.
    Raises OutputUnwritable or DiskFull for what the disk says.
    """
    final = parent / name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        filling = Path(tempfile.mkdtemp(prefix=f".{name}-", suffix=".partial", dir=parent))
    except OSError as error:
        raise explained(parent, error) from error
    try:
        filling.chmod(0o755)
        yield filling
        _swap(filling, final)
    except OSError as error:
        raise explained(parent, error) from error
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def _swap(filling: Path, final: Path) -> None:
    """Put the new folder in the old one's place; the old one comes back if that fails."""
    old = final.with_name(f".{final.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    try:
        filling.rename(final)
    except OSError:
        with suppress(OSError):
            old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)
