"""Two sketches, one made by hand and one at random, on which scores are tested and measured.

``make_theme_sketch`` reads like a cue: a theme and its answer, chords, a bass, a pulse with triplets, hits, an odd bar,
two tempo changes. ``make_random_sketch`` is noise on purpose: any pitch, length and place, in awkward meters, for every
instrument.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Chord, ThemeKey
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import BarPlan, Note, Part, PartNote, Sketch, Statement, VoiceRole
from model.time import Beat, Frame, Timebase
from model.timing.landing import Aim, Grade, Landing
from model.timing.tempo_map import Meter, Tempo, TempoMap

_F = Fraction
_THEME = ((0, 1.5, 69), (1.5, 0.5, 71), (2, 1, 72), (3, 1, 76), (4, 2, 75), (6, 1, 76), (7, 1, 64))
_ANSWER = ((8, 1, 77), (9, 1, 76), (10, 0.5, 74), (10.5, 0.5, 72), (11, 1, 71), (12, 3, 69), (15, 1, 68))
_CHORDS = ((9, "min"), (5, "maj"), (2, "min"), (4, "maj"))
_FUNCTIONS = ("intro", "intro", "statement", "statement", "statement", "statement", "development", "development")


def make_theme_sketch(rate: Fraction = Fraction(24), rounds: int = 3) -> tuple[Sketch, Timebase]:
    """Build a sketch that reads like a cue, at a picture rate; every round adds eight bars."""
    timebase = Timebase.from_label(rate, "01:00:00:00")
    bars = 8 * rounds
    odd = bars - 3
    tempo_map = TempoMap(
        start_s=Fraction(1015, 100) if rate == 24 else timebase.seconds(Frame(244)),
        bars=bars,
        tempi=(
            Tempo(Beat(_F(0)), _F(96)),
            Tempo(Beat(_F(32)), _F(193, 2)),
            Tempo(Beat(_F(4 * odd)), _F(94), "rit."),
            Tempo(Beat(_F(4 * odd + 1)), _F(90), "rit."),
            Tempo(Beat(_F(4 * odd + 2)), _F(86), "rit."),
            Tempo(Beat(_F(4 * odd + 4)), _F(84)),
        ),
        meters=(Meter(0, 4, 4), Meter(odd, 5, 4), Meter(odd + 1, 4, 4)),
    )
    notes = tuple(sorted(_theme_notes(rounds), key=lambda n: (n.onset, n.role, n.pitch)))
    out = timebase.nearest(tempo_map.seconds(tempo_map.end))
    return (
        Sketch(
            cue="cue-1",
            number="1m1",
            title="The Barbershop & the <Razor>",
            cue_in=timebase.frame(tempo_map.start_s),
            out=out,
            tempo_map=tempo_map,
            landings=_landings(tempo_map, timebase),
            bars=tuple(_plan(bar, bars) for bar in range(bars)),
            chords=tuple(Chord(_F(4 * b), _F(4), *_CHORDS[b % 4]) for b in range(bars)),
            notes=notes,
            parts=_orchestrate(notes),
            statements=_statements(rounds),
            settings=SketchSettings(),
            engine="rules",
        ),
        timebase,
    )


def make_random_sketch(seed: int, rate: Fraction = Fraction(25), bars: int = 14) -> tuple[Sketch, Timebase]:
    """Build noise for every instrument: onsets and lengths in twelfths of a quarter, in six meters and five keys."""
    throw = np.random.default_rng(seed)
    timebase = Timebase.from_label(rate, "10:00:00:00")
    meters = (Meter(0, 4, 4), Meter(2, 7, 8), Meter(4, 3, 4), Meter(6, 6, 8), Meter(8, 5, 4), Meter(10, 2, 2))
    tempi = tuple(Tempo(Beat(_F(7 * n)), _F(int(throw.integers(81, 300)), 2)) for n in range(5))
    tempo_map = TempoMap(timebase.seconds(Frame(60)), bars, tempi, meters)
    parts = tuple(_noise(name, throw, tempo_map.end.quarters) for name in INSTRUMENTS)
    roles = tuple(VoiceRole)
    notes = tuple(
        Note(roles[n % len(roles)], p.onset, p.duration, p.pitch, p.velocity)
        for n, part in enumerate(parts[::4])
        for p in part.notes
    )
    modes = ("major", "minor", "dorian", "lydian", "harmonic minor")
    plans = tuple(
        BarPlan(b, "tension", ThemeKey(b // 3 * 5 % 12, modes[b // 3 % 5]), 0.5, 80, 0.5, 0.5, 0.0, 0.0)
        for b in range(bars)
    )
    sketch = Sketch(
        cue=f"dice-{seed}",
        number="2m3",
        title="Dice",
        cue_in=Frame(60),
        out=timebase.frame(tempo_map.seconds(tempo_map.end)),
        tempo_map=tempo_map,
        landings=(),
        bars=plans,
        chords=(),
        notes=tuple(sorted(notes, key=lambda n: n.onset)),
        parts=parts,
        statements=(),
        settings=SketchSettings(seed=seed),
        engine="rules",
    )
    return sketch, timebase


def _noise(name: str, throw: np.random.Generator, end: Fraction) -> Part:
    player = INSTRUMENTS[name]
    words = ("", "", "", "staccato", "accent", "tenuto", "marcato")
    notes: list[PartNote] = []
    for _ in range(40):
        onset = _F(int(throw.integers(0, int(end * 12) - 1)), 12)
        length = min(end - onset, _F(int(throw.integers(1, 80)), 12))
        pitch = int(throw.integers(player.lowest, player.highest + 1))
        word = words[int(throw.integers(len(words)))]
        notes.append(PartNote(Beat(onset), length, pitch, int(throw.integers(1, 128)), VoiceRole.MELODY, word))
    return Part(name, tuple(sorted(notes, key=lambda n: (n.onset, n.pitch))))


def _theme_notes(rounds: int) -> list[Note]:
    notes: list[Note] = []
    for turn in range(rounds):
        at = 32 * turn
        for statement, shift in ((2 * turn, 8), (2 * turn + 1, 24 if turn < rounds - 1 else 16)):
            for onset, length, pitch in (*_THEME, *_ANSWER)[: 14 if shift == 8 else 7]:
                place = Beat(_F(at + shift) + _F(onset))
                notes.append(Note(VoiceRole.MELODY, place, _F(length), pitch, min(84 + 6 * turn, 120), True, statement))
        for bar in range(8):
            notes += _bar(at + 4 * bar, *_CHORDS[bar % 4], turn)
    return notes


def _bar(at: int, root: int, quality: str, turn: int) -> list[Note]:
    third = 4 if quality == "maj" else 3
    loud = min(54 + 12 * turn, 120)
    chord = [60 + (root + step - 60) % 12 - (12 if (root + step) % 12 > 8 else 0) for step in (0, third, 7)]
    notes = [Note(VoiceRole.HARMONY, Beat(_F(at)), _F(4), pitch, loud) for pitch in sorted(chord)]
    notes += [Note(VoiceRole.BASS, Beat(_F(at + n)), _F(2), 36 + (root + 7 * (n // 2) - 36) % 12, loud) for n in (0, 2)]
    notes += [Note(VoiceRole.COUNTER, Beat(_F(at + 2) + _F(n, 3)), _F(1, 3), 60 + root % 5 + n, loud) for n in range(3)]
    notes += [Note(VoiceRole.COUNTER, Beat(_F(at + 3)), _F(1), 64 + root % 5, loud)]
    if turn:
        notes += [
            Note(VoiceRole.RHYTHM, Beat(_F(at) + _F(n, 2)), _F(1, 4), (36, 38)[n % 4 == 2], loud) for n in range(8)
        ]
    return notes


def _orchestrate(notes: tuple[Note, ...]) -> tuple[Part, ...]:
    lines: dict[str, list[PartNote]] = {}
    doublings = {
        VoiceRole.MELODY: ("violin_1", "flute", "horn"),
        VoiceRole.COUNTER: ("clarinet", "viola"),
        VoiceRole.HARMONY: ("violin_2", "harp", "choir"),
        VoiceRole.BASS: ("cello", "contrabass", "bassoon"),
        VoiceRole.RHYTHM: ("drums",),
        VoiceRole.PAD: ("pad",),
    }
    for note in notes:
        for name in doublings[note.role]:
            low = name == "horn"
            word = "staccato" if note.role is VoiceRole.RHYTHM else "accent" if note.velocity > 94 else ""
            played = PartNote(
                note.onset, note.duration, note.pitch - 12 * low, note.velocity, note.role, word, note.statement
            )
            lines.setdefault(name, []).append(played)
    return tuple(Part(name, tuple(played)) for name, played in lines.items())


def _statements(rounds: int) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for turn in range(rounds):
        whole = Beat(_F(32 * turn + 8))
        varied = Beat(_F(32 * turn + (24 if turn < rounds - 1 else 16)))
        found.append(Statement("agent", "A: Agent", (), whole, whole + _F(16), VoiceRole.MELODY))
        found.append(
            Statement("agent", "A: Agent", ("fragment:head",), varied, varied + _F(8), VoiceRole.MELODY, "fragment")
        )
    return tuple(found)


def _plan(bar: int, bars: int) -> BarPlan:
    function = _FUNCTIONS[bar % 8] if bar < bars - 2 else "release"
    return BarPlan(bar, function, ThemeKey(9, "minor"), 0.5, min(54 + 12 * (bar // 8), 120), 0.4, 0.3, -0.2, 0.0)


def _landings(tempo_map: TempoMap, timebase: Timebase) -> tuple[Landing, ...]:
    landed = (("h1", 8, "She turns"), ("h2", 31, "Door slams"), ("h3", 62, "Razor drops"))
    hits = []
    for name, quarters, label in landed:
        beat = Beat(_F(quarters))
        exact = tempo_map.seconds(beat) * timebase.rate
        aim = Aim(name, Frame(round(exact)), 3.0, label=label)
        hits.append(Landing(aim, beat, "beat", float(exact - aim.frame.index), Grade.HIT))
    lost = timebase.nearest(tempo_map.seconds(Beat(_F(40) + _F(3, 7))))
    hits.append(Landing(Aim("h4", lost, label="A glass"), None, "", 5.0, Grade.MISS, "too near to a heavier hit"))
    return tuple(hits)
