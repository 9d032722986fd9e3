"""What a person may choose about the musical language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from model.fields import Bounds, Seed, check_fields
from model.motifs.language import Owner, Theme

MostThemes = Annotated[int, Bounds(1, 12, help="Themes at most, given ones included.")]


@dataclass(frozen=True, slots=True)
class DeviseSettings:
    """Wishes; owners are named by id ("person-a") or by name ("person A"), in capitals or not.

    Attributes
    ----------
    names: new names by owner
    merge: pairs (this one, is that one)
    drop: owners that shall have no theme
    add: owners nobody observed
    given: themes of the user's own by owner; a name that nobody has becomes an owner
    banned: families or instrument ids, each alone or "brass before reel 3", "brass before 2m1", "choir in 1m2"
    bars: length of a written theme

    Raises SettingInvalid for a value out of its bounds.
    """

    seed: Seed = 7
    names: dict[str, str] = field(default_factory=dict[str, str])
    merge: tuple[tuple[str, str], ...] = ()
    drop: tuple[str, ...] = ()
    add: tuple[Owner, ...] = ()
    given: dict[str, Theme] = field(default_factory=dict[str, Theme])
    banned: tuple[str, ...] = ()
    most_themes: MostThemes = 4
    bars: int = 4

    def __post_init__(self) -> None:
        """Hold every setting against its bounds."""
        check_fields(self)
