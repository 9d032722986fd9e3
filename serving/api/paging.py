"""Pages by key: a cursor names the last row that was seen, so nothing is missed while the list grows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from serving.api.schemas.common import Page
from serving.problems import field_error

R = TypeVar("R")
A = TypeVar("A", bound=BaseModel)
MOST = 2**63  # the first number that SQLite's integers cannot hold

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[
    str | None, Query(max_length=300, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before this one.")
]


class PageOrder:
    """The order of a list: columns that together are unique, newest first unless ``ascending``."""

    def __init__(self, *columns: InstrumentedAttribute[Any], ascending: bool = False) -> None:
        """Sort by ``columns``."""
        self._columns = columns
        self._ascending = ascending

    def page(
        self, session: Session, query: Select[R], limit: int, cursor: str | None, write: Callable[[R], A]
    ) -> Page[A]:
        """Read one page of ``query`` and write each row with ``write``."""
        if cursor is not None:
            query = query.where(self._beyond(self._open(cursor)))
        ordered = query.order_by(*(c.asc() if self._ascending else c.desc() for c in self._columns))
        rows: Sequence[Any] = session.scalars(ordered.limit(limit + 1)).all()
        shown = rows[:limit]
        goes_on = self._close(shown[-1]) if len(rows) > limit else None
        return Page(items=[write(row) for row in shown], next=goes_on)

    def _beyond(self, values: list[Any]) -> ColumnElement[bool]:
        here, there = tuple_(*self._columns), tuple_(*values)
        return here > there if self._ascending else here < there

    def _close(self, row: Any) -> str:
        values = [getattr(row, column.key) for column in self._columns]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def _open(self, cursor: str) -> list[Any]:
        try:
            values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (binascii.Error, ValueError, RecursionError):
            values = None
        kinds = [column.type.python_type for column in self._columns]
        if not isinstance(values, list) or [type(v) for v in values] != kinds or not all(map(_fits, values)):
            raise field_error("query.cursor", "this is no cursor of this list")
        return values


def _fits(value: Any) -> bool:
    """Tell whether a database can be asked for a value at all."""
    if isinstance(value, int):
        return abs(value) < MOST
    return not isinstance(value, str) or value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
