"""Identity: which cue of the new notes is which cue of the old ones.

A cue keeps its id as long as it lies on mostly the same frames; a new one gets an id from what it is, so the same reel
and settings give the same ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from model.time import Span

SAME = 0.3  # share in common from which a cue is the earlier one
"""Two spans that share this much of what they cover together are the same cue."""


def share_in_common(one: Span, other: Span) -> float:
    """Frames in both over frames in either, 0-1."""
    both = one.overlap(other)
    either = one.frames + other.frames - both
    return both / either if either else 0.0


def match_spans(old: Sequence[Span], new: Sequence[Span]) -> dict[int, int]:
    """Pair new spans with old ones, best overlap first, each once, never crossing: new index -> old index."""
    pairs = [(share_in_common(o, n), i, k) for i, o in enumerate(old) for k, n in enumerate(new)]
    matched: dict[int, int] = {}
    for share, i, k in sorted(pairs, key=lambda p: (-p[0], p[1], p[2])):
        crossing = any((i - j) * (k - m) <= 0 for m, j in matched.items())
        if share >= SAME and not crossing:
            matched[k] = i
    return matched


def new_id(kind: str, sha256: str, span: Span) -> str:
    """Derive an id from the reel and the frames: ``cue-1f0c...``."""
    text = f"{kind}:{sha256}:{span.start.index}:{span.end.index}"
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
