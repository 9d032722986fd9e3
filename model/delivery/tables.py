"""The notes as tables: rows of plain values, the same for the workbook and the comma-separated file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model.delivery.wording import clean_text, heading, palette
from model.spotting.notes import Alternative, Cue, Evidence, Hit, Silence, SpottingNotes
from model.time import Frame, Span, Timebase

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Table:
    """A named table; every row has one value per column."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


_SPAN = ("in", "out", "in_frame", "out_frame", "seconds")
_CUE = ("number", "title", *_SPAN, "tail_frames", "usage", "in_type", "out_type", "instruction", "scene", "function")
_CUE_MORE = ("tone", "not_tone", "intensity", "bpm_slow", "bpm_fast", "palette", "leave_free", "dialogue_density")
_CUE_LAST = ("characters", "temp_reference", "changes", "why", "or", "confidence", "id")
_HIT = ("cue", "at", "frame", "relative_seconds", "weight", "kind", "label", "must_be", "treatment")
_HIT_MORE = ("early_frames", "late_frames", "confidence", "why", "id")


def tables(notes: SpottingNotes) -> tuple[Table, ...]:
    """Return the sheets of the workbook: Cues, Hits, Silences, Dialogue, Reel."""
    base = notes.reel.timebase
    return (
        Table("Cues", (*_CUE, *_CUE_MORE, *_CUE_LAST), tuple(cue_row(cue, base) for cue in notes.cues)),
        Table("Hits", (*_HIT, *_HIT_MORE), tuple(_hit_rows(notes))),
        Table(
            "Silences",
            (*_SPAN, "instruction", "why", "or", "confidence", "id"),
            tuple(silence_row(silence, base) for silence in notes.silences),
        ),
        Table(
            "Dialogue",
            (*_SPAN, "speaker", "text", "confidence"),
            tuple(
                (*span_cells(d.span, base), clean_text(d.speaker), clean_text(d.text), d.confidence)
                for d in notes.dialogue
            ),
        ),
        Table("Reel", ("what", "value"), reel_rows(notes)),
    )


def reel_rows(notes: SpottingNotes) -> tuple[tuple[Value, ...], ...]:
    """Return the facts of the reel and of the notes, one a row."""
    base, facts = notes.reel.timebase, heading(notes)
    rows: list[tuple[Value, ...]] = [
        ("reel", facts.reel),
        ("picture_version", facts.version),
        ("rate", f"{base.rate.numerator}/{base.rate.denominator}"),
        ("fps", facts.rate),
        ("drop_frame", base.drop_frame),
        ("start_timecode", facts.start),
        ("start_assumed", base.assumed),
        ("frames", notes.reel.frames),
        ("length", facts.length),
        ("variable_rate", notes.reel.variable_rate),
        ("notes_revision", notes.revision),
        ("music_share", round(facts.music, 4)),
        ("sha256", clean_text(notes.reel.sha256)),
        ("cuelight", clean_text(notes.cuelight)),
        ("seed", notes.settings.seed),
    ]
    return (*rows, *(("caution", clean_text(caution)) for caution in notes.cautions))


def span_cells(span: Span, base: Timebase) -> tuple[Value, ...]:
    """Return a span's cells: in and out as labels and frames, length in seconds; out is the first frame after."""
    seconds = round(float(span.frames / base.rate), 3)
    return base.timecode(span.start), base.timecode(span.end), span.start.index, span.end.index, seconds


def cue_row(cue: Cue, base: Timebase) -> tuple[Value, ...]:
    """Return the cells of one cue, in the order of the Cues sheet."""
    changes = (f"{base.timecode(change.frame)} {clean_text(change.text)}" for change in cue.changes)
    return (
        clean_text(cue.number),
        clean_text(cue.title),
        *span_cells(cue.span, base),
        cue.tail,
        cue.usage.value,
        cue.in_type.value,
        cue.out_type.value,
        clean_text(cue.instruction),
        clean_text(cue.scene),
        clean_text(cue.function),
        _join_words(cue.tone),
        _join_words(cue.not_tone),
        cue.intensity,
        *cue.tempo_bpm,
        palette(cue),
        clean_text(cue.palette.leave_free),
        cue.dialogue_density,
        _join_words(cue.characters),
        clean_text(cue.temp_reference),
        "; ".join(changes),
        write_reasons(cue.why, base),
        alternatives(cue.alternatives, base),
        cue.confidence,
        clean_text(cue.id),
    )


def silence_row(silence: Silence, base: Timebase) -> tuple[Value, ...]:
    """Return the cells of one silence, in the order of the Silences sheet."""
    return (
        *span_cells(silence.span, base),
        clean_text(silence.instruction),
        write_reasons(silence.why, base),
        alternatives(silence.alternatives, base),
        silence.confidence,
        clean_text(silence.id),
    )


def write_reasons(reasons: Sequence[Evidence], base: Timebase) -> str:
    """Join reasons, each with the label of the frame that shows it."""
    return "; ".join(
        clean_text(r.text) + (f" ({base.timecode(r.frame)})" if r.frame is not None else "") for r in reasons
    )


def alternatives(others: Sequence[Alternative], base: Timebase) -> str:
    """Join alternatives, each with its in and out."""
    return "; ".join(f"{base.timecode(o.span.start)}-{base.timecode(o.span.end)} {clean_text(o.text)}" for o in others)


def hit_row(hit: Hit, cue: Cue | None, base: Timebase) -> tuple[Value, ...]:
    """Return the cells of one hit; the relative time counts from its cue's in, empty in silence."""
    return (
        clean_text(cue.number) if cue else "",
        base.timecode(hit.frame),
        hit.frame.index,
        round(float(base.seconds(Frame(hit.frame - cue.span.start))), 3) if cue else "",
        hit.weight,
        hit.kind.value,
        clean_text(hit.label),
        hit.must_be.value,
        clean_text(hit.treatment),
        hit.early,
        hit.late,
        hit.confidence,
        write_reasons(hit.why, base),
        clean_text(hit.id),
    )


def _hit_rows(notes: SpottingNotes) -> list[tuple[Value, ...]]:
    cues = {cue.id: cue for cue in notes.cues}
    return [hit_row(hit, cues.get(hit.cue), notes.reel.timebase) for hit in sorted(notes.hits, key=lambda h: h.frame)]


def _join_words(words: Sequence[str]) -> str:
    return ", ".join(map(clean_text, words))


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula or a command instead of data."""
    return text.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "|", "%"))
