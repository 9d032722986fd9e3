"""What a dataclass says about its fields beside their types, once for every reader: codec, schema, command, API, page.

A field's bounds, unit and sentence stand on its type, its default where dataclasses have it::

    Bpm = Annotated[float, Bounds(20, 300, unit="bpm", help="Quarter notes a minute.")]

    @dataclass(frozen=True, slots=True)
    class Wishes:
        bpm: Bpm | None = None
        title: Annotated[str, Bounds(shortest=1, longest=200, one_line=True)] = "Untitled"

        def __post_init__(self) -> None:
            check_fields(self)

Nothing here reads or writes: :mod:`model.documents` does, and :mod:`model.json_schema` describes.
"""

from __future__ import annotations

import re
import types
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from model.errors import SettingInvalid

T = TypeVar("T")
Plain = dict[str, Any]
Upgrade = Callable[[Plain], Plain]

ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
ONE_LINE_NOT_BLANK = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
_UNWRITABLE = ("Cc", "Cs")  # Unicode categories: control characters, halves of characters


@dataclass(frozen=True, slots=True)
class Bounds:
    """What values of a type are allowed, in which unit, and what they mean.

    Attributes
    ----------
    least, most: of a number, both allowed
    unit: as printed after a number: ``s``, ``dB``, ``bpm``, ``frames``
    help: one sentence for the command's help, the API's description and the page
    shortest, longest: characters of a text, members of a list
    pattern: regular expression that the whole of a text fits, in the dialect Python and JSON Schema share
    one_line: text without control characters; runs of spaces become one when it is read
    """

    least: float | None = None
    most: float | None = None
    unit: str = ""
    help: str = ""
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    one_line: bool = False

    def describe_fault(self, value: object) -> str:
        """Say what is wrong with a value as the end of a sentence ("must lie between 0 and 5"); empty if nothing is."""
        if isinstance(value, str):
            return self._text_complaint(value)
        if isinstance(value, tuple | list):
            return self._length_complaint(len(value), "members") if value or self.shortest else ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return "" if self._holds(value) else f"must {self.range_in_words()}"
        return ""

    def range_in_words(self) -> str:
        """Say the range of a number: ``lie between 0 and 5 dB``."""
        unit = f" {self.unit}" if self.unit else ""
        if self.least is None:
            return f"be at most {self.most:.10g}{unit}"
        if self.most is None:
            return f"be at least {self.least:.10g}{unit}"
        return f"lie between {self.least:.10g} and {self.most:.10g}{unit}"

    def combine(self, other: Bounds) -> Bounds:
        """Return these bounds with what ``other`` says in their place."""
        said = {f.name: value for f in fields(other) if (value := getattr(other, f.name)) != f.default}
        return Bounds(**{f.name: said.get(f.name, getattr(self, f.name)) for f in fields(self)})

    def _holds(self, number: float) -> bool:
        # written so that not-a-number lies outside
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    def _length_complaint(self, length: int, what: str) -> str:
        if self.longest is not None and length > self.longest:
            return f"has {length} {what}; {self.longest} is the most"
        if self.shortest is not None and length < self.shortest:
            return "cannot be empty" if self.shortest == 1 else f"has {length} {what}; {self.shortest} is the least"
        return ""

    def _text_complaint(self, text: str) -> str:
        length = self._length_complaint(len(text), "characters")
        if length:
            return length
        if self.one_line and any(unicodedata.category(char) in _UNWRITABLE for char in text):
            return "holds characters that cannot be written"
        if self.one_line and self.shortest and not text.strip():
            return "cannot be empty"
        if self.pattern and not re.search(self.pattern, text):
            return f"must match {self.pattern}"
        return ""


Seed = Annotated[int, Bounds(0, 2**31 - 1, help="The same seed gives the same result, another seed another one.")]


@dataclass(frozen=True, slots=True)
class Named:
    """The name a field has in JSON, where Python reserves it: ``in``."""

    name: str


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number written with so many decimals, and without its point where it is whole."""

    digits: int


@dataclass(frozen=True, slots=True)
class Form:
    """How objects of a dataclass are written beyond their fields.

    Attributes
    ----------
    schema: name and number of a document, ``cuelight.score/1``; empty for what only occurs inside documents
    upgrades: by number, what makes plain data of that schema plain data of the next
    tag, value: member that tells the classes of a union apart, and what it holds for this one; empty for the others
    sparse: members that hold their default are left out
    """

    schema: str = ""
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict[int, Upgrade])
    tag: str = ""
    value: str = ""
    sparse: bool = False


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field of a dataclass: ``name`` in Python, ``key`` in JSON, its bounds, its default (MISSING = required)."""

    name: str
    key: str
    type: Any
    bounds: Bounds
    default: Any
    factory: Any

    @property
    def required(self) -> bool:
        """Tell that the field is required: it has no default."""
        return self.default is MISSING and self.factory is MISSING

    @property
    def default_value(self) -> Any:
        """The default; raises KeyError for a required field."""
        if self.required:
            raise KeyError(self.name)
        return self.default if self.factory is MISSING else self.factory()


_FORMS: dict[type, Form] = {}
_PLAIN_FORM = Form()


def document(schema: str, upgrades: Mapping[int, Upgrade] | None = None) -> Callable[[type[T]], type[T]]:
    """Make a dataclass a document of its own: files of it begin with ``"schema": "cuelight.score/2"``.

    ``upgrades[1]`` makes plain data of number 1 plain data of number 2, and so on: files of every number that is
    named there can still be read.
    """

    def register(kind: type[T]) -> type[T]:
        _FORMS[kind] = Form(schema, upgrades or {}, sparse=form_of(kind).sparse)
        return kind

    return register


def variant(tag: str, value: str) -> Callable[[type[T]], type[T]]:
    """Make a dataclass a variant, one of several in the same place: its objects begin with ``tag: value``."""

    def register(kind: type[T]) -> type[T]:
        _FORMS[kind] = Form(tag=tag, value=value, sparse=form_of(kind).sparse)
        return kind

    return register


def omit_defaults(kind: type[T]) -> type[T]:
    """Leave members out that hold their default when objects of this dataclass are written."""
    known = form_of(kind)
    _FORMS[kind] = Form(known.schema, known.upgrades, known.tag, known.value, sparse=True)
    return kind


def form_of(kind: Any) -> Form:
    """Return how objects of a dataclass are written."""
    return _FORMS.get(kind, _PLAIN_FORM)


def facts_of(kind: type) -> Mapping[str, FieldFacts]:
    """Describe the fields of a dataclass, by their names in Python and in order."""
    found: Mapping[str, FieldFacts] = _facts_of(kind)
    return found


@cache
def _facts_of(kind: Any) -> Mapping[str, FieldFacts]:
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, FieldFacts] = {}
    for one in fields(kind):
        hint = one.type = hints[one.name]  # as a type and no text: else cattrs drops what stands on it
        key = next((note.name for note in find_annotations(hint) if isinstance(note, Named)), one.name)
        found[one.name] = FieldFacts(one.name, key, hint, bounds_on(hint), one.default, one.default_factory)
    return types.MappingProxyType(found)


def bounds_on(hint: Any) -> Bounds:
    """Gather the bounds that stand on a type; those of ``T | None`` are those of ``T``."""
    if is_union(hint):
        arms = [arm for arm in get_args(hint) if arm is not type(None)]
        return bounds_on(arms[0]) if len(arms) == 1 else Bounds()
    found = Bounds()
    for note in find_annotations(hint):
        if isinstance(note, Bounds):
            found = found.combine(note)
    return found


def find_annotations(hint: Any) -> tuple[Any, ...]:
    """Return what stands on an ``Annotated`` type beside the type."""
    return tuple(hint.__metadata__) if get_origin(hint) is Annotated else ()


def bare_type(hint: Any) -> Any:
    """Return an ``Annotated`` type without what stands on it."""
    return hint.__origin__ if get_origin(hint) is Annotated else hint


def is_union(hint: Any) -> bool:
    """Whether a type is ``A | B``."""
    origin: Any = get_origin(hint)
    return origin in (Union, types.UnionType)


def check_fields(settings: object) -> None:
    """Hold every field of a dataclass against its bounds; raises SettingInvalid that names the first wrong one."""
    for name, facts in facts_of(type(settings)).items():
        for complaint in _complaints(getattr(settings, name), facts.type):
            raise SettingInvalid(f"The {words_of(name)} {complaint}.", field=facts.key)


def words_of(path: str) -> str:
    """Say the last part of a path in words: ``fields.not_tone`` is ``not tone``."""
    return path.rsplit(".", 1)[-1].replace("_", " ").replace("-", " ")


def _complaints(value: object, hint: Any) -> Iterator[str]:
    """Hold a value against the bounds on its type, and the members of a list against theirs."""
    if is_union(hint):
        for arm in get_args(hint):
            yield from _complaints(value, arm)
        return
    complaint = bounds_on(hint).describe_fault(value)
    if complaint:
        yield complaint
    bare = bare_type(hint)
    if get_origin(bare) is Literal and value not in get_args(bare):
        yield f"must be one of {', '.join(map(str, get_args(bare)))}, not {value!s:.40}"
    if isinstance(value, tuple) and get_origin(bare) is tuple:
        kinds = get_args(bare)
        for index, member in enumerate(value):
            yield from _complaints(member, kinds[0] if kinds[-1] is Ellipsis else kinds[index])
