"""What the page and the printed notes say, as plain text ready to be set: one model for both templates."""

from __future__ import annotations

from dataclasses import dataclass

from model.delivery.exporter import Material
from model.delivery.palette import VOICES
from model.delivery.strip import nearest_thumbnail
from model.delivery.wording import Heading, clean_text, heading, palette, shorten, spell_length, spell_relative, tempo
from model.observe.observations import Observations
from model.spotting.notes import Alternative, Cue, Evidence, Hit, Silence
from model.time import Frame, Span, Timebase

_LONGEST_HIT_LABEL = 60  # characters


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence and the label of the frame it speaks of, empty if none; ``until`` ends a stretch."""

    text: str
    at: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class HitLine:
    """A hit as a row: label of its frame, time from the cue's in, whole weight 0-5."""

    at: str
    relative: str
    weight: int
    label: str
    treatment: str


@dataclass(frozen=True, slots=True)
class Card:
    """A cue or a silence: everything that is printed about it, in the order it is read.

    ``picture`` is the index of a thumbnail or -1; ``confidence`` is spelled ".78".
    """

    kind: str
    anchor: str
    number: str
    title: str
    start: str
    end: str
    meta: tuple[str, ...]
    instruction: str
    scene: str
    function: str
    tags: tuple[str, ...]
    negatives: tuple[str, ...]
    changes: tuple[Remark, ...]
    why: tuple[Remark, ...]
    others: tuple[Remark, ...]
    hits: tuple[HitLine, ...]
    confidence: str
    picture: int = -1


@dataclass(frozen=True, slots=True)
class SceneLine:
    """A scene as a row."""

    number: int
    start: str
    end: str
    description: str
    people: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole document."""

    title: str
    facts: Heading
    cautions: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    cards: tuple[Card, ...]
    scenes: tuple[SceneLine, ...]
    footer: str


def sheet(material: Material) -> Sheet:
    """Word the document."""
    notes = material.notes
    base, facts = notes.reel.timebase, heading(notes)
    cards = [(cue.span, _cue_card(cue, place, material)) for place, cue in enumerate(notes.cues)]
    cards += [(silence.span, _silence_card(silence, place, material)) for place, silence in enumerate(notes.silences)]
    scenes = (
        SceneLine(
            s.number,
            base.timecode(s.span.start),
            base.timecode(s.span.end),
            clean_text(s.description),
            _join_words(s.people),
        )
        for s in notes.scenes
    )
    return Sheet(
        title=facts.reel.rsplit(".", 1)[0],
        facts=facts,
        cautions=_cautions(material),
        legend=_legend(material),
        cards=tuple(card for _, card in sorted(cards, key=lambda pair: pair[0])),
        scenes=tuple(scenes),
        footer=f"Cuelight {clean_text(notes.cuelight)} · seed {notes.settings.seed} · every timecode is a frame of "
        "this cut; relative times count from the cue's start; an out is the first frame after",
    )


def _cautions(material: Material) -> tuple[str, ...]:
    notes = material.notes
    said = [clean_text(caution) for caution in notes.cautions]
    if notes.reel.timebase.assumed:
        said.append(f"The film names no start timecode; {heading(notes).start} is assumed.")
    if notes.reel.variable_rate:
        said.append("The film's frame rate varies: timecodes count frames, and seconds are those of an even rate.")
    return tuple(dict.fromkeys(said))


def _legend(material: Material) -> tuple[tuple[str, str], ...]:
    """Return (swatch, words) for what the axis shows."""
    seen, notes = material.observations, material.notes
    voices = list(dict.fromkeys(clean_text(line.speaker) or "dialogue" for line in notes.dialogue))
    found = [(f"voice{place % VOICES + 1}", name) for place, name in enumerate(voices[:6])]
    if seen is not None and seen.loudness is not None:
        found += [("loud", "loudness"), ("existing", "music in the cut"), ("effect", "impact")]
    if seen is not None:
        found += [("arousal", "arousal"), ("valence", "valence (weak)"), ("tension", "tension (weak)")]
    return (*found, ("cue", "cue and tail"), ("silence", "silence"), ("hit", "hit, larger is stronger"))


def _cue_card(cue: Cue, place: int, material: Material) -> Card:
    base = material.notes.reel.timebase
    tail = f", {spell_length(base.seconds(Frame(cue.tail)))}" if cue.tail else ""
    free = f"leave {clean_text(cue.palette.leave_free)} free" if cue.palette.leave_free else ""
    extras = (
        *map(clean_text, cue.tone),
        palette(cue),
        tempo(cue),
        f"intensity {cue.intensity:g}/5",
        free,
        clean_text(cue.temp_reference),
    )
    return Card(
        kind="cue",
        anchor=f"cue-{place}",
        number=clean_text(cue.number),
        title=clean_text(cue.title),
        start=base.timecode(cue.span.start),
        end=base.timecode(cue.span.end),
        meta=(
            spell_length(base.seconds(Frame(cue.span.frames))),
            cue.usage.value,
            f"in: {cue.in_type.value}",
            f"out: {cue.out_type.value}{tail}",
            *((f"{cue.dialogue_density:.0%} under lines".replace("%", "\u00a0%"),) if cue.dialogue_density else ()),
        ),
        instruction=clean_text(cue.instruction),
        scene=clean_text(cue.scene),
        function=clean_text(cue.function),
        tags=tuple(tag for tag in extras if tag),
        negatives=tuple(map(clean_text, cue.not_tone)),
        changes=tuple(Remark(clean_text(change.text), base.timecode(change.frame)) for change in cue.changes),
        why=_why(cue.why, base),
        others=_others(cue.alternatives, base),
        hits=tuple(_hit_line(h, cue.span.start, base) for h in _by_frame(material, cue.id, cue.span)),
        confidence=_share(cue.confidence),
        picture=_picture(material, cue),
    )


def _silence_card(silence: Silence, place: int, material: Material) -> Card:
    base = material.notes.reel.timebase
    return Card(
        kind="silence",
        anchor=f"silence-{place}",
        number="–",
        title="Silence",
        start=base.timecode(silence.span.start),
        end=base.timecode(silence.span.end),
        meta=(spell_length(base.seconds(Frame(silence.span.frames))),),
        instruction=clean_text(silence.instruction),
        scene="",
        function="",
        tags=(),
        negatives=(),
        changes=(),
        why=_why(silence.why, base),
        others=_others(silence.alternatives, base),
        hits=tuple(_hit_line(h, silence.span.start, base) for h in _by_frame(material, "", silence.span)),
        confidence=_share(silence.confidence),
    )


def _by_frame(material: Material, cue: str, span: Span) -> list[Hit]:
    """Return the hits of a cue by its id; those without a cue by where they lie."""
    chosen = (h for h in material.notes.hits if (h.cue == cue if cue else not h.cue and h.frame in span))
    return sorted(chosen, key=lambda hit: hit.frame)


def _hit_line(hit: Hit, start: Frame, base: Timebase) -> HitLine:
    where = f", {hit.must_be.value}" if hit.must_be.value in {"bar", "avoid"} else ""
    return HitLine(
        at=base.timecode(hit.frame),
        relative=spell_relative(base.seconds(Frame(hit.frame - start))),
        weight=min(5, max(0, round(hit.weight))),
        label=shorten(clean_text(hit.label), _LONGEST_HIT_LABEL),
        treatment=clean_text(hit.treatment) + where,
    )


def _why(reasons: tuple[Evidence, ...], base: Timebase) -> tuple[Remark, ...]:
    return tuple(Remark(clean_text(r.text), base.timecode(r.frame) if r.frame is not None else "") for r in reasons)


def _others(others: tuple[Alternative, ...], base: Timebase) -> tuple[Remark, ...]:
    return tuple(Remark(clean_text(o.text), base.timecode(o.span.start), base.timecode(o.span.end)) for o in others)


def _picture(material: Material, cue: Cue) -> int:
    """Choose the picture of a cue: near its strongest hit, and not a black one while the cue has light."""
    seen = material.observations
    if seen is None or not seen.thumbnails:
        return -1
    hits = [hit for hit in material.notes.hits if hit.cue == cue.id and hit.frame in cue.span]
    strongest = max(hits, key=lambda hit: (hit.weight, -hit.frame.index), default=None)
    wanted = (strongest.frame if strongest else cue.span.start + cue.span.frames // 3).index + 2
    inside = [place for place, thumbnail in enumerate(seen.thumbnails) if thumbnail.frame in cue.span]
    if not inside:
        return nearest_thumbnail(seen.thumbnails, wanted)
    light = {place: _light(seen, seen.thumbnails[place].frame) for place in inside}
    lit = [place for place in inside if light[place] >= max(light.values()) / 2]
    return min(lit, key=lambda place: abs(seen.thumbnails[place].frame.index - wanted))


def _light(seen: Observations, frame: Frame) -> float:
    luma = seen.colour.luma
    return float(luma[frame.index]) if frame.index < len(luma) else 0.0


def _join_words(words: tuple[str, ...]) -> str:
    return ", ".join(map(clean_text, words))


def _share(value: float) -> str:
    return f"{min(max(value, 0.0), 0.99):.2f}"[1:]
