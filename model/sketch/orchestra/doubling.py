"""Who plays a role: first choices by how strong the music is, and who doubles whom.

The lists follow common orchestral practice: strings carry, winds colour, brass comes in last and doubles. What is not
in the cue's palette is passed over; anybody left who can hold the line comes at the end.
"""

from __future__ import annotations

from collections.abc import Collection

from model.motifs.instruments import INSTRUMENTS
from model.sketch.orchestra.ranges import DECAYING, UNPITCHED
from model.sketch.sketch_types import Role

SOFT, MIDDLE, STRONG = 0, 1, 2
_MIDDLE_FROM, _STRONG_FROM = 0.42, 0.7
_TREMOLO_FROM = 0.6

_FIRST: dict[Role, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    Role.MELODY: (
        ("solo_violin", "oboe", "flute", "clarinet", "solo_cello", "english_horn", "violin_1", "piano", "celesta"),
        ("violin_1", "horn", "oboe", "clarinet", "flute", "solo_violin", "cello", "piano"),
        ("violin_1", "horn", "trumpet", "trombone", "choir", "cello"),
    ),
    Role.COUNTER: (
        ("clarinet", "solo_viola", "viola", "english_horn", "bassoon", "cello"),
        ("cello", "horn", "viola", "clarinet", "bassoon", "english_horn"),
        ("horn", "cello", "trombone", "viola", "bassoon"),
    ),
    Role.HARMONY: (
        ("violin_2", "viola", "cello", "clarinet", "bassoon", "horn", "choir", "pad", "piano", "harp"),
        ("violin_2", "viola", "cello", "horn", "clarinet", "bassoon", "pad", "piano"),
        ("violin_2", "viola", "cello", "horn", "trombone", "trumpet", "bassoon", "pad"),
    ),
    Role.BASS: (
        ("contrabass", "cello", "bass_clarinet", "bassoon", "pulse", "tuba", "piano"),
        ("contrabass", "cello", "bassoon", "pulse", "tuba", "piano"),
        ("contrabass", "tuba", "pulse", "trombone", "cello", "piano"),
    ),
    Role.RHYTHM: (
        ("harp", "pizzicato", "piano", "guitar", "pulse", "viola", "violin_2"),
        ("pizzicato", "piano", "guitar", "pulse", "viola", "violin_2", "harp", "cello"),
        ("viola", "violin_2", "pulse", "piano", "pizzicato", "guitar", "cello"),
    ),
    Role.PAD: (
        ("pad", "choir", "violin_1", "violin_2", "viola", "horn", "tremolo", "clarinet", "flute"),
        ("pad", "violin_1", "choir", "horn", "violin_2", "viola", "tremolo"),
        ("violin_1", "choir", "pad", "horn", "tremolo", "violin_2", "trumpet"),
    ),
}
# (instrument, octaves away) that join a role when the music is strong enough
DOUBLES: dict[Role, tuple[tuple[int, str, int], ...]] = {
    Role.MELODY: (
        (MIDDLE, "oboe", 0),
        (STRONG, "violin_2", -1),
        (STRONG, "flute", 1),
        (STRONG, "horn", 0),
        (STRONG, "trumpet", 0),
        (STRONG, "piccolo", 1),
        (STRONG, "choir", 0),
    ),
    Role.BASS: (
        (SOFT, "cello", 1),
        (MIDDLE, "bassoon", 0),
        (MIDDLE, "bass_clarinet", 0),
        (STRONG, "trombone", 1),
        (STRONG, "tuba", 0),
        (STRONG, "pulse", 0),
    ),
    Role.HARMONY: ((STRONG, "horn", 0), (STRONG, "trombone", 0), (STRONG, "bassoon", 0), (STRONG, "clarinet", 0)),
    Role.RHYTHM: ((STRONG, "pizzicato", 0), (STRONG, "pulse", -1)),
    Role.COUNTER: ((STRONG, "bassoon", 0),),
    Role.PAD: ((STRONG, "choir", 0),),
}
_HELD = frozenset({Role.PAD, Role.HARMONY, Role.COUNTER, Role.MELODY})


def level_of(arousal: float) -> int:
    """Say how strong the orchestra is: ``SOFT``, ``MIDDLE`` or ``STRONG``."""
    return STRONG if arousal >= _STRONG_FROM else MIDDLE if arousal >= _MIDDLE_FROM else SOFT


def players(role: Role, level: int, present: Collection[str], tension: float, first: str = "") -> list[str]:
    """List who of those present may play a role, best first; ``first`` goes before all (a theme's own instrument).

    Strained pads go to the tremolo. Decaying instruments take a pad when nobody else is free; unpitched ones play
    nothing of this.
    """
    order = [first] if first else []
    if role is Role.PAD and tension >= _TREMOLO_FROM:
        order.append("tremolo")
    order += _FIRST[role][level]
    rest = sorted((n for n in INSTRUMENTS if n not in order), key=lambda n: INSTRUMENTS[n].order)
    if role in _HELD:
        rest.sort(key=lambda n: n in DECAYING)
    usable = [n for n in dict.fromkeys([*order, *rest]) if n in present and n not in UNPITCHED]
    return sorted(usable, key=lambda n: n in DECAYING) if role is Role.PAD else usable
