"""Notes that came back from a person's hands: whether music can be written to them.

Reading has already refused what is no notes document. Here the judgement itself is checked: edges, order, hits.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from model.errors import CueInvalid, NotesInvalid, ReelMismatch
from model.spotting.notes import Cue, Hit, SpottingNotes
from model.spotting.settings import FASTEST_BPM, SLOWEST_BPM

LONGEST_S = 20 * 60
_TOLD = 3  # stray hits named one by one


def check_notes(notes: SpottingNotes) -> tuple[str, ...]:
    """Check the cues and hits; return cautions about what will be left out.

    Raises
    ------
    CueInvalid: a cue outside the reel, empty, longer than twenty minutes, upon another, or at no tempo
    NotesInvalid: two cues or two hits under one id or number, or a reel without frames
    """
    if notes.reel.frames <= 0:
        message = "The notes are about a reel without frames."
        raise NotesInvalid(message)
    _check_names("cue id", [cue.id for cue in notes.cues])
    _check_names("cue number", [cue.number for cue in notes.cues])
    _check_names("hit id", [hit.id for hit in notes.hits])
    for cue in notes.cues:
        _check_cue(notes, cue)
    for cue, after in pairwise(sorted(notes.cues, key=lambda c: c.span.start)):
        if after.span.start < cue.span.end:
            message = f"Cues {cue.number} and {after.number} overlap by {cue.span.end - after.span.start} frames."
            raise CueInvalid(message, hint="Move the out of the first or the in of the second.")
    strays = [hit for hit in notes.hits if _stray(notes, hit)]
    told = [_about(notes, hit) for hit in strays[:_TOLD]]
    if len(strays) > _TOLD:
        told.append(f"So it is with {len(strays) - _TOLD} more hits.")
    if not notes.cues:
        told.insert(0, "There is no cue in the notes: the film stays without music.")
    return tuple(told)


def hits_of(notes: SpottingNotes, cue: Cue) -> tuple[Hit, ...]:
    """List the hits inside a cue, in order, wherever they say they belong."""
    return tuple(sorted((h for h in notes.hits if h.frame in cue.span), key=lambda h: (h.frame, h.id)))


def check_reel(notes: SpottingNotes, sha256: str, name: str) -> None:
    """Raise ReelMismatch unless the film of this checksum is the one the notes were made for."""
    if notes.reel.sha256 != sha256:
        message = f"{name} is not the film these notes were made for ({notes.reel.name}): its content differs."
        raise ReelMismatch(message, hint="Spot this film first, or give the film that the notes name.")


def _check_names(what: str, names: list[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        message = f"The {what} {twice[0]!r} occurs twice."
        raise NotesInvalid(message, hint="Give each its own.")


def _check_cue(notes: SpottingNotes, cue: Cue) -> None:
    base = notes.reel.timebase
    if not cue.span.frames:
        message = f"Cue {cue.number} is empty: its in and out are the same frame."
        raise CueInvalid(message, hint="Move its out, or take the cue out of the notes.")
    if cue.span.start.index < 0 or cue.span.end.index > notes.reel.frames:
        message = f"Cue {cue.number} reaches outside the reel ({notes.reel.frames} frames)."
        raise CueInvalid(message, hint="Move its edges into the picture.")
    if base.seconds(cue.span.end) - base.seconds(cue.span.start) > LONGEST_S:
        message = f"Cue {cue.number} is longer than twenty minutes."
        raise CueInvalid(message, hint="Split it where the story turns.")
    slow, fast = cue.tempo_bpm
    if not SLOWEST_BPM <= slow <= fast <= FASTEST_BPM:
        message = f"Cue {cue.number} asks for a tempo from {slow:g} to {fast:g} bpm."
        raise CueInvalid(message, hint=f"Write the slower first, between {SLOWEST_BPM:g} and {FASTEST_BPM:g}.")


def _stray(notes: SpottingNotes, hit: Hit) -> bool:
    """Whether a hit claims a cue that does not hold it."""
    owner = next((cue for cue in notes.cues if cue.id == hit.cue), None)
    return bool(hit.cue) and (owner is None or hit.frame not in owner.span)


def _about(notes: SpottingNotes, hit: Hit) -> str:
    where = notes.reel.timebase.timecode(hit.frame)
    return f"The hit {hit.label!r} at {where} does not lie in the cue it names; it counts where it stands."
