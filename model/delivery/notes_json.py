"""Spotting notes as JSON: the form other programs build on, read back without loss.

The mechanism is :mod:`model.documents`; ``docs/formats.md`` describes the members one by one.
"""

from __future__ import annotations

from pathlib import Path

from model.delivery.exporter import Exporter, Material
from model.documents import decode, encode
from model.errors import NotesInvalid
from model.spotting.notes import SpottingNotes

_LARGEST_BYTES = 256 * 1024 * 1024


def encode_notes(notes: SpottingNotes) -> bytes:
    """Write notes as indented UTF-8 JSON; the same notes give the same bytes."""
    return encode(notes, indent=1)


def read_notes(source: Path | bytes) -> SpottingNotes:
    """Read what :func:`encode_notes` wrote, from a file or from its bytes.

    Raises NotesInvalid if the file cannot be read, is no notes document of our schema, or any member is
    missing, unknown or of the wrong kind; the message names the member.
    """
    return decode(SpottingNotes, source if isinstance(source, bytes) else _contents(source))


def _contents(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            message = f"{path.name} is too large for spotting notes."
            raise NotesInvalid(message)
        return path.read_bytes()
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise NotesInvalid(message) from error


def _write(material: Material) -> bytes:
    return encode_notes(material.notes)


EXPORTER = Exporter(
    name="json",
    suffix=".notes.json",
    title="Spotting notes (JSON)",
    carries=frozenset({"cues", "silences", "hits", "dialogue", "scenes", "text", "timecode"}),
    write=_write,
)
