"""The contract of a detector: one observation, fed by the single decode pass.

A detector is a class named in the entry-point group ``cuelight.detectors``; our own are registered the same way.
It keeps only small results: memory must not grow with the pixels or samples it has seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from model.media.reel import Feed, PictureBlock, ReelInfo, SoundBlock, Still
from model.observe.settings import ObserveSettings

T = TypeVar("T")


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

    Required: ``name``, ``version``, ``needs`` and ``finish``; ``model.observe.contract.check_detector`` checks them.

    Attributes
    ----------
    name: the same word as the entry point; the finding's name
    version: changed by its author whenever the same film gives another finding: observations kept from before are
        then made again
    needs: the feeds it cannot do without, its own or through those it comes after; a reel that lacks one (a film
        without sound) is observed without this detector, and the observations say so
    after: names of detectors that finish first, so that their findings can be read; one that is not there is no error
    stored: False if only other detectors read the finding; it may then be of any type
    """

    name: ClassVar[str]
    version: ClassVar[str]
    needs: ClassVar[frozenset[Feed]]
    after: ClassVar[tuple[str, ...]] = ()
    stored: ClassVar[bool] = True

    def __init__(self, context: Context) -> None:
        """Prepare to watch one reel."""
        self.context = context

    def process_picture(self, block: PictureBlock) -> None:
        """See some consecutive tiny frames; every frame of the reel comes by exactly once, in order."""

    def process_still(self, still: Still) -> None:
        """See one larger frame, about two a second."""

    def process_sound(self, block: SoundBlock) -> None:
        """Hear some consecutive sound; blocks join without gap or overlap."""

    @abstractmethod
    def finish(self, found: Findings) -> Any:
        """Say what was found, once the reel has gone by and all of ``after`` have finished.

        Returns None for nothing, or what ``Observations`` holds under this name. Under a name it does not know, the
        finding goes to ``Observations.extra``: an array of numbers, or a tuple of ``Stretch``.
        ``found`` also holds ``clock`` (a ``Clock``: every frame's time) and ``reel`` (the ``ReelInfo`` with
        the exact frame count).
        """
