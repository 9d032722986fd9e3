"""Practice cues drawn from a seed: moods, lengths, meters and endings, with a language of three themes.

They replace a film where none is needed: to compare asked and measured, rules and net, and to check playability.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.motifs.characters import Hints
from model.motifs.language import CuePalette, Language, Owner, OwnerKind, PlannedStatement
from model.motifs.writing import write_theme
from model.sketch.plan.mood import CueMood
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Sketch
from model.sketch.write import sketch
from model.spotting.notes import Cue, DialogueLine, Hit, HitKind, InType, MustBe, OutType, Palette, Usage
from model.spotting.vocabulary import VOCABULARY
from model.time import Beat, Frame, Span, Timebase
from model.timing.landing import Aim, Fit, Grade, Landing
from model.timing.tempo_map import Meter, Tempo, TempoMap

RATE = Fraction(24000, 1001)
TIMEBASE = Timebase.from_label(RATE)
_TREATMENTS = ("accent", "dead hit", "change", "sting", "soft", "stop", "hold")
_FULL = (
    "violin_1", "violin_2", "viola", "cello", "contrabass", "flute", "oboe", "clarinet", "bassoon", "horn", "trumpet",
    "trombone", "tuba", "timpani", "taiko", "drums", "harp", "piano", "tremolo", "pizzicato", "choir",
)  # fmt: skip
_CHAMBER = ("violin_1", "violin_2", "viola", "cello", "contrabass", "harp", "solo_violin", "clarinet")
_SYNTH = ("pad", "pulse", "piano", "taiko", "solo_cello")


@dataclass(frozen=True, slots=True)
class PracticeCue:
    """Everything a sketch is written from."""

    cue: Cue
    fit: Fit
    language: Language
    mood: CueMood
    dialogue: tuple[DialogueLine, ...]
    hits: tuple[Hit, ...]

    def write_sketch(self, settings: SketchSettings) -> Sketch:
        """Write the cue."""
        return sketch(self.cue, self.fit, self.language, TIMEBASE, self.dialogue, self.mood, settings, self.hits)


def language_of(seed: int) -> Language:
    """Write three themes, the second of them derived from the first."""
    first = write_theme(Owner("a", "Agent", OwnerKind.PERSON), Hints(), seed=seed)
    second = write_theme(Owner("b", "Barber", OwnerKind.PERSON), Hints(), seed=seed, family=first, others=(first,))
    third = write_theme(Owner("c", "City", OwnerKind.PLACE), Hints(), seed=seed, others=(first, second))
    themes = (first, second, third)
    return Language((), themes, CuePalette(_FULL), seed=seed)


def practice_cues(count: int = 20, seed: int = 11) -> list[PracticeCue]:
    """Draw ``count`` cues; the same seed gives the same cues."""
    rng = np.random.default_rng(seed)
    language = language_of(seed)
    return [_practice(index, language, rng) for index in range(count)]


def _practice(index: int, language: Language, rng: np.random.Generator) -> PracticeCue:
    seconds = float(rng.uniform(20, 80))
    bpm = Fraction(int(rng.integers(60, 141)))
    beats = int(rng.choice([4, 4, 4, 3, 5]))
    start = Frame(int(rng.integers(0, 2000)))
    span = Span(start, start + int(seconds * RATE))
    meters = (Meter(0, beats, 4),)
    first = TIMEBASE.seconds(start) + Fraction(int(rng.integers(0, 10)), 40)
    tempi = (Tempo(Beat(Fraction(0)), bpm), Tempo(Beat(Fraction(beats * 4)), bpm + 2))
    draft = TempoMap(first, 1, tempi, meters)
    end = draft.beat(TIMEBASE.seconds(span.end))
    tempo_map = TempoMap(first, draft.position(end)[0] + 1, tempi, meters)
    mood = _mood(span, rng)
    hits, landings = _hits(index, tempo_map, end, rng)
    dialogue = _dialogue(span, rng) if index % 3 == 0 else ()
    cue = _cue(index, span, float(bpm), mood, rng)
    ledger = _ledger(cue.id, index, rng)
    own = Language(
        (), language.themes, language.palette, {cue.id: CuePalette((_FULL, _CHAMBER, _SYNTH)[index % 3])}, ledger
    )
    return PracticeCue(cue, Fit(tempo_map, landings, 1.0, 0, 0.0, 0), own, mood, dialogue, hits)


def _mood(span: Span, rng: np.random.Generator) -> CueMood:
    """Draw curves that move between a few levels, as those of films do."""
    count = int(span.frames / RATE / Fraction(1, 2)) + 1
    turns = np.linspace(0, count - 1, int(rng.integers(3, 6)))
    arousal, tension, valence = (
        tuple(float(v) for v in np.interp(np.arange(count), turns, rng.uniform(low, high, len(turns))))
        for low, high in ((0.1, 0.95), (0.1, 0.9), (-0.6, 0.6))
    )
    return CueMood(float(TIMEBASE.seconds(span.start)), arousal, tension, valence)


def _hits(
    index: int, tempo_map: TempoMap, end: Beat, rng: np.random.Generator
) -> tuple[tuple[Hit, ...], tuple[Landing, ...]]:
    """Draw a few hits that land on beats."""
    beats = int(end.quarters) - 4
    places = sorted(int(b) for b in rng.choice(np.arange(4, max(beats, 6)), min(4, max(beats - 4, 1)), replace=False))
    hits: list[Hit] = []
    landings: list[Landing] = []
    for k, place in enumerate(places):
        beat = Beat(Fraction(place))
        frame = TIMEBASE.nearest(tempo_map.seconds(beat))
        name, weight = f"h{index}-{k}", float(rng.integers(1, 6))
        treatment = _TREATMENTS[int(rng.integers(len(_TREATMENTS)))]
        hits.append(Hit(name, frame, HitKind.ACTION, weight, "", 1, 2, MustBe.BEAT, treatment, cue=f"cue-{index}"))
        landings.append(Landing(Aim(name, frame, weight), beat, "beat", 0.0, Grade.HIT))
    return tuple(hits), tuple(landings)


def _dialogue(span: Span, rng: np.random.Generator) -> tuple[DialogueLine, ...]:
    """Draw lines of a few seconds over the middle of a cue."""
    at, lines = span.start + int(span.frames * 0.35), list[DialogueLine]()
    while at < span.start + int(span.frames * 0.7):
        until = at + int(rng.integers(30, 110))
        lines.append(DialogueLine(Span(at, until), 0.9, "voice A"))
        at = until + int(rng.integers(10, 50))
    return tuple(lines)


def _cue(index: int, span: Span, bpm: float, mood: CueMood, rng: np.random.Generator) -> Cue:
    tone = VOCABULARY[int(rng.integers(len(VOCABULARY)))].word
    out = list(OutType)[index % len(OutType)]
    name, number = f"cue-{index}", f"1m{index + 1}"
    return Cue(
        name, number, f"Practice {index + 1}", span, Usage.SCORE, InType.ON_CUT, out, 24, "", "", "", (tone,), (),
        5 * mood.mean.arousal, (bpm - 5, bpm + 5), Palette(("strings",), "", "200-4000 Hz"), 0.2, 0.8, (),
        (),
    )  # fmt: skip


def _ledger(cue: str, index: int, rng: np.random.Generator) -> tuple[PlannedStatement, ...]:
    themes = ("theme-a", "theme-b", "theme-c")
    words = ((), ("mode:minor",), ("ornament:3",), ("augment:2",), ("invert:tonal",), ("diatonic:2",), ("head:5",))
    entries: list[PlannedStatement] = []
    for at in (0.15, 0.6)[: 1 + index % 2]:
        word = words[int(rng.integers(len(words)))]
        entries.append(
            PlannedStatement(cue, themes[int(rng.integers(3))], at, "variation" if word else "statement", word)
        )
    return tuple(entries)
