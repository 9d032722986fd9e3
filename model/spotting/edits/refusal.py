"""Refusing an edit: an error of the one tree that also says which field of the edit is to blame."""

from __future__ import annotations

from typing import TypeVar

from model.errors import CuelightError, InputError

E = TypeVar("E", bound=InputError)


def field_error(kind: type[E], field: str, message: str, hint: str = "") -> E:
    """Make an error that blames one field of the edit."""
    return kind(message, hint=hint, field=field)


def field_of(error: CuelightError) -> str:
    """Name the field an error blames: ``frame``, ``fields.tail``, ``edits.2.frame``; empty if it blames none."""
    return error.field if isinstance(error, InputError) else ""


def with_place(error: E, place: str) -> E:
    """Say where the blamed field lies: ``frame`` of ``edits.2`` is ``edits.2.frame``."""
    error.field = ".".join(part for part in (place, error.field) if part)
    return error
