"""What one bar may hold while the net writes it: which roles, where, how high, how many.

Everything here is hard, as a mask over the next token; taste (chords, keys) is a bias in ``model.sketch.net.infill``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.sketch.net.tokens import (
    BAR,
    DUR_AT,
    END,
    LONGEST_BAR,
    LOWEST,
    PITCH_AT,
    POS_AT,
    ROLE_AT,
    ROLES,
    VEL_AT,
    VELOCITIES,
    Kind,
    RoleNote,
    Stream,
    grammatical,
    kind_of,
)
from model.sketch.sketch_types import Role

RANGES = {
    Role.MELODY: (55, 91),
    Role.BASS: (28, 55),
    Role.COUNTER: (43, 79),
    Role.HARMONY: (43, 79),
    Role.RHYTHM: (36, 79),
    Role.PAD: (43, 88),
}
SINGLE = frozenset({Role.MELODY, Role.BASS, Role.COUNTER})  # one note at a time
MOST_NOTES = 96  # of a bar, so that its tokens stay inside the context
Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class BarRules:
    """The rules of one bar; positions in twelfths of a quarter.

    Attributes
    ----------
    roles: numbers of the roles the net may write here
    hits: positions where every role it writes must sound; ``loud``: velocities allowed there, softest and loudest
    soft: velocities allowed elsewhere, as indices into ``VELOCITIES``, softest and loudest
    stop: nothing begins from here on
    most_places: how many different onsets the free roles may have together, fewer under dialogue
    must_sound: whether the bar may not stay empty
    locked: notes of these roles that are given and will be written in their places, by position and pitch
    """

    roles: tuple[int, ...]
    hits: tuple[int, ...] = ()
    loud: tuple[int, int] = (0, len(VELOCITIES) - 1)
    soft: tuple[int, int] = (0, len(VELOCITIES) - 1)
    stop: int = LONGEST_BAR
    most_places: int = LONGEST_BAR
    must_sound: bool = False
    locked: dict[int, list[RoleNote]] = field(default_factory=dict[int, list[RoleNote]])
    _places: set[int] = field(default_factory=set[int])  # onsets of this bar
    _section: set[int] = field(default_factory=set[int])  # onsets of this role
    _done: set[int] = field(default_factory=set[int])  # roles of this bar, begun or complete
    _notes: int = 0

    def wrote(self, token: int, note: RoleNote | None) -> None:
        """Take note of what was written."""
        if kind_of(token) == Kind.ROLE:
            self._section = set()
            self._done.add(token - ROLE_AT)
        elif note is not None:
            self._section.add(note.pos)
            self._places.add(note.pos)
            self._notes += 1

    def allowed(self, stream: Stream) -> Mask:
        """Return which tokens may follow here, [VOCABULARY]; ``BAR`` stands for the end of this bar."""
        mask = grammatical(stream)
        mask[END] = False
        missing = self._missing(stream)
        roles = set() if missing else self._roles_next()
        mask[ROLE_AT:POS_AT] &= [r in roles for r in range(len(ROLES))]
        mask[BAR] &= not missing and not self._owed(stream, roles)
        mask[POS_AT:VEL_AT] &= self._places_next(missing[0] if missing else None)
        if stream.role in self.roles:
            self._restrict_notes(mask, stream)
        else:  # a role that was given is complete
            mask[POS_AT:] = False
        return mask

    def due(self, stream: Stream, token: int) -> list[RoleNote]:
        """Return the locked notes that come before ``token`` in the role being written: all of one place, or none."""
        waiting = self.locked.get(stream.role, [])
        leaves = kind_of(token) in {Kind.ROLE, Kind.BAR}
        if not waiting or not (leaves or (kind_of(token) == Kind.POS and token - POS_AT >= waiting[0].pos)):
            return []
        now = [n for n in waiting if n.pos == waiting[0].pos]
        self.locked[stream.role] = waiting[len(now) :]
        return now

    def _missing(self, stream: Stream) -> list[int]:
        """List the hits the role being written has not sounded on yet."""
        return [p for p in self.hits if p not in self._section and p > stream.pos] if stream.role in self.roles else []

    def _roles_next(self) -> set[int]:
        """Return the roles still to come, in any order, as the net was taught: the given ones come first there."""
        later = set(self.roles) - self._done
        return later if self._places_next(None).any() else {r for r in later if self.locked.get(r)}

    def _owed(self, stream: Stream, roles: set[int]) -> bool:
        """Whether the bar may not end yet: locked notes, a hit or any note at all are still to come."""
        waiting = any(self.locked.get(r) for r in self.roles if r != stream.role)
        empty = self.must_sound and not self._places
        return bool(roles) and (waiting or empty or any(p not in self._places for p in self.hits))

    def _places_next(self, until: int | None) -> Mask:
        """Return where an onset may be, [LONGEST_BAR]: before the stop, no further than the hit that is missing."""
        free = np.zeros(LONGEST_BAR, bool)
        full = self._notes >= MOST_NOTES or len(self._places) >= self.most_places
        if full:
            free[sorted(self._places | set(self.hits))] = self._notes < MOST_NOTES
        else:
            free[: self.stop] = True
        free[self.stop :] = False
        if until is not None:
            free[until] = True
            free[until + 1 :] = False
        return free

    def _restrict_notes(self, mask: Mask, stream: Stream) -> None:
        role, kind = ROLES[stream.role], kind_of(stream.tokens[-1])
        low, high = RANGES[role]
        mask[PITCH_AT : PITCH_AT + low - LOWEST] = False
        mask[PITCH_AT + high - LOWEST + 1 :] = False
        if kind == Kind.PITCH and (role in SINGLE or stream.top + LOWEST >= high or self._notes >= MOST_NOTES):
            mask[VEL_AT:] = False
        softest, loudest = self.loud if stream.pos in self.hits else self.soft
        mask[VEL_AT : VEL_AT + softest] = False
        mask[VEL_AT + loudest + 1 : DUR_AT] = False
        if not softest <= stream.vel <= loudest and kind in {Kind.POS, Kind.PITCH}:
            mask[DUR_AT:] = False


def role_numbers(roles: Sequence[Role]) -> tuple[int, ...]:
    """Return the numbers of roles in the order they are written."""
    return tuple(r for r, role in enumerate(ROLES) if role in roles)
