"""Observations and notes as bytes: one converter, JSON, nothing lost.

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

Reading is strict: a missing, unknown or mistyped member raises NotesInvalid with the member's path.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import is_dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar, get_args, get_origin

import numpy as np
import numpy.typing as npt
from cattrs import Converter, transform_error
from cattrs.errors import (
    BaseValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn

from model.errors import CuelightError, NotesInvalid
from model.observe.observations import OLDER_SCHEMAS, SCHEMA, Extra, Observations, Stretch
from model.time import Beat, Frame, Span, Timebase

T = TypeVar("T")
_KINDS = frozenset({"|u1", "|i1", "|b1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8"})
_ODD_FLOATS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_TIMEBASE_MEMBERS = {"rate", "start", "start_timecode", "drop_frame", "assumed"}


def encode(observations: Observations) -> bytes:
    """Write observations as JSON; the same observations give the same bytes."""
    return dump(observations)


def decode(data: bytes) -> Observations:
    """Read what :func:`encode` wrote, in this version or an older one.

    Raises NotesInvalid with the path of the first wrong member.
    """
    return replace(load(data, Observations, SCHEMA, OLDER_SCHEMAS), schema=SCHEMA)


def dump(document: object, indent: int | None = None) -> bytes:
    """Write any of our documents as UTF-8 JSON, its ``schema`` first, with a final newline."""
    plain = converter().unstructure(document)
    plain = {"schema": plain["schema"], **plain}
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def load(data: bytes, kind: type[T], schema: str, older: Sequence[str] = ()) -> T:
    """Read JSON into ``kind`` after checking that it says to be of ``schema``, or of an older one that still fits.

    Raises NotesInvalid if the bytes are no JSON, of another schema, or do not fit ``kind`` exactly.
    """
    plain = _parse(data)
    found = plain.get("schema") if isinstance(plain, dict) else None
    if found not in (schema, *older):
        message = f"This is no {schema} document" + (f": it says {found!r:.80}." if found else ".")
        raise NotesInvalid(message, hint="Files of another version must be made again from the film.")
    try:
        return converter().structure(plain, kind)
    except (BaseValidationError, CuelightError, RecursionError) as error:
        raise NotesInvalid(_complaint(error)) from error


def can_store(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of this type can be written: truth values, and integers and floats of the common sizes."""
    return dtype.newbyteorder("<").str in _KINDS


@cache
def converter() -> Converter:
    """Return the one converter between our dataclasses and plain JSON values."""
    conv = Converter(forbid_extra_keys=True, detailed_validation=True)
    # cattrs asks the latest registration first: the general rule precedes the particular ones
    conv.register_structure_hook_factory(is_dataclass, _object_hook)
    conv.register_structure_hook_factory(_is_tuple, _tuple_hook)
    _register(conv, bool, bool, _flag_in)
    _register(conv, int, int, _whole_in)
    _register(conv, float, _float_out, _float_in)
    conv.register_structure_hook_func(lambda kind: kind is str, _text_in)  # not its enums
    _register(conv, bytes, lambda data: base64.b64encode(data).decode(), _bytes_in)
    _register(conv, Frame, lambda frame: int(frame.index), lambda value, _: Frame(_whole_in(value)))
    _register(conv, Span, _span_out, _span_in)
    _register(conv, Fraction, _fraction_out, _fraction_in)
    _register(
        conv, Beat, lambda beat: _fraction_out(beat.quarters), lambda value, _: Beat(_fraction_in(value, Fraction))
    )
    _register(conv, Timebase, _timebase_out, _timebase_in)
    conv.register_unstructure_hook_func(_is_array, _array_out)
    conv.register_structure_hook_func(_is_array, _array_in)
    conv.register_unstructure_hook(Extra, conv.unstructure)
    conv.register_structure_hook(Extra, _extra_in)
    return conv


def _register(conv: Converter, kind: type[T], out: Callable[[T], object], into: Callable[[Any, type[T]], T]) -> None:
    conv.register_unstructure_hook(kind, out)
    conv.register_structure_hook(kind, into)


def _parse(data: bytes) -> object:
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        message = f"This is not JSON: {error}."
        raise NotesInvalid(message) from error


def _complaint(error: BaseException) -> str:
    """Say what is wrong and where, for the first few members that do not fit."""
    lines = [error.message] if isinstance(error, CuelightError) else transform_error(error, format_exception=_wording)
    shown = "; ".join(lines[:3])
    return f"The document does not fit its schema: {shown}" + ("; and more." if len(lines) > 3 else ".")  # noqa: PLR2004


def _wording(error: BaseException, _kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "missing member"
    if isinstance(error, ForbiddenExtraKeysError):
        return "unknown member " + ", ".join(sorted(str(key)[:40] for key in error.extra_fields))
    return str(error)[:200]


def _object_hook(kind: type[Any], conv: Converter) -> Callable[[Any, Any], Any]:
    inner: Callable[[Any, Any], Any] = make_dict_structure_fn(
        kind, conv, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True
    )

    def structure(value: Any, target: Any) -> Any:
        _expect(isinstance(value, dict), "an object", value)
        return inner(value, target)

    return structure


def _tuple_hook(kind: Any, conv: Converter) -> Callable[[Any, Any], Any]:
    """Read a list only: cattrs itself would take any iterable, and a text is one."""
    kinds = get_args(kind)
    repeated = kinds[-1] is Ellipsis
    hooks: list[tuple[Any, Callable[[Any, Any], Any]]] = [
        (k, conv.get_structure_hook(k)) for k in kinds if k is not Ellipsis
    ]

    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        _expect(isinstance(value, list), "a list", value)
        _expect(repeated or len(value) == len(hooks), f"a list of {len(hooks)}", value)
        members: list[Any] = []
        faults: list[Exception] = []
        for index, (item, (item_kind, hook)) in enumerate(
            zip(value, hooks * len(value) if repeated else hooks, strict=True)
        ):
            try:
                members.append(hook(item, item_kind))
            except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs to this item
                fault.add_note(IterableValidationNote(f"item {index}", index, item_kind))
                faults.append(fault)
        if faults:
            # cattrs gives its groups a third argument that pyright does not see
            raise IterableValidationError("in a list", faults, kind)  # pyright: ignore[reportCallIssue]
        return tuple(members)

    return structure


def _expect(fits: bool, what: str, value: object) -> None:
    if not fits:
        message = f"expected {what}, found {value!r:.40}"
        raise TypeError(message)


def _flag_in(value: Any, _: object = None) -> bool:
    _expect(isinstance(value, bool), "true or false", value)
    return bool(value)


def _whole_in(value: Any, _: object = None) -> int:
    _expect(isinstance(value, int) and not isinstance(value, bool), "a whole number", value)
    return int(value)


def _text_in(value: Any, _: object = None) -> str:
    _expect(isinstance(value, str), "text", value)
    return str(value)


def _float_out(value: float) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _float_in(value: Any, _: type) -> float:
    if isinstance(value, str) and value in _ODD_FLOATS:
        return _ODD_FLOATS[value]
    _expect(isinstance(value, int | float) and not isinstance(value, bool), "a number", value)
    number = float(value)
    _expect(math.isfinite(number), "a number", value)
    return number


def _bytes_in(value: Any, _: type) -> bytes:
    _expect(isinstance(value, str), "base64 text", value)
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        message = f"damaged base64: {error}"
        raise ValueError(message) from error


def _members(value: Any, names: set[str]) -> dict[str, Any]:
    _expect(isinstance(value, dict) and set(value) == names, "an object of " + ", ".join(sorted(names)), value)
    return dict(value)


def _span_out(span: Span) -> dict[str, int]:
    return {"in": int(span.start.index), "out": int(span.end.index)}


def _span_in(value: Any, _: type) -> Span:
    edges = _members(value, {"in", "out"})
    return Span.of(_whole_in(edges["in"]), _whole_in(edges["out"]))


def _fraction_out(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _fraction_in(value: Any, _: type) -> Fraction:
    _expect(isinstance(value, str), 'a fraction as "n/d"', value)
    above, slash, below = value.partition("/")
    _expect(bool(slash) and above.lstrip("-").isdecimal() and below.isdecimal() and int(below) > 0, '"n/d"', value)
    return Fraction(int(above), int(below))


def _timebase_out(base: Timebase) -> dict[str, object]:
    """Write the count the arithmetic needs and the label a person reads."""
    return {
        "rate": _fraction_out(base.rate),
        "start": int(base.start),
        "start_timecode": base.timecode(Frame(0)),
        "drop_frame": base.drop_frame,
        "assumed": base.assumed,
    }


def _timebase_in(value: Any, _: type) -> Timebase:
    found = _members(value, _TIMEBASE_MEMBERS)
    base = Timebase(
        _fraction_in(found["rate"], Fraction),
        _whole_in(found["start"]),
        _flag_in(found["drop_frame"]),
        _flag_in(found["assumed"]),
    )
    label = base.timecode(Frame(0))
    _expect(found["start_timecode"] == label, f"start_timecode {label} for start {base.start}", found["start_timecode"])
    return base


def _extra_in(value: Any, _: type) -> Extra:
    """Read what an outside detector found: a list is stretches, anything else an array."""
    if isinstance(value, list):
        return tuple(converter().structure(value, tuple[Stretch, ...]))
    return _array_in(value, np.ndarray)


def _is_tuple(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple


def _is_array(kind: Any) -> bool:
    return kind is np.ndarray or get_origin(kind) is np.ndarray


def _array_out(array: npt.NDArray[Any]) -> dict[str, object]:
    little = array.dtype.newbyteorder("<")
    if not can_store(array.dtype):
        message = f"Arrays of {array.dtype} are not stored."
        raise TypeError(message)
    data = np.ascontiguousarray(array, dtype=little)
    return {"dtype": little.str, "shape": list(array.shape), "base64": base64.b64encode(data.tobytes()).decode("ascii")}


def _array_in(value: Any, _: type) -> npt.NDArray[Any]:
    found = _members(value, {"dtype", "shape", "base64"})
    _expect(found["dtype"] in _KINDS, "a dtype of " + " ".join(sorted(_KINDS)), found["dtype"])
    shape = found["shape"]
    _expect(isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape), "a shape", shape)
    data = _bytes_in(found["base64"], bytes)
    dtype = np.dtype(found["dtype"])
    _expect(len(data) == math.prod(shape) * dtype.itemsize, f"the bytes of shape {shape}", len(data))
    return np.frombuffer(data, dtype).reshape(shape).copy()
