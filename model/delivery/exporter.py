"""The contract of an exporter: one file format, one function.

An exporter is an object named in the entry-point group ``cuelight.exporters``; our own are registered the same way.
It turns notes into bytes and touches no disk: :func:`model.delivery.deliver.deliver` writes all files, each under a
temporary name first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from model.observe.observations import Observations
from model.spotting.notes import SpottingNotes


@dataclass(frozen=True, slots=True)
class Material:
    """What a document is made from; ``observations`` is None when only the notes are at hand."""

    notes: SpottingNotes
    observations: Observations | None = None


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format.

    Attributes
    ----------
    name: stable id, ``resolve-edl``
    suffix: appended to the reel's name, ``.resolve.edl``
    title: what a person calls it
    carries: which parts of the notes survive, for the feature matrix: any of
        ``cues, silences, hits, dialogue, scenes, colours, text, timecode, curves, pictures``
    write: Material -> the file's bytes; same material, same bytes
    """

    name: str
    suffix: str
    title: str
    carries: frozenset[str]
    write: Callable[[Material], bytes]
