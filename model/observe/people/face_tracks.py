"""Who is who among the faces: tracks within a shot, tracks joined into people.

Average-linkage clustering of tracks by what the head and its surroundings look like; two faces on one frame are
never one person. This sees hair, skin, clothes and light, not identity: it over-splits rather than merges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from model.media.reel import Floats

Box = tuple[float, float, float, float]
ONE_PERSON = 0.33  # average cosine distance within which tracks are one person
SAME_PLACE = 0.2  # overlap of boxes that continues a track
LONGEST_GAP_S = 2.6
MOST_TRACKS = 700  # the longest are clustered; beyond that a reel is a crowd
TWO_PEOPLE = 2.0  # cosine distance of opposites: larger than any that occurs


@dataclass(frozen=True, slots=True)
class Look:
    """One face as it was seen: when, in which shot, where, and the unit vector of what it looks like."""

    frame: int
    time_s: float
    shot: int
    box: Box
    vector: npt.NDArray[np.floating]


def intersection_over_union(a: Box, b: Box) -> float:
    """Intersection over union of two boxes (left, top, width, height)."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a[2] * a[3] + b[2] * b[3] - width * height)


def tracks(looks: Sequence[Look]) -> npt.NDArray[np.intp]:
    """Give each look its track: the same place in the same shot a moment later is the same person; intp [looks]."""
    numbers = np.full(len(looks), -1, np.intp)
    open_tracks: dict[int, int] = {}
    for k, look in enumerate(looks):
        open_tracks = {t: j for t, j in open_tracks.items() if _may_continue(looks[j], look)}
        scored = [
            (intersection_over_union(looks[j].box, look.box), t)
            for t, j in open_tracks.items()
            if looks[j].frame != look.frame
        ]
        best, track = max(scored, default=(0.0, -1))
        numbers[k] = track if best > SAME_PLACE else numbers.max(initial=-1) + 1
        open_tracks[int(numbers[k])] = k
    return numbers


def _may_continue(before: Look, now: Look) -> bool:
    return before.shot == now.shot and now.time_s - before.time_s <= LONGEST_GAP_S


def distances(looks: Sequence[Look], numbers: npt.NDArray[np.intp]) -> Floats:
    """Cosine distance between tracks, float32 [tracks, tracks]; ``TWO_PEOPLE`` where both are on one frame."""
    count = int(numbers.max(initial=-1)) + 1
    sums = np.zeros((count, len(looks[0].vector)), np.float32)
    for track, look in zip(numbers, looks, strict=True):
        sums[track] += look.vector
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    apart = np.clip(1 - means @ means.T, 0, TWO_PEOPLE)
    on_frame: dict[int, list[int]] = {}
    for track, look in zip(numbers, looks, strict=True):
        on_frame.setdefault(look.frame, []).append(int(track))
    for together in on_frame.values():
        for a in together:
            apart[a, [b for b in together if b != a]] = TWO_PEOPLE
    np.fill_diagonal(apart, 0)
    return np.asarray(apart, np.float32)


def group_looks(looks: Sequence[Look], fewest: int = 3) -> list[int]:
    """Person of each look: 0 for who is seen most often, -1 for those seen less than ``fewest`` times."""
    if not looks:
        return []
    numbers = tracks(looks)
    kept = [track for track, _ in Counter(numbers.tolist()).most_common(MOST_TRACKS)]
    clusters = {kept[0]: 1}
    if len(kept) > 1:
        place = {track: k for k, track in enumerate(kept)}  # only these: memory must not grow with the square of a reel
        chosen = [k for k, track in enumerate(numbers.tolist()) if track in place]
        apart = distances([looks[k] for k in chosen], np.array([place[int(numbers[k])] for k in chosen], np.intp))
        tree = linkage(squareform(apart.astype(np.float64), checks=False), "average")
        clusters = dict(zip(kept, fcluster(tree, ONE_PERSON, "distance").tolist(), strict=True))
    who = [clusters.get(int(track), 0) for track in numbers]
    seen = Counter(cluster for cluster in who if cluster)
    order = sorted((c for c in seen if seen[c] >= fewest), key=lambda c: (-seen[c], who.index(c)))
    rank = {cluster: k for k, cluster in enumerate(order)}
    return [rank.get(cluster, -1) for cluster in who]


def person_name(k: int) -> str:
    """Name people in order of presence: "person A" to "person Z", then "person AA"."""
    letters = ""
    k += 1
    while k:
        k, letter = divmod(k - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"person {letters}"
