"""The contract of a detector: one observation, fed by the single decode pass.

A detector is a class named in the entry-point group ``cuelight.detectors``; our own are registered the same way.
It keeps only small results: memory must not grow with the pixels or samples it has seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from model.media.reel import PictureBlock, ReelInfo, SoundBlock, Still

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ObserveSettings:
    """What a person may choose about observing.

    Attributes
    ----------
    exact: full-precision nets with the overlap they were trained with, about three times slower
    dialogue_track: index among the audio tracks of the one that carries dialogue alone; None = by its name
    sides: dialogue and effects are on the left side of the mix, the temp music on its right
    subtitles, script: decoded text of the files, empty if none; ``subtitles_format`` is ``srt`` or ``vtt``,
        ``script_format`` ``fountain`` or ``fdx``
    skip: names of detectors to leave out
    """

    exact: bool = False
    dialogue_track: int | None = None
    sides: bool = False
    subtitles: str = ""
    subtitles_format: str = "srt"
    script: str = ""
    script_format: str = "fountain"
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a detector knows before the first block."""

    reel: ReelInfo
    settings: ObserveSettings = field(default_factory=ObserveSettings)


class Findings:
    """What other detectors have found, by name, with the type checked on the way out."""

    def __init__(self, found: Mapping[str, object]) -> None:
        """Wrap the results of the detectors that have finished."""
        self._found = found

    def get(self, name: str, kind: type[T]) -> T | None:
        """Return the finding called ``name`` if it is there and of that kind."""
        value = self._found.get(name)
        return value if isinstance(value, kind) else None


class Detector(ABC):
    """Watches and listens as the reel goes by, then says what it found.

    Required: ``name``, ``finish``. Optional: the feeds it wants, and what must have finished before it.
    """

    name: ClassVar[str]
    after: ClassVar[tuple[str, ...]] = ()

    def __init__(self, context: Context) -> None:
        """Prepare to watch one reel."""
        self.context = context

    def picture(self, block: PictureBlock) -> None:
        """See some consecutive tiny frames; every frame of the reel comes by exactly once, in order."""

    def still(self, still: Still) -> None:
        """See one larger frame, about two a second."""

    def sound(self, block: SoundBlock) -> None:
        """Hear some consecutive sound; blocks join without gap or overlap."""

    @abstractmethod
    def finish(self, found: Findings) -> Any:
        """Say what was found, once the reel has gone by and all of ``after`` have finished.

        ``found`` also holds ``clock`` (a ``Clock``: every frame's time) and ``reel`` (the ``ReelInfo`` with
        the exact frame count).
        """
