"""A tune as a file gives it, before it is a theme: notes with their facts, the top line, the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.errors import ThemeInvalid
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.shapes import Notes

MOST_NOTES = 200
FEWEST_NOTES = 3
_CHORD, _CHORDS_THROUGHOUT = 3, 0.8
# Krumhansl & Kessler 1982: how well each pitch class fits after a key was established
_FIT = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
_HOME = 0.12


@dataclass(frozen=True, slots=True)
class Tune:
    """What a reader found: the pitched notes of each voice, in any order, and what the file says about them.

    ``drums``: unpitched notes left out; ``key``, ``bpm`` and ``meter`` are None where the file is silent;
    ``program`` the General MIDI program, -1 if unknown.
    """

    voices: tuple[tuple[ThemeNote, ...], ...]
    drums: int = 0
    key: ThemeKey | None = None
    meter: tuple[int, int] | None = None
    bpm: float | None = None
    title: str = ""
    program: int = -1
    cautions: tuple[str, ...] = ()


def melody(tune: Tune) -> tuple[Notes, tuple[str, ...]]:
    """Take the top line of the highest single voice, and say so if there was more than one.

    Raises ThemeInvalid, in words, if there is no note, only percussion, only chords, or too much or too little.
    """
    every = [n for voice in tune.voices for n in voice]
    if not every:
        if tune.drums:
            raise ThemeInvalid("The file holds only percussion; a theme needs pitches.", hint="Give a melody.")
        raise ThemeInvalid("There is no note in the file.", hint="Export the theme again and look whether it sounds.")
    tunes = [v for v in tune.voices if len(v) >= FEWEST_NOTES] or [tuple(every)]
    chosen = max(tunes, key=lambda voice: (_single(voice), sum(n.pitch for n in voice) / len(voice)))
    line = top_line(chosen)
    if len(line) > MOST_NOTES:
        raise ThemeInvalid(
            f"The file holds {len(line):,} notes; a theme has at most {MOST_NOTES}.",
            hint="Cut out the few bars that you mean.",
        )
    if len(line) < FEWEST_NOTES:
        raise ThemeInvalid(f"A theme needs at least {FEWEST_NOTES} notes; the file has {len(line)}.")
    struck: dict[Fraction, int] = {}
    for note in chosen:
        struck[note.onset] = struck.get(note.onset, 0) + 1
    if sum(struck[n.onset] >= _CHORD for n in line) >= _CHORDS_THROUGHOUT * len(line):
        raise ThemeInvalid("The file is chords throughout; which note is the theme?", hint="Give the melody alone.")
    said: list[str] = list(tune.cautions)
    if len(line) < len(every):
        said.append(f"The file has several voices; the top line was taken ({len(line)} of {len(every)} notes).")
    if tune.drums:
        said.append(f"{tune.drums} percussion notes were left out.")
    return line, tuple(said)


def _single(voice: Sequence[ThemeNote]) -> bool:
    """Whether a voice is one line nearly throughout."""
    return len({n.onset for n in voice}) >= _CHORDS_THROUGHOUT * len(voice)


def top_line(notes: Sequence[ThemeNote]) -> Notes:
    """Keep what no higher note covers, each note cut where the next begins."""
    kept: list[ThemeNote] = []
    for note in sorted(notes, key=lambda n: (n.onset, -n.pitch, -n.duration)):
        last = kept[-1] if kept else None
        if last is None or note.onset >= last.onset + last.duration:
            kept.append(note)
        elif note.pitch > last.pitch and note.onset > last.onset:
            kept[-1] = ThemeNote(last.onset, note.onset - last.onset, last.pitch, last.accent)
            kept.append(note)
    return tuple(kept)


def guess_key(notes: Sequence[ThemeNote]) -> ThemeKey:
    """Tell the key from how long each pitch class sounds and where the melody ends (Krumhansl and Schmuckler)."""
    heard = np.zeros(12)
    for note in notes:
        heard[note.pitch % 12] += float(note.duration)
    if np.ptp(heard) == 0:
        return ThemeKey(notes[-1].pitch % 12 if notes else 0)
    best, found = -2.0, ThemeKey(0)
    for mode, fit in _FIT.items():
        for tonic in range(12):
            score = float(np.corrcoef(np.roll(fit, tonic), heard)[0, 1]) + _HOME * (notes[-1].pitch % 12 == tonic)
            if score > best + 1e-9:
                best, found = score, ThemeKey(tonic, mode)
    return found
