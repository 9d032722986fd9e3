"""What subtitles and a script add to the lines that were heard: sharper borders, the words, the speaker's name.

Subtitles come early and leave late, so the sound decides when a line starts and ends and the subtitle decides which
sound belongs to it. A subtitle under which nothing was heard still counts, with little confidence; sound under which
nothing is written (a grunt, a laugh, an untranslated word) stays a line without words.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from model.observe.observations import Line
from model.observe.words.script import Speech

REACH_S = 0.5  # how far outside its subtitle a line may be heard
UNHEARD = 0.4  # confidence of a line that only its subtitle knows
UNWRITTEN = 0.7  # factor on the confidence of a line without a subtitle
SHORTEST_S = 0.25  # what is left of a line beside a subtitle
SAME_WORDS = 0.6  # similarity from which a subtitle and a speech of the script say the same
_ROUNDING = 1e-9
_NO_SPEECH = re.compile(r"[♪♫#].*|\s*[\[(][^\])]*[\])]\s*", re.DOTALL)


def spoken_words(cues: Sequence[Line]) -> list[Line]:
    """Subtitles whose words somebody speaks, in order: "[door slams]" and "♪" are none."""
    spoken = [c for c in cues if c.text.strip() and not _NO_SPEECH.fullmatch(c.text) and c.end_s > c.start_s]
    return sorted(spoken, key=lambda c: (c.start_s, c.end_s))


def sharpen(lines: Sequence[Line], cues: Sequence[Line]) -> list[Line]:
    """Give each subtitle the sound it belongs to; ``lines`` and the result are in order and do not overlap."""
    words = spoken_words(cues)
    claimed = _territories(words)
    written = [_line_of(word, area, lines) for word, area in zip(words, claimed, strict=True)]
    rest = [
        replace(piece, confidence=piece.confidence * UNWRITTEN)
        for line in lines
        for piece in _unclaimed_parts(line, claimed)
    ]
    return sorted([*written, *rest], key=lambda line: line.start_s)


def _territories(words: Sequence[Line]) -> list[tuple[float, float]]:
    """Where each subtitle's line may lie: half a second beyond it, but not past the middle to its neighbour."""
    starts = np.array([w.start_s for w in words])
    ends = np.array([w.end_s for w in words])
    middles = (ends[:-1] + starts[1:]) / 2
    first = np.maximum(starts - REACH_S, np.concatenate([[-np.inf], middles]))
    last = np.minimum(ends + REACH_S, np.concatenate([middles, [np.inf]]))
    return [(float(max(a, 0.0)), float(b)) for a, b in zip(first, np.maximum(first, last), strict=True)]


def _line_of(word: Line, area: tuple[float, float], lines: Sequence[Line]) -> Line:
    heard = [(max(a.start_s, area[0]), min(a.end_s, area[1]), a) for a in lines]
    heard = [h for h in heard if h[1] > h[0]]
    if not heard:
        start, end = max(word.start_s, area[0]), min(word.end_s, area[1])
        return Line(start, max(start, end), UNHEARD, word.speaker, word.text)
    longest = max(heard, key=lambda h: h[1] - h[0])[2]
    sure = 1 - (1 - longest.confidence) / 2  # two witnesses: the sound and the subtitle
    return Line(heard[0][0], heard[-1][1], sure, word.speaker or longest.speaker, word.text)


def _unclaimed_parts(line: Line, claimed: Sequence[tuple[float, float]]) -> list[Line]:
    """Pieces of a line that no subtitle claims."""
    pieces = [(line.start_s, line.end_s)]
    for start, end in claimed:
        pieces = [
            piece
            for a, b in pieces
            for piece in ((a, min(b, start)), (max(a, end), b))
            if piece[1] - piece[0] > _ROUNDING
        ]
    whole = pieces == [(line.start_s, line.end_s)]
    return [replace(line, start_s=a, end_s=b) for a, b in pieces if whole or b - a >= SHORTEST_S]


def name_speakers(lines: Sequence[Line], speeches: Sequence[Speech]) -> list[Line]:
    """Name the speakers of lines with words after the script: both in order, matched where the words agree.

    The alignment that agrees most is found over the whole reel, so that cut and moved speeches do no harm.
    """
    spoken = [i for i, line in enumerate(lines) if line.text]
    alike = _likenesses([lines[i].text for i in spoken], [speech.text for speech in speeches])
    named = list(lines)
    for row, column in _in_order(np.where(alike >= SAME_WORDS, alike, 0)):
        named[spoken[row]] = replace(lines[spoken[row]], speaker=speeches[column].character)
    return named


def _likenesses(lines: Sequence[str], speeches: Sequence[str]) -> npt.NDArray[np.float64]:
    """Likeness of each line to each speech, [lines, speeches]; pairs that share too few words are left at 0."""
    where = defaultdict[str, set[int]](set)
    for column, speech in enumerate(speeches):
        for token in _tokens(speech):
            where[token].add(column)
    alike = np.zeros((len(lines), len(speeches)))
    for row, line in enumerate(lines):
        tokens = set(_tokens(line))
        shared = Counter(column for token in tokens for column in where[token])
        for column, count in shared.items():
            if count >= SAME_WORDS * len(tokens):
                alike[row, column] = word_overlap(line, speeches[column])
    return alike


def word_overlap(line: str, speech: str) -> float:
    """How much of a line's words stand in a speech, in order: 0-1; one speech may fill several subtitles."""
    a, b = _tokens(line), _tokens(speech)
    if not a or not b:
        return 0.0
    same = sum(block.size for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks())
    return same / len(a) if len(a) > 1 or len(b) == 1 else same / len(b)


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _in_order(alike: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """Pairs (row, column), rows rising and columns never falling, with the greatest sum of likeness."""
    best = np.zeros((alike.shape[0] + 1, alike.shape[1]))
    for row, here in enumerate(alike):
        best[row + 1] = np.maximum.accumulate(best[row] + here)
    pairs: list[tuple[int, int]] = []
    column = alike.shape[1] - 1
    for row in range(len(alike) - 1, -1, -1):
        if column < 0:
            break
        # the leftmost column that reaches the best sum is the one this row was matched to
        column = int(np.argmax(best[row + 1, : column + 1] >= best[row + 1, column] - _ROUNDING))
        if alike[row, column] > 0:
            pairs.insert(0, (row, column))
    return pairs
