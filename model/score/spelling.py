"""Which of its names a pitch takes, by key, chord and where the line goes.

Names live on the line of fifths: ... B flat -2, F -1, C 0, G 1, D 2 ...; a name's pitch class is 7n mod 12. Notes of
the scale are spelled by the key, notes of the chord in thirds above its root, other notes as the semitone below
(rising) or above (falling) the note they lead to.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.motifs.language import Chord, ThemeKey
from model.score.keys import count_fifths

_LETTERS = "FCGDAEB"
_LETTER_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_CHORD_FIFTHS = {
    "maj": (0, 4, 1),
    "min": (0, -3, 1),
    "dim": (0, -3, -6),
    "aug": (0, 4, 8),
    "sus4": (0, -1, 1),
    "7": (0, 4, 1, -2),
    "maj7": (0, 4, 1, 5),
    "min7": (0, -3, 1, -2),
    "dim7": (0, -3, -6, -9),
}
"""Chord notes as steps on the line of fifths above the root."""
_FLATTEST = -9  # fifths from C: B double flat
_SHARPEST = 14  # fifths from C: C double sharp
"""From B double flat to C double sharp."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A written pitch: letter, semitones of alteration, octave (middle C is C 0 4)."""

    step: str
    alter: int
    octave: int

    @property
    def midi(self) -> int:
        """The MIDI pitch it sounds as."""
        return 12 * (self.octave + 1) + _LETTER_STEPS[self.step] + self.alter


def spell(pitch: int, key: ThemeKey, chord: Chord | None = None, following: int | None = None) -> int:
    """Choose the name of a pitch, as a place on the line of fifths.

    Parameters
    ----------
    pitch: MIDI
    chord: the harmony it sounds in
    following: the next pitch of the line, for passing and leading notes
    """
    centre = count_fifths(key)
    wanted = pitch % 12
    scale = [centre - 1 + n for n in range(7)]
    if key.mode == "harmonic minor":
        scale = [centre + 8 if n == centre + 1 else n for n in scale]  # the raised seventh
    chosen = next((n for n in scale if n * 7 % 12 == wanted), None)
    if chosen is None and chord is not None:
        chosen = next((n for n in _chord_names(chord, centre) if n * 7 % 12 == wanted), None)
    if chosen is None and following is not None and abs(following - pitch) == 1:
        chosen = _leading(wanted, spell(following, key, chord), rises=following > pitch)
    if chosen is None:
        chosen = next(n for n in range(centre - 3, centre + 9) if n * 7 % 12 == wanted)
    return simplify_name(chosen)


def simplify_name(name: int) -> int:
    """Take the enharmonic name of fewer signs where a name lies beyond B double flat or C double sharp."""
    while name > _SHARPEST:
        name -= 12
    while name < _FLATTEST:
        name += 12
    return name


def _leading(wanted: int, target: int, rises: bool) -> int | None:
    """Name the neighbour a diatonic semitone below (rising) or above (falling) the target."""
    name = target + 5 if rises else target - 5
    return name if name * 7 % 12 == wanted else None


def _chord_names(chord: Chord, centre: int) -> list[int]:
    steps = _CHORD_FIFTHS.get(chord.quality, (0,))
    return [_root(chord, centre) + step for step in steps]


def chord_root(chord: Chord, key: ThemeKey) -> int:
    """Name the root of a chord in a key, as a place on the line of fifths."""
    return _root(chord, count_fifths(key))


def _root(chord: Chord, centre: int) -> int:
    """Name a root so that its chord lies near the middle of the key: in B flat, G flat major but F sharp minor."""
    steps = _CHORD_FIFTHS.get(chord.quality, (0,))
    middle = centre + 2
    names = [n for n in range(middle - 8, middle + 9) if n * 7 % 12 == chord.root % 12]
    return min(names, key=lambda n: (sum(abs(n + step - middle) for step in steps), n))


def chord_pitches(chord: Chord) -> list[int]:
    """List the pitch classes of a chord, from its root."""
    return [(chord.root + step * 7) % 12 for step in _CHORD_FIFTHS.get(chord.quality, (0,))]


def spell_name(name: int, pitch: int) -> Spelled:
    """Write a place on the line of fifths out as letter, alteration and octave for a MIDI pitch of that class."""
    letter = _LETTERS[(name + 1) % 7]
    alter = (name + 1) // 7
    octave = (pitch - alter - _LETTER_STEPS[letter]) // 12 - 1
    return Spelled(letter, alter, octave)


def transposition_fifths(semitones: int) -> int:
    """Place a transposition (sounding to written) on the line of fifths: +2 semitones is two fifths up, +7 one."""
    up = semitones * 7 % 12
    return up - 12 if up > 6 else up  # noqa: PLR2004 - the nearer way round


def choose_transposition(written_key: int, shift: int) -> int:
    """Choose the fifths to add for a transposing part so that its signature has no more than six signs."""
    if written_key + shift > 6:  # noqa: PLR2004
        return shift - 12
    return shift + 12 if written_key + shift < -6 else shift  # noqa: PLR2004
