"""Role tokens: a short score as the sequence that a small transformer reads and writes.

Twelve positions a quarter. Each bar is ``BAR`` and, role after role, ``ROLE POS [VEL] [DUR] PITCH ...``: a pitch writes
a note with the current position, velocity and duration. ``VEL`` holds until changed, ``DUR`` until the role ends; the
notes of a chord share one ``POS`` and ascend. The condition of a bar (:class:`Condition`) is no token: every token of
the bar carries it as extra inputs, together with what follows from the tokens before it (role, position, duration, last
pitch of the role, pitch classes sounding), so that neither makes the sequence longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model.sketch.measures import QUALITY_NAMES
from model.sketch.sketch_types import VoiceRole

GRID = 12  # positions a quarter: sixteenths and triplets
ROLES = (
    VoiceRole.MELODY,
    VoiceRole.BASS,
    VoiceRole.COUNTER,
    VoiceRole.HARMONY,
    VoiceRole.RHYTHM,
    VoiceRole.PAD,
)  # in the order they are written
LONGEST_BAR = 96  # positions, 8 quarters; longer bars are written in parts
DURATIONS = (1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 30, 36, 48, 60, 72, 96, 144)  # in positions
VELOCITIES = (34, 48, 62, 76, 91, 108)
LOWEST = 21  # MIDI pitch, the piano's lowest
HIGHEST = 108  # MIDI pitch, the piano's highest
PITCHES = HIGHEST - LOWEST + 1

# Token numbers: NONE, BAR and END, then the roles, positions, velocities, durations and pitches in this order.
NONE = 0  # no token
BAR = 1  # begins a bar
END = 2  # ends the piece
ROLE_AT = 3  # the first token of a role
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
TEMPI = 24  # bins of tempo, from 30 to 240 bpm
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
    """What a bar should be like, in bins; 0 means "not given".

    Attributes
    ----------
    chord, second, following: chords of the first half, the second half and the next bar; see ``chord_id``
    place: 1 + the eighth of the bar that a hit falls on
    theme: 1 = no, 2 = the melody is given
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

    def transpose(self, semitones: int) -> Condition:
        """Transpose key and chords together."""
        key, chord = _move_root(self.key, 1, semitones), _move_root(self.chord, 2, semitones)
        second, following = _move_root(self.second, 2, semitones), _move_root(self.following, 2, semitones)
        return replace(self, key=key, chord=chord, second=second, following=following)


def _move_root(number: int, first: int, semitones: int) -> int:
    """Transpose a number whose values from ``first`` on are dozens, one for each tonic or root."""
    dozen, root = divmod(number - first, 12)
    return number if number < first else first + dozen * 12 + (root + semitones) % 12


CHORDS = 2 + 12 * len(QUALITY_NAMES)  # not given, none, then 12 roots for each quality
_SIZES = (len(METERS) + 2, TEMPI + 1, 9, 9, 9, 7, 7, 4, 4, 18, 25, 3)
# Per token: role, position, duration and last pitch so far, then the bar's fields, the chord that holds and the next.
FIELD_SIZES = (len(ROLES) + 1, LONGEST_BAR + 1, len(DURATIONS) + 1, PITCHES + 1, *_SIZES, CHORDS, CHORDS)
FIELDS = len(FIELD_SIZES)
OWN_FIELDS = 4  # the first ones follow from the tokens; the others are the bar's condition
FIELD_OFFSETS: Ints = np.concatenate([[0], np.cumsum(FIELD_SIZES)[:-1]]).astype(np.int64)
NO_CONDITION = Condition()


def chord_id(root: int, quality: int) -> int:
    """Id of a chord in :class:`Condition`: 1 for none (root -1)."""
    return 1 if root < 0 else 2 + quality * 12 + root


def meter_id(beats: int, unit: int) -> int:
    """Id of a meter in :class:`Condition`; the rare meters share the last id."""
    return METERS.index((beats, unit)) + 1 if (beats, unit) in METERS else len(METERS) + 1


def bin_of(value: float, low: float, high: float, count: int) -> int:
    """Bin, 1 to ``count``, of a value between ``low`` and ``high``; values outside take the nearest."""
    return 1 + min(count - 1, max(0, int((value - low) / (high - low) * count)))


def tempo_id(bpm: float) -> int:
    """Id of a tempo in :class:`Condition`: its bin, 30 to 240 quarter notes a minute, in logarithmic steps."""
    return bin_of(float(np.log2(max(bpm, 1.0) / 30)), 0.0, 3.0, TEMPI)


_NEAREST_DURATION = [int(np.argmin([abs(d - i) + (d > i) * 0.1 for d in DURATIONS])) for i in range(DURATIONS[-1] + 1)]
_NEAREST_VELOCITY = [int(np.argmin([abs(v - i) for v in VELOCITIES])) for i in range(128)]


def snap_note(note: RoleNote) -> RoleNote:
    """Round a note to what the tokens can hold: nearest duration and velocity, pitch moved by octaves into range."""
    pitch = note.pitch
    while pitch < LOWEST:
        pitch += 12
    while pitch > HIGHEST:
        pitch -= 12
    dur = DURATIONS[_NEAREST_DURATION[min(max(note.dur, 1), DURATIONS[-1])]]
    return RoleNote(note.role, note.pos, dur, pitch, VELOCITIES[_NEAREST_VELOCITY[note.velocity]])


class TokenKind(IntEnum):
    """The kinds of tokens, in the order of their numbers."""

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


def kind_of(token: int) -> TokenKind:
    """Kind of a token."""
    return TokenKind(_KIND_LIST[token])


class TokenStream:
    """Tokens as they are written, each with the inputs that go with it.

    Attributes
    ----------
    tokens: so far
    rows: extra inputs of each token, ``FIELDS`` integers (see ``FIELD_SIZES``)
    sounds: pitch classes sounding at each token's position, as 12 bits
    role, pos, dur, vel: the current ones as indices, -1 for none
    last: last pitch number of each role, -1 for none
    top: highest pitch number at the current position, -1 for none
    """

    def __init__(self) -> None:
        """Begin an empty stream."""
        self.tokens: list[int] = []
        self.rows: list[tuple[int, ...]] = []
        self.sounds: list[int] = []
        self.role = self.pos = self.dur = self.vel = self.length = -1
        self.last = [-1] * len(ROLES)
        self.top = -1
        self._grid = [0] * (LONGEST_BAR + DURATIONS[-1])
        self._first: tuple[int, ...] = ()
        self._second: tuple[int, ...] = ()

    def begin_bar(self, length: int, condition: Condition = NO_CONDITION) -> None:
        """Write ``BAR``: begin a bar of ``length`` positions with a condition."""
        if self.length > 0:
            self._grid = self._grid[self.length :] + [0] * self.length
        c = condition
        first = (c.meter, c.tempo, c.valence, c.arousal, c.tension, c.density, c.dynamic)
        common = (*first, c.talk, c.hit, c.place, c.key, c.theme)
        self._first = (*common, c.chord, c.second)
        self._second = (*common, c.second, c.following)
        self.role, self.pos, self.dur, self.length = -1, -1, -1, length
        self._record(BAR)

    def stop_sounding(self) -> None:
        """Mark all pitches as ended: nothing sounds from here on."""
        self._grid = [0] * len(self._grid)

    def push(self, token: int) -> RoleNote | None:
        """Write any token but ``BAR``; returns the note if the token completes one."""
        kind = _KIND_LIST[token]
        note = None
        if kind == TokenKind.PITCH:
            note = self._add_note(token - PITCH_AT)
        elif kind == TokenKind.POS:
            self.pos, self.top = token - POS_AT, -1
        elif kind == TokenKind.DUR:
            self.dur = token - DUR_AT
        elif kind == TokenKind.VEL:
            self.vel = token - VEL_AT
        elif kind == TokenKind.ROLE:
            self.role, self.pos, self.dur = token - ROLE_AT, -1, -1
        self._record(token)
        return note

    def write(self, role: int, notes: Iterable[RoleNote]) -> None:
        """Write one role's notes of this bar, rounded, sorted by position and pitch, no two the same."""
        for number, note in enumerate(notes):
            if number == 0:
                self.push(ROLE_AT + role)
            for token in self.spell_note(note):
                self.push(token)

    def spell_note(self, note: RoleNote) -> list[int]:
        """List the tokens of a rounded note at or after the current position; only what changes has a token."""
        vel, dur = _NEAREST_VELOCITY[note.velocity], _NEAREST_DURATION[note.dur]
        pos_token = [POS_AT + note.pos] if note.pos != self.pos else []
        vel_token = [VEL_AT + vel] if vel != self.vel else []
        dur_token = [DUR_AT + dur] if dur != self.dur else []
        return [*pos_token, *vel_token, *dur_token, PITCH_AT + note.pitch - LOWEST]

    def _add_note(self, number: int) -> RoleNote:
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
    """A bar to be written: its length in positions, its notes and its condition."""

    length: int
    notes: tuple[RoleNote, ...]
    condition: Condition = NO_CONDITION


def group_by_role(notes: Iterable[RoleNote]) -> list[list[RoleNote]]:
    """Group notes by role, rounded and sorted by position and pitch, one note a position and pitch."""
    out: list[dict[tuple[int, int], RoleNote]] = [{} for _ in ROLES]
    for note in notes:
        rounded = snap_note(note)
        out[note.role][rounded.pos, rounded.pitch] = rounded
    return [[notes[at] for at in sorted(notes)] for notes in out]


def encode(bars: Sequence[TokenBar], given: Sequence[Sequence[int]] | None = None) -> TokenStream:
    """Write bars as tokens, ending with ``END``.

    ``given`` lists for each bar the roles (numbers) that come first because they are known; the others follow in the
    usual order.
    Raises ValueError for a bar longer than ``LONGEST_BAR`` or a note outside its bar.
    """
    stream = TokenStream()
    for index, bar in enumerate(bars):
        if not 0 < bar.length <= LONGEST_BAR or any(not 0 <= n.pos < bar.length for n in bar.notes):
            message = f"Bar {index} does not fit the grid."
            raise ValueError(message)
        first = tuple(given[index]) if given is not None else ()
        write_bar(stream, bar, first)
    stream.push(END)
    return stream


def write_bar(stream: TokenStream, bar: TokenBar, given: Sequence[int] = ()) -> None:
    """Write one bar, the roles in ``given`` first."""
    stream.begin_bar(bar.length, bar.condition)
    parts = group_by_role(bar.notes)
    for role in (*given, *(r for r in range(len(ROLES)) if r not in given)):
        stream.write(role, parts[role])


def decode(tokens: Sequence[int], lengths: Sequence[int]) -> list[list[RoleNote]]:
    """Read tokens back into notes by bar; ``lengths`` of the bars in positions; the inverse of :func:`encode`."""
    stream, bars = TokenStream(), list[list[RoleNote]]()
    for token in tokens:
        if token == BAR:
            stream.begin_bar(lengths[len(bars)])
            bars.append([])
        elif (note := stream.push(token)) is not None:
            bars[-1].append(note)
    return bars


def allowed_tokens(stream: TokenStream) -> npt.NDArray[np.bool_]:
    """Mask of the tokens that may follow, [VOCABULARY] bool, by the grammar alone.

    Kinds follow their order, positions and pitches ascend, and positions stay inside the bar.

    Roles may come in any order; that each comes once in a bar is for :mod:`model.sketch.net.bar_rules`.
    """
    allowed = np.zeros(VOCABULARY, bool)
    if not stream.tokens:
        allowed[BAR] = True
        return allowed
    kind = kind_of(stream.tokens[-1])
    if kind == TokenKind.END:
        return allowed
    if kind in {TokenKind.BAR, TokenKind.PITCH}:
        allowed[[BAR, END]] = True
        allowed[ROLE_AT:POS_AT] = True
    if kind in {TokenKind.ROLE, TokenKind.PITCH}:
        allowed[POS_AT + stream.pos + 1 : POS_AT + stream.length] = True
    if kind in {TokenKind.POS, TokenKind.PITCH}:
        allowed[VEL_AT:DUR_AT] = True
        allowed[VEL_AT + stream.vel if stream.vel >= 0 else NONE] = False
    if kind in {TokenKind.POS, TokenKind.VEL, TokenKind.PITCH}:
        allowed[DUR_AT:PITCH_AT] = True
        allowed[DUR_AT + stream.dur if stream.dur >= 0 else NONE] = False
    if kind in {TokenKind.POS, TokenKind.VEL, TokenKind.DUR, TokenKind.PITCH} and stream.dur >= 0 and stream.vel >= 0:
        allowed[PITCH_AT + stream.top + 1 :] = True
    if kind in {TokenKind.POS, TokenKind.VEL, TokenKind.PITCH} and stream.vel < 0:
        allowed[DUR_AT:] = False
    return allowed


def inputs(stream: TokenStream, start: int = 0, end: int | None = None) -> dict[str, npt.NDArray[np.generic]]:
    """Return the net's inputs for some tokens: tokens [1, t], fields [1, t, FIELDS], sounds [1, t, 12]."""
    rows = np.asarray(stream.rows[start:end], np.int64).reshape(-1, FIELDS)
    return {
        "tokens": np.asarray(stream.tokens[start:end], np.int64)[None],
        "fields": (rows + FIELD_OFFSETS)[None],
        "sounds": unpack_sounds(np.asarray(stream.sounds[start:end], np.int64))[None],
    }


def unpack_sounds(bits: Ints) -> npt.NDArray[np.float32]:
    """Unpack 12-bit pitch-class sets [...] to [..., 12]."""
    return ((bits[..., None] >> np.arange(12)) & 1).astype(np.float32)


assert len(fields(Condition)) == len(_SIZES) + 3  # noqa: S101 - the fields of a condition and their sizes agree
