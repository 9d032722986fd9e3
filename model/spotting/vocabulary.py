"""The controlled vocabulary: tone words, what each is mistaken for, and what it asks of the players.

The words are those a working composer and the makers of captions use most (``docs/vocabulary.md``). Each has a place
in arousal, tension and valence; a cue takes the nearest. Valence is weakly observed, so words that differ in it alone
are only chosen when it is trusted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.spotting.notes import Palette


@dataclass(frozen=True, slots=True)
class MoodValues:
    """Means over a stretch, NaN where not observed.

    Attributes
    ----------
    arousal, tension: 0-1; valence: -1..1; ``trust`` 0-1 in the valence
    rise: arousal at the end less arousal at the start
    talk: share with dialogue; ``cut_rate`` shots per second; ``action`` 0-1; ``face`` height of faces; ``luma`` 0-1
    """

    arousal: float
    tension: float
    valence: float
    trust: float
    rise: float
    talk: float
    cut_rate: float
    action: float
    face: float
    luma: float


@dataclass(frozen=True, slots=True)
class Tone:
    """A word, its place (arousal, tension, valence), what it must not turn into, and a colour that carries it."""

    word: str
    arousal: float
    tension: float
    valence: float
    beware: tuple[str, ...]
    families: tuple[str, ...]
    featured: str = ""


VOCABULARY: tuple[Tone, ...] = (
    Tone("still", 0.08, 0.15, 0.0, ("busy",), ("strings",), "solo piano"),
    Tone("lonely", 0.15, 0.3, -0.35, ("sentimental",), ("strings",), "solo viola"),
    Tone("somber", 0.22, 0.4, -0.55, ("funereal",), ("low strings", "low brass"), "cello"),
    Tone("tender", 0.25, 0.1, 0.5, ("sentimental", "romantic"), ("strings", "woodwinds"), "solo violin"),
    Tone("warm", 0.3, 0.12, 0.45, ("too romantic",), ("strings", "horns"), "clarinet"),
    Tone("gentle", 0.22, 0.15, 0.25, ("sleepy",), ("strings", "harp"), "flute"),
    Tone("light", 0.38, 0.12, 0.3, ("comic",), ("woodwinds", "pizzicato strings"), "oboe"),
    Tone("hopeful", 0.42, 0.22, 0.45, ("triumphant",), ("strings", "horns"), "piano"),
    Tone("playful", 0.5, 0.15, 0.5, ("silly",), ("woodwinds", "pizzicato strings"), "bassoon"),
    Tone("upbeat", 0.6, 0.18, 0.55, ("frantic",), ("strings", "guitars", "percussion"), "acoustic guitar"),
    Tone("sweeping", 0.6, 0.35, 0.5, ("heavy-handed",), ("strings", "horns", "choir"), "horn"),
    Tone("grand", 0.75, 0.4, 0.45, ("heroic too early",), ("brass", "strings", "timpani"), "trumpets"),
    Tone("questioning", 0.35, 0.4, -0.05, ("an answer",), ("woodwinds", "strings"), "clarinet"),
    Tone("mysterious", 0.3, 0.55, -0.1, ("creepy",), ("strings", "harp", "synth pads"), "celesta"),
    Tone("sneaky", 0.42, 0.5, 0.1, ("comic",), ("pizzicato strings", "low woodwinds"), "bass clarinet"),
    Tone("eerie", 0.3, 0.75, -0.35, ("horror",), ("strings", "synth pads"), "bowed metal"),
    Tone("ominous", 0.42, 0.75, -0.5, ("the shock given away",), ("low strings", "low brass"), "contrabass"),
    Tone("tense", 0.5, 0.75, -0.3, ("action",), ("strings", "percussion"), "high string harmonics"),
    Tone("suspenseful", 0.55, 0.85, -0.25, ("release before the turn",), ("strings", "synth pulse"), "low pulse"),
    Tone("dramatic", 0.62, 0.6, -0.3, ("melodrama",), ("strings", "brass"), "cellos"),
    Tone("restless", 0.55, 0.5, -0.1, ("hectic",), ("strings", "piano"), "ostinato violas"),
    Tone("urgent", 0.72, 0.65, -0.15, ("comic",), ("strings ostinato", "percussion"), "low brass"),
    Tone("driving", 0.85, 0.65, 0.0, ("heroic",), ("strings ostinato", "percussion", "brass"), "taikos"),
    Tone("dangerous", 0.82, 0.85, -0.45, ("heroic",), ("brass", "percussion", "low strings"), "low brass"),
    Tone("violent", 0.95, 0.85, -0.6, ("fun",), ("brass", "percussion"), "metal percussion"),
)
WORDS = frozenset(t.word for t in VOCABULARY)
NEGATIVES = frozenset(n for t in VOCABULARY for n in t.beware)

_FEW = 2  # tone words at least
_MANY = 3  # tone words at most
_NEAR = 0.17  # distance in feeling, 0-1, within which a word fits
_QUIET = 0.3  # share of talk from which music keeps out of the voice's range
_LOUD = 0.6  # share of talk from which no instrument is featured


def tones(mood: MoodValues) -> tuple[Tone, ...]:
    """Choose the two or three nearest words, nearest first; what was not observed does not count."""
    ranked = sorted(VOCABULARY, key=lambda tone: (_distance(tone, mood), tone.word))
    near = [t for t in ranked[:_MANY] if _distance(t, mood) < _NEAR]
    return tuple(near if len(near) >= _FEW else ranked[:_FEW])


def choose_negatives(chosen: tuple[Tone, ...]) -> tuple[str, ...]:
    """List what the chosen words must not turn into: at most three, none of them a chosen word."""
    words = {t.word for t in chosen}
    found = dict.fromkeys(n for t in chosen for n in t.beware if n not in words)
    return tuple(found)[:3]


def palette(chosen: tuple[Tone, ...], mood: MoodValues) -> Palette:
    """Suggest families and one colour; under talk keep clear of where voices live."""
    families = dict.fromkeys(f for t in chosen[:2] for f in t.families)
    if mood.talk > _QUIET:
        families = {f: None for f in families if f not in {"brass", "percussion", "choir"}} or {"strings": None}
    featured = chosen[0].featured if mood.talk < _LOUD else ""
    return Palette(tuple(families)[:4], featured, register_to_leave(mood.talk))


def register_to_leave(talk: float) -> str:
    """Name the register a voice needs when there is talk: fundamentals to consonants."""
    if not talk > 0.02:  # noqa: PLR2004 - less than a word in a minute
        return ""
    return "200-4000 Hz" if talk > _QUIET else "1000-4000 Hz"


def suggest_tempo(mood: MoodValues) -> tuple[float, float]:
    """Suggest a tempo: from 56 bpm for stillness to 152 for violence, pulled up by fast cutting."""
    arousal = _finite_or(mood.arousal, 0.4)
    cutting = min(_finite_or(mood.cut_rate, 0.2), 1.0)
    middle = 56.0 + 80.0 * arousal + 16.0 * cutting
    return float(2 * round(0.93 * middle / 2)), float(2 * round(1.07 * middle / 2))


def suggest_intensity(mood: MoodValues) -> float:
    """How much music, 0-5: mostly arousal, a little tension, half a point less under continuous talk."""
    level = 0.75 * _finite_or(mood.arousal, 0.4) + 0.25 * _finite_or(mood.tension, 0.4)
    return round(min(5.0, max(0.5, 5.5 * level - 0.5 * _finite_or(mood.talk, 0.0))), 1)


def _distance(tone: Tone, mood: MoodValues) -> float:
    """Squared distance in what was observed; valence counts as far as it is trusted."""
    parts = [
        (tone.arousal, mood.arousal, 1.0),
        (tone.tension, mood.tension, 0.6),
        (tone.valence, mood.valence, 0.3 * mood.trust),
    ]
    known = [(weight * (a - b) ** 2, weight) for a, b, weight in parts if math.isfinite(b)]
    total = sum(w for _, w in known)
    return math.sqrt(sum(d for d, _ in known) / total) if total > 0 else abs(tone.arousal - 0.4)


def _finite_or(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise
