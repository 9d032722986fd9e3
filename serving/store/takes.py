"""Takes that were stored before their record held its times get the whole record, from the file beside their sound."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from model.documents import to_plain
from model.errors import CuelightError
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.tables import Record, Take

_log = structlog.get_logger("cuelight.store")


def complete_take_records(database: Database, artefacts: Artefacts) -> int:
    """Replace every record without a schema by the ``take.json`` of the same take; return how many were replaced.

    Where that file is gone or damaged the record stays as it is: the room then says that the take has no time on the
    reel and plays nothing of it. The service calls this whenever it starts, so a file that was restored is read then.
    """
    incomplete = select(Take.id, Take.cue, Take.files).where(Take.record["schema"].as_string().is_(None))
    with database.read() as session:
        rows = session.execute(incomplete).all()
    records = {row.id: record for row in rows if (record := _stored_record(artefacts, row.id, row.cue, row.files))}
    if records:
        with database.write() as session:
            for take in session.scalars(select(Take).where(Take.id.in_(records))):
                take.record = records[take.id]
    if rows:
        _log.info("takes of an earlier version", completed=len(records), without_times=len(rows) - len(records))
    return len(records)


def _stored_record(artefacts: Artefacts, take: str, cue: str, files: Record) -> Record | None:
    """Read the whole record of a take from the store, None with a warning if that cannot be done."""
    # imported only where there is such a take: it brings the engraver and the sound writer
    from model.review.take import RECORD, read_take

    try:
        record = read_take(artefacts.read(files[RECORD]["sha256"])) if RECORD in files else None
        why = "" if record and record.cue == cue else f"It has no {RECORD} of its own."
    except CuelightError as error:
        record, why = None, error.message
    if why:
        _log.warning("the record of a take stays without times", take=take, why=why)
        return None
    whole: Record = to_plain(record)
    return whole
