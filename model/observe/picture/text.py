"""Text on a still: a cheap look for strokes, then PP-OCRv4 for where it is and what it says.

The net costs 18 ms a picture, so it is asked only where strokes of high contrast line up in rows, and not again
while the same rows stay on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from model.media.reel import Floats, Pixels
from model.runtime.assets import asset_path
from model.runtime.session import Array, Net, open_net

Box = tuple[float, float, float, float]

GLANCE = (320, 180)  # columns, rows of the picture in which strokes are sought
STROKE = np.ones((5, 5), np.uint8)  # brighter or darker than everything this near: a stroke
JOIN = np.ones((3, 11), np.uint8)  # strokes this near make a row
FEWEST = 100  # pixels of strokes below which nothing is written there
CONTRAST = 40  # code values
LOWEST_ROWS = 5  # least height of a row of strokes in the reduced picture
TALLEST_ROWS = 70  # greatest height of one
NARROWEST_COLUMNS = 24  # least width of one
PIXELS_READ = 448 * 256  # what the detector gets, whatever the picture's shape
STEP = 32
PIXEL_SURE = 0.3  # probability from which a pixel belongs to text: PP-OCR's own value
LINE_SURE = 0.7  # mean probability from which a line is text
GROW = 1.6  # the net draws lines thinner than they are: PP-OCR's own ratio
READ_HEIGHT = 48  # rows the reading net was trained on
READ_WIDEST = 640  # columns; a longer line is squeezed
LINES_READ = 3  # lines of a still that are read: the largest
CHARACTER_SURE = 0.5  # probability under which a character is left out


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text: its box as fractions of the picture, and how sure the net is."""

    box: Box
    score: float

    @property
    def area(self) -> float:
        """Part of the picture it covers."""
        return self.box[2] * self.box[3]


def rows_of_strokes(rgb: Pixels) -> Pixels:
    """Mark what could be lines of text: uint8 [180, 320], 1 inside rows of strokes."""
    grey = cv2.cvtColor(cv2.resize(rgb, GLANCE, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    marked = np.zeros(GLANCE[::-1], np.uint8)
    for kind in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        _, strokes = cv2.threshold(cv2.morphologyEx(grey, kind, STROKE), CONTRAST, 1, cv2.THRESH_BINARY)
        if cv2.countNonZero(strokes) < FEWEST:
            continue
        rows = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, JOIN)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(rows)
        width, height, filled = stats[:, 2], stats[:, 3], stats[:, 4]
        like_text = (
            (height >= LOWEST_ROWS) & (height <= TALLEST_ROWS) & (width >= NARROWEST_COLUMNS) & (width > 1.5 * height)
        )
        like_text &= filled > 0.5 * width * height
        like_text[0] = False
        if like_text.any():
            marked |= np.asarray(like_text[np.asarray(labels, np.intp)], np.uint8)
    return marked


def choose_net_size(rows: int, columns: int) -> tuple[int, int]:
    """Columns and rows for the detector: about ``PIXELS_READ`` in the picture's shape, multiples of 32."""
    wide = max(STEP, STEP * round((PIXELS_READ * columns / rows) ** 0.5 / STEP))
    return wide, max(STEP, STEP * round(PIXELS_READ / wide / STEP))


def lines_of(probability: Floats) -> list[TextLine]:
    """Lines from the detector's answer, float32 [rows, columns]: connected, sure, and grown to their true height."""
    rows, columns = probability.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(probability > PIXEL_SURE, np.uint8))
    sums = np.bincount(labels.ravel(), probability.ravel(), minlength=count)
    lines = []
    for k in range(1, count):
        left, top, width, height, filled = (int(v) for v in stats[k])
        score = float(sums[k] / filled)
        if score < LINE_SURE or width < 8 or height < 2:  # noqa: PLR2004 - specks
            continue
        grown = filled * GROW / (2 * (width + height))
        x0, x1 = max(0.0, left - grown), min(columns, left + width + grown)
        y0, y1 = max(0.0, top - grown), min(rows, top + height + grown)
        lines.append(TextLine((x0 / columns, y0 / rows, (x1 - x0) / columns, (y1 - y0) / rows), score))
    return lines


class TextFinder:
    """Finds and reads text; opens its nets when first needed."""

    def __init__(self) -> None:
        """Start without nets."""
        self._detector: Net | None = None
        self._reader: Net | None = None

    def find(self, rgb: Pixels) -> list[TextLine]:
        """Find the lines of text on a picture, from top to bottom."""
        self._detector = self._detector or open_net("text_detector")
        small = cv2.resize(rgb, choose_net_size(*rgb.shape[:2]), interpolation=cv2.INTER_AREA)
        answer = self._detector(rgb=np.asarray(small, np.uint8)[None])["text"]
        return sorted(lines_of(answer[0, 0]), key=lambda line: line.box[1])

    def read(self, rgb: Pixels, lines: list[TextLine]) -> str:
        """Read the tallest lines, top to bottom, joined by " / "; characters the reader doubts are left out."""
        self._reader = self._reader or open_net("text_reader")
        tallest = sorted(lines, key=lambda line: -line.box[3])[:LINES_READ]
        texts = []
        for line in sorted(tallest, key=lambda line: (round(line.box[1], 2), line.box[0])):
            strip = cut_out(rgb, line.box)
            texts.append(spell_reading(self._reader(rgb=strip[None])["characters"][0], alphabet()))
        return " / ".join(text for text in texts if text)


def cut_out(rgb: Pixels, box: Box) -> Pixels:
    """Cut a line out and scale it to the reader's height."""
    rows, columns, _ = rgb.shape
    x0, y0 = int(box[0] * columns), int(box[1] * rows)
    x1 = max(x0 + 2, min(columns, round((box[0] + box[2]) * columns)))
    y1 = max(y0 + 2, min(rows, round((box[1] + box[3]) * rows)))
    width = min(max(16, round((x1 - x0) * READ_HEIGHT / (y1 - y0))), READ_WIDEST)
    strip = cv2.resize(rgb[y0:y1, x0:x1], (width, READ_HEIGHT), interpolation=cv2.INTER_LINEAR)
    return np.asarray(strip, np.uint8)


@cache
def alphabet() -> tuple[str, ...]:
    """Return the reader's alphabet of characters: class k + 1 is entry k, the last one the space."""
    return (*asset_path("text_alphabet").read_text(encoding="utf-8").split("\n"), " ")


def spell_reading(probabilities: Array, characters: tuple[str, ...]) -> str:
    """Spell the likeliest reading of [steps, classes]: repeats joined, blanks (class 0) and doubtful ones dropped."""
    best, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    text = ""
    for step, (letter, certainty) in enumerate(zip(best.tolist(), sure.tolist(), strict=True)):
        new = step == 0 or letter != best[step - 1]
        if letter and new and certainty >= CHARACTER_SURE and letter <= len(characters):
            text += characters[letter - 1]
    return text.strip()
