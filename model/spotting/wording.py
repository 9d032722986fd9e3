"""Instructions: one terse, imperative line for each cue and silence, as the trade writes them."""

from __future__ import annotations

from collections.abc import Iterable

from model.spotting.describe import HIGH, TALKED
from model.spotting.notes import Cue, InType, OutType, Usage
from model.spotting.vocabulary import MoodValues, Tone

RISING = 0.12  # rise of arousal over a cue, 0-1, that the line mentions

_IN: dict[InType, str] = {
    InType.ON_CUT: "Enter on the cut",
    InType.ON_ACTION: "Hit the entrance",
    InType.ON_LOOK: "Enter on the look",
    InType.EASE_IN: "Ease in",
    InType.AFTER_LINE: "Ease in after the line",
    InType.PRELAP: "Lead in before the cut",
    InType.SEGUE: "Segue from the last cue",
    InType.FADE_UP: "Come up with the picture",
}
_OUT: dict[OutType, str] = {
    OutType.ON_CUT: "out on the cut",
    OutType.RING_OUT: "ring out",
    OutType.TAIL_UNDER: "tail out before the next line",
    OutType.BUTTON: "button and out on the last blow",
    OutType.FADE: "fade with the picture",
    OutType.SEGUE: "segue on",
    OutType.HARD_OUT: "stop dead",
}
_FIXED: dict[Usage, str] = {
    Usage.SOURCE: "Plays in the scene: keep it as source, clear it or replace it in kind.",
    Usage.SONG: "A song plays here: clear it, or replace it in kind; leave the voice room.",
}


def write_cue_instruction(usage: Usage, entry: InType, leave: OutType, tone: tuple[Tone, ...], mood: MoodValues) -> str:
    """Write the line of a cue: how in, what in between, how out."""
    if usage in _FIXED:
        return _FIXED[usage]
    return f"{_IN[entry]}{_join_tone_words(t.word for t in tone)}; {_middle(usage, mood)}, {_OUT[leave]}."


def reword_instruction(before: Cue, after: Cue) -> str:
    """Write the line of ``before`` for ``after``: in, out and tone words; a line that is none of ours stays."""
    text = before.instruction
    entry, tone, leave = _IN[before.in_type], _join_tone_words(before.tone), f", {_OUT[before.out_type]}."
    if text.startswith(f"{entry}{tone};"):
        text = f"{_IN[after.in_type]}{_join_tone_words(after.tone)}{text.removeprefix(entry + tone)}"
    elif text.startswith((f"{entry};", f"{entry} - ")):
        text = _IN[after.in_type] + text.removeprefix(entry)
    return f"{text.removesuffix(leave)}, {_OUT[after.out_type]}." if text.endswith(leave) else text


def _join_tone_words(words: Iterable[str]) -> str:
    first = " and ".join(tuple(words)[:2])
    return f" - {first}" if first else ""


def _middle(usage: Usage, mood: MoodValues) -> str:
    advice = (
        (usage is Usage.MAIN_TITLE, "state the main idea, leave room round the title"),
        (usage is Usage.END_CREDITS, "bring the main idea home"),
        (usage is Usage.BUTTON, "short"),
        (mood.talk > TALKED, "stay low and sparse under the words"),
        (mood.rise > RISING, "build with the picture"),
        (mood.rise < -RISING, "let it thin out"),
        (mood.arousal > HIGH, "keep it moving, catch the hits"),
    )
    return next((text for holds, text in advice if holds), "hold back, no big tune")


def write_change_instruction(before: tuple[Tone, ...], after: tuple[Tone, ...], *, up: bool) -> str:
    """Write the line of a turn inside a cue."""
    verb = "lift" if up else "drop down"
    fresh = [t.word for t in after if t.word not in {b.word for b in before}]
    return f"{verb}: {fresh[0]} from here" if fresh else f"{verb} here"


def write_silence_instruction(first_reason: str) -> str:
    """Write the line of a silence."""
    lead = first_reason[0].upper() + first_reason[1:]
    return f"No music. {lead}."
