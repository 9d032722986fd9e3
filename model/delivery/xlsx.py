"""The notes as a workbook: sheets Cues, Hits, Silences, Dialogue and Reel, ready to filter, edit and print.

Text never becomes a formula. The same notes give the same bytes: the archive carries no clock.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from model.delivery.exporter import Exporter, Material
from model.delivery.tables import Table, Value, is_dangerous, tables
from model.delivery.wording import Heading, heading

Sheet = Any  # openpyxl's parts are partly typed; what is assigned here is checked by reading the workbook back

_WIDTHS = {"instruction": 48, "why": 60, "or": 48, "scene": 40, "function": 36, "text": 60, "value": 60, "label": 32}
_NARROWEST = 9  # characters: the narrowest column
_WIDEST = 28  # characters: the widest column
_EPOCH = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(<)")
_HEAD_FILL = PatternFill("solid", start_color="EEF1F4")
_CUE_FILL = PatternFill("solid", start_color="FDF3DC")


def _write(material: Material) -> bytes:
    book = Workbook()
    del book["Sheet"]
    facts = heading(material.notes)
    for table in tables(material.notes):
        _fill(book.create_sheet(table.name), table, facts)
    sink = io.BytesIO()
    book.save(sink)
    return _timeless(sink.getvalue())


def _fill(sheet: Sheet, table: Table, facts: Heading) -> None:
    for column, name in enumerate(table.columns, start=1):
        head = sheet.cell(1, column, name.replace("_", " "))
        head.font, head.fill = Font(bold=True), _HEAD_FILL
        sheet.column_dimensions[get_column_letter(column)].width = _width(table, column - 1)
    for number, row in enumerate(table.rows, start=2):
        for column, value in enumerate(row, start=1):
            _put(sheet.cell(number, column), value)
        if table.name == "Cues":
            sheet.cell(number, 1).fill = _CUE_FILL
            sheet.cell(number, 1).font = Font(bold=True)
    _dress(sheet, table, facts)


def _put(cell: Any, value: Value) -> None:
    cell.value = value
    cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str))
    if isinstance(value, str) and is_dangerous(value):
        cell.data_type = "s"
        cell.quotePrefix = True


def _dress(sheet: Sheet, table: Table, facts: Heading) -> None:
    """Freeze and filter the head, and print the reel's facts on every page."""
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table.rows) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.left.text = _escape_ampersands(f"{facts.reel} · {facts.version}")
    sheet.oddHeader.right.text = _escape_ampersands(facts.clock)
    sheet.oddFooter.left.text = _escape_ampersands(f"{table.name} · {facts.counts}")
    sheet.oddFooter.right.text = "&P / &N"


def _escape_ampersands(text: str) -> str:
    return text.replace("&", "&&")


def _width(table: Table, column: int) -> float:
    name = table.columns[column]
    longest = max((len(str(row[column])) for row in table.rows), default=0)
    return _WIDTHS.get(name, min(max(longest + 2, len(name) + 3, _NARROWEST), _WIDEST))


def _timeless(data: bytes) -> bytes:
    """Repack the archive with fixed dates, so that equal notes are equal files."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for item in sorted(old.infolist(), key=lambda entry: entry.filename):
            member = old.read(item)
            if item.filename == "docProps/core.xml":
                member = _STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", member)
            entry = zipfile.ZipInfo(item.filename, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, member)
    return sink.getvalue()


EXPORTER = Exporter(
    name="xlsx",
    suffix=".notes.xlsx",
    title="Workbook (XLSX)",
    carries=frozenset({"cues", "silences", "hits", "dialogue", "text", "timecode"}),
    write=_write,
)
