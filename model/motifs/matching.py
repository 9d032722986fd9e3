"""Find a theme again in what is played, however it was developed.

Smith-Waterman local alignment on (interval, log of the time between onsets): a step of the theme is compared with a
step of the music, or with two to four steps taken together, which skips ornaments; two or three steps of the theme
with one of the music skip notes that were left out. Every tempo ratio of ``_TEMPO_RATIOS`` is tried, as are the
inverted, the reversed and the reversed inverted theme, which count a little less. A score is 1 for the theme itself, 0
for nothing in common.

Nothing here knows how a statement was made: it sees pitches and onsets only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.motifs.language import ThemeNote

PRESENT = 0.5  # score from which on the theme is there; docs/motifs.md has the false alarms measured
_TEMPO_RATIOS = np.log2([1 / 4, 1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3, 4])
_INVERTED_FACTOR = 0.95  # on the score of an inverted form
_REVERSED_FACTOR = 0.9  # on the score of a reversed form
_MOVES = ((1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (3, 1))  # steps of the theme against steps of the music
_SCORE_BY_SEMITONES = np.array([1.0, 0.4, -0.7, -1.0, -1.2, -1.4, -1.5])  # by how far two intervals differ
_PITCH_SHARE = 0.62
_RHYTHM_SHARE = 0.38
_RHYTHM_TOLERANCE = 0.08  # in octaves of time (log2 of the ratio of two durations), free of loss
_RHYTHM_LOSS = 2.2  # of score for each octave of time beyond the tolerance
_WORST_RHYTHM_SCORE = -1.2  # a pause inside a statement costs no more than this
_EXTRA_STEP_COST = 0.12  # for every step taken together with another
_SHORTEST_QUARTERS = 1e-3
_FEWEST_STEPS = 3  # of a line; fewer intervals fit everywhere
_FEWEST_JUDGED_STEPS = 7  # a shorter line is judged as if it had so many, so that it does not match by chance
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _MelodyLine:
    """A single line: MIDI pitches and onsets in quarter notes, float64 [n], and where it ends."""

    pitch: Floats
    onset: Floats
    end: float

    def reverse(self) -> _MelodyLine:
        """Play it backwards: a note's end becomes its beginning, gaps closed."""
        onset = -np.append(self.onset[1:], self.end)[::-1]
        return _MelodyLine(self.pitch[::-1], onset, float(-self.onset[0]))


def similarity(a: Sequence[ThemeNote], b: Sequence[ThemeNote]) -> float:
    """Similarity of two melodies, 0-1; ``PRESENT`` and more means: the same theme.

    The measure is symmetric, independent of key and tempo, and relative to the shorter of the two.
    """
    best = 0.0
    for one in _outer_lines(a):
        for two in _outer_lines(b):
            if min(len(one.pitch), len(two.pitch)) > _FEWEST_STEPS:
                short, long = sorted((one, two), key=lambda line: (len(line.pitch), list(line.pitch), list(line.onset)))
                score, _ = _align(short, long)
                best = max(best, float(score.max(initial=0.0)) / max(len(short.pitch) - 1, _FEWEST_JUDGED_STEPS))
    return min(best, 1.0)


def find_theme(
    notes: Sequence[ThemeNote], theme: Sequence[ThemeNote], *, least: int = 0, threshold: float = PRESENT
) -> list[tuple[Fraction, Fraction, float]]:
    """List where a theme sounds in a part: (start, end, score), in order, without overlap.

    Parameters
    ----------
    notes: one part; of notes struck together the highest or the lowest counts. Times are in quarter notes.
    theme: the theme's notes
    least: how many of the theme's intervals make a statement; 0 = all of them, fewer finds fragments too
    threshold: the least score of a statement, 0-1
    """
    lines, wanted = _outer_lines(notes), _top_line(theme)
    if min(len(lines[0].pitch), len(wanted.pitch)) <= _FEWEST_STEPS:
        return []
    aligned = [_align(wanted, line) for line in lines]
    better_line = np.stack([score for score, _ in aligned]).argmax(axis=0)
    scores, starts = (np.choose(better_line, [pair[k] for pair in aligned]) for k in (0, 1))
    whole = min(max(least, _FEWEST_STEPS), len(wanted.pitch) - 1) if least else len(wanted.pitch) - 1
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


def _outer_lines(notes: Sequence[ThemeNote]) -> list[_MelodyLine]:
    """Reduce a part to its top line and, where notes are struck together, its bottom line."""
    top = _top_line(notes)
    if len(top.pitch) == len(notes):
        return [top]
    upside_down = _top_line([replace(n, pitch=-n.pitch) for n in notes])
    return [top, _MelodyLine(-upside_down.pitch, upside_down.onset, upside_down.end)]


def _top_line(notes: Sequence[ThemeNote]) -> _MelodyLine:
    """Reduce to the highest note of each onset."""
    top: dict[Fraction, ThemeNote] = {n.onset: n for n in sorted(notes, key=lambda n: n.pitch)}
    line = [top[onset] for onset in sorted(top)]
    pitch = np.array([n.pitch for n in line], np.float64)
    onset = np.array([float(n.onset) for n in line])
    return _MelodyLine(pitch, onset, float(line[-1].onset + line[-1].duration) if line else 0.0)


def _align(theme: _MelodyLine, music: _MelodyLine) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Best local alignment ending at each note of the music: score float64 [n] (unnormalised) and its first note.

    Smith-Waterman for all forms of the theme and all tempo ratios at once: the middle axis holds their pairs.
    """
    n, steps = len(music.pitch), len(theme.pitch)
    pitch, onset, factor, ratios = _forms_at_tempi(theme)
    rises, waits = _steps(music)
    score = np.zeros((steps, len(factor), n))
    first = np.broadcast_to(np.arange(n), score.shape).copy()
    for i in range(1, steps):
        for da, db in _MOVES:
            if i < da or n <= db:
                continue
            rise = pitch[:, i, None] - pitch[:, i - da, None]
            wait = np.log2(np.maximum(onset[:, i, None] - onset[:, i - da, None], _SHORTEST_QUARTERS))
            gain = _step_scores(rises[db] - rise, waits[db] - wait - ratios[:, None])
            through = score[i - da, :, :-db] + (gain - _EXTRA_STEP_COST * (da + db - 2))
            better = through > score[i, :, db:]
            score[i, :, db:][better] = through[better]
            first[i, :, db:][better] = first[i - da, :, :-db][better]
    scores, starts = (score * factor[:, None]).reshape(-1, n), first.reshape(-1, n)
    best, every = scores.argmax(axis=0), np.arange(n)
    return scores[best, every], starts[best, every]


def _forms_at_tempi(theme: _MelodyLine) -> tuple[Floats, Floats, Floats, Floats]:
    """Every form of the theme at every tempo: pitch and onset [k, steps], score factor and log2 tempo ratio [k]."""
    back = theme.reverse()
    forms = (
        (theme, 1.0, 1.0),
        (theme, -1.0, _INVERTED_FACTOR),
        (back, 1.0, _REVERSED_FACTOR),
        (back, -1.0, _REVERSED_FACTOR),
    )
    tempi = len(_TEMPO_RATIOS)
    pitch = np.repeat(np.stack([sign * line.pitch for line, sign, _ in forms]), tempi, axis=0)
    onset = np.repeat(np.stack([line.onset for line, _, _ in forms]), tempi, axis=0)
    factor = np.repeat(np.array([factor for _, _, factor in forms]), tempi)
    return pitch, onset, factor, np.tile(_TEMPO_RATIOS, len(forms))


def _steps(music: _MelodyLine) -> tuple[dict[int, Floats], dict[int, Floats]]:
    """Semitones and log2 quarter notes from each note to the one ``k`` later, [n - k]."""
    sizes = {db for _, db in _MOVES if db < len(music.pitch)}
    rises = {k: music.pitch[k:] - music.pitch[:-k] for k in sizes}
    waits = {k: np.log2(np.maximum(music.onset[k:] - music.onset[:-k], _SHORTEST_QUARTERS)) for k in sizes}
    return rises, waits


def _step_scores(semitones: Floats, octaves_of_time: Floats) -> Floats:
    """Score of one matched step, [k, n], by how far intervals and durations differ: 1 if both agree."""
    off = np.minimum(np.abs(semitones), len(_SCORE_BY_SEMITONES) - 1).astype(np.intp)
    beyond = np.maximum(np.abs(octaves_of_time) - _RHYTHM_TOLERANCE, 0.0)
    rhythm = np.maximum(1.0 - _RHYTHM_LOSS * beyond, _WORST_RHYTHM_SCORE)
    return _PITCH_SHARE * _SCORE_BY_SEMITONES[off] + _RHYTHM_SHARE * rhythm
