"""The ledger as a table: rows to read, and CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields

from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Language, PlannedStatement
from model.motifs.ledger import describe_transform
from model.spotting.notes import Cue, SpottingNotes
from model.time import Frame

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One statement in words; ``transform`` are words of ``transforms``, ``heard`` describes the same for people."""

    timecode: str
    cue: str
    theme: str
    owner: str
    form: str
    transform: str
    heard: str
    instrument: str
    why: str


def start_frame(planned: PlannedStatement, cue: Cue) -> Frame:
    """Frame of the reel at which a planned statement begins."""
    return cue.span.start + round(planned.at * cue.span.frames)


def ledger_rows(language: Language, notes: SpottingNotes) -> tuple[LedgerRow, ...]:
    """List the statements in the order of the film; those of cues that the notes no longer have are left out."""
    cues = {cue.id: cue for cue in notes.cues}
    names = {owner.id: owner.name for owner in language.owners}
    statements = [(start_frame(p, cues[p.cue]), cues[p.cue], p) for p in language.ledger if p.cue in cues]
    rows: list[LedgerRow] = []
    for frame, cue, planned in sorted(statements, key=lambda t: (t[0], t[2].theme)):
        theme = language.theme(planned.theme)
        players = language.cue_palettes.get(cue.id, language.palette).instruments
        own = theme.character.instrument
        rows.append(
            LedgerRow(
                notes.reel.timebase.timecode(frame),
                cue.number,
                theme.label,
                names.get(theme.owner, theme.owner),
                planned.form,
                " ".join(word.replace(" ", "_") for word in planned.transform),
                describe_transform(planned.transform),
                INSTRUMENTS[own].name if own in players else f"{INSTRUMENTS[own].name}, or who plays in {cue.number}",
                planned.why,
            )
        )
    return tuple(rows)


def ledger_csv(language: Language, notes: SpottingNotes) -> str:
    """Write the rows as CSV with a header; text that a spreadsheet would calculate is quoted with an apostrophe."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    columns = [f.name for f in fields(LedgerRow)]
    writer.writerow(columns)
    for row in ledger_rows(language, notes):
        values = [str(getattr(row, column)) for column in columns]
        writer.writerow([f"'{v}" if v.startswith(_FORMULA_STARTS) else v for v in values])
    return sink.getvalue()
