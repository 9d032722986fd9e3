"""``deliver(material, folder)``: the notes in every format; each is an :class:`Exporter` found by entry point."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from model.delivery.exporter import Exporter, Material
from model.errors import SettingInvalid
from model.files import safe_stem, write_all
from model.progress import Progress, ignore_progress

GROUP = "cuelight.exporters"


def deliver(
    material: Material, folder: Path, formats: Sequence[str] | None = None, progress: Progress = ignore_progress
) -> list[Path]:
    """Write the documents into ``folder`` and return their paths, in the order of ``formats``.

    Parameters
    ----------
    material: the notes, and the observations if they are at hand
    folder: made if missing; files of the same name are replaced
    formats: names of exporters; None for all of them
    progress: hears ``deliver`` once per document

    Raises
    ------
    SettingInvalid: a format that does not exist
    OutputUnwritable, DiskFull: nothing is left under a final name half-written
    """
    chosen = _chosen(formats)
    stem = safe_stem(material.notes.reel.name)
    files: dict[str, bytes] = {}
    for done, exporter in enumerate(chosen):
        progress("deliver", done, len(chosen))
        files[stem + exporter.suffix] = exporter.write(material)
    progress("deliver", len(chosen), len(chosen))
    return write_all(folder, files)


def exporters() -> dict[str, Exporter]:
    """Find every exporter by name: ours and those of installed plug-ins, sorted."""
    return {name: entry.load() for name, entry in _entries().items()}


def _entries() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def _chosen(formats: Sequence[str] | None) -> list[Exporter]:
    """Load the exporters that are asked for, and only those."""
    available = _entries()
    for name in formats or ():
        if name not in available:
            message = f"There is no format called {name!r}."
            raise SettingInvalid(message, hint="Choose from: " + ", ".join(available) + ".")
    return [available[name].load() for name in (available if formats is None else dict.fromkeys(formats))]
