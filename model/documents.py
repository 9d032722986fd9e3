"""The one codec: our dataclasses as JSON and back, nothing lost, the same bytes for the same objects.

Written form of the small types, the same in every file of ours:

====================  =========================================================================
``Frame``             a whole number
``Span``              ``{"in": 24, "out": 48}``; out is the first frame after it
``Fraction``          ``"24000/1001"``
``Beat``              the same: quarter notes
``Timebase``          ``{"rate", "start", "start_timecode", "drop_frame", "assumed"}``
numpy array           ``{"dtype": "<f4", "shape": [n], "base64": "..."}``, little-endian, C order
``bytes``             base64 text
enum                  its text
float not finite      ``"inf"``, ``"-inf"``, ``"nan"``
everything else       an object with one member per field of the dataclass, in the order of the class
====================  =========================================================================

Reading is strict: a missing, unknown or mistyped member, and one out of its bounds, is a NotesInvalid that names it.
:mod:`model.fields` says what a dataclass can say about itself: bounds, names, which class is a document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, overload

from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from model.errors import CuelightError, Fault, NotesInvalid
from model.fields import (
    Bounds,
    Form,
    Plain,
    Rounded,
    bare_type,
    bounds_on,
    facts_of,
    find_annotations,
    form_of,
    is_union,
    words_of,
)
from model.plain_values import (
    LONGEST_SHOWN,
    SMALL_TYPES,
    Misfit,
    array_in,
    expect,
    is_array,
    show_beginning,
    text_in,
    write_array,
)

T = TypeVar("T")
Reader = Callable[[Any, Any], Any]
_MOST_NAMED = 3  # wrong members that one error's sentence names


def encode(document: object, indent: int | None = None) -> bytes:
    """Write a document as UTF-8 JSON with a final newline; the same document gives the same bytes."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(to_plain(document), ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def decode(kind: type[T], data: bytes) -> T:
    """Read what :func:`encode` wrote.

    Raises NotesInvalid if the bytes are no JSON, of a schema that ``kind`` cannot be read from, or do not fit it.
    """
    try:
        plain: object = json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        message = f"This is not JSON: {error}."
        raise NotesInvalid(message) from error
    return from_plain(kind, plain)


def to_plain(value: object) -> Any:
    """Return an object of ours as plain JSON values; a document begins with its ``schema``."""
    return _converter(thorough=False).unstructure(value)


@overload
def from_plain(kind: type[T], plain: object) -> T: ...
@overload
def from_plain(kind: Any, plain: object) -> Any: ...
def from_plain(kind: Any, plain: object) -> Any:
    """Read plain JSON values as a type of ours; raises NotesInvalid with every wrong member in ``faults``."""
    try:
        return _converter(thorough=False).structure(plain, kind)
    except Exception:  # noqa: BLE001 - whatever it was, the thorough reader says it again and where
        return _read_thoroughly(kind, plain)


def schema_of(kind: type) -> str:
    """Return the schema that files of a document say they are of: ``cuelight.score/1``."""
    return form_of(kind).schema


def _read_thoroughly(kind: Any, plain: object) -> Any:
    """Read slowly, to name every member that does not fit."""
    try:
        return _converter(thorough=True).structure(plain, kind)
    except NotesInvalid:
        raise  # another schema: nothing in it is worth naming
    except (CuelightError, BaseValidationError, ValueError, TypeError, RecursionError) as error:
        faults = tuple(_faults(error))
        shown = "; ".join(_in_words(fault) for fault in faults[:_MOST_NAMED])
        more = "; and more." if len(faults) > _MOST_NAMED else "."
        hint = next((fault.hint for fault in faults if fault.hint), "")
        raise NotesInvalid(f"The document does not fit its schema: {shown}{more}", hint=hint, faults=faults) from error


def _in_words(fault: Fault) -> str:
    return fault.message.rstrip(".") + (f" ({fault.path})" if fault.path else "")


def _faults(error: BaseException, path: str = "") -> Iterator[Fault]:
    """Walk down what cattrs raised, to each member at fault."""
    match error:
        case BaseValidationError():
            for inner in error.exceptions:
                yield from _faults(inner, _join_path(path, _step(error, inner)))
        case ForbiddenExtraKeysError():
            for name in sorted(str(name) for name in error.extra_fields):
                yield _fault(_join_path(path, ascii(name[:LONGEST_SHOWN])[1:-1]), "is unknown here")
        case KeyError():
            yield _fault(path, "is missing")
        case Misfit():
            yield _fault(_join_path(path, error.member), str(error))
        case CuelightError():
            yield Fault(_join_path(path, getattr(error, "field", "")), error.message, error.hint)
        case _:
            yield Fault(path, str(error)[:200] or f"{type(error).__name__}.")


def _step(error: BaseValidationError, inner: BaseException) -> str:
    """Say which member of an object or list an error lies in, by its name in JSON."""
    for note in getattr(inner, "__notes__", ()):
        if isinstance(note, IterableValidationNote):
            return str(note.index)
        if isinstance(note, AttributeValidationNote):
            return facts_of(error.cl)[note.name].key
    return ""


def _fault(path: str, phrase: str) -> Fault:
    """Say a fault in a sentence about the last member of the path that has a name."""
    names = [part for part in path.split(".") if part and not part.isdecimal()]
    return Fault(path, f"The {words_of(names[-1]) if names else 'document'} {phrase}.")


def _join_path(*parts: str) -> str:
    return ".".join(part for part in parts if part)


@cache
def _converter(*, thorough: bool) -> Converter:
    """Make the converter; the thorough one is slower and finds every fault instead of the first."""
    conv = Converter(forbid_extra_keys=True, detailed_validation=thorough, unstruct_collection_overrides={tuple: list})
    # cattrs asks the latest registration first: the general rule precedes the particular ones
    conv.register_structure_hook_factory(is_dataclass, _object_reader)
    conv.register_unstructure_hook_factory(is_dataclass, _object_writer)
    conv.register_structure_hook_factory(_is_tuple, _tuple_reader)
    conv.register_structure_hook_factory(_is_choice, _choice_reader)
    conv.register_structure_hook_factory(_is_union_of_variants, _variant_reader)
    conv.register_structure_hook_factory(_is_array_or_list, _array_or_list_reader)
    conv.register_unstructure_hook_func(_is_array_or_list, conv.unstructure)
    conv.register_structure_hook_factory(_is_annotated, _bounded_reader)
    conv.register_unstructure_hook_factory(_is_rounded, _rounded_writer)
    for kind, write, read in SMALL_TYPES:
        conv.register_unstructure_hook(kind, write)
        conv.register_structure_hook(kind, read)
    conv.register_structure_hook_func(lambda kind: kind is str, text_in)  # not its enums
    conv.register_unstructure_hook_func(is_array, write_array)
    conv.register_structure_hook_func(is_array, array_in)
    return conv


def _object_reader(kind: type[Any], conv: Converter) -> Reader:
    """Read a dataclass from an object with its members and no others."""
    renamed: Any = {facts.name: override(rename=facts.key) for facts in facts_of(kind).values()}
    inner: Callable[[Any, Any], Any] = make_dict_structure_fn(
        kind, conv, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=conv.detailed_validation, **renamed
    )
    form = form_of(kind)

    def structure(value: Any, target: Any) -> Any:
        expect(isinstance(value, dict), "an object", value)
        if form.schema:
            value = _brought_up_to_date(form, value)
        elif form.tag:
            value = _without_tag(form, value)
        return inner(value, target)

    return structure


def _brought_up_to_date(form: Form, value: Plain) -> Plain:
    """Check which schema an object says it is of, and upgrade one of an older number."""
    rest = dict(value)
    said = rest.pop("schema", None)
    name, _, newest = form.schema.rpartition("/")
    found = re.fullmatch(re.escape(name) + r"/(\d{1,4})", said) if isinstance(said, str) else None
    number = int(found[1]) if found else 0
    if said != form.schema and number not in form.upgrades:
        message = f"This is no {form.schema} document" + (f": it says {said!r:.80}." if said else ".")
        raise NotesInvalid(message, hint="Files of another version must be made again from the film.")
    for old in range(number, int(newest)):
        rest = form.upgrades[old](rest)
    return rest


def _without_tag(form: Form, value: Plain) -> Plain:
    rest = dict(value)
    if form.tag not in rest:
        raise Misfit("is missing", form.tag)
    said = rest.pop(form.tag)
    if said != form.value:
        raise Misfit(f"must be {form.value!r}, not {show_beginning(said)}", form.tag)
    return rest


def _object_writer(kind: type[Any], conv: Converter) -> Callable[[Any], Plain]:
    """Write a dataclass as an object with one member a field, its schema or its tag first."""
    form = form_of(kind)
    renamed: Any = {facts.name: override(rename=facts.key) for facts in facts_of(kind).values()}
    inner = make_dict_unstructure_fn(kind, conv, _cattrs_omit_if_default=form.sparse, **renamed)
    if not form.schema and not form.tag:
        return inner
    first = {"schema": form.schema} if form.schema else {form.tag: form.value}
    return lambda value: {**first, **inner(value)}


def _tuple_reader(kind: Any, conv: Converter) -> Reader:
    """Read a list only: cattrs itself would take any iterable, and a text is one."""
    kinds = [arg for arg in get_args(kind) if arg is not Ellipsis]
    hooks = [conv.get_structure_hook(arg) for arg in kinds]
    length = None if Ellipsis in get_args(kind) else len(kinds)
    read = _every_member if conv.detailed_validation else _members_until_a_fault

    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        expect(isinstance(value, list | tuple), "a list", value)
        if length is None:
            return read(value, hooks * len(value), kinds * len(value))
        expect(len(value) == length, f"a list of {length}", value)
        return read(value, hooks, kinds)

    return structure


def _members_until_a_fault(value: list[Any], hooks: list[Reader], kinds: list[Any]) -> tuple[Any, ...]:
    return tuple([hook(item, kind) for item, hook, kind in zip(value, hooks, kinds, strict=True)])


def _every_member(value: list[Any], hooks: list[Reader], kinds: list[Any]) -> tuple[Any, ...]:
    members: list[Any] = []
    faults: list[Exception] = []
    for index, (item, hook, kind) in enumerate(zip(value, hooks, kinds, strict=True)):
        try:
            members.append(hook(item, kind))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs to this item
            fault.add_note(IterableValidationNote(f"item {index}", index, kind))
            faults.append(fault)
    if faults:
        # cattrs gives its groups a third argument that pyright does not see
        raise IterableValidationError("in a list", faults, tuple)  # pyright: ignore[reportCallIssue]
    return tuple(members)


def _choice_reader(kind: Any, _: Converter) -> Reader:
    """Read one of a few texts: an enum or a Literal."""
    values: Iterable[Any] = get_args(kind) or kind
    choices = {str(one): one for one in values}
    named = "one of " + ", ".join(repr(name) for name in choices)

    def structure(value: Any, _: Any) -> Any:
        expect(isinstance(value, str) and value in choices, named, value)
        return choices[str(value)]

    return structure


def _variant_reader(kind: Any, conv: Converter) -> Reader:
    """Read one of several dataclasses that are told apart by a member."""
    arms = {form_of(arm).value: arm for arm in get_args(kind)}
    hooks = {value: conv.get_structure_hook(arm) for value, arm in arms.items()}
    tag = form_of(next(iter(arms.values()))).tag
    named = ", ".join(repr(value) for value in arms)

    def structure(value: Any, _: Any) -> Any:
        expect(isinstance(value, dict), "an object", value)
        if tag not in value:
            raise Misfit("is missing", tag)
        said = value[tag]
        if not isinstance(said, str) or said not in arms:
            raise Misfit(f"must be one of {named}, not {show_beginning(said)}", tag)
        return hooks[said](value, arms[said])

    return structure


def _array_or_list_reader(kind: Any, conv: Converter) -> Reader:
    """Read a list as a tuple, and anything else as an array."""
    listed = next(arm for arm in get_args(kind) if _is_tuple(arm))
    read = conv.get_structure_hook(listed)
    return lambda value, _: read(value, listed) if isinstance(value, list) else array_in(value)


def _bounded_reader(kind: Any, conv: Converter) -> Reader:
    """Read a value and hold it against the bounds on its type."""
    origin, bounds = bare_type(kind), bounds_on(kind)
    inner = conv.get_structure_hook(origin)

    def structure(value: Any, _: Any) -> Any:
        found = inner(value, origin)
        if bounds.one_line and isinstance(found, str):
            found = " ".join(filter(None, found.split(" ")))
        if complaint := bounds.describe_fault(found):
            raise Misfit(complaint)
        return found

    return structure if bounds != Bounds() else lambda value, _: inner(value, origin)


def _rounded_writer(kind: Any, _: Converter) -> Callable[[Any], float]:
    digits = next(note.digits for note in find_annotations(kind) if isinstance(note, Rounded))

    def unstructure(value: Any) -> float:
        number = round(float(value), digits)
        return int(number) if number == int(number) else number

    return unstructure


def _is_tuple(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple


def _is_choice(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is Literal or (isinstance(kind, type) and issubclass(kind, Enum))


def _is_union_of_variants(kind: Any) -> bool:
    return is_union(kind) and all(form_of(arm).tag for arm in get_args(kind))


def _is_array_or_list(kind: Any) -> bool:
    return is_union(kind) and any(map(is_array, get_args(kind))) and any(map(_is_tuple, get_args(kind)))


def _is_annotated(kind: Any) -> bool:
    return get_origin(kind) is Annotated


def _is_rounded(kind: Any) -> bool:
    return any(isinstance(note, Rounded) for note in find_annotations(kind))
