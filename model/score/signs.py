"""Directions and chord symbols as MusicXML."""

from __future__ import annotations

from fractions import Fraction

from model.motifs.language import Chord, ThemeKey
from model.score.directions import CUE, DYNAMIC, HIT, PACE, REHEARSAL, TEMPO, THEME, TIMECODE, Direction
from model.score.elements import tag, text_element
from model.score.spelling import chord_root, spell_name

_KINDS = {
    "maj": ("major", ""),
    "min": ("minor", "m"),
    "dim": ("diminished", "dim"),
    "aug": ("augmented", "aug"),
    "sus4": ("suspended-fourth", "sus4"),
    "7": ("dominant", "7"),
    "maj7": ("major-seventh", "maj7"),
    "min7": ("minor-seventh", "m7"),
    "dim7": ("diminished-seventh", "dim7"),
}
_STYLES: dict[str, dict[str, object]] = {
    HIT: {"enclosure": "rectangle", "font_style": "normal", "font_weight": "bold", "font_size": 9},
    THEME: {"font_style": "italic", "font_weight": "bold", "font_size": 10},
    PACE: {"font_style": "italic", "font_size": 11},
    CUE: {"font_style": "normal", "font_size": 9},
    TIMECODE: {"font_style": "normal", "font_size": 8},
    "section": {"font_style": "italic", "font_size": 9},
}


def write_direction(sign: Direction, offset: int, compound: bool, many: bool) -> str:
    """Write a sign before the note that stands at or around it, ``offset`` ticks later.

    Parameters
    ----------
    compound: whether a metronome mark may count dotted quarters
    many: whether the part has several staves, so that the sign must name its own
    """
    content, sound = _content(sign, compound)
    moved = text_element("offset", offset) if offset else ""
    staff = text_element("staff", sign.staff) if many else ""
    if not content:
        return tag("sound", moved, tempo=decimal(sign.value))
    place = "below" if sign.kind == DYNAMIC else "above"
    return tag("direction", tag("direction-type", content), moved, staff, sound, placement=place)


def _content(sign: Direction, compound: bool) -> tuple[str, str]:
    if sign.kind == TEMPO:
        sound = tag("sound", tempo=decimal(sign.value))
        return (_metronome(sign.value, compound) if sign.shown else "", sound)
    if sign.kind == DYNAMIC:
        return tag("dynamics", tag(sign.text)), ""
    if sign.kind == REHEARSAL:
        return text_element("rehearsal", sign.text, enclosure="square", font_weight="bold", font_size=11), ""
    return text_element("words", sign.text, **_STYLES[sign.kind]), ""


def _metronome(bpm: Fraction, compound: bool) -> str:
    dotted = bpm * 2 / 3
    clean = compound and (dotted * 2).denominator == 1
    unit = [text_element("beat-unit", "quarter")] + ([tag("beat-unit-dot")] if clean else [])
    return tag("metronome", *unit, text_element("per-minute", decimal(dotted if clean else bpm)), parentheses="no")


def decimal(value: Fraction) -> str:
    """Write a tempo with as many decimals as it needs, at most three."""
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def write_harmony(chord: Chord, offset: int, key: ThemeKey) -> str:
    """Write a chord symbol."""
    name = spell_name(chord_root(chord, key), chord.root + 60)
    kind, text = _KINDS.get(chord.quality, ("other", chord.quality))
    alter = text_element("root-alter", name.alter) if name.alter else ""
    root = tag("root", text_element("root-step", name.step), alter)
    moved = text_element("offset", offset) if offset else ""
    return tag("harmony", root, text_element("kind", kind, text=text), moved)
