"""The plan cut into slots of one chord, with its dynamics: what the writers of the free voices work from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.motifs.language import Chord
from model.sketch.plan.bars import GridBar, bar_at
from model.sketch.plan.plan import Plan
from model.sketch.plan.progression import chord_at
from model.sketch.sketch_types import BarPlan, Note, VoiceRole
from model.time import Beat

SOFTEST_VELOCITY = 16
LOUDEST_VELOCITY = 122
TALKED_OVER_SHARE = 0.3
_ROLE_VELOCITY = {  # added to the bar's dynamic
    VoiceRole.MELODY: 7,
    VoiceRole.COUNTER: -3,
    VoiceRole.HARMONY: -7,
    VoiceRole.BASS: -1,
    VoiceRole.RHYTHM: -5,
    VoiceRole.PAD: -12,
}


@dataclass(frozen=True, slots=True)
class ChordSlot:
    """One chord inside one bar.

    ``bar``: the bar's plan; ``grid``: its place; ``following``: the chord after; ``stated``: whether a theme is there.
    """

    bar: BarPlan
    grid: GridBar
    start: Beat
    length: Fraction
    chord: Chord
    following: Chord
    stated: bool

    @property
    def end(self) -> Beat:
        """Where the slot ends."""
        return self.start + self.length

    @property
    def talked_over(self) -> bool:
        """Whether so much of the bar is under dialogue that the music stays in the background."""
        return self.bar.talk >= TALKED_OVER_SHARE


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A plan and its slots, in order."""

    plan: Plan
    slots: tuple[ChordSlot, ...]

    def velocity(self, beat: Beat, role: VoiceRole, added: float = 0.0) -> int:
        """Velocity of a role at a beat: the dynamic interpolated between the middles of bars, and what the role adds.

        ``added`` is added to it as well.
        """
        grid, bars = self.plan.grid, self.plan.bars
        at = bar_at(grid, beat)
        middle = at.start + at.length / 2
        other = at.index + (1 if beat > middle else -1)
        level = float(bars[at.index].dynamic)
        if 0 <= other < len(grid) and bars[other].function != "silence":
            far = grid[other].start + grid[other].length / 2
            share = float(abs(beat - middle) / max(abs(far - middle), Fraction(1, 12)))
            level += share * (bars[other].dynamic - level)
        return min(max(round(level + _ROLE_VELOCITY[role] + added), SOFTEST_VELOCITY), LOUDEST_VELOCITY)

    def note(self, role: VoiceRole, onset: Beat, duration: Fraction, pitch: int, added: float = 0.0) -> Note:
        """Free note at the dynamic of its onset; ``added`` is added to its velocity."""
        return Note(role, onset, duration, pitch, self.velocity(onset, role, added))


def make_slot_plan(plan: Plan) -> SlotPlan:
    """Cut a plan into slots; bars of silence have none."""
    slots: list[ChordSlot] = []
    for bar in plan.grid:
        bar_plan = plan.bars[bar.index]
        if bar_plan.function == "silence":
            continue
        edges = [bar.start, *(Beat(c.onset) for c in plan.chords if bar.start.quarters < c.onset < bar.end.quarters)]
        for start, end in zip(edges, [*edges[1:], bar.end], strict=True):
            stated = any(s.start < end and s.end > start for s in plan.statements)
            chord, following = chord_at(plan.chords, start), chord_at(plan.chords, end)
            slots.append(ChordSlot(bar_plan, bar, start, end - start, chord, following, stated))
    return SlotPlan(plan, tuple(slots))


def is_under_talk(plan: Plan, beat: Beat) -> bool:
    """Tell whether somebody speaks at a beat."""
    index = bisect_right(plan.talk, beat, key=lambda stretch: stretch[0]) - 1
    return index >= 0 and plan.talk[index][1] > beat


def tie_notes(notes: Sequence[Note], longest: Fraction) -> list[Note]:
    """Tie notes of one role and pitch that follow without a gap, up to ``longest`` quarters in all."""
    found: list[Note] = []
    last: dict[tuple[VoiceRole, int], int] = {}
    for note in sorted(notes, key=lambda n: (n.onset, n.role, n.pitch)):
        index = last.get((note.role, note.pitch))
        before = found[index] if index is not None else None
        if index is not None and before and before.end == note.onset and before.duration + note.duration <= longest:
            found[index] = Note(before.role, before.onset, before.duration + note.duration, before.pitch,
                                before.velocity)  # fmt: skip
            continue
        last[note.role, note.pitch] = len(found)
        found.append(note)
    return found
