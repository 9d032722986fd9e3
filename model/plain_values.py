"""Small values as plain JSON and back: numbers, texts, frames, spans, fractions, timebases, bytes, arrays.

What does not fit is a :class:`Misfit`; :mod:`model.documents` knows where it stands and says so.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, get_origin

from model.fields import Plain
from model.time import Beat, Frame, Span, Timebase

if TYPE_CHECKING:  # the command's help must not wait for numpy
    import numpy as np
    import numpy.typing as npt

LONGEST_SHOWN = 40  # characters of a wrong value in a sentence
_DTYPES = frozenset({"|u1", "|i1", "|b1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f4", "<f8"})
_FLOATS_WITHOUT_DIGITS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
_TIMEBASE_MEMBERS = {"rate", "start", "start_timecode", "drop_frame", "assumed"}


class Misfit(ValueError):
    """A value does not fit: the end of a sentence about ``member`` of it, or about itself."""

    def __init__(self, phrase: str, member: str = "") -> None:
        """Take the phrase: "must be a whole number, not 'x'"."""
        super().__init__(phrase)
        self.member = member


def expect(fits: bool, what: str, value: object) -> None:
    """Raise Misfit unless a value fits: it must be ``what``."""
    if not fits:
        raise Misfit(f"must be {what}, not {show_beginning(value)}")


def show_beginning(value: object) -> str:
    """Show the beginning of a value, in ASCII."""
    try:
        return ascii(value)[:LONGEST_SHOWN]
    except ValueError:  # a number of thousands of digits
        return "that"


def is_array(kind: Any) -> bool:
    """Whether a type is numpy's array, found out without importing numpy."""
    bare = get_origin(kind) or kind
    return getattr(bare, "__module__", "") == "numpy" and getattr(bare, "__name__", "") == "ndarray"


def _flag_in(value: Any, _: object = None) -> bool:
    expect(isinstance(value, bool), "true or false", value)
    return bool(value)


def _whole_in(value: Any, _: object = None) -> int:
    expect(isinstance(value, int) and not isinstance(value, bool), "a whole number", value)
    return int(value)


def text_in(value: Any, _: object = None) -> str:
    """Read a text; raises Misfit for anything else."""
    expect(isinstance(value, str), "text", value)
    return str(value)


def _float_out(value: float) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _float_in(value: Any, _: object = None) -> float:
    if isinstance(value, str) and value in _FLOATS_WITHOUT_DIGITS:
        return _FLOATS_WITHOUT_DIGITS[value]
    expect(isinstance(value, int | float) and not isinstance(value, bool), "a number", value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    expect(math.isfinite(number), "a number", value)
    return number


def _bytes_out(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes_in(value: Any, _: object = None) -> bytes:
    expect(isinstance(value, str), "base64 text", value)
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise Misfit(f"is damaged base64: {error}") from error


def _members(value: Any, names: set[str]) -> Plain:
    expect(isinstance(value, dict) and set(value) == names, "an object of " + ", ".join(sorted(names)), value)
    return dict(value)


def _frame_in(value: Any, _: object = None) -> Frame:
    return Frame(_whole_in(value))


def _span_out(span: Span) -> dict[str, int]:
    return {"in": int(span.start.index), "out": int(span.end.index)}


def _span_in(value: Any, _: object = None) -> Span:
    edges = _members(value, {"in", "out"})
    return Span.of(_whole_in(edges["in"]), _whole_in(edges["out"]))


def _fraction_out(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _fraction_in(value: Any, _: object = None) -> Fraction:
    expect(isinstance(value, str), 'a fraction as "n/d"', value)
    above, slash, below = value.partition("/")
    expect(bool(slash) and above.lstrip("-").isdecimal() and below.isdecimal() and int(below) > 0, '"n/d"', value)
    return Fraction(int(above), int(below))


def _timebase_out(base: Timebase) -> Plain:
    """Write the count the arithmetic needs and the label a person reads."""
    return {
        "rate": _fraction_out(base.rate),
        "start": int(base.start),
        "start_timecode": base.timecode(Frame(0)),
        "drop_frame": base.drop_frame,
        "assumed": base.assumed,
    }


def _timebase_in(value: Any, _: object = None) -> Timebase:
    found = _members(value, _TIMEBASE_MEMBERS)
    base = Timebase(
        _fraction_in(found["rate"]),
        _whole_in(found["start"]),
        _flag_in(found["drop_frame"]),
        _flag_in(found["assumed"]),
    )
    label = base.timecode(Frame(0))
    expect(found["start_timecode"] == label, f"start_timecode {label} for start {base.start}", found["start_timecode"])
    return base


def can_store(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of this type can be written: truth values, and integers and floats of the common sizes."""
    return dtype.newbyteorder("<").str in _DTYPES


def write_array(array: npt.NDArray[Any]) -> Plain:
    """Write an array, little-endian and in C order; raises TypeError for one of objects."""
    import numpy as np

    little = array.dtype.newbyteorder("<")
    if not can_store(array.dtype):
        message = f"Arrays of {array.dtype} are not stored."
        raise TypeError(message)
    data = np.ascontiguousarray(array, dtype=little)
    return {"dtype": little.str, "shape": list(array.shape), "base64": _bytes_out(data.tobytes())}


def array_in(value: Any, _: object = None) -> npt.NDArray[Any]:
    """Read an array; raises Misfit if its bytes are not as many as its shape says."""
    import numpy as np

    found = _members(value, {"dtype", "shape", "base64"})
    expect(found["dtype"] in _DTYPES, "a dtype of " + " ".join(sorted(_DTYPES)), found["dtype"])
    shape = found["shape"]
    expect(isinstance(shape, list) and all(type(n) is int and n >= 0 for n in shape), "a shape", shape)
    data = _bytes_in(found["base64"])
    dtype = np.dtype(found["dtype"])
    expect(len(data) == math.prod(shape) * dtype.itemsize, f"the bytes of shape {shape}", len(data))
    return np.frombuffer(data, dtype).reshape(shape).copy()


SMALL_TYPES: tuple[tuple[Any, Callable[[Any], Any], Callable[[Any, Any], Any]], ...] = (
    (bool, bool, _flag_in),
    (int, int, _whole_in),
    (float, _float_out, _float_in),
    (bytes, _bytes_out, _bytes_in),
    (Frame, lambda frame: int(frame.index), _frame_in),
    (Span, _span_out, _span_in),
    (Fraction, _fraction_out, _fraction_in),
    (Beat, lambda beat: _fraction_out(beat.quarters), lambda value, _: Beat(_fraction_in(value))),
    (Timebase, _timebase_out, _timebase_in),
)
"""Of each type: how it is written, and how it is read."""
