"""What one bar may hold while the net writes it: which roles, where, how high, how many.

Every rule here is strict, as a mask over the next token; chords and keys are only a bias, in
``model.sketch.net.infill``.
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
    RoleNote,
    TokenKind,
    TokenStream,
    allowed_tokens,
    kind_of,
)
from model.sketch.sketch_types import VoiceRole

ROLE_RANGES = {  # MIDI pitches, lowest and highest
    VoiceRole.MELODY: (55, 91),
    VoiceRole.BASS: (28, 55),
    VoiceRole.COUNTER: (43, 79),
    VoiceRole.HARMONY: (43, 79),
    VoiceRole.RHYTHM: (36, 79),
    VoiceRole.PAD: (43, 88),
}
SINGLE = frozenset({VoiceRole.MELODY, VoiceRole.BASS, VoiceRole.COUNTER})  # one note at a time
MOST_NOTES = 96  # of a bar, so that its tokens stay inside the context
Mask = npt.NDArray[np.bool_]


@dataclass(slots=True)
class BarRules:
    """The rules of one bar; positions are twelfths of a quarter.

    Attributes
    ----------
    roles: numbers of the roles the net may write here
    hits: positions where every role it writes must sound; ``loud``: velocities allowed there, softest and loudest
    soft: velocities allowed elsewhere, as indices into ``VELOCITIES``, softest and loudest
    stop: nothing begins from here on
    most_places: how many different onsets the free roles may have together; fewer under dialogue
    must_sound: whether the bar may not stay empty
    locked: given notes, by role, which are written at their places; sorted by position and pitch
    """

    roles: tuple[int, ...]
    hits: tuple[int, ...] = ()
    loud: tuple[int, int] = (0, len(VELOCITIES) - 1)
    soft: tuple[int, int] = (0, len(VELOCITIES) - 1)
    stop: int = LONGEST_BAR
    most_places: int = LONGEST_BAR
    must_sound: bool = False
    locked: dict[int, list[RoleNote]] = field(default_factory=dict[int, list[RoleNote]])
    _places: set[int] = field(default_factory=set[int])  # onsets in this bar
    _role_places: set[int] = field(default_factory=set[int])  # onsets of the current role
    _begun: set[int] = field(default_factory=set[int])  # roles of this bar, the current one included
    _notes: int = 0

    def record(self, token: int, note: RoleNote | None) -> None:
        """Record a token that was written, and the note it completes."""
        if kind_of(token) == TokenKind.ROLE:
            self._role_places = set()
            self._begun.add(token - ROLE_AT)
        elif note is not None:
            self._role_places.add(note.pos)
            self._places.add(note.pos)
            self._notes += 1

    def allowed_tokens(self, stream: TokenStream) -> Mask:
        """Mask of the tokens that may follow here, [VOCABULARY]; ``BAR`` stands for the end of this bar."""
        mask = allowed_tokens(stream)
        mask[END] = False
        missing = self._missing_hits(stream)
        roles = set() if missing else self._remaining_roles()
        mask[ROLE_AT:POS_AT] &= [r in roles for r in range(len(ROLES))]
        mask[BAR] &= not missing and not self._is_incomplete(stream, roles)
        mask[POS_AT:VEL_AT] &= self._allowed_places(missing[0] if missing else None)
        if stream.role in self.roles:
            self._restrict_notes(mask, stream)
        else:  # a given role is complete
            mask[POS_AT:] = False
        return mask

    def take_due(self, stream: TokenStream, token: int) -> list[RoleNote]:
        """Take the locked notes of the current role that come before ``token``: all of one place, or none."""
        waiting = self.locked.get(stream.role, [])
        ends_role = kind_of(token) in {TokenKind.ROLE, TokenKind.BAR}
        if not waiting or not (ends_role or (kind_of(token) == TokenKind.POS and token - POS_AT >= waiting[0].pos)):
            return []
        due = [n for n in waiting if n.pos == waiting[0].pos]
        self.locked[stream.role] = waiting[len(due) :]
        return due

    def _missing_hits(self, stream: TokenStream) -> list[int]:
        """List the hits on which the current role has not sounded yet."""
        return (
            [p for p in self.hits if p not in self._role_places and p > stream.pos] if stream.role in self.roles else []
        )

    def _remaining_roles(self) -> set[int]:
        """Find the roles that may still come, in any order; with no place left only those with locked notes."""
        later = set(self.roles) - self._begun
        return later if self._allowed_places(None).any() else {r for r in later if self.locked.get(r)}

    def _is_incomplete(self, stream: TokenStream, roles: set[int]) -> bool:
        """Tell whether the bar may not end yet: locked notes, a hit, or any note at all are still missing."""
        locked = any(self.locked.get(r) for r in self.roles if r != stream.role)
        empty = self.must_sound and not self._places
        return bool(roles) and (locked or empty or any(p not in self._places for p in self.hits))

    def _allowed_places(self, until: int | None) -> Mask:
        """Mask of where an onset may be, [LONGEST_BAR]: before the stop, and not after ``until``, a missing hit."""
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

    def _restrict_notes(self, mask: Mask, stream: TokenStream) -> None:
        """Forbid pitches out of range, second notes of single lines, and velocities not allowed here, in place."""
        role, kind = ROLES[stream.role], kind_of(stream.tokens[-1])
        low, high = ROLE_RANGES[role]
        mask[PITCH_AT : PITCH_AT + low - LOWEST] = False
        mask[PITCH_AT + high - LOWEST + 1 :] = False
        if kind == TokenKind.PITCH and (role in SINGLE or stream.top + LOWEST >= high or self._notes >= MOST_NOTES):
            mask[VEL_AT:] = False
        softest, loudest = self.loud if stream.pos in self.hits else self.soft
        mask[VEL_AT : VEL_AT + softest] = False
        mask[VEL_AT + loudest + 1 : DUR_AT] = False
        if not softest <= stream.vel <= loudest and kind in {TokenKind.POS, TokenKind.PITCH}:
            mask[DUR_AT:] = False


def role_numbers(roles: Sequence[VoiceRole]) -> tuple[int, ...]:
    """Numbers of roles, in the order they are written."""
    return tuple(r for r, role in enumerate(ROLES) if role in roles)
