"""Faces: where they are, how close, and who is who.

CenterFace (Xu et al. 2019) looks at a picture of about 320 x 192 whenever it has changed, every 1.5 s at most and
every 2.5 s at least. The largest faces are described for telling people apart (``people``): EfficientNet-Lite0
on two crops, the head alone and the head with shoulders, and where which colours lie: skin, hair, clothes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from model.media.reel import Feed, Floats, Pixels, Still
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Cuts, Face, Faces, Person
from model.observe.people.face_tracks import Box, Look, group_looks, person_name
from model.observe.picture.embeddings import unit
from model.observe.picture.stillness import Novelty
from model.observe.picture.thumbnails import encode_jpeg, measure_clarity
from model.runtime.session import Array, open_net
from model.time import Frame

PIXELS_SEEN = 320 * 192  # what the net gets, whatever the picture's shape
STEP = 32  # the net's sizes are multiples of this
CELL = 4  # pixels per cell of the net's answer
SURE = 0.45  # score from which a face is one
ONE_FACE = 0.3  # overlap from which two boxes are one face
NEWS = 10.0  # mean change in code values from the last still looked at that makes another worth a look
PATIENCE_S = 2.5  # after this long a still is looked at even if it does not differ
SHORTEST_S = 1.2  # between two looks at pictures that keep changing
DESCRIBED = 3  # faces a still that are told apart: the tallest
TALL_ENOUGH = 0.08  # of the picture's height; below that a face has no features
HEAD = (0.25, 0.15, 0.2)  # margins above, below and beside the box, as parts of it
BUST = (0.4, 0.9, 0.5)
CROP = 112  # rows and columns of a cut-out face
PATCHES = 5  # colours of the head and shoulders are averaged on a grid of so many patches a side
COLOUR_WEIGHT = 0.4  # of the colours in telling people apart, against the net's view
CLOSE_UP = 0.33  # of the picture's height: the tallest face in a close-up
MEDIUM = 0.13  # of the picture's height: the tallest face in a medium shot


def choose_net_size(rows: int, columns: int) -> tuple[int, int]:
    """Columns and rows for the net: about ``PIXELS_SEEN``, the picture's shape to within a multiple of 32."""
    aspect = columns / rows
    wide = max(STEP, STEP * round((PIXELS_SEEN * aspect) ** 0.5 / STEP))
    return wide, max(STEP, STEP * round(PIXELS_SEEN / wide / STEP))


def boxes(answer: dict[str, Array], sure: float = SURE) -> list[tuple[Box, float]]:
    """Read the net's answer: boxes as fractions of the picture with scores, overlapping ones removed, best first."""
    heat = answer["heat"][0, 0]
    rows, columns = heat.shape
    y, x = np.nonzero(heat > sure)
    height, width = np.exp(answer["size"][0][:, y, x]) * CELL
    down, right = answer["offset"][0][:, y, x]
    left = ((x + right + 0.5) * CELL - width / 2) / (columns * CELL)
    top = ((y + down + 0.5) * CELL - height / 2) / (rows * CELL)
    size = (width / (columns * CELL), height / (rows * CELL))
    table = np.stack([left, top, *size], axis=1)
    kept = cv2.dnn.NMSBoxes((table * 1000).tolist(), heat[y, x].tolist(), sure, ONE_FACE) if len(table) else ()
    return [(_inside(table[k]), float(heat[y[k], x[k]])) for k in np.asarray(kept, int).ravel()]


def _inside(box: npt.NDArray[np.floating]) -> Box:
    """Clip a box to the picture."""
    left, top = float(np.clip(box[0], 0, 1)), float(np.clip(box[1], 0, 1))
    return left, top, float(np.clip(box[0] + box[2], 0, 1)) - left, float(np.clip(box[1] + box[3], 0, 1)) - top


def crop(rgb: Pixels, box: Box, margins: tuple[float, float, float], size: int = CROP) -> Pixels:
    """Cut a face out with margins (above, below, beside) and scale it to a square of ``size``."""
    rows, columns, _ = rgb.shape
    left, top, width, height = box[0] * columns, box[1] * rows, box[2] * columns, box[3] * rows
    above, below, beside = margins
    x0, x1 = max(0, int(left - beside * width)), min(columns, int(left + width * (1 + beside)) + 1)
    y0, y1 = max(0, int(top - above * height)), min(rows, int(top + height * (1 + below)) + 1)
    return np.asarray(cv2.resize(rgb[y0:y1, x0:x1], (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def colours(bust: Pixels) -> Floats:
    """Where which colours lie: a unit vector of CIELAB patches, light counting half and hue double."""
    patches = cv2.resize(bust, (PATCHES, PATCHES), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(patches, cv2.COLOR_RGB2LAB).astype(np.float32).reshape(-1, 3)
    return unit(((lab - [0, 128, 128]) * [0.5, 2, 2]).ravel())


@dataclass(frozen=True, slots=True)
class Portrait:
    """What is kept of a described face: its place in the list, time, looks, how clear it is, and a small JPEG."""

    face: int
    time_s: float
    vector: npt.NDArray[np.float16]
    clearness: float
    jpeg: bytes


class FaceDetector(Detector):
    """Keeps boxes, and of the larger faces a half-precision vector and a small JPEG."""

    name: ClassVar[str] = "faces"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.STILL})
    after: ClassVar[tuple[str, ...]] = ("cuts",)

    def __init__(self, context: Context) -> None:
        """Open both nets."""
        super().__init__(context)
        self._find = open_net("centerface")
        self._describe = open_net("efficientnet")
        self._novelty = Novelty(NEWS, PATIENCE_S, SHORTEST_S)
        self._looked: list[Frame] = []
        self._faces: list[Face] = []
        self._portraits: list[Portrait] = []

    def process_still(self, still: Still) -> None:
        """Look for faces if the picture has changed or the last look is long ago."""
        if not self._novelty.worth_a_look(still):
            return
        self._looked.append(Frame(still.frame))
        size = choose_net_size(*still.rgb.shape[:2])
        small = cv2.resize(still.rgb, size, interpolation=cv2.INTER_AREA)
        found = boxes(self._find(rgb=np.asarray(small, np.uint8)[None]))
        tallest = sorted(found, key=lambda entry: -entry[0][3])[:DESCRIBED]
        for box, score in found:
            self._faces.append(Face(Frame(still.frame), box, score))
            if (box, score) in tallest and box[3] >= TALL_ENOUGH and box[2] > 0:
                self._portraits.append(self._portrait(still, box, score))

    def _portrait(self, still: Still, box: Box, score: float) -> Portrait:
        """Describe one face."""
        head, bust = crop(still.rgb, box, HEAD), crop(still.rgb, box, BUST)
        looks = unit(self._describe(rgb=np.stack([head, bust]))["embedding"])
        seen = unit(np.concatenate(looks)) * (1 - COLOUR_WEIGHT) ** 0.5
        vector = np.concatenate([seen, colours(bust) * COLOUR_WEIGHT**0.5]).astype(np.float16)
        clearness = score * box[3] * (1 + measure_clarity(head))
        return Portrait(len(self._faces) - 1, still.time_s, vector, clearness, encode_jpeg(bust))

    def finish(self, found: Findings) -> Faces:
        """Tell people apart, now that the shots are known."""
        cuts = found.get("cuts", Cuts) or Cuts(())
        edges = sorted({(t.start.index + t.end.index) // 2 for t in cuts.transitions})
        who = group_looks([self._look(portrait, edges) for portrait in self._portraits])
        faces = list(self._faces)
        for portrait, person in zip(self._portraits, who, strict=True):
            faces[portrait.face] = replace(faces[portrait.face], person=person)
        cast = tuple(self._person(k, who) for k in range(max(who, default=-1) + 1))
        return Faces(tuple(faces), cast, tuple(self._looked))

    def _look(self, portrait: Portrait, edges: list[int]) -> Look:
        face = self._faces[portrait.face]
        shot = int(np.searchsorted(edges, face.frame.index, side="right"))
        return Look(face.frame.index, portrait.time_s, shot, face.box, portrait.vector)

    def _person(self, k: int, who: list[int]) -> Person:
        """Sum up the ``k``-th person, with the portrait that shows them best."""
        own = [portrait for portrait, person in zip(self._portraits, who, strict=True) if person == k]
        best = max(own, key=lambda portrait: portrait.clearness)
        return Person(person_name(k), len(own), self._faces[best.face].frame, best.jpeg)


def measure_presence(faces: Faces, frames: int) -> Floats:
    """Height of the tallest face on the screen, carried from each look to the next: float32 [frames], 0-1."""
    curve = np.zeros(frames, np.float32)
    tallest = dict.fromkeys((frame.index for frame in faces.looked), 0.0)
    for face in faces.faces:
        tallest[face.frame.index] = max(tallest.get(face.frame.index, 0.0), face.box[3])
    looked = sorted(tallest)
    for start, end in pairwise([*looked, frames]):
        curve[start:end] = tallest[start]
    return curve
