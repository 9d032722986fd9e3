"""A small cue for a small orchestra, written by hand, and its performance."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from model.errors import AssetError
from model.render.stems import Stems, perform
from model.runtime.assets import asset_path
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Part, PartNote, Sketch, VoiceRole
from model.time import Beat, Frame, Timebase
from model.timing.landing import Aim, Grade, Landing
from model.timing.tempo_map import Tempo, TempoMap

BARS = 3
ROWS = (
    # instrument, beat, quarters, pitch, velocity, role, articulation
    ("violin_1", 0, 2, 76, 84, VoiceRole.MELODY, "accent"),
    ("violin_1", 2, 2, 74, 80, VoiceRole.MELODY, ""),
    ("violin_1", 4, 3, 72, 80, VoiceRole.MELODY, "accent"),
    ("violin_1", 7, 5, 69, 72, VoiceRole.MELODY, ""),
    ("cello", 0, 12, 45, 70, VoiceRole.HARMONY, ""),
    ("timpani", 0, 1, 45, 100, VoiceRole.RHYTHM, "accent"),
    ("timpani", 4, 1, 45, 100, VoiceRole.RHYTHM, "accent"),
    ("timpani", 8, 1, 45, 100, VoiceRole.RHYTHM, "accent"),
    ("drums", 4, 1, 36, 100, VoiceRole.RHYTHM, ""),
    ("piano", 1, 1, 60, 80, VoiceRole.HARMONY, ""),
    ("contrabass", 0, 12, 33, 70, VoiceRole.BASS, ""),
)


def _sketch(rate: Fraction = Fraction(24), label: str = "", cue_in: int = 48) -> tuple[Sketch, Timebase]:
    timebase = Timebase.from_label(rate, label)
    tempi = (Tempo(Beat(Fraction(0)), Fraction(120)), Tempo(Beat(Fraction(8)), Fraction(118)))
    tempo_map = TempoMap(timebase.seconds(Frame(cue_in)), BARS, tempi)
    parts: dict[str, list[PartNote]] = {}
    for instrument, beat, length, pitch, velocity, role, articulation in ROWS:
        note = PartNote(Beat(Fraction(beat)), Fraction(length), pitch, velocity, role, articulation)
        parts.setdefault(instrument, []).append(note)
    landings = tuple(
        Landing(Aim(f"h{b}", timebase.nearest(tempo_map.seconds(beat)), mandatory=True), beat, "bar", 0.0, Grade.HIT)
        for b in (0, 4, 8)
        for beat in (Beat(Fraction(b)),)
    )
    sketch = Sketch(
        cue="c1",
        number="1m1",
        title="The Barber's Chair",
        cue_in=Frame(cue_in),
        out=timebase.nearest(tempo_map.seconds(tempo_map.end)),
        tempo_map=tempo_map,
        landings=landings,
        bars=(),
        chords=(),
        notes=(),
        parts=tuple(Part(name, tuple(notes)) for name, notes in parts.items()),
        statements=(),
        settings=SketchSettings(),
        engine="rules",
    )
    return sketch, timebase


@pytest.fixture(scope="session")
def small_cue() -> Callable[..., tuple[Sketch, Timebase]]:
    return _sketch


@pytest.fixture(scope="session")
def sounds() -> None:
    """Skip what must be heard where the soundfonts have not been built."""
    pytest.importorskip("tinysoundfont")
    for name in ("soundfont", "soundfont_piano"):
        try:
            asset_path(name)
        except AssetError as error:
            pytest.skip(f"{error.message} {error.hint}")


@pytest.fixture(scope="session")
def performed(sounds: None) -> Stems:
    return perform(*_sketch())
