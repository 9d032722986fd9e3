"""Who plays a role: first choices by how strong the music is, and who doubles whom.

The lists follow common orchestral practice: strings carry, winds colour, brass comes in last and doubles. Instruments
not in the cue's palette are skipped; all others that can play the role come last.
"""

from __future__ import annotations

from collections.abc import Collection

from model.motifs.instruments import INSTRUMENTS
from model.sketch.orchestra.players import DECAYING, UNPITCHED
from model.sketch.sketch_types import VoiceRole

SOFT = 0  # index into the lists of ``_FIRST_CHOICES``, as are the next two
MIDDLE = 1  # index
STRONG = 2  # index
_MIDDLE_AROUSAL = 0.42  # of 0-1
_STRONG_AROUSAL = 0.7  # of 0-1
_TREMOLO_TENSION = 0.6  # of 0-1

_FIRST_CHOICES: dict[VoiceRole, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    VoiceRole.MELODY: (
        ("solo_violin", "oboe", "flute", "clarinet", "solo_cello", "english_horn", "violin_1", "piano", "celesta"),
        ("violin_1", "horn", "oboe", "clarinet", "flute", "solo_violin", "cello", "piano"),
        ("violin_1", "horn", "trumpet", "trombone", "choir", "cello"),
    ),
    VoiceRole.COUNTER: (
        ("clarinet", "solo_viola", "viola", "english_horn", "bassoon", "cello"),
        ("cello", "horn", "viola", "clarinet", "bassoon", "english_horn"),
        ("horn", "cello", "trombone", "viola", "bassoon"),
    ),
    VoiceRole.HARMONY: (
        ("violin_2", "viola", "cello", "clarinet", "bassoon", "horn", "choir", "pad", "piano", "harp"),
        ("violin_2", "viola", "cello", "horn", "clarinet", "bassoon", "pad", "piano"),
        ("violin_2", "viola", "cello", "horn", "trombone", "trumpet", "bassoon", "pad"),
    ),
    VoiceRole.BASS: (
        ("contrabass", "cello", "bass_clarinet", "bassoon", "pulse", "tuba", "piano"),
        ("contrabass", "cello", "bassoon", "pulse", "tuba", "piano"),
        ("contrabass", "tuba", "pulse", "trombone", "cello", "piano"),
    ),
    VoiceRole.RHYTHM: (
        ("harp", "pizzicato", "piano", "guitar", "pulse", "viola", "violin_2"),
        ("pizzicato", "piano", "guitar", "pulse", "viola", "violin_2", "harp", "cello"),
        ("viola", "violin_2", "pulse", "piano", "pizzicato", "guitar", "cello"),
    ),
    VoiceRole.PAD: (
        ("pad", "choir", "violin_1", "violin_2", "viola", "horn", "tremolo", "clarinet", "flute"),
        ("pad", "violin_1", "choir", "horn", "violin_2", "viola", "tremolo"),
        ("violin_1", "choir", "pad", "horn", "tremolo", "violin_2", "trumpet"),
    ),
}
# Who joins a role: (from which level on, instrument, octaves away).
DOUBLES: dict[VoiceRole, tuple[tuple[int, str, int], ...]] = {
    VoiceRole.MELODY: (
        (MIDDLE, "oboe", 0),
        (STRONG, "violin_2", -1),
        (STRONG, "flute", 1),
        (STRONG, "horn", 0),
        (STRONG, "trumpet", 0),
        (STRONG, "piccolo", 1),
        (STRONG, "choir", 0),
    ),
    VoiceRole.BASS: (
        (SOFT, "cello", 1),
        (MIDDLE, "bassoon", 0),
        (MIDDLE, "bass_clarinet", 0),
        (STRONG, "trombone", 1),
        (STRONG, "tuba", 0),
        (STRONG, "pulse", 0),
    ),
    VoiceRole.HARMONY: ((STRONG, "horn", 0), (STRONG, "trombone", 0), (STRONG, "bassoon", 0), (STRONG, "clarinet", 0)),
    VoiceRole.RHYTHM: ((STRONG, "pizzicato", 0), (STRONG, "pulse", -1)),
    VoiceRole.COUNTER: ((STRONG, "bassoon", 0),),
    VoiceRole.PAD: ((STRONG, "choir", 0),),
}
_SUSTAINED_ROLES = frozenset({VoiceRole.PAD, VoiceRole.HARMONY, VoiceRole.COUNTER, VoiceRole.MELODY})


def level_of(arousal: float) -> int:
    """Level of the orchestra: ``SOFT``, ``MIDDLE`` or ``STRONG``."""
    return STRONG if arousal >= _STRONG_AROUSAL else MIDDLE if arousal >= _MIDDLE_AROUSAL else SOFT


def choose_players(role: VoiceRole, level: int, present: Collection[str], tension: float, first: str = "") -> list[str]:
    """Choose who of those present may play a role, best first; ``first`` comes before all (a theme's own instrument).

    Tense pads go to the tremolo first. Decaying instruments play a pad only when nobody else is free, unpitched ones
    none of the roles.
    """
    order = [first] if first else []
    if role is VoiceRole.PAD and tension >= _TREMOLO_TENSION:
        order.append("tremolo")
    order += _FIRST_CHOICES[role][level]
    rest = sorted((n for n in INSTRUMENTS if n not in order), key=lambda n: INSTRUMENTS[n].order)
    if role in _SUSTAINED_ROLES:
        rest.sort(key=lambda n: n in DECAYING)
    usable = [n for n in dict.fromkeys([*order, *rest]) if n in present and n not in UNPITCHED]
    return sorted(usable, key=lambda n: n in DECAYING) if role is VoiceRole.PAD else usable
