"""A tune as read from a file, before it is a theme: its notes and what the file says of them; its top line; its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.errors import ThemeInvalid
from model.motifs.degrees import KEY_PROFILES
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.shapes import Notes

MOST_NOTES = 200
FEWEST_NOTES = 3
_CHORD_NOTES = 3
_NEARLY_ALL_SHARE = 0.8
_PITCH_CLASSES = 12  # C to B
PITCH_CLASS_OF_LETTER = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
HIGHEST_PITCH = 127  # of MIDI
_LAST_NOTE_BONUS = 0.12  # of correlation, for a key on whose tonic the melody ends


@dataclass(frozen=True, slots=True)
class Tune:
    """What a reader found: the pitched notes of each voice, in any order, and what the file says about them.

    Attributes
    ----------
    drums: number of unpitched notes, which are left out
    key, meter, bpm: None where the file does not say
    program: General MIDI program counted from 0, -1 if unknown
    cautions: what was left out, in words
    """

    voices: tuple[tuple[ThemeNote, ...], ...]
    drums: int = 0
    key: ThemeKey | None = None
    meter: tuple[int, int] | None = None
    bpm: float | None = None
    title: str = ""
    program: int = -1
    cautions: tuple[str, ...] = ()


def take_melody(tune: Tune) -> tuple[Notes, tuple[str, ...]]:
    """Take the top line of the highest single voice; returns it and cautions about what was left out.

    Raises ThemeInvalid if there is no note, only percussion, only chords, or too many or too few notes.
    """
    every = [n for voice in tune.voices for n in voice]
    if not every:
        if tune.drums:
            raise ThemeInvalid("The file holds only percussion; a theme needs pitches.", hint="Give a melody.")
        raise ThemeInvalid("There is no note in the file.", hint="Export the theme again and look whether it sounds.")
    voices = [v for v in tune.voices if len(v) >= FEWEST_NOTES] or [tuple(every)]
    chosen = max(voices, key=lambda voice: (_is_single_line(voice), sum(n.pitch for n in voice) / len(voice)))
    line = take_top_line(chosen)
    if len(line) > MOST_NOTES:
        raise ThemeInvalid(
            f"The file holds {len(line):,} notes; a theme has at most {MOST_NOTES}.",
            hint="Cut out the few bars that you mean.",
        )
    if len(line) < FEWEST_NOTES:
        raise ThemeInvalid(f"A theme needs at least {FEWEST_NOTES} notes; the file has {len(line)}.")
    notes_at = Counter(note.onset for note in chosen)
    if sum(notes_at[n.onset] >= _CHORD_NOTES for n in line) >= _NEARLY_ALL_SHARE * len(line):
        raise ThemeInvalid("The file is chords throughout; which note is the theme?", hint="Give the melody alone.")
    cautions: list[str] = list(tune.cautions)
    if len(line) < len(every):
        cautions.append(f"The file has several voices; the top line was taken ({len(line)} of {len(every)} notes).")
    if tune.drums:
        cautions.append(f"{tune.drums} percussion notes were left out.")
    return line, tuple(cautions)


def _is_single_line(voice: Sequence[ThemeNote]) -> bool:
    """Tell whether a voice is one line nearly throughout."""
    return len({n.onset for n in voice}) >= _NEARLY_ALL_SHARE * len(voice)


def take_top_line(notes: Sequence[ThemeNote]) -> Notes:
    """Keep the notes that sound while no higher one does; a note ends where a higher one begins."""
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
    """Guess the key from how long each pitch class sounds and where the melody ends (Krumhansl and Schmuckler)."""
    durations = np.zeros(_PITCH_CLASSES)
    for note in notes:
        durations[note.pitch % _PITCH_CLASSES] += float(note.duration)
    last = notes[-1].pitch % _PITCH_CLASSES if notes else 0
    if np.ptp(durations) == 0:
        return ThemeKey(last)
    best, found = -np.inf, ThemeKey(0)
    for mode, profile in KEY_PROFILES.items():
        for tonic in range(_PITCH_CLASSES):
            correlation = float(np.corrcoef(np.roll(profile, tonic), durations)[0, 1])
            score = correlation + _LAST_NOTE_BONUS * (last == tonic)
            if score > best + 1e-9:
                best, found = score, ThemeKey(tonic, mode)
    return found
