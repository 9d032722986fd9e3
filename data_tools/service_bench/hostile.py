"""Hostile uploads, as many as wanted and always the same: constructed ones first, then films damaged at random.

Every file comes with a description of how it was made, so that one that does harm can be made again.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np

from data_tools.service_bench.hostile_films import CONSTRUCTED, FORMATS, FilmFormat, encode_film, make_disguises

Generator = np.random.Generator
NAMES = (
    "cut.mp4",
    "cut%02d.mp4",
    "../../../etc/passwd",
    "concat:a.mp4|b.mp4",
    "-i",
    "https:",
    "cut.m3u8",
    "con",
    "a\u202egpj.exe",
    "\0",
    "été — 映画.mov",
    "x" * 390,
    "{{7*7}}<script>",
    "`id`$(id);id",
)


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file somebody might upload: how it was made, its name, its bytes."""

    made: str
    name: str
    data: bytes


def hostile_files(count: int, seed: int = 0, targets: Sequence[str] = ()) -> Iterator[HostileFile]:
    """Give ``count`` hostile files: all the made ones, then damaged films; ``targets`` are what nobody may open."""
    draw = np.random.default_rng(seed)
    made = chain(make_disguises(targets), *(family() for family in CONSTRUCTED))
    for number, (how, data) in zip(range(count), chain(made, _damage_films(draw)), strict=False):
        yield HostileFile(f"{number}: {how}", NAMES[number % len(NAMES)], data)


def some_hostile_files(count: int, seed: int = 0, targets: Sequence[str] = ()) -> Iterator[HostileFile]:
    """Give ``count`` files spread over everything that ``hostile_files`` makes, for tests that have little time."""
    every = list(hostile_files(10 * count, seed, targets))
    yield from every[:: len(every) // count][:count]


def _damage_films(draw: Generator) -> Iterator[tuple[str, bytes]]:
    """Give damaged films, endlessly."""
    while True:
        for film_format in FORMATS:
            whole = _whole(film_format)
            damage = _DAMAGES[int(draw.integers(len(_DAMAGES)))]
            yield f"{film_format.container}/{film_format.picture} {damage.__name__.strip('_')}", damage(whole, draw)


@cache
def _whole(film_format: FilmFormat) -> bytes:
    return encode_film(film_format)


def _cut_anywhere(data: bytes, draw: Generator) -> bytes:
    return data[: int(draw.integers(len(data)))]


def _cut_at_a_mark(data: bytes, draw: Generator) -> bytes:
    """Cut just before, in or behind a place where a box, a chunk or a cluster begins."""
    marks = [at for mark in _MARKS for at in _places(data, mark)] or [len(data) // 2]
    at = marks[int(draw.integers(len(marks)))] + int(draw.integers(-4, 13))
    return data[: max(0, at)]


def _without_the_beginning(data: bytes, draw: Generator) -> bytes:
    return data[int(draw.integers(1, len(data))) :]


def _flip_bits(data: bytes, draw: Generator) -> bytes:
    damaged = bytearray(data)
    for at in draw.integers(0, len(data) * 8, 1 + int(draw.integers(1 + len(data) // 200))):
        damaged[at // 8] ^= 1 << (at % 8)
    return bytes(damaged)


def _flip_headers(data: bytes, draw: Generator) -> bytes:
    """Flip bits near the marks alone, where sizes and counts are."""
    marks = [at for mark in _MARKS for at in _places(data, mark)] or [0]
    damaged = bytearray(data)
    for _ in range(1 + int(draw.integers(8))):
        at = marks[int(draw.integers(len(marks)))] + int(draw.integers(-4, 40))
        if 0 <= at < len(damaged):
            damaged[at] ^= 1 << int(draw.integers(8))
    return bytes(damaged)


def _falsify_a_size(data: bytes, draw: Generator) -> bytes:
    marks = [at for mark in _MARKS for at in _places(data, mark) if at >= 4] or [4]
    at = marks[int(draw.integers(len(marks)))]
    wrong = int(draw.choice([0, 1, 7, 2**31 - 1, 2**31, 2**32 - 1, len(data) * 2]))
    return data[: at - 4] + struct.pack(">I", wrong % 2**32) + data[at:]


def _zero_a_run(data: bytes, draw: Generator) -> bytes:
    start, length = int(draw.integers(len(data))), int(draw.integers(1, 2000))
    return data[:start] + bytes(min(length, len(data) - start)) + data[start + length :]


def _swap_runs(data: bytes, draw: Generator) -> bytes:
    a, b, c = sorted(int(at) for at in draw.integers(0, len(data), 3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def _repeat_a_run(data: bytes, draw: Generator) -> bytes:
    start, length = int(draw.integers(len(data))), int(draw.integers(1, 4000))
    return data[:start] + data[start : start + length] * int(draw.integers(2, 30)) + data[start:]


def _splice_films(data: bytes, draw: Generator) -> bytes:
    """Put the end of another film behind the beginning of this one."""
    other = _whole(FORMATS[int(draw.integers(len(FORMATS)))])
    return data[: int(draw.integers(len(data)))] + other[int(draw.integers(len(other))) :]


def _places(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)


_MARKS = (
    *(b"ftyp", b"moov", b"mvhd", b"trak", b"tkhd", b"edts", b"elst", b"mdia", b"mdhd", b"hdlr", b"minf", b"dref"),
    *(b"stbl", b"stsd", b"stts", b"stss", b"stsc", b"stsz", b"stco", b"ctts", b"mdat", b"moof", b"traf", b"trun"),
    *(b"esds", b"avcC", b"udta", b"RIFF", b"LIST", b"avih", b"strh", b"strf", b"movi", b"idx1", b"00dc", b"01wb"),
    *(bytes.fromhex(mark) for mark in ("1a45dfa3", "18538067", "1549a966", "1654ae6b", "1f43b675", "1c53bb6b", "a3")),
    *(bytes.fromhex(mark) for mark in ("060e2b34", "000001b3", "00000100", "47400010", "ffd8", "ffc0", "ffda")),
)
_DAMAGES: tuple[Callable[[bytes, Generator], bytes], ...] = (
    _cut_anywhere,
    _cut_at_a_mark,
    _cut_at_a_mark,
    _without_the_beginning,
    _flip_bits,
    _flip_bits,
    _flip_headers,
    _flip_headers,
    _falsify_a_size,
    _zero_a_run,
    _swap_runs,
    _repeat_a_run,
    _splice_films,
)
