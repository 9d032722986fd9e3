"""The instruments of the orchestra: their names, ranges, stems, clefs and General MIDI programs.

Ranges are sounding MIDI pitches for a good professional player, ``comfortable`` where the instrument speaks easily at
any dynamic (after the usual orchestration manuals: Adler, Rimsky-Korsakov). Programs are General MIDI, counted from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

FAMILIES = ("strings", "brass", "woodwinds", "percussion", "keys", "choir", "pads", "bass", "solo")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument or section, a line of the score.

    Attributes
    ----------
    family: the stem it goes to, one of ``FAMILIES``
    lowest, highest, comfortable: sounding MIDI pitches
    voices: notes it can play at a time (divisi, chords); 1 = a single line
    transposes: semitones from sounding to written pitch
    clef: ``treble``, ``alto``, ``tenor``, ``bass`` or ``percussion``
    order: place in the score from the top
    bank: 128 for the drum kit
    """

    id: str
    name: str
    short: str
    family: str
    program: int
    lowest: int
    highest: int
    comfortable: tuple[int, int]
    voices: int
    clef: str
    order: int
    transposes: int = 0
    bank: int = 0


_ROWS = (
    Instrument("piccolo", "Piccolo", "Picc.", "woodwinds", 72, 74, 108, (79, 103), 1, "treble", 10, -12),
    Instrument("flute", "Flutes", "Fl.", "woodwinds", 73, 60, 96, (65, 91), 2, "treble", 11),
    Instrument("oboe", "Oboes", "Ob.", "woodwinds", 68, 58, 91, (62, 84), 2, "treble", 12),
    Instrument("english_horn", "English Horn", "E. Hn.", "woodwinds", 69, 52, 81, (54, 76), 1, "treble", 13, 7),
    Instrument("clarinet", "Clarinets in B♭", "Cl.", "woodwinds", 71, 50, 91, (52, 84), 2, "treble", 14, 2),
    Instrument("bass_clarinet", "Bass Clarinet", "B. Cl.", "woodwinds", 71, 38, 77, (38, 65), 1, "treble", 15, 14),
    Instrument("bassoon", "Bassoons", "Bsn.", "woodwinds", 70, 34, 72, (36, 65), 2, "bass", 16),
    Instrument("horn", "Horns in F", "Hn.", "brass", 60, 34, 77, (43, 72), 4, "treble", 20, 7),
    Instrument("trumpet", "Trumpets in B♭", "Tpt.", "brass", 56, 52, 84, (55, 79), 3, "treble", 21, 2),
    Instrument("trombone", "Trombones", "Tbn.", "brass", 57, 40, 72, (43, 67), 3, "bass", 22),
    Instrument("tuba", "Tuba", "Tba.", "brass", 58, 28, 58, (31, 53), 1, "bass", 23),
    Instrument("timpani", "Timpani", "Timp.", "percussion", 47, 38, 60, (41, 57), 1, "bass", 30),
    Instrument("drums", "Percussion", "Perc.", "percussion", 0, 27, 87, (35, 81), 4, "percussion", 31, 0, 128),
    Instrument("taiko", "Taiko", "Tko.", "percussion", 116, 36, 72, (40, 60), 1, "percussion", 32),
    Instrument("glockenspiel", "Glockenspiel", "Glk.", "percussion", 9, 79, 108, (79, 103), 1, "treble", 33, -24),
    Instrument("tubular_bells", "Tubular Bells", "T. B.", "percussion", 14, 60, 77, (60, 77), 1, "treble", 34),
    Instrument("celesta", "Celesta", "Cel.", "keys", 8, 60, 108, (60, 103), 4, "treble", 40, -12),
    Instrument("harp", "Harp", "Hp.", "keys", 46, 24, 103, (36, 96), 6, "treble", 41),
    Instrument("piano", "Piano", "Pno.", "keys", 0, 21, 108, (33, 96), 8, "treble", 42),
    Instrument("guitar", "Acoustic Guitar", "Gtr.", "keys", 24, 40, 83, (40, 79), 4, "treble", 43, 12),
    Instrument("choir", "Choir", "Ch.", "choir", 52, 43, 81, (48, 76), 4, "treble", 50),
    Instrument("pad", "Synth Pad", "Pad", "pads", 89, 24, 96, (36, 84), 6, "treble", 55),
    Instrument("pulse", "Synth Pulse", "Pls.", "pads", 38, 24, 72, (28, 60), 1, "bass", 56),
    Instrument("solo_violin", "Solo Violin", "S. Vln.", "solo", 40, 55, 100, (55, 91), 1, "treble", 60),
    Instrument("solo_viola", "Solo Viola", "S. Vla.", "solo", 41, 48, 88, (48, 79), 1, "alto", 61),
    Instrument("solo_cello", "Solo Cello", "S. Vc.", "solo", 42, 36, 79, (36, 72), 1, "bass", 62),
    Instrument("violin_1", "Violins I", "Vln. I", "strings", 48, 55, 100, (55, 93), 3, "treble", 70),
    Instrument("violin_2", "Violins II", "Vln. II", "strings", 48, 55, 96, (55, 88), 3, "treble", 71),
    Instrument("viola", "Violas", "Vla.", "strings", 48, 48, 88, (48, 79), 3, "alto", 72),
    Instrument("cello", "Cellos", "Vc.", "strings", 48, 36, 79, (36, 69), 3, "bass", 73),
    Instrument("pizzicato", "Strings pizzicato", "Pizz.", "strings", 45, 36, 88, (40, 81), 4, "treble", 74),
    Instrument("tremolo", "Strings tremolo", "Trem.", "strings", 44, 36, 96, (43, 88), 6, "treble", 75),
    Instrument("contrabass", "Contrabasses", "Cb.", "bass", 48, 28, 62, (28, 52), 1, "bass", 80, 12),
)
INSTRUMENTS: dict[str, Instrument] = {row.id: row for row in _ROWS}
