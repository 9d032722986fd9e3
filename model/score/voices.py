"""Notes into voices: at most a few lines to a staff, each with one chord at a time, the higher line first.

Starts stand where they are (to a twelfth of a quarter); ends are made readable: a short gap before the next note is
closed, since the ear does not hear a sixteenth rest a player never counts. MIDI keeps the true lengths.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from model.score.durations import DurationStretch

_EIGHTH = 6  # ticks, twelve a quarter note
_SMALL_GAP = _EIGHTH  # a shorter rest is not written
_SIXTEENTH = 3  # ticks, twelve a quarter note


@dataclass(frozen=True, slots=True)
class StaffNote:
    """A note on a staff, in ticks from the cue's first beat; ``line``: the voice it must go to, -1 for any."""

    start: int
    end: int
    pitch: int
    velocity: int
    articulation: str = ""
    statement: int = -1
    line: int = -1


@dataclass(frozen=True, slots=True)
class Sound:
    """A note or chord of one voice, its pitches rising."""

    start: int
    end: int
    pitches: tuple[int, ...]
    velocity: int
    articulation: str = ""
    statement: int = -1
    line: int = -1


def voices(notes: Iterable[StaffNote], limit: int = 2) -> list[list[Sound]]:
    """Share notes out over at most ``limit`` voices without overlap inside a voice.

    Where more sound at once than there are voices, the sound that would end first gives way to the new one; no start
    and no pitch is lost.
    """
    lines: list[list[Sound]] = [[] for _ in range(limit)]
    for sound in join_chords(notes):
        _place(sound, lines)
    readable = [_readable(line) for line in lines]
    return _higher_first(readable) if limit > 1 and not any(s.line >= 0 for v in readable for s in v) else readable


def join_chords(notes: Iterable[StaffNote]) -> list[Sound]:
    """Join notes that start together and end within an eighth of each other, in order of start, highest first."""
    groups: list[list[StaffNote]] = []
    for note in sorted(notes, key=lambda n: (n.start, n.line, -n.end, -n.pitch)):
        head = groups[-1][0] if groups else None
        together = head is not None and (head.start, head.line) == (note.start, note.line)
        if together and head is not None and head.end - note.end < _SMALL_GAP:
            groups[-1].append(note)
        else:
            groups.append([note])
    return sorted((_chord(g) for g in groups), key=lambda s: (s.start, -s.pitches[-1]))


def _chord(group: Sequence[StaffNote]) -> Sound:
    word = next((n.articulation for n in group if n.articulation), "")
    statement = max(n.statement for n in group)
    pitches = tuple(sorted({n.pitch for n in group}))
    end = max(*(n.end for n in group), group[0].start + 1)
    return Sound(group[0].start, end, pitches, max(n.velocity for n in group), word, statement, group[0].line)


def _place(sound: Sound, lines: list[list[Sound]]) -> None:
    if 0 <= sound.line < len(lines):
        _force(sound, lines[sound.line])
        return
    for line in lines:
        if not line or line[-1].end <= sound.start:
            line.append(sound)
            return
    _force(sound, min(lines, key=lambda line: (line[-1].start == sound.start, line[-1].end)))


def _force(sound: Sound, line: list[Sound]) -> None:
    """Put a sound into a voice whatever sounds there: join it at the same start, cut it off if it began before."""
    last = line[-1] if line else None
    if last is not None and last.start == sound.start:
        pitches = tuple(sorted({*last.pitches, *sound.pitches}))
        line[-1] = replace(last, pitches=pitches, velocity=max(last.velocity, sound.velocity))
        return
    if last is not None and last.end > sound.start:
        line[-1] = replace(last, end=sound.start)
    line.append(sound)


def _readable(line: Sequence[Sound]) -> list[Sound]:
    """Close small gaps and lengthen what would be a speck, never past the next start."""
    out: list[Sound] = []
    for index, sound in enumerate(line):
        following = line[index + 1].start if index + 1 < len(line) else None
        end = sound.end
        if following is not None and following - end < min(_SMALL_GAP, sound.end - sound.start + 1):
            end = following
        else:
            end = _even(sound.start, end, following)
        out.append(replace(sound, end=end))
    return out


def _even(start: int, end: int, following: int | None) -> int:
    """Round an end up to the eighth, the sixteenth or the third of a quarter, as the start stands on one."""
    grid = 4 if start % 3 else _SIXTEENTH if start % _EIGHTH else _EIGHTH
    rounded = max(-(-end // grid) * grid, start + 1)
    return rounded if following is None else min(rounded, following)


def _higher_first(lines: list[list[Sound]]) -> list[list[Sound]]:
    """Wherever voices sound at once, order them from the top; ``lines`` are re-dealt from silence to silence."""
    dealt: list[list[Sound]] = [[] for _ in lines]
    for cluster in _clusters(lines):
        order = sorted((part for part in cluster if part), key=lambda p: -_height(p))
        for line, part in zip(dealt, order, strict=False):
            line.extend(part)
    return dealt


def _height(sounds: Sequence[Sound]) -> float:
    weight = sum(s.end - s.start for s in sounds)
    return sum((s.end - s.start) * s.pitches[-1] for s in sounds) / weight


def _clusters(lines: list[list[Sound]]) -> list[list[list[Sound]]]:
    """Cut all voices at the moments when none sounds or all begin anew."""
    marked = sorted(((s.start, s.end, v) for v, line in enumerate(lines) for s in line), key=lambda m: m[:2])
    clusters: list[list[list[Sound]]] = []
    until = -1
    position = [0] * len(lines)
    for start, end, voice in marked:
        if start >= until:
            clusters.append([[] for _ in lines])
        clusters[-1][voice].append(lines[voice][position[voice]])
        position[voice] += 1
        until = max(until, end)
    return clusters


def fill(line: Sequence[Sound], start: int, ticks: int) -> list[tuple[DurationStretch, Sound | None]]:
    """Tile one bar with what a voice sounds in it and rests; ``start`` is the bar line in ticks from the first beat."""
    end = start + ticks
    tiled: list[tuple[DurationStretch, Sound | None]] = []
    at = start
    for sound in line[max(0, bisect_right(line, start, key=lambda s: s.start) - 1) :]:
        if sound.start >= end:
            break
        if sound.end <= start:
            continue
        begin, stop = max(sound.start, start), min(sound.end, end)
        if begin > at:
            tiled.append((DurationStretch(at - start, begin - start, rest=True), None))
        tiled.append((DurationStretch(begin - start, stop - start), sound))
        at = stop
    if at < end:
        tiled.append((DurationStretch(at - start, ticks, rest=True), None))
    return tiled
