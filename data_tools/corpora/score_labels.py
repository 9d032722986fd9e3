"""Labels of the bars of a short score: the conditions that the sketch net learns to follow.

Arousal, tension, valence, density, key and chords come from :mod:`model.sketch.measures`, so that labels and
later measurements agree. Hits and talk are guessed from the texture: an accent is a thick loud onset after thin ones, a
stop leaves the end of a full bar empty, and a bar whose melody and counter-line hardly move leaves room for a voice.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data_tools.corpora.score_roles import COUNTER, MELODY
from data_tools.corpora.scores import CorpusBar, ShortScore
from model.sketch.measures import measure_bars, name_chords
from model.sketch.net.conditions import make_condition, with_following
from model.sketch.net.tokens import GRID, HITS, Condition, RoleNote, TokenBar, chord_id

_THICK_NOTES = 4
_LOUD = 80  # MIDI velocity of an accent's notes
Ints = npt.NDArray[np.int64]


def token_bars(score: ShortScore) -> list[TokenBar]:
    """Return the bars of a movement, ready to be written as tokens with everything said about them."""
    table = np.array(
        [
            (bar.start + n.pos, n.dur, n.pitch, n.velocity)
            for bar, at in zip(score.bars, score.notes, strict=True)
            for n in at
        ],
        np.float64,
    ).reshape(-1, 4)
    lines = np.array([*(b.start for b in score.bars), score.bars[-1].start + score.bars[-1].length]) / GRID
    bpm = np.array([b.bpm for b in score.bars])
    on, lasts, pitch, loud = table[:, 0] / GRID, table[:, 1] / GRID, table[:, 2], table[:, 3]
    measured = measure_bars(on, lasts, pitch, loud, lines, bpm)
    halves = np.sort(np.concatenate([lines, (lines[1:] + lines[:-1]) / 2]))
    root, quality = name_chords(on, lasts, pitch, halves)
    chords = [chord_id(int(r), int(q)) for r, q in zip(root, quality, strict=True)]
    conditions = list[Condition]()
    for i, (bar, notes, before) in enumerate(zip(score.bars, score.notes, ((), *score.notes[:-1]), strict=True)):
        hit, place = _hit(bar, notes, before)
        conditions.append(
            make_condition(
                meter=(bar.beats, bar.unit),
                bpm=bar.bpm,
                valence=float(measured.valence[i]),
                arousal=float(measured.arousal[i]),
                tension=float(measured.tension[i]),
                density=float(measured.density[i]),
                dynamic=float(measured.dynamic[i]),
                talk=_talk(bar, notes),
                hit=hit,
                hit_quarters=place / GRID,
                tonic=int(measured.key[i]) % 12,
                minor=bool(measured.key[i] >= 12),
                chords=(chords[2 * i], chords[2 * i + 1]),
            )
        )
    bars = zip(score.bars, score.notes, with_following(conditions), strict=True)
    return [TokenBar(b.length, n, c) for b, n, c in bars]


def _talk(bar: CorpusBar, notes: tuple[RoleNote, ...]) -> float:
    onsets = len({n.pos for n in notes if n.role in {MELODY, COUNTER}}) * GRID / bar.length
    return 0.0 if onsets >= 1 else 0.3 if onsets >= 0.35 else 1.0


def _hit(bar: CorpusBar, notes: tuple[RoleNote, ...], before: tuple[RoleNote, ...]) -> tuple[str, int]:
    """Return the hit's name in ``HITS`` and its position."""
    count = dict[int, int]()
    for note in notes:
        if note.velocity >= _LOUD:
            count[note.pos] = count.get(note.pos, 0) + 1
    usual = max((sum(n.pos == p for n in before) for p in {n.pos for n in before}), default=0)
    for pos in sorted(count):
        if count[pos] >= max(_THICK_NOTES, 2 * usual):
            return HITS[1], pos
        usual = max(usual, count[pos])
    last = max((n.pos + n.dur for n in notes), default=bar.length)
    if notes and last <= bar.length - GRID and max(count.values(), default=0) >= _THICK_NOTES:
        return HITS[2], last
    return HITS[0], 0
