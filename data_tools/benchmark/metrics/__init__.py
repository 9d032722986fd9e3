"""Metrics for what Cuelight observes and spots, in the manner of mir_eval: pure functions with stated conventions.

Tasks
-----
events    points in time, as cuts, hits, ins and outs: ``match_events``, ``event_score``, ``cut_score``, ``recall_at``
spans     stretches, as dialogue, music, cues: ``frame_score``, ``macro_f1``, ``overlap_score``, ``boundary_score``
curves    values over time, as arousal: ``pearson``

Conventions
-----------
* The reference comes first, the estimate second. Frames and seconds are both plain numbers; nothing mixes them.
* Spans are ``(start, end)`` with ``end`` exclusive, except for gradual transitions, where ``end`` is the first pure
  new frame and counts (as in the truth files of the real films).
* A reference is matched at most once and so is an estimate. A distance equal to the tolerance matches.
* Nothing to find and nothing claimed is perfect (1); nothing to find but something claimed, or the reverse, is 0.
* Invalid input (not finite, spans that run backwards, negative tolerance) raises ValueError; nothing is repaired.
"""

from data_tools.benchmark.metrics.curves import pearson
from data_tools.benchmark.metrics.events import MatchScore, cut_score, event_score, match_events, pool_scores, recall_at
from data_tools.benchmark.metrics.spans import boundary_score, frame_score, macro_f1, mask, overlap_score

__all__ = [
    "MatchScore",
    "boundary_score",
    "cut_score",
    "event_score",
    "frame_score",
    "macro_f1",
    "mask",
    "match_events",
    "overlap_score",
    "pearson",
    "pool_scores",
    "recall_at",
]
