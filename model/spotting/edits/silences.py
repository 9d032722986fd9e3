"""Silences after an edit: what lies between the cues keeps its reasons, and where music was taken out it says so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from model.spotting.edits.ground import fresh_id
from model.spotting.edits.marks import PERSON, is_edited, keep_inside, mark_decision
from model.spotting.notes import Alternative, Evidence, Silence, SpottingNotes
from model.spotting.wording import write_silence_instruction
from model.time import Frame, Span

TAKEN_OUT = "You took the music out here."
WORDED = "You wrote this line."
PUT_BACK = "put the music back"


def lay_silences(notes: SpottingNotes, old: Sequence[Silence], taken_out: Span | None = None) -> tuple[Silence, ...]:
    """Name what lies between the cues of ``notes``.

    A gap takes over the silence that lies mostly in it; where several come together the reasons of all are kept, and a
    part cut off keeps the reasons of the whole under an id of its own. ``taken_out`` is where a cue has just gone.
    """
    gaps = list_gaps(notes)
    homes = {k: _home(one, gaps) for k, one in enumerate(old)}
    found: list[Silence] = []
    taken = frozenset(one.id for one in old)
    for at, gap in enumerate(gaps):
        residents = [old[k] for k, home in homes.items() if home == at]
        silence = _resident(gap, residents) or _new(notes, gap, old, taken)
        found.append(_explain_removal(silence, taken_out) if taken_out and taken_out.overlap(gap) else silence)
    return tuple(found)


def list_gaps(notes: SpottingNotes) -> list[Span]:
    """List the stretches of the reel that no cue covers."""
    found, reached = list[Span](), Frame(0)
    for cue in notes.cues:
        if cue.span.start > reached:
            found.append(Span(reached, cue.span.start))
        reached = max(reached, cue.span.end)
    return [*found, Span(reached, Frame(notes.reel.frames))] if reached.index < notes.reel.frames else found


def _home(silence: Silence, gaps: Sequence[Span]) -> int | None:
    """Find the gap that holds most of a silence; the first of equals."""
    best = max(range(len(gaps)), key=lambda k: (gaps[k].overlap(silence.span), -k), default=None)
    return best if best is not None and gaps[best].overlap(silence.span) else None


def _resident(gap: Span, residents: Sequence[Silence]) -> Silence | None:
    """Widen or narrow the silence that lives in a gap; one a person decided on before others, then the largest."""
    if not residents:
        return None
    main = max(residents, key=lambda one: (is_worded(one), is_edited(one), one.span.overlap(gap)))
    if len(residents) == 1 and main.span == gap:
        return main
    reasons = {(r.text, r.frame): r for one in (main, *residents) for r in _reasons(one, gap)}
    offers = {(o.text, o.span): o for one in (main, *residents) for o in _still_offered(one, gap)}
    why = tuple(reasons.values()) or tuple(replace(r, frame=gap.start) for r in main.why)
    lines = dict.fromkeys(one.instruction for one in residents if is_worded(one)) or (main.instruction,)
    return replace(main, span=gap, instruction=" ".join(lines), why=why, alternatives=tuple(offers.values()))


def _reasons(silence: Silence, gap: Span) -> tuple[Evidence, ...]:
    """Keep the reasons that lie in what is left of a silence; a person's are moved into it."""
    inside = (
        max(gap.start, min(r.frame, gap.end)) if r.frame and r.detector == PERSON else r.frame for r in silence.why
    )
    return keep_inside([replace(r, frame=f) for r, f in zip(silence.why, inside, strict=True)], silence.span, gap)


def is_worded(silence: Silence) -> bool:
    """Whether a person wrote the line of a silence."""
    return any(reason.text == WORDED for reason in silence.why)


def _new(notes: SpottingNotes, gap: Span, old: Sequence[Silence], taken: Collection[str]) -> Silence:
    """Write a silence where there was none: cut off from a larger one, or made by a person."""
    name = fresh_id(notes, "silence", gap, taken)
    whole = max(old, key=lambda one: one.span.overlap(gap), default=None)
    if whole is not None and whole.span.overlap(gap):
        part = _resident(gap, [whole])
        return replace(part or whole, id=name)
    instruction = write_silence_instruction(TAKEN_OUT.removesuffix("."))
    return Silence(name, gap, instruction, 1.0, mark_decision((), TAKEN_OUT, gap.start))


def _explain_removal(silence: Silence, span: Span) -> Silence:
    """Say where a cue has gone, and offer to put it back."""
    back = Alternative(span, PUT_BACK, 0.5)
    rest = [offer for offer in silence.alternatives if offer != back]
    others = [r for r in silence.why if (r.text, r.frame) != (TAKEN_OUT, span.start)]
    mine = Evidence(TAKEN_OUT, PERSON, span.start, 1.0)
    mostly = 2 * span.frames > silence.span.frames and not is_worded(silence)
    line = write_silence_instruction(TAKEN_OUT.removesuffix(".")) if mostly else silence.instruction
    return replace(silence, instruction=line, why=(mine, *others), alternatives=(back, *rest))


def _still_offered(silence: Silence, gap: Span) -> list[Alternative]:
    """Keep what can still be done: over the whole of the silence, or inside what is left of it."""
    found: list[Alternative] = []
    for offer in silence.alternatives:
        whole = offer.span == silence.span and offer.text != PUT_BACK
        if whole or (gap.start <= offer.span.start and offer.span.end <= gap.end):
            found.append(replace(offer, span=gap) if whole else offer)
    return found
