"""Sweeping: files that no row names go to the trash, if it is sure that rows are not simply missing.

Three things must hold: database and store belong together (:mod:`serving.store.pairing`), the file is old enough, and
only a small share of the store would go at once. What is refused is logged, counted, and told by ``/ready``.
"""

from __future__ import annotations

import structlog
from prometheus_client import Counter

from model.errors import CuelightError, SweepRefused
from serving.store.artefacts import GRACE_S, Artefacts, SweepCount, max_swept_files, used_blobs
from serving.store.database import Database
from serving.store.pairing import check_pair

SWEPT = Counter("cuelight_swept_files_total", "Files moved to the trash because no row names them, by kind.", ["kind"])
REFUSED = Counter("cuelight_sweeps_refused_total", "Sweeps that were refused, by kind and reason.", ["kind", "reason"])
ARTEFACTS, UPLOADS = "artefacts", "uploads"  # the kinds of files that are swept
_log = structlog.get_logger("cuelight.store")


def may_sweep(database: Database, artefacts: Artefacts, kind: str) -> bool:
    """Tell whether files of a kind may be removed for want of a row; what forbids it is logged and counted."""
    try:
        check_pair(database, artefacts)
    except CuelightError as error:
        REFUSED.labels(kind, error.code).inc()
        _log.warning("not swept", kind=kind, code=error.code, detail=error.message, hint=error.hint)
        return False
    return True


def sweep_artefacts(
    database: Database, artefacts: Artefacts, *, grace_s: float = GRACE_S, limited: bool = True
) -> SweepCount:
    """Move every blob that no project uses to the trash, as :meth:`Artefacts.sweep`.

    Raises as :func:`serving.store.pairing.check_pair`, and nothing is moved then.
    """
    check_pair(database, artefacts)
    released = artefacts.collect(database)
    with database.read() as session:
        used = used_blobs(session)
    count = artefacts.sweep(used, grace_s, limited=limited)
    if limited and count.refused:
        refuse_sweep(artefacts, ARTEFACTS, count.unused, count.stored)
    else:
        artefacts.refusals.pop(ARTEFACTS, None)
    if released or count.moved:
        SWEPT.labels(ARTEFACTS).inc(released + count.moved)
        _log.info("swept", kind=ARTEFACTS, moved=released + count.moved, stored=count.stored, bytes=count.moved_bytes)
    return count


def refuse_sweep(artefacts: Artefacts, kind: str, unused: int, stored: int) -> None:
    """Log, count and remember for ``/ready`` that a sweep would have taken ``unused`` of ``stored`` files."""
    said = (
        f"{unused} of {stored} {kind} are named by no row; a sweep moves {max_swept_files(stored)} at most. "
        "Nothing was moved."
    )
    hint = "See `cuelight service check`: is this an old database? If they may go: `cuelight service sweep --all`."
    error = artefacts.refusals[kind] = SweepRefused(said, hint=hint)
    REFUSED.labels(kind, error.code).inc()
    _log.warning("sweep refused", kind=kind, code=error.code, unused=unused, stored=stored, hint=hint)
