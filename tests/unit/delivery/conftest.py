"""A believable reel for every delivery test: fifty-two seconds with three cues, or an hour with sixty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest

from model.delivery.exporter import Material
from model.media.reel import Clock, ReelInfo
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Dialogue,
    Effects,
    Embeddings,
    Faces,
    Feeling,
    Impact,
    Line,
    Loudness,
    Motion,
    Music,
    Observations,
    Provenance,
    Stretch,
    Thumbnail,
    Transition,
    TransitionKind,
)
from model.spotting.notes import (
    Alternative,
    Change,
    Cue,
    DialogueLine,
    Evidence,
    Hit,
    HitKind,
    InType,
    MustBe,
    OutType,
    Palette,
    Scene,
    Silence,
    SpottingNotes,
    Usage,
)
from model.spotting.settings import SpotSettings
from model.time import Frame, Span, Timebase

MakeMaterial = Callable[..., Material]

CLOCKS = {
    "23.976": Timebase.from_label(Fraction(24000, 1001), "01:00:00:00"),
    "24": Timebase.from_label(Fraction(24)),
    "25": Timebase.from_label(Fraction(25), "10:00:00:00"),
    "29.97DF": Timebase.from_label(Fraction(30000, 1001), "00:59:58;00"),
    "29.97NDF": Timebase.from_label(Fraction(30000, 1001), "01:00:00:00"),
    "30": Timebase.from_label(Fraction(30), "02:00:00:00"),
    "50": Timebase.from_label(Fraction(50), "01:00:00:25"),
    "59.94DF": Timebase.from_label(Fraction(60000, 1001), "00:58:59;58"),
    "59.94NDF": Timebase.from_label(Fraction(60000, 1001), "01:00:00:00"),
    "24 over midnight": Timebase.from_label(Fraction(24), "23:59:40:00"),
}


@pytest.fixture(params=list(CLOCKS))
def clock(request: pytest.FixtureRequest) -> Timebase:
    """Every rate and way of counting the documents must agree at, to the frame."""
    return CLOCKS[request.param]


@pytest.fixture
def make_material() -> MakeMaterial:
    return material


@pytest.fixture
def make_hour() -> MakeMaterial:
    return hour


def material(base: Timebase | None = None, *, name: str = "Sintel trailer – v3.mp4", observed: bool = True) -> Material:
    """Fifty-two seconds, two people, three cues, odd frames everywhere."""
    base = base or CLOCKS["24"]
    notes = _notes(base, name)
    return Material(notes, observations(notes) if observed else None)


def hour(cues: int = 60, base: Timebase | None = None) -> Material:
    """An hour with a cue a minute and six hits in each."""
    base = base or CLOCKS["24"]
    short = _notes(base, "the long reel.mov")
    minute, total = base.nearest(60).index, base.nearest(60).index * cues
    found, hits, silences, lines = [], [], [], []
    for n in range(cues):
        start = n * minute + 37
        out = (n + 1) * minute - 300 - 7 * (n % 11)
        cue = replace(
            short.cues[n % 3], id=f"cue-{n}", number=f"1m{n + 1}", span=Span.of(start, out), changes=(), alternatives=()
        )
        found.append(cue)
        hits += [
            replace(short.hits[k % 8], id=f"hit-{n}-{k}", frame=Frame(start + 90 + k * 151), cue=cue.id)
            for k in range(6)
        ]
        silences.append(replace(short.silences[1], id=f"s-{n}", span=Span.of(out, (n + 1) * minute + 37)))
        lines += [
            replace(line, span=Span.of(start + k * 333, start + k * 333 + 60)) for k, line in enumerate(short.dialogue)
        ]
    first = replace(short.silences[0], span=Span.of(0, 37))
    silences[-1] = replace(silences[-1], span=Span(silences[-1].span.start, Frame(total)))
    notes = replace(
        short,
        reel=replace(short.reel, frames=total),
        cues=tuple(found),
        hits=tuple(hits),
        silences=(first, *silences),
        dialogue=tuple(lines),
    )
    return Material(notes, observations(notes, shots=700))


def _notes(base: Timebase, name: str) -> SpottingNotes:
    def at(seconds: float) -> int:
        return base.nearest(Fraction(seconds).limit_denominator(1000)).index

    end = at(52.2)
    reel = ReelInfo(name, "0f" * 32, base, end, 1280, 544, "mov,mp4", "h264")
    why = (
        Evidence("first image without dialogue for 10 s", "dialogue", Frame(at(2.4)), 0.6),
        Evidence("arousal low and falling", "affect", None, 0.3),
        Evidence("a face fills the frame for the first time", "faces", Frame(at(9.4)), 0.5),
    )
    cues = (
        _cue("a1", "1m1", "Alone in the snow", Span.of(at(2.4), at(16.6)), why, at(3)),
        replace(
            _cue("b2", "1m2", "The city / the chase", Span.of(at(22.9), at(34.08)), why[:2], at(2)),
            in_type=InType.ON_CUT,
            out_type=OutType.RING_OUT,
            instruction="Enter on the cut. Build to the city reveal, hit the grab, no tune under her cry; ring out.",
            tone=("urgent", "heroic"),
            not_tone=("not comic", "brass held back before the reveal"),
            intensity=4.0,
            tempo_bpm=(96.0, 132.0),
            palette=Palette(("strings ostinato", "horns from the reveal"), "", "1-4 kHz"),
            changes=(Change(Frame(at(26.6)), "horns enter, open the register"),),
            temp_reference="temp: drums, about 120 bpm",
        ),
        replace(
            _cue("c3", "1m3", "Across the desert", Span.of(at(38.2), end), why[1:], 0),
            usage=Usage.END_CREDITS,
            tone=("searching",),
        ),
    )
    silences = (
        _silence("s0", 0, cues[0].span.start.index, "Start dry: wind only."),
        _silence("s1", at(16.6), at(22.9), "Let his line land dry."),
        _silence("s2", at(34.08), at(38.2), "Breathe after the chase."),
    )
    kinds = list(HitKind)
    moments = [
        (9.4, 2, "eyes open", "soft", "a1"),
        (23.8, 3, "CUT street", "accent", "b2"),
        (26.6, 4, "city reveal", "change", "b2"),
        (29.2, 5, "the grab", "dead hit", "b2"),
        (30.9, 4, "dragon turns", "accent", "b2"),
        (34.0, 5, "he lets go", "stop", "b2"),
        (40.4, 2, "dune reveal", "accent", "c3"),
        (46.6, 5, "TITLE", "hold", "c3"),
    ]
    hits = tuple(
        Hit(f"h{n}", Frame(at(s)), kinds[n], w, label, treatment=how, cue=cue, must_be=list(MustBe)[n % 4], why=why[:1])
        for n, (s, w, label, how, cue) in enumerate(moments)
    )
    lines = ((13.2, 15.6, "voice A"), (19.4, 22.6, "voice B"), (23.9, 25.4, "voice A"), (34.6, 36.9, "voice A"))
    return SpottingNotes(
        reel=reel,
        settings=SpotSettings(picture_version="v3"),
        scenes=(
            Scene(1, Span.of(0, at(22.9)), "Night, snow; a woman alone, then a hut.", ("person A",)),
            Scene(2, Span.of(at(22.9), end), "A bright city, then desert.", ("person A", "person B"), 0.4),
        ),
        cues=cues,
        silences=silences,
        hits=hits,
        dialogue=tuple(
            DialogueLine(Span.of(at(a), at(b)), 0.9, who, "This blade has a dark past.") for a, b, who in lines
        ),
        cautions=("Arousal is the curve to trust; valence and tension are guesses, read their bands.",),
        cuelight="0.1.0",
        revision=7,
    )


def _cue(id_: str, number: str, title: str, span: Span, why: tuple[Evidence, ...], tail: int) -> Cue:
    return Cue(
        id=id_,
        number=number,
        title=title,
        span=span,
        usage=Usage.SCORE,
        in_type=InType.EASE_IN,
        out_type=OutType.TAIL_UNDER,
        tail=tail,
        instruction="Ease in after the fade-up. Sparse; hold the theme back until her eyes open.",
        scene="A woman walks through snow towards the camera.",
        function="Gives the empty picture a person to follow.",
        tone=("lonely", "cold"),
        not_tone=("not sentimental",),
        intensity=1.5,
        tempo_bpm=(60.0, 72.0),
        palette=Palette(("low strings",), "solo viola", "300-3000 Hz"),
        dialogue_density=0.18,
        confidence=0.78,
        why=why,
        alternatives=(
            Alternative(Span(Frame(0), span.end), "start on the first frame", 0.6),
            Alternative(Span(span.start + 24, span.end), "wait for the second shot", 0.4),
        ),
    )


def _silence(id_: str, start: int, end: int, instruction: str) -> Silence:
    reason = Evidence("exposition in his line, with a close-up; room tone carries it", "dialogue", Frame(start), 0.5)
    other = Alternative(Span.of((start + end) // 2, end), "low pedal under the second half", 0.3)
    return Silence(id_, Span.of(start, end), instruction, 0.6, (reason,), (other,))


def observations(notes: SpottingNotes, shots: int = 20) -> Observations:
    """Curves, cuts and pictures for a reel, drawn from a fixed seed."""
    rng = np.random.default_rng(3)
    frames, rate = notes.reel.frames, notes.reel.timebase.rate
    seconds = float(frames / rate)
    edges = sorted({0, frames, *(int(frames * x) for x in rng.random(shots - 1))})
    slow = np.linspace(0, 9 * seconds / 52, int(seconds * 2))
    arousal = (0.45 + 0.35 * np.sin(slow) * np.sin(slow / 5)).astype(np.float32)
    sure = np.full(len(slow), 0.8, np.float32)
    loud = (
        -32 + 14 * np.abs(np.sin(np.linspace(0, seconds, int(seconds * 10)) / 6)) + rng.normal(0, 3, int(seconds * 10))
    )
    curve = np.zeros(frames, np.float32)
    return Observations(
        reel=notes.reel,
        clock=Clock.from_constant_rate(frames, rate),
        cuts=Cuts(tuple(Transition(TransitionKind.CUT, Frame(e), Frame(e), 0.9) for e in edges[1:-1]), (), "sample"),
        motion=Motion(curve, curve),
        colour=Colour(curve, curve, curve),
        faces=Faces((), (), ()),
        titles=(),
        embeddings=Embeddings(np.zeros((len(edges) - 1, 4), np.float32)),
        affect=Affect(
            Feeling(arousal, sure), Feeling(1 - 2 * arousal, sure * 0.4), Feeling(arousal**2, sure * 0.6), hop_s=0.5
        ),
        thumbnails=tuple(Thumbnail(Frame((a + b) // 2), picture(rng)) for a, b in pairwise(edges)),
        dialogue=Dialogue(tuple(Line(1, 2, 0.9) for _ in range(1)), np.zeros(4, np.float32)),
        music=Music((Stretch(5.0, 46.0, 0.7, "score"),), np.zeros(4, np.float32)),
        effects=Effects((Impact(29.2, 1.0, 0.9, "thud"), Impact(34.0, 0.6, 0.7, ""))),
        loudness=Loudness(loud.astype(np.float32), loud.astype(np.float32), -23.0, -1.0),
        provenance=Provenance("0.1.0"),
    )


def picture(rng: np.random.Generator) -> bytes:
    """A small JPEG: a tilted gradient in one colour."""
    ramp = np.linspace(0, 1, 160)[None, :, None] * np.linspace(0.2, 1, 90)[:, None, None]
    coded, data = cv2.imencode(".jpg", (ramp * rng.integers(60, 255, 3)).astype(np.uint8))
    assert coded
    return data.tobytes()
