"""Editing the notes: a batch of edits makes a revision, or a collision that says what each side did."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from model.delivery.notes_json import encode_notes
from model.errors import CuelightError, EditConflict, InputError, ServiceBusy, VersionMissing
from model.spotting.diff import compare_notes, find_clashes
from model.spotting.draft import spot
from model.spotting.edits.apply import apply, edits_from_records, field_of
from model.spotting.edits.keeping import respot_keeping
from model.spotting.notes import SpottingNotes
from serving.api.access import Access
from serving.api.changes import record_change
from serving.api.service import Service
from serving.api.stored_notes import notes_of, observations_of, reel_of
from serving.problems import field_error, with_members
from serving.store.tables import ReelRow, Revision

JSON = "application/json"
PATIENCE_S = 10.0
SERVER_OPS = frozenset({"respot", "restore"})
LOOKING_BACK = frozenset({"add-cue", "split-cue", "respot"})
_TAG = re.compile(r'"r(\d{1,9})"')

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier revisions said: numbers given out since the last renumbering, and hits that a person let go."""

    published: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()


class Overtaken(Exception):
    """Somebody else made the next revision first; ask :func:`overtaken` what they did, outside of the transaction."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Notes as a batch would leave them: the reel and revision they follow, and the document in the store."""

    reel: ReelRow
    base: int
    notes: str
    size: int


def read_base_revision(if_match: str | None) -> int:
    """Read which revision a change is made to; raises VersionMissing or EditConflict."""
    if if_match is None:
        raise VersionMissing("The change does not say which revision it changes.", hint='Send If-Match: "r7".')
    match = _TAG.fullmatch(if_match.strip())
    if match is None:
        raise EditConflict("If-Match names no revision of the notes.", hint='Send the ETag of the notes: "r7".')
    return int(match[1])


def draft(service: Service, reel: str, base: int, records: Sequence[Record]) -> Draft:
    """Apply edits to the revision they were made to, and put the document into the store.

    Raises EditConflict, with what each side did, if the notes have moved on; CueInvalid or SettingInvalid, with the
    field, for what cannot be done.
    """
    if [record["op"] for record in records].count("respot") > 1:
        raise field_error("body.edits", "spot again once in a batch")
    with service.database.read() as session:
        row = reel_of(session, reel)
        if row.revision != base:
            raise explain_collision(service, session, row, base, records)
        notes = replace(_apply_edits(service, session, row, base, records), revision=base + 1)
    document = encode_notes(notes)
    return Draft(row, base, service.artefacts.put_bytes(document, JSON), len(document))


def keep(
    service: Service, session: Session, access: Access, made: Draft, records: Sequence[Record], summary: str
) -> Revision:
    """Make a draft the head of the notes; raises Overtaken if somebody was faster."""
    row = reel_of(session, made.reel.id)
    if row.revision != made.base:
        raise Overtaken
    service.artefacts.keep(session, access.project, made.notes, made.size, JSON)
    revision = Revision(
        reel=row.id,
        number=made.base + 1,
        notes=made.notes,
        author=access.caller.id,
        author_name=access.caller.name,
        edits=list(records),
        summary=summary,
    )
    session.add(revision)
    row.revision = revision.number
    session.flush()
    record_change(
        session, access, "notes.edit", row.id, {"reel": row.id, "revision": revision.number, "summary": summary}
    )
    return revision


def explain_lost_race(service: Service, made: Draft, records: Sequence[Record]) -> EditConflict:
    """Say what became of a draft that came too late. It takes a while: nobody may hold the writer's lock meanwhile."""
    with service.database.read() as session:
        return explain_collision(service, session, reel_of(session, made.reel.id), made.base, records)


def explain_collision(
    service: Service, session: Session, reel: ReelRow, base: int, records: Sequence[Record]
) -> EditConflict:
    """Say what they did since, what you were about to do, and where both cannot be had."""
    error = EditConflict(
        "Somebody else changed the notes first.", hint="Look at both, choose, and send what is left of your edits."
    )
    known = {"base": base, "current": reel.revision, "theirs": list[Record](), "yours": list[Record](), "clashes": []}
    try:
        before = notes_of(service, session, reel, base)
        theirs = notes_of(service, session, reel)
        yours = _apply_edits(service, session, reel, base, records)
    except CuelightError:
        return with_members(error, **known)  # they name a revision there never was, or edits that never could be done
    known["theirs"] = [asdict(one) for one in compare_notes(before, theirs)]
    known["yours"] = [asdict(one) for one in compare_notes(before, yours)]
    known["clashes"] = [asdict(one) for one in find_clashes(before, yours, theirs)]
    return with_members(error, **known)


def respot_notes(
    service: Service, reel: ReelRow, notes: SpottingNotes, coverage: float | None, past: Past
) -> SpottingNotes:
    """Spot again from what was observed; numbers that were given out and what people decided stay."""
    observations = observations_of(service, reel)
    if not service.respot_slots.acquire(timeout=PATIENCE_S):
        raise ServiceBusy("Too many people are trying other notes.", hint="Try again in a moment.")
    try:
        fresh = spot(observations, replace(notes.settings, coverage=coverage), notes)
    finally:
        service.respot_slots.release()
    return respot_keeping(fresh, notes, past.removed, past.published)


def past_of(service: Service, session: Session, reel: ReelRow, base: int) -> Past:
    """Collect what earlier revisions said that the notes themselves do not."""
    rows = session.execute(
        select(Revision.notes, Revision.edits)
        .where(Revision.reel == reel.id, Revision.number <= base)
        .order_by(Revision.number.desc())
    )
    published: set[str] = set()
    removed: set[str] = set()
    renumbered = False
    for row in rows:
        if not renumbered:
            published |= service.numbers(row.notes)
        renumbered = renumbered or any(edit["op"] == "renumber" for edit in row.edits)
        removed |= {edit["hit"] for edit in row.edits if edit["op"] == "remove-hit"}
    return Past(frozenset(published), frozenset(removed))


def _apply_edits(
    service: Service, session: Session, reel: ReelRow, base: int, records: Sequence[Record]
) -> SpottingNotes:
    """Apply edits one after the other; those of the service's own are not the model's to know."""
    notes = notes_of(service, session, reel, base)
    looks_back = any(record["op"] in LOOKING_BACK for record in records)
    past = past_of(service, session, reel, base) if looks_back else Past()
    place = 0
    for ours, some in groupby(records, lambda record: record["op"] in SERVER_OPS):
        group = list(some)
        try:
            if ours:
                for record in group:
                    notes = _by_server(service, session, reel, notes, record, past)
                    place += 1
            else:
                notes = apply(notes, edits_from_records(group), past.published)
                place += len(group)
        except InputError as error:
            raise _blame_field(error, place) from error
    return notes


def _by_server(
    service: Service, session: Session, reel: ReelRow, notes: SpottingNotes, record: Record, past: Past
) -> SpottingNotes:
    if record["op"] == "respot":
        return respot_notes(service, reel, notes, record.get("coverage"), past)
    return notes_of(service, session, reel, record["revision"])


def _blame_field(error: InputError, place: int) -> InputError:
    """Name the field of the body that an edit's error blames; ``place`` is where its group begins."""
    field = re.sub(r"^edits\.(\d+)", lambda match: f"edits.{int(match[1]) + place}", field_of(error))
    where = f"body.{field or f'edits.{place}'}"
    return with_members(error, errors=[{"field": where, "message": error.message}])
