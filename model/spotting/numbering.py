"""Cue numbers: ``1m1``, ``1M01``, source music ``1m2s``; once published, a number is never given to another cue."""

from __future__ import annotations

from collections.abc import Sequence

from model.spotting.settings import Numbering

SUFFIXES = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""Letters for inserted cues; I, O and S are too easily read as 1, 0 and "source"."""


def fresh_number(numbering: Numbering, position: int, *, source: bool) -> str:
    """Spell the number of the ``position``-th cue of the reel, counted from 1."""
    suffix = numbering.source_suffix if source else ""
    return f"{numbering.reel}{numbering.letter}{position:0{numbering.pad}d}{suffix}"


def number_cues(
    numbering: Numbering, kept: Sequence[str | None], sources: Sequence[bool], published: Sequence[str] = ()
) -> list[str]:
    """Give every cue of a reel its number, in order.

    ``kept`` holds the published number of each cue that had one. Without any published number the cues count from 1.
    Otherwise an inserted cue takes the number before it and the next free letter, ``1m2A``; cues after the last
    published one count on. ``published`` are all numbers ever given out, also those of cues that are gone.
    """
    taken = {n for n in (*published, *kept) if n}
    if not taken:
        return [fresh_number(numbering, k + 1, source=s) for k, s in enumerate(sources)]
    last = max((k for k, number in enumerate(kept) if number), default=-1)
    numbers: list[str] = []
    anchor = fresh_number(numbering, 0, source=False)
    for k, (number, source) in enumerate(zip(kept, sources, strict=True)):
        if number:
            anchor = number
        elif k > last:
            number = _count_on(numbering, taken, source=source)  # noqa: PLW2901 - the number is what the loop makes
        else:
            number = _insert(numbering, anchor, taken, source=source)  # noqa: PLW2901 - see above
        taken.add(number)
        numbers.append(number)
    return numbers


def _stem(numbering: Numbering, number: str) -> str:
    """Strip the number of its letters: ``1m2`` from ``1m2A`` and of ``1m2s``."""
    return number.removesuffix(numbering.source_suffix).rstrip(SUFFIXES)


def _position(numbering: Numbering, number: str) -> int:
    digits = _stem(numbering, number).removeprefix(f"{numbering.reel}{numbering.letter}")
    return int(digits) if digits.isdecimal() else 0


def _count_on(numbering: Numbering, taken: set[str], *, source: bool) -> str:
    position = max((_position(numbering, n) for n in taken), default=0) + 1
    return fresh_number(numbering, position, source=source)


def _insert(numbering: Numbering, anchor: str, taken: set[str], *, source: bool) -> str:
    """Give the next free letter after the number before."""
    stem, suffix = _stem(numbering, anchor), numbering.source_suffix if source else ""
    used = {n.removesuffix(numbering.source_suffix) for n in taken}
    letters = [*SUFFIXES, *(a + b for a in SUFFIXES for b in SUFFIXES)]
    return next(f"{stem}{letter}{suffix}" for letter in letters if f"{stem}{letter}" not in used)
