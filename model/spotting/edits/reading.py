"""Edits as they come over the wire, read strictly: what is wrong is said with its field, nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar, cast

from model.errors import InputError, SettingInvalid
from model.spotting.edits.kinds import (
    AddCue,
    AddHit,
    CueFields,
    Edge,
    Edit,
    HitFields,
    MergeCues,
    MoveEdge,
    PaletteFields,
    RemoveCue,
    RemoveHit,
    Renumber,
    SetCue,
    SetHit,
    SetSilence,
    SplitCue,
    TakeAlternative,
)
from model.spotting.edits.refusal import field_error, with_place
from model.spotting.notes import HitKind, InType, MustBe, OutType, Usage

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)
_LARGEST = 10**9  # of a number in an edit
_LONGEST_ID = 200  # characters
_SHOWN = 40  # characters of a wrong name that an error repeats


class _Record:
    """One JSON object: gives out its members by kind, and refuses at the end what nobody asked for."""

    def __init__(self, value: object, path: str = "") -> None:
        self._path = path
        self._left = dict(cast("Mapping[object, object]", value)) if isinstance(value, Mapping) else None
        if self._left is None:
            raise field_error(SettingInvalid, path, f"Expected an object{f' for {path}' if path else ''}.")

    def read_required(self, name: str, read: Callable[[object, str], T]) -> T:
        """Read a member that must be there."""
        if not self.holds(name):
            raise field_error(SettingInvalid, self._place(name), f"The edit lacks {self._place(name)!r}.")
        return read(self._take(name), self._place(name))

    def read_optional(self, name: str, read: Callable[[object, str], T]) -> T | None:
        """Read a member that may be left out."""
        return read(self._take(name), self._place(name)) if self.holds(name) else None

    def holds(self, name: str) -> bool:
        """Whether the member is there and was not read yet."""
        return name in (self._left or {})

    def finish(self) -> None:
        """Refuse members that nobody asked for."""
        for name in self._left or {}:
            shown = ascii(name[:_SHOWN])[1:-1] if isinstance(name, str) else type(name).__name__
            raise field_error(SettingInvalid, self._place(shown), f"{shown!r} is nothing this edit knows.")

    def _take(self, name: str) -> object:
        return (self._left or {}).pop(name)

    def _place(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def edit_from_record(record: Mapping[str, Any]) -> Edit:
    """Read one edit: ``{"op": "move-edge", "cue": id, "edge": "in", "frame": 240}``.

    Raises SettingInvalid for an unknown operation, a member missing, unknown, of the wrong kind or out of its range;
    :func:`field_of` tells which.
    """
    members = _Record(record)
    name = members.read_required("op", _text)
    read = _OPERATIONS.get(name)
    if read is None:
        said = f"There is no operation {name[:_SHOWN]!r}."
        raise field_error(SettingInvalid, "op", said, f"Choose {', '.join(_OPERATIONS)}.")
    edit = read(members)
    members.finish()
    return edit


def edits_from_records(records: Sequence[Mapping[str, Any]]) -> tuple[Edit, ...]:
    """Read a batch; the blamed field of an error begins with its place, ``edits.2.frame``."""
    found: list[Edit] = []
    for index, record in enumerate(records):
        try:
            found.append(edit_from_record(record))
        except InputError as error:
            raise with_place(error, f"edits.{index}") from None
    return tuple(found)


def _wrong(field: str, wanted: str) -> SettingInvalid:
    return field_error(SettingInvalid, field, f"The member {field!r} must be {wanted}.")


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise _wrong(field, "text")
    return " ".join(value.split())


def _id(value: object, field: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_ID:
        raise _wrong(field, "an id of the notes")
    return value


def _whole(value: object, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST:
        raise _wrong(field, "a whole number")
    return value


def _number(value: object, field: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -_LARGEST <= value <= _LARGEST:
        raise _wrong(field, "a number")
    return float(value)


def _list(value: object, field: str, item: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(field, "a list")
    return tuple(item(one, field) for one in cast("Sequence[object]", value))


def _words(value: object, field: str) -> tuple[str, ...]:
    return _list(value, field, _text)


def _pair(value: object, field: str) -> tuple[float, float]:
    found = _list(value, field, _number)
    if len(found) != 2:  # noqa: PLR2004 - the slower and the faster
        raise _wrong(field, "a list of two numbers, the slower first")
    return found[0], found[1]


def _choice(kind: type[Choice]) -> Callable[[object, str], Choice]:
    def read(value: object, field: str) -> Choice:
        found = next((one for one in kind if isinstance(value, str) and one.value == value), None)
        if found is None:
            raise _wrong(field, "one of " + ", ".join(repr(one.value) for one in kind))
        return found

    return read


def _palette(value: object, field: str) -> PaletteFields:
    members = _Record(value, field)
    found = PaletteFields(
        families=members.read_optional("families", _words),
        featured=members.read_optional("featured", _text),
        leave_free=members.read_optional("leave_free", _text),
    )
    members.finish()
    return found


def _cue_fields(value: object, field: str) -> CueFields:
    members = _Record(value, field)
    found = CueFields(
        title=members.read_optional("title", _text),
        instruction=members.read_optional("instruction", _text),
        tone=members.read_optional("tone", _words),
        not_tone=members.read_optional("not_tone", _words),
        usage=members.read_optional("usage", _choice(Usage)),
        in_type=members.read_optional("in_type", _choice(InType)),
        out_type=members.read_optional("out_type", _choice(OutType)),
        tail=members.read_optional("tail", _whole),
        intensity=members.read_optional("intensity", _number),
        tempo_bpm=members.read_optional("tempo_bpm", _pair),
        palette=members.read_optional("palette", _palette),
        function=members.read_optional("function", _text),
    )
    members.finish()
    return found


def _hit_members(members: _Record, *, frame: bool) -> HitFields:
    return HitFields(
        frame=members.read_optional("frame", _whole) if frame else None,
        kind=members.read_optional("kind", _choice(HitKind)),
        weight=members.read_optional("weight", _number),
        label=members.read_optional("label", _text),
        early=members.read_optional("early", _whole),
        late=members.read_optional("late", _whole),
        must_be=members.read_optional("must_be", _choice(MustBe)),
        treatment=members.read_optional("treatment", _text),
    )


def _hit_fields(value: object, field: str) -> HitFields:
    members = _Record(value, field)
    found = _hit_members(members, frame=True)
    members.finish()
    return found


def _add_hit(members: _Record) -> AddHit:
    frame = members.read_required("frame", _whole)
    try:
        return AddHit(frame, _hit_members(members, frame=False))
    except InputError as error:  # here the fields lie in the edit itself
        error.field = error.field.removeprefix("fields.")
        raise


def _silence_words(value: object, field: str) -> str:
    members = _Record(value, field)
    found = members.read_required("instruction", _text)
    members.finish()
    return found


_OPERATIONS: dict[str, Callable[[_Record], Edit]] = {
    "move-edge": lambda m: MoveEdge(
        m.read_required("cue", _id), m.read_required("edge", _choice(Edge)), m.read_required("frame", _whole)
    ),
    "split-cue": lambda m: SplitCue(m.read_required("cue", _id), m.read_required("frame", _whole)),
    "merge-cues": lambda m: MergeCues(m.read_required("first", _id), m.read_required("second", _id)),
    "add-cue": lambda m: AddCue(m.read_required("in", _whole), m.read_required("out", _whole)),
    "remove-cue": lambda m: RemoveCue(m.read_required("cue", _id)),
    "renumber": lambda _: Renumber(),
    "set-cue": lambda m: SetCue(m.read_required("cue", _id), m.read_required("fields", _cue_fields)),
    "take-alternative": lambda m: TakeAlternative(m.read_required("cue", _id), m.read_required("index", _whole)),
    "add-hit": _add_hit,
    "set-hit": lambda m: SetHit(m.read_required("hit", _id), m.read_required("fields", _hit_fields)),
    "remove-hit": lambda m: RemoveHit(m.read_required("hit", _id)),
    "set-silence": lambda m: SetSilence(m.read_required("silence", _id), m.read_required("fields", _silence_words)),
}
"""How the members of each operation are read, by its name."""
