"""Find a theme again in what is played, whatever was done to it.

Smith-Waterman local alignment on (interval, log IOI): a step of the theme is compared with a step of the music, or
with two to four of its steps taken together, so that ornaments are reduced while aligning and simplified
statements are met half way. Every tempo ratio of ``_RATIOS`` is tried, as are the inverted, the reversed and the
reversed inverted theme, which count a little less. Scores are 1 for the theme itself, 0 for nothing in common.

Nothing here knows how a statement was made: it sees pitches and onsets only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.motifs.language import ThemeNote

PRESENT, STRICT = 0.5, 0.6
_RATIOS = np.log2([1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3, 4])
_INVERTED, _REVERSED = 0.95, 0.9
_MOVES = ((1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (3, 1))
_BY_SEMITONES = np.array([1.0, 0.4, -0.7, -1.0, -1.2, -1.4, -1.5])
_PITCH, _RHYTHM = 0.62, 0.38
_SLACK, _STEEP, _WORST = 0.08, 2.2, -1.2
_TOGETHER = 0.12
_SHORTEST = 1e-3
_FEWEST, _TELLING = 3, 7
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Line:
    """A single line: MIDI pitches and onsets in quarter notes, float64 [n], and where it ends."""

    pitch: Floats
    onset: Floats
    end: float

    def reversed(self) -> _Line:
        """Play it backwards: a note's end becomes its beginning, gaps closed."""
        onset = -np.append(self.onset[1:], self.end)[::-1]
        return _Line(self.pitch[::-1], onset, float(-self.onset[0]))


def similarity(a: Sequence[ThemeNote], b: Sequence[ThemeNote]) -> float:
    """Tell how alike two melodies are, 0-1; ``PRESENT`` and more means: the same theme.

    The measure is symmetric, does not care about key and tempo, and is judged over the shorter of the two.
    """
    found = 0.0
    for one in outer_lines(a):
        for two in outer_lines(b):
            if min(len(one.pitch), len(two.pitch)) > _FEWEST:
                short, long = sorted((one, two), key=lambda line: (len(line.pitch), list(line.pitch), list(line.onset)))
                score, _ = _aligned(short, long)
                found = max(found, float(score.max(initial=0.0)) / max(len(short.pitch) - 1, _TELLING))
    return min(found, 1.0)


def find_theme(
    notes: Sequence[ThemeNote], theme: Sequence[ThemeNote], *, least: int = 0, threshold: float = PRESENT
) -> list[tuple[Fraction, Fraction, float]]:
    """List where a theme sounds in a part: (start, end, score), in order, without overlap.

    Parameters
    ----------
    notes: one part; of notes struck together the highest or the lowest counts. Times are in quarter notes.
    least: how many of the theme's intervals make a statement; 0 = all of them, fewer finds fragments too
    """
    lines, wanted = outer_lines(notes), top_line(theme)
    if min(len(lines[0].pitch), len(wanted.pitch)) <= _FEWEST:
        return []
    aligned = [_aligned(wanted, line) for line in lines]
    higher = np.stack([score for score, _ in aligned]).argmax(axis=0)
    scores, starts = (np.choose(higher, [pair[k] for pair in aligned]) for k in (0, 1))
    whole = min(max(least, _FEWEST), len(wanted.pitch) - 1) if least else len(wanted.pitch) - 1
    found: list[tuple[int, int, float]] = []
    for end in np.argsort(-scores, kind="stable"):
        score, start = float(min(scores[end] / whole, 1.0)), int(starts[end])
        if score < threshold:
            break
        if all(end <= s or start >= e for s, e, _ in found):
            found.append((start, int(end), score))
    at = sorted({n.onset for n in notes})
    last = {n.onset: n.onset + n.duration for n in sorted(notes, key=lambda n: n.pitch)}
    return [(at[s], last[at[e]], score) for s, e, score in sorted(found)]


def outer_lines(notes: Sequence[ThemeNote]) -> list[_Line]:
    """Reduce a part to its top line and, where notes are struck together, its bottom line."""
    top = top_line(notes)
    if len(top.pitch) == len(notes):
        return [top]
    upside_down = top_line([replace(n, pitch=-n.pitch) for n in notes])
    return [top, _Line(-upside_down.pitch, upside_down.onset, upside_down.end)]


def top_line(notes: Sequence[ThemeNote]) -> _Line:
    """Reduce to one note an onset, the highest."""
    top: dict[Fraction, ThemeNote] = {n.onset: n for n in sorted(notes, key=lambda n: n.pitch)}
    line = [top[onset] for onset in sorted(top)]
    pitch = np.array([n.pitch for n in line], np.float64)
    onset = np.array([float(n.onset) for n in line])
    return _Line(pitch, onset, float(line[-1].onset + line[-1].duration) if line else 0.0)


def _aligned(theme: _Line, music: _Line) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Best local alignment ending at each note of the music: score float64 [n] (unnormalised) and its first note.

    Smith-Waterman for all forms of the theme and all tempo ratios at once: the first axis holds their pairs.
    """
    n, steps = len(music.pitch), len(theme.pitch)
    pitch, onset, worth, ratios = _hypotheses(theme)
    rises, waits = _steps(music)
    height = np.zeros((steps, len(worth), n))
    begun = np.broadcast_to(np.arange(n), height.shape).copy()
    for i in range(1, steps):
        for da, db in _MOVES:
            if i < da or n <= db:
                continue
            rise = pitch[:, i, None] - pitch[:, i - da, None]
            wait = np.log2(np.maximum(onset[:, i, None] - onset[:, i - da, None], _SHORTEST))
            gain = _worth(rises[db] - rise, waits[db] - wait - ratios[:, None]) - _TOGETHER * (da + db - 2)
            through = height[i - da, :, :-db] + gain
            better = through > height[i, :, db:]
            height[i, :, db:][better] = through[better]
            begun[i, :, db:][better] = begun[i - da, :, :-db][better]
    scores, starts = (height * worth[:, None]).reshape(-1, n), begun.reshape(-1, n)
    best, every = scores.argmax(axis=0), np.arange(n)
    return scores[best, every], starts[best, every]


def _hypotheses(theme: _Line) -> tuple[Floats, Floats, Floats, Floats]:
    """Every form of the theme at every tempo: pitch and onset [k, steps], worth and log2 of the tempo ratio [k]."""
    back = theme.reversed()
    forms = ((theme, 1.0, 1.0), (theme, -1.0, _INVERTED), (back, 1.0, _REVERSED), (back, -1.0, _REVERSED))
    every = len(_RATIOS)
    pitch = np.repeat(np.stack([sign * line.pitch for line, sign, _ in forms]), every, axis=0)
    onset = np.repeat(np.stack([line.onset for line, _, _ in forms]), every, axis=0)
    worth = np.repeat(np.array([worth for _, _, worth in forms]), every)
    return pitch, onset, worth, np.tile(_RATIOS, len(forms))


def _steps(music: _Line) -> tuple[dict[int, Floats], dict[int, Floats]]:
    """Semitones and log2 quarter notes from each note to the one ``k`` later, [n - k]."""
    most = {db for _, db in _MOVES if db < len(music.pitch)}
    rises = {k: music.pitch[k:] - music.pitch[:-k] for k in most}
    waits = {k: np.log2(np.maximum(music.onset[k:] - music.onset[:-k], _SHORTEST)) for k in most}
    return rises, waits


def _worth(semitones: Floats, octaves_of_time: Floats) -> Floats:
    """Score of one matched step, [k, n]: 1 if pitch and rhythm agree."""
    off = np.minimum(np.abs(semitones), len(_BY_SEMITONES) - 1).astype(np.intp)
    late = np.maximum(np.abs(octaves_of_time) - _SLACK, 0.0)
    return _PITCH * _BY_SEMITONES[off] + _RHYTHM * np.maximum(1.0 - _STEEP * late, _WORST)
