"""Role tokens: a short score as the sequence a small transformer reads and writes.

Twelve positions a quarter. Each bar is ``BAR`` and, role after role, ``ROLE POS [VEL] [DUR] PITCH ...``: a pitch writes
a note with the position, velocity and duration that hold; ``VEL`` holds until changed, ``DUR`` until the role ends,
``POS`` stands once for the notes of a chord, which ascend. What a bar shall be (:class:`Condition`) is no token: every
token of the bar carries it as extra inputs, together with what follows from the tokens before it (role, position,
duration, last pitch of the role, pitch classes sounding), so that neither costs sequence length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.sketch.measures import QUALITIES
from model.sketch.sketch_types import Role

GRID = 12  # positions a quarter
ROLES = (Role.MELODY, Role.BASS, Role.COUNTER, Role.HARMONY, Role.RHYTHM, Role.PAD)  # in the order they are written
LONGEST_BAR = 96
DURATIONS = (1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 30, 36, 48, 60, 72, 96, 144)
VELOCITIES = (34, 48, 62, 76, 91, 108)
LOWEST, HIGHEST = 21, 108
PITCHES = HIGHEST - LOWEST + 1

NONE, BAR, END = 0, 1, 2
ROLE_AT = 3
POS_AT = ROLE_AT + len(ROLES)
VEL_AT = POS_AT + LONGEST_BAR
DUR_AT = VEL_AT + len(VELOCITIES)
PITCH_AT = DUR_AT + len(DURATIONS)
VOCABULARY = PITCH_AT + PITCHES

METERS = (
    (4, 4),
    (3, 4),
    (2, 4),
    (5, 4),
    (6, 4),
    (7, 4),
    (2, 2),
    (3, 2),
    (4, 2),
    (3, 8),
    (6, 8),
    (9, 8),
    (12, 8),
    (5, 8),
)
TEMPI = 24
HITS = ("none", "accent", "stop")
Ints = npt.NDArray[np.int64]


class RoleNote(NamedTuple):
    """A note inside a bar, on the grid: ``role`` indexes ``ROLES``, ``pos`` and ``dur`` in twelfths of a quarter."""

    role: int
    pos: int
    dur: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Condition:
    """What a bar shall be, in bins; 0 everywhere means "not said".

    ``chord``, ``second``, ``following``: of the first half, the second half and the next bar; see ``chord_id``.
    ``place``: 1 + eighth of the bar a hit falls on. ``theme``: 1 = no, 2 = the melody is given.
    """

    meter: int = 0
    tempo: int = 0
    valence: int = 0
    arousal: int = 0
    tension: int = 0
    density: int = 0
    dynamic: int = 0
    talk: int = 0
    hit: int = 0
    place: int = 0
    key: int = 0
    theme: int = 0
    chord: int = 0
    second: int = 0
    following: int = 0

    def transposed(self, semitones: int) -> Condition:
        """Move key and chords together."""
        key, chord = _moved(self.key, 1, semitones), _moved(self.chord, 2, semitones)
        second, following = _moved(self.second, 2, semitones), _moved(self.following, 2, semitones)
        return replace(self, key=key, chord=chord, second=second, following=following)


def _moved(number: int, first: int, semitones: int) -> int:
    """Move a number whose values from ``first`` on come in dozens by tonic or root."""
    dozen, root = divmod(number - first, 12)
    return number if number < first else first + dozen * 12 + (root + semitones) % 12


CHORDS = 2 + 12 * len(QUALITIES)  # not said, none, then quality-major
_SIZES = (len(METERS) + 2, TEMPI + 1, 9, 9, 9, 7, 7, 4, 4, 18, 25, 3)
# Per token: role, position, duration and last pitch so far, then the bar's fields, the chord that holds and the next.
FIELD_SIZES = (len(ROLES) + 1, LONGEST_BAR + 1, len(DURATIONS) + 1, PITCHES + 1, *_SIZES, CHORDS, CHORDS)
FIELDS = len(FIELD_SIZES)
OWN_FIELDS = 4  # the first ones follow from the tokens; the others say what the bar shall be
FIELD_OFFSETS: Ints = np.concatenate([[0], np.cumsum(FIELD_SIZES)[:-1]]).astype(np.int64)
UNSAID = Condition()


def chord_id(root: int, quality: int) -> int:
    """Return the number of a chord for :class:`Condition`: 1 for none (root -1)."""
    return 1 if root < 0 else 2 + quality * 12 + root


def meter_id(beats: int, unit: int) -> int:
    """Return the number of a meter; the rare ones share the last number."""
    return METERS.index((beats, unit)) + 1 if (beats, unit) in METERS else len(METERS) + 1


def bin_of(value: float, low: float, high: float, count: int) -> int:
    """Return the bin, 1 to ``count``, of a value between ``low`` and ``high``; values outside take the nearest."""
    return 1 + min(count - 1, max(0, int((value - low) / (high - low) * count)))


def tempo_id(bpm: float) -> int:
    """Return the bin of a tempo, 30 to 240 quarter notes a minute, in logarithmic steps."""
    return bin_of(float(np.log2(max(bpm, 1.0) / 30)), 0.0, 3.0, TEMPI)


_NEAREST_DURATION = [int(np.argmin([abs(d - i) + (d > i) * 0.1 for d in DURATIONS])) for i in range(DURATIONS[-1] + 1)]
_NEAREST_VELOCITY = [int(np.argmin([abs(v - i) for v in VELOCITIES])) for i in range(128)]


def snapped(note: RoleNote) -> RoleNote:
    """Return the note as the tokens can say it: nearest duration and velocity, pitch folded into range."""
    pitch = note.pitch
    while pitch < LOWEST:
        pitch += 12
    while pitch > HIGHEST:
        pitch -= 12
    dur = DURATIONS[_NEAREST_DURATION[min(max(note.dur, 1), DURATIONS[-1])]]
    return RoleNote(note.role, note.pos, dur, pitch, VELOCITIES[_NEAREST_VELOCITY[note.velocity]])


class Kind(IntEnum):
    """What a token is."""

    NONE = 0
    BAR = 1
    END = 2
    ROLE = 3
    POS = 4
    VEL = 5
    DUR = 6
    PITCH = 7


_KINDS = np.zeros(VOCABULARY, np.int64)
for _at, _kind in ((BAR, 1), (END, 2), (ROLE_AT, 3), (POS_AT, 4), (VEL_AT, 5), (DUR_AT, 6), (PITCH_AT, 7)):
    _KINDS[_at:] = _kind
_KIND_LIST: list[int] = _KINDS.tolist()


def kind_of(token: int) -> Kind:
    """Tell what a token is."""
    return Kind(_KIND_LIST[token])


class Stream:
    """Tokens as they are written, each with the inputs that go with it.

    Attributes
    ----------
    tokens: so far; ``rows``: extra inputs of each token, ``FIELDS`` integers (see ``FIELD_SIZES``); ``sounds``: pitch
    classes sounding at its position, as 12 bits
    role, pos, dur, vel: what holds now, -1 for nothing; ``last``: last pitch number of each role, -1 for none
    """

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.tokens: list[int] = []
        self.rows: list[tuple[int, ...]] = []
        self.sounds: list[int] = []
        self.role = self.pos = self.dur = self.vel = self.length = -1
        self.last = [-1] * len(ROLES)
        self.fresh = True
        self.top = -1
        self._grid = [0] * (LONGEST_BAR + DURATIONS[-1])
        self._first: tuple[int, ...] = ()
        self._second: tuple[int, ...] = ()

    def bar(self, length: int, condition: Condition = UNSAID) -> None:
        """Write ``BAR``: a bar of ``length`` twelfths that shall be as ``condition`` says."""
        if self.length > 0:
            self._grid = self._grid[self.length :] + [0] * self.length
        c = condition
        feel = (c.meter, c.tempo, c.valence, c.arousal, c.tension, c.density, c.dynamic)
        common = (*feel, c.talk, c.hit, c.place, c.key, c.theme)
        self._first = (*common, c.chord, c.second)
        self._second = (*common, c.second, c.following)
        self.role, self.pos, self.dur, self.length = -1, -1, -1, length
        self._record(BAR)

    def hush(self) -> None:
        """Let nothing sound any longer."""
        self._grid = [0] * len(self._grid)

    def push(self, token: int) -> RoleNote | None:
        """Write any token but ``BAR``; returns the note if the token completes one."""
        kind = _KIND_LIST[token]
        note = None
        if kind == Kind.PITCH:
            note = self._sound(token - PITCH_AT)
        elif kind == Kind.POS:
            self.pos, self.top = token - POS_AT, -1
        elif kind == Kind.DUR:
            self.dur = token - DUR_AT
        elif kind == Kind.VEL:
            self.vel = token - VEL_AT
        elif kind == Kind.ROLE:
            self.role, self.pos, self.dur = token - ROLE_AT, -1, -1
        self._record(token)
        return note

    def write(self, role: int, notes: Iterable[RoleNote]) -> None:
        """Write the notes one role has in this bar, snapped, sorted by position and pitch, no two the same."""
        for number, note in enumerate(notes):
            if number == 0:
                self.push(ROLE_AT + role)
            for token in self.spelled(note):
                self.push(token)

    def spelled(self, note: RoleNote) -> list[int]:
        """Spell a snapped note at or after the position that holds, saying only what changes."""
        vel, dur = _NEAREST_VELOCITY[note.velocity], _NEAREST_DURATION[note.dur]
        place = [POS_AT + note.pos] if note.pos != self.pos else []
        loud = [VEL_AT + vel] if vel != self.vel else []
        lasts = [DUR_AT + dur] if dur != self.dur else []
        return [*place, *loud, *lasts, PITCH_AT + note.pitch - LOWEST]

    def _sound(self, number: int) -> RoleNote:
        self.last[self.role] = self.top = number
        dur = DURATIONS[self.dur]
        bit = 1 << (number + LOWEST) % 12
        for cell in range(self.pos, min(self.pos + dur, len(self._grid))):
            self._grid[cell] |= bit
        return RoleNote(self.role, self.pos, dur, number + LOWEST, VELOCITIES[self.vel])

    def _record(self, token: int) -> None:
        role = self.role
        last = self.last[role] if role >= 0 else -1
        common = self._second if 2 * self.pos >= self.length else self._first
        self.tokens.append(token)
        self.rows.append((role + 1, self.pos + 1, self.dur + 1, last + 1, *common))
        self.sounds.append(self._grid[max(self.pos, 0)])


@dataclass(frozen=True, slots=True)
class TokenBar:
    """A bar ready to be written: length in twelfths, notes, condition."""

    length: int
    notes: tuple[RoleNote, ...]
    condition: Condition = UNSAID


def by_role(notes: Iterable[RoleNote]) -> list[list[RoleNote]]:
    """Deal notes out to their roles, sorted by position and pitch, one note per position and pitch."""
    out: list[dict[tuple[int, int], RoleNote]] = [{} for _ in ROLES]
    for note in notes:
        snug = snapped(note)
        out[note.role][snug.pos, snug.pitch] = snug
    return [[notes[at] for at in sorted(notes)] for notes in out]


def encode(bars: Sequence[TokenBar], given: Sequence[Sequence[int]] | None = None) -> Stream:
    """Write bars as tokens, ending with ``END``.

    ``given`` lists for each bar the roles (numbers) that come first because they are known; the others follow in order.
    Raises ValueError for a bar longer than ``LONGEST_BAR`` or a note outside its bar.
    """
    stream = Stream()
    for index, bar in enumerate(bars):
        if not 0 < bar.length <= LONGEST_BAR or any(not 0 <= n.pos < bar.length for n in bar.notes):
            message = f"Bar {index} does not fit the grid."
            raise ValueError(message)
        first = tuple(given[index]) if given is not None else ()
        write_bar(stream, bar, first)
    stream.push(END)
    return stream


def write_bar(stream: Stream, bar: TokenBar, given: Sequence[int] = ()) -> None:
    """Write one bar, the roles in ``given`` first."""
    stream.bar(bar.length, bar.condition)
    parts = by_role(bar.notes)
    for role in (*given, *(r for r in range(len(ROLES)) if r not in given)):
        stream.write(role, parts[role])


def decode(tokens: Sequence[int], lengths: Sequence[int]) -> list[list[RoleNote]]:
    """Read tokens back into notes by bar; ``lengths`` of the bars in twelfths; the inverse of :func:`encode`."""
    stream, bars = Stream(), list[list[RoleNote]]()
    for token in tokens:
        if token == BAR:
            stream.bar(lengths[len(bars)])
            bars.append([])
        elif (note := stream.push(token)) is not None:
            bars[-1].append(note)
    return bars


def grammatical(stream: Stream) -> npt.NDArray[np.bool_]:
    """Return which tokens may follow, [VOCABULARY]: order of kinds, ascending positions and pitches, the bar's length.

    Roles may come in any order but once each in a bar; who decodes narrows that down.
    """
    allowed = np.zeros(VOCABULARY, bool)
    if not stream.tokens:
        allowed[BAR] = True
        return allowed
    kind = kind_of(stream.tokens[-1])
    if kind == Kind.END:
        return allowed
    if kind in {Kind.BAR, Kind.PITCH}:
        allowed[[BAR, END]] = True
        allowed[ROLE_AT:POS_AT] = True
    if kind in {Kind.ROLE, Kind.PITCH}:
        allowed[POS_AT + stream.pos + 1 : POS_AT + stream.length] = True
    if kind in {Kind.POS, Kind.PITCH}:
        allowed[VEL_AT:DUR_AT] = True
        allowed[VEL_AT + stream.vel if stream.vel >= 0 else NONE] = False
    if kind in {Kind.POS, Kind.VEL, Kind.PITCH}:
        allowed[DUR_AT:PITCH_AT] = True
        allowed[DUR_AT + stream.dur if stream.dur >= 0 else NONE] = False
    if kind in {Kind.POS, Kind.VEL, Kind.DUR, Kind.PITCH} and stream.dur >= 0 and stream.vel >= 0:
        allowed[PITCH_AT + stream.top + 1 :] = True
    if kind in {Kind.POS, Kind.VEL, Kind.PITCH} and stream.vel < 0:
        allowed[DUR_AT:] = False
    return allowed


def inputs(stream: Stream, start: int = 0, end: int | None = None) -> dict[str, npt.NDArray[np.generic]]:
    """Return the net's inputs for some tokens: tokens [1, t], fields [1, t, FIELDS], sounds [1, t, 12]."""
    rows = np.asarray(stream.rows[start:end], np.int64).reshape(-1, FIELDS)
    return {
        "tokens": np.asarray(stream.tokens[start:end], np.int64)[None],
        "fields": (rows + FIELD_OFFSETS)[None],
        "sounds": sounds_of(np.asarray(stream.sounds[start:end], np.int64))[None],
    }


def sounds_of(bits: Ints) -> npt.NDArray[np.float32]:
    """Unpack 12-bit pitch-class sets [...] to [..., 12]."""
    return ((bits[..., None] >> np.arange(12)) & 1).astype(np.float32)


assert len(fields(Condition)) == len(_SIZES) + 3  # noqa: S101 - a bar's fields and the rows above say the same
